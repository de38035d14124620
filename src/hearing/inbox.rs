//! What was heard of one conversation, for one who follows it.

use std::collections::VecDeque;

use crate::termination::Event;

/// The most events that are kept. A conversation in which more happens between two rounds is read instead.
const MOST: usize = 16;

/// What was heard of one conversation, for one who follows it.
#[derive(Debug)]
pub(super) struct Inbox {
    notes: VecDeque<Note>,
    gap: Gap,
}

/// An event, and whether a record holds what it told. Then it is only kept to know it again.
#[derive(Debug)]
struct Note {
    event: Event,
    taken: bool,
}

/// Whether events may have been missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gap {
    /// None were.
    Closed,
    /// Some may have been, and the one who follows knows: a read from now on closes the gap.
    Told,
    /// Some may have been since anything was told: what is being read now may be too old to show them.
    Untold,
}

impl Inbox {
    /// Nothing was heard so far.
    pub(super) fn new() -> Self {
        Self { notes: VecDeque::new(), gap: Gap::Untold }
    }

    /// Takes an event in. Whether it is news: it was not known, or there is no room for it and a gap takes its place.
    pub(super) fn put(&mut self, event: &Event) -> bool {
        if self.notes.iter().any(|note| is_same(&note.event, event)) {
            return false;
        }
        if self.notes.len() >= MOST {
            match self.notes.iter().position(|note| note.taken) {
                Some(oldest) => drop(self.notes.remove(oldest)),
                None => {
                    self.open_gap();
                    return true;
                }
            }
        }
        self.notes.push_back(Note { event: event.clone(), taken: false });
        true
    }

    /// Events may have been missed.
    pub(super) fn open_gap(&mut self) {
        self.gap = Gap::Untold;
    }

    /// Tells whether events may have been missed, now that they flow.
    pub(super) fn tell_gap(&mut self) -> bool {
        if self.gap == Gap::Untold {
            self.gap = Gap::Told;
        }
        self.gap == Gap::Told
    }

    /// A read that was asked for after the gap was told has shown what was missed.
    pub(super) fn close_gap(&mut self) {
        if self.gap == Gap::Told {
            self.gap = Gap::Closed;
        }
    }

    /// What no record holds yet, oldest first.
    pub(super) fn events(&self) -> Vec<Event> {
        let mut events: Vec<Event> = self.notes.iter().filter(|note| !note.taken).map(|note| note.event.clone()).collect();
        events.sort_by_key(|event| event.time);
        events
    }

    /// A record holds what this event told.
    pub(super) fn take(&mut self, event: &Event) {
        self.notes.iter_mut().filter(|note| note.event == *event).for_each(|note| note.taken = true);
    }
}

/// Whether two events tell the same, however we heard of them.
fn is_same(one: &Event, other: &Event) -> bool {
    let told = |event: &Event| (event.kind, event.participant_id, event.communication_id, event.time);
    told(one) == told(other)
}
