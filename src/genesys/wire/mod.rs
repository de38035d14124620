//! A conversation as it is on the wire: `Conversation` of the platform API, with the fields that matter here (confirmed:
//! PureCloudPlatformClientV2 269.0.0).
//!
//! Everything is optional, fields that are not named are ignored, and lists of words that grow are read as plain text.
//! `state` of the conversation itself is left out on purpose: it is for writing only, and never has a value when read.

pub(super) mod status;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Conversation {
    pub(super) id: Option<String>,
    #[serde(default, deserialize_with = "time")]
    pub(super) start_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    pub(super) end_time: Option<Timestamp>,
    pub(super) participants: Option<Vec<Participant>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Participant {
    pub(super) id: Option<String>,
    pub(super) purpose: Option<String>,
    #[serde(default, deserialize_with = "time")]
    pub(super) start_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    pub(super) connected_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    pub(super) end_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    pub(super) start_acw_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    pub(super) end_acw_time: Option<Timestamp>,
    pub(super) messages: Option<Vec<Communication>>,
    pub(super) chats: Option<Vec<Communication>>,
    pub(super) calls: Option<Vec<Communication>>,
    pub(super) emails: Option<Vec<Communication>>,
    pub(super) callbacks: Option<Vec<Communication>>,
    /// All in lower case, unlike the others.
    #[serde(rename = "cobrowsesessions")]
    pub(super) cobrowse_sessions: Option<Vec<Communication>>,
    pub(super) videos: Option<Vec<Communication>>,
    /// All in lower case, unlike the others.
    #[serde(rename = "screenshares")]
    pub(super) screen_shares: Option<Vec<Communication>>,
    pub(super) social_expressions: Option<Vec<Communication>>,
    pub(super) internal_messages: Option<Vec<Communication>>,
    pub(super) screen_monitorings: Option<Vec<Communication>>,
}

/// What the communications of all media have in common.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Communication {
    pub(super) id: Option<String>,
    pub(super) state: Option<String>,
    #[serde(default, deserialize_with = "time")]
    pub(super) connected_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    pub(super) disconnected_time: Option<Timestamp>,
    pub(super) after_call_work: Option<AfterCallWork>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AfterCallWork {
    pub(super) state: Option<String>,
}

impl Participant {
    /// Its communications, of any media.
    pub(super) fn communications(&self) -> impl Iterator<Item = &Communication> {
        let Self { messages, chats, calls, emails, callbacks, cobrowse_sessions, videos, screen_shares, .. } = self;
        let Self { social_expressions, internal_messages, screen_monitorings, .. } = self;
        let common = [messages, chats, calls, emails, callbacks, cobrowse_sessions, videos, screen_shares];
        let rare = [social_expressions, internal_messages, screen_monitorings];
        common.into_iter().chain(rare).flatten().flatten()
    }
}

/// A time; `null` and the empty text are none. Anything else that is no time makes the answer unreadable: taken for none, it
/// would let a leg look older than it is.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    match text.as_deref().map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(serde::de::Error::custom),
    }
}
