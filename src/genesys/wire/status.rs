//! A conversation as it is on the wire in the dialect `webchat`. That there is a `status` on the conversation and on its participants
//! is told by users of such gateways; the names of the other fields are inferred from the public API's.
//!
//! As in the public API's shape everything is optional, and fields that are not named are ignored: `state` among them, which says
//! nothing in this dialect.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::time;

/// Not `Debug`: the address of the event stream may hold a secret.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::genesys) struct Conversation {
    pub(in crate::genesys) id: Option<String>,
    pub(in crate::genesys) status: Option<String>,
    #[serde(default, deserialize_with = "time")]
    pub(in crate::genesys) start_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    pub(in crate::genesys) end_time: Option<Timestamp>,
    pub(in crate::genesys) event_stream_uri: Option<String>,
    pub(in crate::genesys) participants: Option<Vec<Participant>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::genesys) struct Participant {
    pub(in crate::genesys) id: Option<String>,
    pub(in crate::genesys) purpose: Option<String>,
    pub(in crate::genesys) status: Option<String>,
    #[serde(default, deserialize_with = "time")]
    pub(in crate::genesys) start_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    pub(in crate::genesys) connected_time: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    pub(in crate::genesys) end_time: Option<Timestamp>,
    pub(in crate::genesys) communications: Option<Vec<Communication>>,
}

/// What some gateways tell of each of a participant's communications.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::genesys) struct Communication {
    pub(in crate::genesys) status: Option<String>,
    #[serde(default, deserialize_with = "time")]
    pub(in crate::genesys) connected_time: Option<Timestamp>,
}
