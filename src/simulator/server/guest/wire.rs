//! The JSON that a guest receives, written by hand from what the vendor's clients read.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::deployment;
use crate::simulator::world::{Content, GuestFrame, Line, Saying, SessionState, Speaker, World};

/// One frame.
pub(super) fn frame(frame: &GuestFrame, world: &World) -> Value {
    let (kind, class, code, body) = match &frame.content {
        Content::Session(state) => ("response", "SessionResponse", 200, session(state)),
        Content::Line(said) => ("message", "StructuredMessage", 200, line(said)),
        Content::Echo { text, duration_seconds, expiration } => {
            ("response", "StructuredMessage", 200, echo(text, *duration_seconds, *expiration))
        }
        // Clients read the one or the other: which of the two the service sends is not known.
        Content::ConnectionClosed(reason) => ("message", "ConnectionClosedEvent", 200, json!({ "reason": reason, "reasonCode": reason })),
        Content::SessionExpired => ("response", "SessionExpiredEvent", 200, json!({})),
        Content::SessionCleared => ("message", "SessionClearedEvent", 200, json!({})),
        Content::Jwt { jwt, expires } => ("response", "JwtResponse", 200, json!({ "jwt": jwt, "exp": expires })),
        Content::Configuration(id) => {
            ("response", "GetConfigurationResponse", 200, world.deployment(*id).map_or(Value::Null, |d| deployment::config_json(d, "")))
        }
        Content::TooManyRequests { retry_after, text } => {
            let body = json!({ "retryAfter": retry_after, "errorCode": 4029, "errorMessage": text });
            ("response", "TooManyRequestsErrorMessage", 429, body)
        }
        Content::Error { code, text } => ("response", "string", *code, json!(text)),
    };
    let mut frame_json = json!({ "type": kind, "class": class, "code": code, "body": body });
    if let Some(tracing_id) = &frame.tracing_id {
        frame_json["tracingId"] = json!(tracing_id);
    }
    frame_json
}

fn session(state: &SessionState) -> Value {
    let SessionState { connected, new_session, read_only, cleared_existing, duration_seconds, expiration } = state;
    if !connected {
        return json!({ "connected": false, "readOnly": read_only });
    }
    json!({
        "connected": true,
        "newSession": new_session,
        "readOnly": read_only,
        "maxCustomDataBytes": 2048,
        "allowedMedia": { "inbound": { "fileTypes": [{ "type": "*/*" }], "maxFileSizeKB": 10240 } },
        "blockedExtensions": [".ade", ".exe"],
        "clearedExistingSession": cleared_existing,
        "durationSeconds": duration_seconds,
        "expirationDate": expiration,
    })
}

fn echo(text: &str, duration_seconds: u32, expiration: i64) -> Value {
    let metadata = json!({ "durationSeconds": duration_seconds.to_string(), "expirationDate": expiration.to_string() });
    json!({ "text": text, "type": "Text", "direction": "Inbound", "id": "echo_id", "metadata": metadata })
}

fn line(line: &Line) -> Value {
    let id = line.id.simple().to_string();
    let mut body = match &line.said {
        Saying::Text { text } => json!({ "text": text, "type": "Text" }),
        Saying::Disconnect { read_only: true } => {
            json!({ "type": "Event", "events": [presence("Disconnect")], "metadata": { "readOnly": "true" } })
        }
        Saying::Disconnect { read_only: false } => json!({ "type": "Event", "events": [presence("Disconnect")] }),
        Saying::Clear => json!({ "type": "Event", "events": [presence("Clear")] }),
        Saying::Join => json!({ "type": "Event", "events": [presence("Join")] }),
    };
    body["id"] = json!(id);
    let entity = match line.from {
        Speaker::Guest => {
            body["direction"] = json!("Inbound");
            body["channel"] = json!({ "time": time(line.time), "messageId": line.id });
            let mut metadata = json!(line.metadata);
            metadata["correlationId"] = json!(id);
            body["metadata"] = metadata;
            return body;
        }
        Speaker::Human => "Human",
        Speaker::Bot => "Bot",
    };
    body["direction"] = json!("Outbound");
    body["originatingEntity"] = json!(entity);
    body["channel"] = json!({ "time": time(line.time), "type": "Private", "from": { "nickname": line.nickname }, "to": {} });
    body
}

fn presence(name: &str) -> Value {
    json!({ "eventType": "Presence", "presence": { "type": name } })
}

fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}
