//! Frames as text, and text as what a client says.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::simulator::world::{ChannelId, ChannelInput, Frame};

/// A frame as it goes over the wire.
pub(super) fn text(frame: &Frame, organization: Uuid) -> String {
    let value = match frame {
        Frame::Event(event) => json!({
            "topicName": event.topic(),
            "version": "2",
            "eventBody": event.body,
            "metadata": { "CorrelationId": event.correlation_id },
        }),
        Frame::Heartbeat => json!({ "topicName": "channel.metadata", "eventBody": { "message": "WebSocket Heartbeat" } }),
        Frame::Pong => json!({ "topicName": "channel.metadata", "eventBody": { "message": "pong" } }),
        Frame::Subscribed { correlation_id } => answer("200", Some("subscribed"), None, correlation_id.as_deref()),
        Frame::NotSubscribed { status, message, correlation_id } => answer("400", Some(status), Some(message), correlation_id.as_deref()),
        Frame::Gone => answer("404", None, Some("The channel was not found; it has expired or was replaced."), None),
        Frame::SocketClosing => json!({
            "topicName": "v2.system.socket_closing",
            "version": "2",
            "eventBody": { "message": "The socket will be closed. Please reconnect." },
            "metadata": {},
        }),
        Frame::NoLongerSubscribed { channel, client } => {
            system("no_longer_subscribed", "another_channel_subscribed", channel, client, organization)
        }
        Frame::TokenRevoked { channel, client } => system("token_revoked", "user_tokens_revoked", channel, client, organization),
        Frame::Junk(text) => return text.clone(),
    };
    value.to_string()
}

fn answer(result: &str, status: Option<&str>, message: Option<&str>, correlation_id: Option<&str>) -> Value {
    let mut frame = json!({ "result": result });
    for (name, value) in [("status", status), ("message", message), ("correlationId", correlation_id)] {
        if let Some(value) = value {
            frame[name] = value.into();
        }
    }
    frame
}

/// A system message about a channel (the fields and the words of its body: confirmed by the vendor's models; which of them it
/// fills is not known).
fn system(kind: &str, reason: &str, channel: &ChannelId, client: &str, organization: Uuid) -> Value {
    json!({
        "topicName": format!("v2.system.{kind}.{channel}"),
        "version": "2",
        "eventBody": {
            "channelId": channel,
            "systemTopicType": kind,
            "organizationId": organization,
            "oauthClientId": client,
            "reason": reason,
        },
        "metadata": {},
    })
}

/// What a text from a client says.
pub(super) fn said(text: &str) -> ChannelInput {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return ChannelInput::Other };
    match value["message"].as_str() {
        Some("ping") => ChannelInput::Ping,
        Some("subscribe") => {
            let correlation_id = value["correlationId"].as_str().map(String::from);
            ChannelInput::Subscribe { topics: topics(&value["topics"]), correlation_id }
        }
        Some(_) | None => ChannelInput::Other,
    }
}

fn topics(value: &Value) -> Result<Vec<String>, String> {
    let list = value.as_array().ok_or("topics must be a list")?;
    list.iter().map(|topic| topic.as_str().map(String::from).ok_or_else(|| "a topic is no text".into())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_may_say_anything() {
        let correlation_id = Some("x".to_owned());
        let cases = [
            (r#"{"message":"ping"}"#, ChannelInput::Ping),
            ("2026-11-20 10:00:00 +0000 UTC", ChannelInput::Other),
            (r#"{"message":7}"#, ChannelInput::Other),
            (
                r#"{"message":"subscribe","topics":["a"],"correlationId":"x"}"#,
                ChannelInput::Subscribe { topics: Ok(vec!["a".into()]), correlation_id },
            ),
            (r#"{"message":"subscribe"}"#, ChannelInput::Subscribe { topics: Err("topics must be a list".into()), correlation_id: None }),
        ];
        for (text, expected) in cases {
            assert_eq!(said(text), expected, "{text}");
        }
    }

    #[test]
    fn answers_in_band_are_as_on_the_wire() {
        let nil = Uuid::nil();
        assert_eq!(text(&Frame::Pong, nil), r#"{"eventBody":{"message":"pong"},"topicName":"channel.metadata"}"#);
        let subscribed = Frame::Subscribed { correlation_id: Some("x".into()) };
        assert_eq!(text(&subscribed, nil), r#"{"correlationId":"x","result":"200","status":"subscribed"}"#);
        let gone: Value = serde_json::from_str(&text(&Frame::Gone, nil)).unwrap();
        assert_eq!((gone["result"].clone(), gone["message"].is_string()), ("404".into(), true));
    }
}
