//! What can be said of the pure parts.

mod bodies;
#[cfg(feature = "cli")]
mod hostile;
mod junk;
mod keys;
mod naming;

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) const ORGANIZATION: Uuid = Uuid::from_u128(0x0A00);
pub(super) const CONVERSATION: Uuid = Uuid::from_u128(0xC0);
pub(super) const GUEST: Uuid = Uuid::from_u128(0x10);
pub(super) const GUEST_LEG: Uuid = Uuid::from_u128(0x11);
/// 2025-11-22T12:00:00.123Z
pub(super) const MILLISECONDS: i64 = 1_763_812_800_123;

pub(super) fn time() -> Timestamp {
    Timestamp::from_millisecond(MILLISECONDS).unwrap()
}

/// The body of `customer.end`, with the fields that the vendor's models have.
pub(super) fn end() -> Value {
    json!({
        "eventTime": MILLISECONDS, "conversationId": CONVERSATION, "participantId": GUEST, "sessionId": GUEST_LEG,
        "disconnectType": "CLIENT", "mediaType": "MESSAGE", "messageType": "WEBMESSAGING", "provider": "PureCloud Messaging",
        "direction": "INBOUND", "addressTo": "a", "addressFrom": "b", "interactingDurationMs": 61_000,
        "conversationExternalContactIds": [], "divisionId": Uuid::from_u128(0xD1),
    })
}

/// The body of `customer.start`.
pub(super) fn start() -> Value {
    let mut body = end();
    body.as_object_mut().unwrap().retain(|name, _| name != "disconnectType" && name != "interactingDurationMs");
    body
}

pub(super) fn topic(id: &str, kind: &str) -> String {
    format!("v2.detail.events.conversation.{id}.{kind}")
}

pub(super) fn frame(kind: &str, body: &Value) -> Value {
    let metadata = json!({ "CorrelationId": Uuid::from_u128(7) });
    json!({ "topicName": topic(&CONVERSATION.to_string(), kind), "version": "2", "eventBody": body, "metadata": metadata })
}

pub(super) fn envelope(kind: &str, body: &Value) -> Value {
    let mut detail = frame(kind, body);
    detail["timestamp"] = json!("2025-11-22T12:00:00.456Z");
    json!({
        "version": "0", "id": Uuid::from_u128(8), "detail-type": topic("{id}", kind),
        "source": format!("aws.partner/genesys.com/cloud/{ORGANIZATION}/chat"), "account": "123456789012",
        "time": "2025-11-22T12:00:01Z", "region": "eu-central-1", "resources": [], "detail": detail,
    })
}

/// A value with one field set, or removed by `null`. The path is separated by slashes.
pub(super) fn with(mut value: Value, path: &str, new: Value) -> Value {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    let parent = if parent.is_empty() { &mut value } else { value.pointer_mut(&format!("/{parent}")).unwrap() };
    let fields = parent.as_object_mut().unwrap();
    if new.is_null() {
        fields.remove(name);
    } else {
        fields.insert(name.to_owned(), new);
    }
    value
}
