//! What the book is told, and what it asks for.

use std::fmt;
use std::time::Duration;

use crate::genesys::notifications::frame::Frame;
use crate::termination::Fault;

/// A place for one channel: channels come and go in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::genesys::notifications) struct SlotId(pub(super) usize);

/// One attempt at a socket. Never used twice, so that late news of an old one is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::genesys::notifications) struct SocketId(pub(super) u64);

/// One request about topics. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::genesys::notifications) struct AskId(pub(super) u64);

/// A channel of the service. Whoever knows its id or its URI can listen without a token, so `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::genesys::notifications) struct Channel {
    /// Its id.
    pub(in crate::genesys::notifications) id: String,
    /// Where its socket is; checked to be a host that is followed.
    pub(in crate::genesys::notifications) uri: String,
    /// How long it lives unless it is renewed.
    pub(in crate::genesys::notifications) life: Duration,
}

impl fmt::Debug for Channel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Channel").field("life", &self.life).finish_non_exhaustive()
    }
}

/// What is to be done now. Each is done once, and its outcome is told as [`News`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::genesys::notifications) enum Errand {
    /// Ask whether the topics flow on sockets.
    ListTopics,
    /// Make a channel.
    Create(SlotId),
    /// Open a socket.
    Open(SocketId, Channel),
    /// Close a socket. Nothing is told of it afterwards.
    Close(SocketId),
    /// Put topics on a channel, in the place of those that are there if `replace`.
    Ask { ask: AskId, channel: Channel, topics: Vec<String>, replace: bool },
}

/// What became of an errand, and what was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::genesys::notifications) enum News {
    /// Whether the topics flow on sockets.
    Listed(Served),
    /// A channel was made, or not.
    Created(SlotId, Result<Channel, Trouble>),
    /// What the service says of each topic, or why it says nothing.
    Answered(AskId, Result<Vec<Answer>, Trouble>),
    /// A socket is open.
    Opened(SocketId),
    /// A socket said something.
    Said(SocketId, Frame),
    /// A socket is closed, or could not be opened.
    Closed(SocketId, Ending),
}

/// Whether the service says that the topics flow on sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::genesys::notifications) enum Served {
    /// They do, or it does not say, which leaves it to the answers of the subscriptions.
    Presumably,
    /// They do not.
    No,
}

/// What the service says of one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::genesys::notifications) struct Answer {
    pub(in crate::genesys::notifications) topic: String,
    pub(in crate::genesys::notifications) permitted: bool,
    /// Why not.
    pub(in crate::genesys::notifications) reason: Option<String>,
}

/// Why a request led to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::genesys::notifications) struct Trouble {
    pub(in crate::genesys::notifications) kind: TroubleKind,
    pub(in crate::genesys::notifications) fault: Fault,
    /// How long the service asked to wait.
    pub(in crate::genesys::notifications) wait: Duration,
}

/// What kind of trouble it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::genesys::notifications) enum TroubleKind {
    /// The channel does not exist any more.
    Gone,
    /// A person has to mend something.
    Barred,
    /// It may pass.
    Passing,
}

/// How a socket ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::genesys::notifications) enum Ending {
    /// The service knows no such channel.
    Gone,
    /// The service closed it.
    ByService,
    /// The connection broke, or never came about.
    Cut,
    /// It was silent for too long.
    Silent,
}

impl Ending {
    /// Its name in logs.
    pub(in crate::genesys::notifications) const fn label(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::ByService => "closed_by_service",
            Self::Cut => "cut",
            Self::Silent => "silent",
        }
    }
}
