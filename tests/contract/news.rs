//! What is heard on sockets and at the webhook, and how it is understood.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use webchat_terminator::genesys::notifications;
use webchat_terminator::intake;
use webchat_terminator::termination::{Event, EventKind};

use crate::ids::{COMMUNICATION, CONVERSATION, ORGANIZATION, PARTICIPANT, worded};

/// A text that comes in, and what it is taken for.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct News {
    body: Value,
    understood: String,
}

/// Milliseconds since 1970.
const TIME: i64 = 1_763_800_000_123;

fn news(body: &Value, understood: &str) -> News {
    News { body: serde_json::from_str(&worded(&body.to_string())).unwrap(), understood: understood.to_owned() }
}

fn topic(kind: &str) -> String {
    format!("v2.detail.events.conversation.{CONVERSATION}.customer.{kind}")
}

fn event() -> Value {
    json!({ "eventTime": TIME, "conversationId": CONVERSATION, "participantId": PARTICIPANT, "sessionId": COMMUNICATION, "mediaType": "MESSAGE" })
}

fn without(mut event: Value, field: &str) -> Value {
    event.as_object_mut().unwrap().remove(field);
    event
}

/// Frames on a notification socket.
pub(crate) fn notifications() -> Vec<News> {
    let frames = [
        json!({ "topicName": topic("end"), "eventBody": event() }),
        json!({ "topicName": topic("start"), "eventBody": event() }),
        json!({ "topicName": topic("end"), "eventBody": without(event(), "eventTime") }),
        json!({ "topicName": topic("end"), "eventBody": without(event(), "participantId") }),
        json!({ "topicName": "channel.metadata", "eventBody": { "message": "WebSocket Heartbeat" } }),
        json!({ "topicName": "v2.system.socket_closing", "eventBody": { "message": "closing" } }),
        json!({ "topicName": "v2.system.no_longer_subscribed", "eventBody": { "topics": [{ "id": topic("end") }] } }),
        json!({ "topicName": "v2.system.token_revoked", "eventBody": {} }),
        json!({ "result": "404", "status": "failure" }),
        json!({ "topicName": "v2.users.{id}.presence", "eventBody": {} }),
    ];
    frames.iter().map(|frame| news(frame, notifications::understood(&frame.to_string()))).collect()
}

/// Bodies at the webhook.
pub(crate) fn webhook() -> Vec<News> {
    let chat = |mut event: Value| {
        event["messageType"] = json!("webmessaging");
        event
    };
    let frame = |kind: &str| json!({ "topicName": topic(kind), "eventBody": chat(event()) });
    let envelope = |source: String, detail: Value| json!({ "version": "0", "detail-type": "v2.detail.events.conversation.{id}.customer.end", "source": source, "detail": detail });
    let genesys = || format!("aws.partner/genesys.com/cloud/{ORGANIZATION}/events");
    let mut ended = chat(event());
    ended["disconnectType"] = json!("CLIENT");
    let bodies = [
        envelope(genesys(), frame("end")),
        envelope(genesys(), chat(event())),
        envelope("somebody.else".into(), frame("end")),
        frame("end"),
        frame("start"),
        ended.clone(),
        without(ended, "participantId"),
        json!({ "topicName": "v2.users.{id}.presence", "eventBody": {} }),
        json!([]),
    ];
    bodies.iter().map(|body| news(body, &heard(body))).collect()
}

fn heard(body: &Value) -> String {
    match intake::parse(body.to_string().as_bytes()) {
        Ok(intake::Heard { event: Event { kind, .. }, organization_id, medium, conversation_id: _, envelope_id: _ }) => {
            let kind = match kind {
                EventKind::Ended => "guest leg ended",
                EventKind::Connected => "guest leg connected",
            };
            let of =
                if organization_id.is_some() { "of the organization that the envelope names" } else { "of the connection's organization" };
            let web = if medium.is_web() { "" } else { ", not of a web chat: creates nothing" };
            format!("{kind}, {of}{web}")
        }
        Err(unheard) => format!("refused: {unheard}"),
    }
}
