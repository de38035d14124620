//! One channel, its socket, and the conversations on it.

use std::collections::BTreeSet;
use std::time::Duration;

use uuid::Uuid;

use super::news::{AskId, Channel, SocketId};
use crate::genesys::notifications::backoff::Backoff;

/// A place for a channel.
#[derive(Debug, Default)]
pub(super) struct Slot {
    pub(super) channel: Option<Held>,
    /// Whether a channel is being made.
    pub(super) creating: bool,
    pub(super) link: Link,
    /// The wait for channels and sockets.
    pub(super) link_backoff: Backoff,
    /// The wait for subscriptions.
    pub(super) ask_backoff: Backoff,
    pub(super) asked: Option<Asked>,
    /// Whether the next request must name all topics: on a new channel, to renew it, and when places are to be freed.
    pub(super) replace: bool,
    /// Whether a person has to mend something.
    pub(super) barred: bool,
    pub(super) seats: BTreeSet<Uuid>,
    /// Conversations that are not followed any more, and whose topics still are on the channel.
    pub(super) stale: BTreeSet<Uuid>,
    /// Since when there is no conversation.
    pub(super) idle_since: Duration,
}

/// A channel, and when it ends.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) channel: Channel,
    /// When it is to be renewed.
    pub(super) renew: Duration,
    pub(super) expires: Duration,
}

/// A request about topics that is under way.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) ask: AskId,
    pub(super) conversations: Vec<Uuid>,
    pub(super) replace: bool,
    /// Whether its answer says nothing, because topics were taken off while it was under way.
    pub(super) void: bool,
}

/// The socket of a channel.
#[derive(Debug, Default)]
pub(super) enum Link {
    #[default]
    Down,
    Opening(SocketId),
    Open {
        socket: SocketId,
        /// Whether the service said that it will close it.
        closing: bool,
    },
    /// The old one still speaks while the new one opens.
    Handover {
        old: SocketId,
        new: SocketId,
    },
}

impl Link {
    /// Whether events flow.
    pub(super) const fn is_open(&self) -> bool {
        match self {
            Self::Open { .. } | Self::Handover { .. } => true,
            Self::Down | Self::Opening(_) => false,
        }
    }

    /// Its sockets.
    pub(super) fn sockets(&self) -> Vec<SocketId> {
        match *self {
            Self::Down => Vec::new(),
            Self::Opening(socket) | Self::Open { socket, .. } => vec![socket],
            Self::Handover { old, new } => vec![old, new],
        }
    }
}

impl Slot {
    /// How many conversations take up topics on the channel.
    pub(super) fn taken(&self) -> usize {
        self.seats.len() + self.stale.len()
    }

    /// Takes the news that the channel lives anew.
    pub(super) fn renewed(&mut self, at: Duration) {
        if let Some(held) = &mut self.channel {
            held.expires = at.saturating_add(held.channel.life);
            held.renew = at.saturating_add(held.channel.life.mul_f64(0.75));
        }
    }
}
