//! The dialects of the API as small tables: which request is which operation, and by which words its answer is read.
//!
//! | dialect | read | guest leg | wrapper | ended by |
//! |---|---|---|---|---|
//! | `messages` | all media | PATCH participant, or its communication | PATCH | `state`, `endTime` |
//! | `chats` | all media | PATCH participant, or its communication | PATCH | `state`, `endTime` |
//! | `webchat` | its own | PATCH participant, or POST participants | PATCH | `status` |
//!
//! The core does not know of them: what a dialect has no request for is declined here, and never replaced by another request.

mod chats;
mod everywhere;
mod line;
mod messages;
mod operation;
#[cfg(test)]
mod tests;
mod webchat;

pub(super) use everywhere::{
    ADD_TOPICS, CREATE_CHANNEL, LIST_TOPICS, LOGIN, READ_CONFIGURATION, READ_DEPLOYMENT, READ_TOKEN, REPLACE_TOPICS,
};
pub use line::Line;
pub(super) use line::{Ids, Request, fill};
pub use operation::Operation;
pub(super) use webchat::GUEST_SIGNAL;
pub use webchat::{GuestSignal, ParticipantClose, Webchat};

use uuid::Uuid;

use crate::plan::Write;
use crate::termination::{Address, Effect, Event, Fault};

/// How the service is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Web messaging, the public API.
    Messages,
    /// Legacy web chat, behind gateways.
    Chats,
    /// Gateways that close by `status`.
    Webchat(Webchat),
}

/// The requests of one dialect, and the shape of its reading.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    read: Line,
    close_participant: Line,
    close_communication: Option<Line>,
    close_wrapper: Line,
    teardown: Option<Line>,
    shape: Shape,
}

/// By which words a reading tells what has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// By the `state` of each communication, and the conversation's `endTime`.
    State,
    /// By the `status` of each participant, and of the conversation.
    Status,
}

impl Dialect {
    /// Its name, as in a connection.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Chats => "chats",
            Self::Webchat(_) => "webchat",
        }
    }

    /// Every request that may be sent in it. Nothing else is ever sent, but for the frame of [`Dialect::guest_signal`].
    pub fn requests(&self) -> impl Iterator<Item = Line> + use<> {
        let Table { read, close_participant, close_communication, close_wrapper, teardown, shape: _ } = *self.table();
        let own = [Some(read), Some(close_participant), close_communication, Some(close_wrapper), teardown];
        everywhere::ALL.into_iter().chain(own.into_iter().flatten())
    }

    /// The text frame that tells the guest on the conversation's event stream that the chat is closed, with `{c}` and `{p}` for the
    /// conversation and the participant; none where the guest is not told.
    #[must_use]
    pub fn guest_signal(&self) -> Option<&'static str> {
        self.signals().map(|_| GUEST_SIGNAL)
    }

    /// An event, with its leg called as this dialect's readings call it: where a participant is one leg, its communication has the
    /// participant's id. What was translated already stays as it is.
    #[must_use]
    pub fn heard(&self, event: Event) -> Event {
        match self.table().shape {
            Shape::State => event,
            Shape::Status => Event { communication_id: event.participant_id, ..event },
        }
    }

    pub(super) fn shape(&self) -> Shape {
        self.table().shape
    }

    pub(super) fn signals(&self) -> Option<&GuestSignal> {
        match self {
            Self::Messages | Self::Chats => None,
            Self::Webchat(webchat) => webchat.guest_signal.as_ref(),
        }
    }

    /// The request that reads a conversation.
    pub(super) fn read(&self, conversation: Uuid) -> Request {
        self.table().read.request(Ids { conversation, ..Ids::default() })
    }

    /// The request that is an external write.
    ///
    /// # Errors
    /// The dialect has none for it. Another one would do something else: close more than was meant, or less than is reported.
    pub(super) fn write(&self, write: &Write) -> Result<Request, Fault> {
        let Write { conversation_id: conversation, effect } = *write;
        let table = self.table();
        let of_wrapper = Ids { conversation, ..Ids::default() };
        match effect {
            Effect::CloseGuestLeg { participant_id: participant, communication_id: communication, address } => {
                let line = match address {
                    Address::Participant => Some(table.close_participant),
                    Address::Communication => table.close_communication,
                };
                let line =
                    line.ok_or_else(|| self.lacks(Operation::CloseCommunication, "a request for one communication of a participant"));
                Ok(line?.request(Ids { conversation, participant, communication }))
            }
            Effect::CloseWrapper => Ok(table.close_wrapper.request(of_wrapper)),
            Effect::Teardown => {
                let line = table.teardown.ok_or_else(|| self.lacks(Operation::Teardown, "a request for it"));
                Ok(line?.request(of_wrapper))
            }
        }
    }

    fn lacks(&self, operation: Operation, what: &str) -> Fault {
        Fault::new("dialect.unsupported", &format!("{}: the dialect {} has not {what}", operation.doing(), self.name()))
    }

    fn table(&self) -> &'static Table {
        match self {
            Self::Messages => &messages::TABLE,
            Self::Chats => &chats::TABLE,
            Self::Webchat(Webchat { participant_close: ParticipantClose::Patch, .. }) => &webchat::BY_PATCH,
            Self::Webchat(Webchat { participant_close: ParticipantClose::Post, .. }) => &webchat::BY_POST,
        }
    }
}
