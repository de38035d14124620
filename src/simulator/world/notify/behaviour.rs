//! The switches of the notification service.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::super::behaviour::Delay;

/// How the notification service behaves.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct NotificationBehaviour {
    /// Channels per OAuth client; one more replaces the one with the oldest last use, those without a socket first (confirmed:
    /// 20).
    pub channels_per_client: u32,
    /// Topics per channel; more are answered 400 (confirmed: 1000).
    pub topics_per_channel: u32,
    /// Whether a combined topic counts once (not known; default no, each of its parts counts).
    pub combined_topics_count_once: bool,
    /// How long a channel lives, in seconds, from its creation or its latest subscription (confirmed: 24 hours).
    pub channel_lifetime_seconds: u64,
    /// Whether a channel ends when the token ends that was last used on it (seen by others, not confirmed; default no). One
    /// that is revoked takes its channels along in any case.
    pub channel_ends_with_token: bool,
    /// How long before it closes a socket the service sends `v2.system.socket_closing` (seen by others: about a minute).
    pub closing_notice_ms: u64,
    /// How often a socket gets a heartbeat; 0 stops them (seen by others: about every 30 s).
    pub heartbeat_ms: u64,
    /// How long the service keeps a socket before it closes it, with notice; by default as long as the channel lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub socket_lifetime_ms: Option<Delay>,
    /// Whether detail event topics are rejected here, because they flow through EventBridge only (sources disagree; default
    /// no).
    pub detail_topics_rejected: bool,
    /// The permissions that detail event topics require, of which one is needed (not known; default none).
    pub detail_topic_permissions: BTreeSet<String>,
    /// The HTTP status that every attempt to open a socket is answered with; by default none, sockets open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handshake_status: Option<u16>,
    /// Whether a socket for a channel that is gone is refused with 404; by default it opens, tells `404` in a frame and closes
    /// (the frame was seen by others; which of the two the service does is not known).
    pub gone_channel_refuses_handshake: bool,
    /// How many event frames in a thousand are lost, each socket for itself.
    pub lost_per_thousand: u16,
    /// How many event frames in a thousand are preceded by a frame that is no JSON.
    pub junk_per_thousand: u16,
    /// How many event frames in a thousand are lost with their socket, which is cut without a close frame.
    pub cut_per_thousand: u16,
}

impl Default for NotificationBehaviour {
    fn default() -> Self {
        Self {
            channels_per_client: 20,
            topics_per_channel: 1000,
            combined_topics_count_once: false,
            channel_lifetime_seconds: 86_400,
            channel_ends_with_token: false,
            closing_notice_ms: 60_000,
            heartbeat_ms: 30_000,
            socket_lifetime_ms: None,
            detail_topics_rejected: false,
            detail_topic_permissions: BTreeSet::new(),
            handshake_status: None,
            gone_channel_refuses_handshake: false,
            lost_per_thousand: 0,
            junk_per_thousand: 0,
            cut_per_thousand: 0,
        }
    }
}
