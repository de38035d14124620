//! The notification service's answers as they are on the wire (confirmed: PureCloudPlatformClientV2 269.0.0). Everything is
//! optional, and fields that are not named are ignored.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `Channel`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Channel {
    pub(super) id: Option<String>,
    pub(super) connect_uri: Option<String>,
    pub(super) expires: Option<Timestamp>,
}

/// `ChannelTopic`, as it is sent.
#[derive(Serialize)]
pub(super) struct Topic<'a> {
    pub(super) id: &'a str,
}

/// A listing of `ChannelTopic` or of `AvailableTopic`.
#[derive(Deserialize)]
pub(super) struct Listing<T> {
    pub(super) entities: Option<Vec<T>>,
}

/// `ChannelTopic`, as it is answered.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChannelTopic {
    pub(super) id: Option<String>,
    /// `Permitted` or `Rejected`.
    pub(super) state: Option<String>,
    pub(super) rejection_reason: Option<String>,
    pub(super) missing_permissions: Option<Vec<String>>,
}

/// `AvailableTopic`.
#[derive(Deserialize)]
pub(super) struct AvailableTopic {
    pub(super) id: Option<String>,
    /// The words are not documented; seen: `All`, `Websocket`, `EventBridge`, `ProcessAutomation`.
    pub(super) transports: Option<Vec<String>>,
}
