//! What an event told.

use uuid::Uuid;

use crate::termination::Event;

/// What an event told, and of which conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The conversation.
    pub conversation_id: Uuid,
    /// What happened to which leg, and when, by the service's clock.
    pub event: Event,
    /// What kind of conversation it is.
    pub medium: Medium,
    /// The organization that the envelope names. A frame or a plain body names none.
    pub organization_id: Option<Uuid>,
    /// The envelope's own id, the same at every delivery.
    pub envelope_id: Option<Uuid>,
}

/// What kind of conversation an event is about, as far as it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// Web messaging.
    WebMessaging,
    /// Web chat.
    WebChat,
    /// A message of a kind that the event does not say, so it may be of any.
    UnsaidMessage,
    /// Anything else, or not said.
    Other,
}

impl Medium {
    /// Whether it is known to be what this product ends. No event of a phone call may create a termination, nor one of a message that
    /// may be of any messenger.
    #[must_use]
    pub fn is_web(self) -> bool {
        match self {
            Self::WebMessaging | Self::WebChat => true,
            Self::UnsaidMessage | Self::Other => false,
        }
    }
}
