//! How news of conversations reach us.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::termination::{Event, Events};

/// How news of conversations reach us at present.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hearing {
    /// Conversations whose events flow.
    pub flowing: BTreeSet<Uuid>,
    /// Conversations of which events may have been missed: before time alone concludes anything for them, they are read when a
    /// read must show who came back.
    pub missed: BTreeSet<Uuid>,
    /// What events told, by conversation, oldest first.
    pub events: Vec<(Uuid, Event)>,
}

impl Hearing {
    /// Whether events of a conversation flow, and some may have been missed. While none flow all are, and reads make up for it.
    pub(super) fn has_gap(&self, conversation: Uuid) -> bool {
        self.flowing.contains(&conversation) && self.missed.contains(&conversation)
    }

    /// Whether a session can be left to events: they flow, and if any may have been missed, it was `read` since.
    pub(super) fn events_of(&self, conversation: Uuid, read: bool) -> Events {
        if self.flowing.contains(&conversation) && (read || !self.missed.contains(&conversation)) {
            Events::Flowing
        } else {
            Events::Absent
        }
    }
}
