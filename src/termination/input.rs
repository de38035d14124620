//! Everything that can be learned of a session: the machine's input alphabet.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Reading, Source};

/// One thing that was learned of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Time passed; nothing else is known.
    Time,
    /// A read showed the conversation.
    Read {
        /// What it showed.
        reading: Reading,
        /// When it was asked for, by our clock: a slow answer shows no more than a prompt one.
        asked: Timestamp,
    },
    /// A read found no such conversation.
    Absent,
    /// A read gave nothing.
    ReadFailed(Setback),
    /// The answer to the write that the record names.
    Answered(Answer),
    /// An event told of a guest leg. It may be late, repeated, or about another leg.
    Event(Event),
    /// Events may have been missed until now: a guest may have come back, and no event told of it.
    Missed,
}

/// The answer to an external write. None of them is a fact about the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The service took it (2xx), with its correlation id.
    Accepted(Option<String>),
    /// The service declines this very request (a 4xx that no waiting mends).
    Declined(Fault),
    /// It is barred: nothing happened, and a person has to mend something.
    Barred(Bar, Fault),
    /// Nobody knows whether it took effect, or it is to be repeated later (timeout, cut, 408, 429, 5xx).
    Unsettled(Setback),
    /// It was not sent at all.
    Withheld,
    /// It was not sent at all, and cannot be for a while: the service asked to wait, or there is no token for now.
    Postponed(Setback),
}

/// What bars a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bar {
    /// The service does not take the credentials.
    Credentials,
    /// The credentials lack a permission.
    Permission,
}

/// Why a request taught nothing, and when it may be tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setback {
    /// What went wrong.
    pub fault: Fault,
    /// What the service asked to wait (Retry-After), if it did.
    pub retry_after: Option<SignedDuration>,
}

/// An error of the service or of the way to it, in one line that is safe to show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// The service's error code (`not.found`), or a word of ours for an error without one (`timeout`).
    #[schemars(length(max = 64))]
    pub code: String,
    /// One line for people, at most 160 characters.
    #[schemars(length(max = 160))]
    pub message: String,
}

impl Fault {
    /// A fault whose texts are cut to what a record holds and freed of control characters.
    #[must_use]
    pub fn new(code: &str, message: &str) -> Self {
        let line = |text: &str, most: usize| text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect();
        Self { code: line(code, 64), message: line(message, 160) }
    }
}

/// What an event told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Whether a leg ended or connected.
    pub kind: EventKind,
    /// The leg's participant.
    pub participant_id: Uuid,
    /// The leg's communication.
    pub communication_id: Uuid,
    /// When it happened, by the service's clock.
    pub time: Timestamp,
    /// How we heard of it.
    pub source: Source,
}

/// What happened to a guest leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// It ended.
    Ended,
    /// It connected: the guest came, or came back.
    Connected,
}
