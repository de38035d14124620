//! What was learned since the last plan.

use jiff::Timestamp;
use uuid::Uuid;

use super::Hearing;
use crate::termination::{Answer, Bar, Fault, Reading, Setback};

/// What was learned since the last plan. Within a session, answers come before events, events before what was
/// missed of them, and all of it before looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// What the last writes were answered.
    pub answers: Vec<(Uuid, Answer)>,
    /// What is heard of conversations.
    pub hearing: Hearing,
    /// What looks showed, and when each was asked for, by our clock.
    pub looks: Vec<(Uuid, Timestamp, Look)>,
    /// What keeps everything from being looked at, if anything does.
    pub blocker: Option<Blocker>,
    /// A missing permission that was reported before. It stands until a write is accepted: reads alone do not disprove it.
    pub standing: Option<Blocker>,
}

/// What one look at a conversation showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// The conversation.
    Seen(Reading),
    /// No such conversation.
    Absent,
    /// Nothing, for now.
    Failed(Setback),
    /// Nothing, until a person mends something.
    Barred(Blocker),
}

/// Something that stops everything until a person mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// What is to be mended.
    pub kind: BlockerKind,
    /// What went wrong.
    pub fault: Fault,
}

/// What is to be mended, in the order in which it is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BlockerKind {
    /// The record was made for another object or another organization: it was restored from a backup in mid-flight.
    Restored,
    /// The connection does not exist, is invalid, or is suspended.
    Connection,
    /// The Secret is missing or unusable, or the service does not take the credentials.
    Credentials,
    /// The credentials belong to another organization.
    Organization,
    /// The credentials lack a permission.
    Permission,
}

impl From<Bar> for BlockerKind {
    fn from(bar: Bar) -> Self {
        match bar {
            Bar::Credentials => Self::Credentials,
            Bar::Permission => Self::Permission,
        }
    }
}

impl Inventory {
    /// Whether nothing was learned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty() && self.hearing.events.is_empty() && self.looks.is_empty()
    }

    /// The conversations that a look told of: those that it showed, and those that are not there.
    pub fn read(&self) -> impl Iterator<Item = Uuid> {
        self.looks.iter().filter_map(|(id, _, look)| match look {
            Look::Seen(_) | Look::Absent => Some(*id),
            Look::Failed(_) | Look::Barred(_) => None,
        })
    }
}
