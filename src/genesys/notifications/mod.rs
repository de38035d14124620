//! The notification service: hears of guest legs that end or connect, instead of asking again and again.
//!
//! ```text
//! Listener ─▶ book ─▶ errands ─▶ rest, socket ─▶ news ─▶ book ─▶ Heard
//! handle      PURE               IO              values  PURE    to the owner
//! ```
//!
//! What never happens: a conversation is called [`Availability::Flowing`] while its socket is closed or its topics are not
//! permitted; a gap is passed over in silence; a socket is opened at a host that is not expected; the address of a channel,
//! with which anybody could listen, is logged. What is not known of the service is treated as the worse of what it may be, and
//! reads confirm whatever events do not.

mod backoff;
mod book;
mod frame;
#[cfg(all(test, feature = "cli"))]
mod hostile;
mod listener;
mod pulse;
mod rest;
mod socket;
mod tempo;
mod topic;
mod wire;

use uuid::Uuid;

pub use frame::understood;
pub use listener::Listener;
pub use tempo::Tempo;

use crate::termination;

/// What the listener has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A guest leg of a followed conversation ended or connected. It may be late, and it may be told twice.
    Event {
        /// The conversation.
        conversation_id: Uuid,
        /// What happened.
        event: termination::Event,
    },
    /// Events of these conversations may have been missed and flow again (or one came that was not understood): read them.
    MayHaveMissed(Vec<Uuid>),
    /// Events of these conversations do not flow, and will not soon: read them instead, until they may have been missed.
    Unavailable(Vec<Uuid>),
}

/// Whether events of a conversation flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Availability {
    /// They do: the service said that its topics are permitted, and the socket is open.
    Flowing,
    /// They do not, and waiting does not help soon. Also said of a conversation that is not followed.
    Unavailable,
    /// It is being seen to.
    Connecting,
}

/// How the followed conversations stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many are [`Availability::Flowing`].
    pub flowing: usize,
    /// How many are [`Availability::Connecting`].
    pub connecting: usize,
    /// How many are [`Availability::Unavailable`].
    pub unavailable: usize,
    /// How many channels have an open socket.
    pub channels: usize,
}

impl Tally {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            flowing: self.flowing + other.flowing,
            connecting: self.connecting + other.connecting,
            unavailable: self.unavailable + other.unavailable,
            channels: self.channels + other.channels,
        }
    }
}
