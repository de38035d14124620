//! The notification service: channels, the topics subscribed on them, and the sockets that frames go out on.
//!
//! Nothing is kept for a socket that is not there: what is announced during a gap is lost (confirmed). Everything here is a
//! value; the server behind it only carries requests in and frames out.

mod behaviour;
mod channel;
mod deliver;
mod mischief;
mod request;
mod socket;
mod topic;

use std::collections::BTreeMap;

pub use behaviour::NotificationBehaviour;
pub use channel::{ChannelId, ChannelView};
pub(super) use deliver::Due;
pub use mischief::Mischief;
pub use request::{NotificationAnswer, NotificationRequest, Wanted};
pub use socket::{ChannelInput, ChannelOutput, ChannelSocket, Frame};
pub use topic::{AvailableTopic, TopicState, TopicView};

use channel::Channel;
use socket::Socket;

/// All channels and sockets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Notifications {
    channels: BTreeMap<ChannelId, Channel>,
    sockets: BTreeMap<ChannelSocket, Socket>,
    /// The sockets that ever were.
    opened: u64,
}
