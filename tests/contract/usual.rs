//! The smallest answers with which the client is content.

use serde_json::{Value, json};
use uuid::Uuid;
use webchat_terminator::genesys::{Dialect, Operation};

use crate::ids::{CHANNEL, COMMUNICATION, CONFIGURATION, CONFIGURATION_VERSION, CONVERSATION, ORGANIZATION, PARTICIPANT, TOKEN};
use crate::stub::Answer;

/// The topics that are asked for.
const TOPICS: [&str; 2] = ["customer.end", "customer.start"];

/// When everything began.
const BEGINNING: &str = "2026-11-22T12:00:00.000Z";

/// What is answered when all is well, about these conversations. `socket` is where a notification channel's socket is.
pub(crate) fn usual(dialect: &Dialect, operation: Operation, followed: &[Uuid], socket: &str) -> Answer {
    let (status, body) = match operation {
        Operation::Login => (200, json!({ "access_token": TOKEN, "expires_in": 86_400 })),
        Operation::ReadToken => (200, json!({ "organization": { "id": ORGANIZATION } })),
        Operation::ReadConversation => (200, live(dialect)),
        Operation::CreateChannel => (200, json!({ "id": CHANNEL, "connectUri": socket })),
        Operation::ReplaceTopics | Operation::AddTopics => {
            let of = |id: &Uuid| TOPICS.map(|topic| format!("v2.detail.events.conversation.{id}.{topic}"));
            let topics: Vec<String> = followed.iter().flat_map(of).collect();
            let entities: Vec<Value> = topics.iter().map(|topic| json!({ "id": topic, "state": "Permitted" })).collect();
            (200, json!({ "entities": entities }))
        }
        Operation::ListTopics => {
            let topic = "v2.detail.events.conversation.{id}.customer.end";
            (200, json!({ "entities": [{ "id": topic, "transports": ["Websocket"] }] }))
        }
        Operation::ReadDeployment => (200, json!({ "configuration": { "id": CONFIGURATION, "version": CONFIGURATION_VERSION } })),
        Operation::ReadConfiguration => {
            let told = json!({ "conversationDisconnect": { "enabled": true, "type": "ReadOnly" } });
            (200, json!({ "messenger": { "apps": { "conversations": told } } }))
        }
        Operation::CloseParticipant
        | Operation::CloseCommunication
        | Operation::CloseWrapper
        | Operation::Teardown
        | Operation::SignalGuest => (202, Value::Null),
    };
    Answer { status, body: if body.is_null() { String::new() } else { body.to_string() }, retry_after: None }
}

/// A conversation with a live guest.
pub(crate) fn live(dialect: &Dialect) -> Value {
    let place = match dialect {
        Dialect::Messages => "messages",
        Dialect::Chats => "chats",
        Dialect::Webchat(_) => {
            let guest = json!({ "id": PARTICIPANT, "purpose": "customer", "status": "active", "connectedTime": BEGINNING });
            return json!({ "id": CONVERSATION, "status": "active", "participants": [guest] });
        }
    };
    let leg = json!({ "id": COMMUNICATION, "state": "connected", "connectedTime": BEGINNING });
    json!({ "id": CONVERSATION, "startTime": BEGINNING, "participants": [{ "id": PARTICIPANT, "purpose": "customer", place: [leg] }] })
}

/// The readings that are told apart, each with the body that shows it.
pub(crate) fn readings(dialect: &Dialect) -> Vec<Value> {
    let live = live(dialect);
    let mut left = live.clone();
    let mut ended = live.clone();
    match dialect {
        Dialect::Messages | Dialect::Chats => {
            let leg = if matches!(dialect, Dialect::Chats) { "/participants/0/chats/0/state" } else { "/participants/0/messages/0/state" };
            *left.pointer_mut(leg).unwrap() = json!("disconnected");
            *ended.pointer_mut(leg).unwrap() = json!("disconnected");
            ended["endTime"] = json!("2026-11-22T12:01:00.000Z");
        }
        Dialect::Webchat(_) => {
            left["participants"][0]["status"] = json!("closed");
            ended = left.clone();
            ended["status"] = json!("closed");
        }
    }
    vec![live, left, ended, json!({ "id": CONVERSATION })]
}
