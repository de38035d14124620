//! Reads what a guest sends.

use serde_json::{Map, Value};

use crate::simulator::world::{GuestAction, GuestRequest, GuestText};

/// The longest tracing id that is given back.
const TRACING_BYTES: usize = 256;

/// Reads one request; what cannot be read is a request of that kind.
pub(super) fn request(text: &str) -> GuestRequest {
    let Ok(Value::Object(fields)) = serde_json::from_str(text) else {
        let action = GuestAction::Unreadable("The message is no JSON object".into());
        return GuestRequest { action, token: None, tracing_id: None };
    };
    GuestRequest {
        action: action(&fields),
        token: string(&fields, "token"),
        tracing_id: string(&fields, "tracingId").filter(|id| id.len() <= TRACING_BYTES),
    }
}

fn action(fields: &Map<String, Value>) -> GuestAction {
    let Some(name) = string(fields, "action") else { return GuestAction::Missing("action") };
    match name.as_str() {
        "configureSession" => GuestAction::Configure {
            deployment: string(fields, "deploymentId"),
            start_new: fields.get("startNew").and_then(Value::as_bool).unwrap_or_default(),
        },
        "onMessage" => message(fields),
        "echo" => GuestAction::Echo(fields.get("message").and_then(|m| m["text"].as_str()).unwrap_or_default().into()),
        "closeSession" => GuestAction::Close { all: fields.get("closeAllConnections").and_then(Value::as_bool).unwrap_or_default() },
        "getJwt" => GuestAction::GetJwt,
        "getConfiguration" => GuestAction::GetConfiguration,
        "configureAuthenticatedSession" | "onAttachment" | "getAttachment" | "deleteAttachment" | "disconnectCustomer" | "resumeToken" => {
            GuestAction::NotOffered(name)
        }
        _ => GuestAction::Unreadable("The action is unknown".into()),
    }
}

fn message(fields: &Map<String, Value>) -> GuestAction {
    let Some(message) = fields.get("message").and_then(Value::as_object) else { return GuestAction::Missing("message") };
    if message.get("type").and_then(Value::as_str) == Some("Event") {
        return event(message);
    }
    let Some(text) = string(message, "text").filter(|text| !text.is_empty()) else {
        let attachment = message.get("content").is_some_and(|content| !content.is_null());
        return if attachment { GuestAction::NotOffered("an attachment".into()) } else { GuestAction::Missing("message.text") };
    };
    // Some clients put the channel into the message, others beside it.
    let channel = message.get("channel").or_else(|| fields.get("channel"));
    let attributes = channel.map(|channel| &channel["metadata"]["customAttributes"]).filter(|value| !value.is_null());
    let metadata = message.get("metadata").and_then(Value::as_object).into_iter().flatten();
    GuestAction::Message(GuestText {
        text,
        metadata: metadata.filter_map(|(name, value)| value.as_str().map(|text| (name.clone(), text.to_owned()))).collect(),
        custom_attributes_bytes: attributes.map_or(0, |value| value.to_string().len()),
    })
}

fn event(message: &Map<String, Value>) -> GuestAction {
    let event = message.get("events").map(|events| &events[0]).unwrap_or(&Value::Null);
    match (event["eventType"].as_str(), event["presence"]["type"].as_str()) {
        (Some("Presence"), Some("Join")) => GuestAction::Join,
        (Some("Presence"), Some("Clear")) => GuestAction::Clear,
        (Some("Presence"), Some(other)) => GuestAction::NotOffered(format!("the presence {}", other.chars().take(32).collect::<String>())),
        (Some("Typing"), _) => GuestAction::Typing,
        (Some(_), _) => GuestAction::Unreadable("The event is unknown".into()),
        (None, _) => GuestAction::Missing("message.events"),
    }
}

fn string(fields: &Map<String, Value>, name: &str) -> Option<String> {
    fields.get(name).and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_channel_may_be_in_the_message_or_beside_it() {
        let inside = r#"{"action":"onMessage","token":"t","message":{"type":"Text","text":"hi","channel":{"metadata":{"customAttributes":{"a":"b"}}}},"tracingId":"x"}"#;
        let beside = r#"{"action":"onMessage","token":"t","message":{"type":"Text","text":"hi"},"channel":{"metadata":{"customAttributes":{"a":"b"}}},"tracingId":"x"}"#;
        let read = request(inside);
        assert_eq!(read, request(beside));
        assert!(matches!(read.action, GuestAction::Message(GuestText { custom_attributes_bytes: 9, .. })), "{read:?}");
    }

    #[test]
    fn what_lacks_something_says_what() {
        for (text, what) in [
            (r#"{"token":"t"}"#, "action"),
            (r#"{"action":"onMessage"}"#, "message"),
            (r#"{"action":"onMessage","message":{"type":"Text"}}"#, "message.text"),
            (r#"{"action":"onMessage","message":{"type":"Event"}}"#, "message.events"),
        ] {
            assert_eq!(request(text).action, GuestAction::Missing(what));
        }
    }

    #[test]
    fn garbage_is_a_request_that_cannot_be_read() {
        for text in [
            "",
            "nonsense",
            "[]",
            "null",
            r#"{"action":"dance"}"#,
            r#"{"action":"onMessage","message":{"type":"Event","events":[{"eventType":"X"}]}}"#,
        ] {
            assert!(matches!(request(text).action, GuestAction::Unreadable(_)), "{text}");
        }
    }
}
