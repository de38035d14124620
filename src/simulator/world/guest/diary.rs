//! The diary of the guests: what people want to see happen, in order; bounded.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// How many entries are kept.
const KEPT: usize = 1_000;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DiaryEntry {
    /// Its number, from 1, without gaps.
    pub number: u64,
    /// When it happened.
    pub time: Timestamp,
    /// The conversation, once the guest has one.
    pub conversation_id: Option<Uuid>,
    /// The guest's name.
    pub guest: String,
    /// What happened.
    pub event: GuestEvent,
}

/// What happened to a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum GuestEvent {
    /// A socket joined the session.
    Connected,
    /// A socket resumed a session that has ended and is read-only.
    ResumedReadOnly,
    /// A socket went away with a close frame.
    Closed,
    /// A socket went away without one.
    Cut,
    /// The guest's leg was ended from the back end.
    LegEnded,
    /// The guest left.
    Left,
    /// The guest was told of the end, and may go on writing.
    ToldOfEnd,
    /// The guest was told of the end, and may read only.
    ToldReadOnly,
    /// The guest wrote.
    Wrote,
    /// The guest wrote after the end, and that was accepted.
    WroteAfterEnd,
    /// What the guest wrote was refused.
    Refused,
    /// The guest has a new leg after the end: a ghost.
    CameBack,
    /// The guest began a conversation.
    Began,
}

/// The entries.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Diary {
    entries: VecDeque<DiaryEntry>,
    written: u64,
}

impl Diary {
    pub(super) fn write(&mut self, time: Timestamp, conversation_id: Option<Uuid>, guest: &str, event: GuestEvent) {
        if self.entries.len() >= KEPT {
            self.entries.pop_front();
        }
        self.written += 1;
        self.entries.push_back(DiaryEntry { number: self.written, time, conversation_id, guest: guest.into(), event });
    }

    /// The entries after this number.
    pub(super) fn after(&self, number: u64) -> impl Iterator<Item = &DiaryEntry> {
        self.entries.iter().filter(move |entry| entry.number > number)
    }
}
