//! What a text on a notification socket says. Total: whatever cannot be made sense of is [`Frame::Noise`].
//!
//! Seen in the field and tolerated: heartbeats, answers to pings, answers to requests that were never made, and texts that are
//! no JSON at all.

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::topic;
use crate::termination::{Event, EventKind, Source};

/// How many texts of a body are searched for topics.
const MOST_TEXTS: usize = 2_000;

/// What a text says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// A guest leg ended or connected.
    Event(Uuid, Event),
    /// Something happened to a guest leg of this conversation, and the text does not say what in a way that is understood.
    Unclear(Uuid),
    /// The service will close this socket within about a minute.
    SocketClosing,
    /// Topics were taken off the channel: those of these conversations, or, if none is named, any.
    NoLongerSubscribed(Vec<Uuid>),
    /// The token that the channel was made with is void.
    TokenRevoked,
    /// There is no such channel any more.
    ChannelGone,
    /// Nothing that matters.
    Noise,
}

impl Frame {
    /// Reads a text.
    pub(super) fn parse(text: &str) -> Self {
        let Ok(value) = serde_json::from_str::<Value>(text) else { return Self::Noise };
        // `{"result":"404"}` answers requests on the socket; also when none was made (a single third-party client's word).
        let result = value.get("result");
        if result.is_some_and(|result| result.as_str() == Some("404") || result.as_u64() == Some(404)) {
            return Self::ChannelGone;
        }
        let Some(name) = value.get("topicName").and_then(Value::as_str) else { return Self::Noise };
        let body = value.get("eventBody").unwrap_or(&Value::Null);
        if let Some((conversation, kind)) = topic::parse(name) {
            let event = read(conversation, body);
            let event = event.map(|(participant_id, communication_id, time)| Event {
                kind,
                participant_id,
                communication_id,
                time,
                source: Source::Notification,
            });
            return event.map_or(Self::Unclear(conversation), |event| Self::Event(conversation, event));
        }
        match name.strip_prefix("v2.system.") {
            Some(system) if is(system, "socket_closing") => Self::SocketClosing,
            Some(system) if is(system, "token_revoked") => Self::TokenRevoked,
            Some(system) if is(system, "no_longer_subscribed") => Self::NoLongerSubscribed(named(system, body)),
            Some(_) | None => Self::Noise,
        }
    }
}

/// What a text on a notification socket is taken for, in a few words: for whoever writes such texts, and for the contract with them.
#[must_use]
pub fn understood(text: &str) -> &'static str {
    match Frame::parse(text) {
        Frame::Event(_, Event { kind: EventKind::Ended, .. }) => "guest leg ended",
        Frame::Event(_, Event { kind: EventKind::Connected, .. }) => "guest leg connected",
        Frame::Unclear(_) => "unclear: the conversation is read",
        Frame::SocketClosing => "socket closing: another one is opened",
        Frame::NoLongerSubscribed(_) => "no longer subscribed: subscribed again, and read",
        Frame::TokenRevoked => "token revoked: a new channel is made",
        Frame::ChannelGone => "channel gone: a new channel is made",
        Frame::Noise => "passed over",
    }
}

/// Whether a system topic is this one, with an id behind it or without.
fn is(system: &str, name: &str) -> bool {
    system.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The participant, the communication and the time of an event's body, if it is about the conversation of its topic.
fn read(conversation: Uuid, body: &Value) -> Option<(Uuid, Uuid, Timestamp)> {
    let id = |field: &str| body.get(field).and_then(Value::as_str).and_then(|id| Uuid::try_parse(id).ok());
    let about = body.get("conversationId").is_none_or(|_| id("conversationId") == Some(conversation));
    let time = body.get("eventTime").and_then(milliseconds)?;
    about.then_some((id("participantId")?, id("sessionId")?, time))
}

/// A time in milliseconds since 1970 (confirmed), as a number or as a text.
fn milliseconds(value: &Value) -> Option<Timestamp> {
    let number = value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Timestamp::from_millisecond(number).ok().filter(|time| *time > Timestamp::UNIX_EPOCH)
}

/// The conversations whose topics a notice names. What its body looks like is not known, so every text in it is looked at.
fn named(system: &str, body: &Value) -> Vec<Uuid> {
    let (mut found, mut left, mut open) = (Vec::new(), MOST_TEXTS, vec![body]);
    let in_name = system.split_once('.').and_then(|(_, id)| topic::conversation(id));
    found.extend(in_name.map(|(conversation, _)| conversation));
    while let Some(value) = open.pop() {
        match value {
            Value::String(_) if left == 0 => return Vec::new(),
            Value::String(text) => {
                left -= 1;
                found.extend(topic::conversation(text).map(|(conversation, _)| conversation));
            }
            Value::Array(values) => open.extend(values),
            Value::Object(fields) => open.extend(fields.values()),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const C: Uuid = Uuid::from_u128(1);
    const P: Uuid = Uuid::from_u128(2);
    const S: Uuid = Uuid::from_u128(3);

    fn of(topic: &str, body: &Value) -> Frame {
        Frame::parse(&json!({"topicName": topic, "version": "2", "eventBody": body, "metadata": {"CorrelationId": "x"}}).to_string())
    }

    fn end(change: impl FnOnce(&mut Value)) -> Frame {
        let mut body = json!({"eventTime": 1_763_800_000_123_i64, "conversationId": C, "participantId": P, "sessionId": S,
            "disconnectType": "CLIENT", "mediaType": "MESSAGE", "somethingNew": [{}]});
        change(&mut body);
        of(&topic::names(C)[0], &body)
    }

    fn event(kind: EventKind) -> Frame {
        let time = Timestamp::from_millisecond(1_763_800_000_123).unwrap();
        Frame::Event(C, Event { kind, participant_id: P, communication_id: S, time, source: Source::Notification })
    }

    #[test]
    fn the_start_and_the_end_of_a_guest_leg_are_events() {
        assert_eq!(end(|_| ()), event(EventKind::Ended));
        // The topics are the same for all media.
        assert_eq!(end(|body| body["mediaType"] = json!("CHAT")), event(EventKind::Ended));
        let body = json!({"eventTime": 1_763_800_000_123_i64, "participantId": P.to_string().to_uppercase(), "sessionId": S});
        assert_eq!(of(&topic::names(C)[1], &body), event(EventKind::Connected));
        assert_eq!(end(|body| body["eventTime"] = json!("1763800000123")), event(EventKind::Ended));
    }

    #[test]
    fn an_event_that_is_not_understood_tells_at_least_of_which_conversation() {
        let spoils: [fn(&mut Value); 9] = [
            |body| body["eventTime"] = Value::Null,
            |body| body["eventTime"] = json!(0),
            |body| body["eventTime"] = json!(1e300),
            |body| body["eventTime"] = json!("yesterday"),
            |body| body["participantId"] = json!("x"),
            |body| body["sessionId"] = json!(7),
            |body| body["conversationId"] = json!(P),
            |body| *body = Value::Null,
            |body| *body = json!([[]]),
        ];
        for spoil in spoils {
            assert_eq!(end(spoil), Frame::Unclear(C));
        }
    }

    #[test]
    fn the_services_own_notices_are_told_apart() {
        assert_eq!(of("v2.system.socket_closing", &Value::Null), Frame::SocketClosing);
        assert_eq!(of("v2.system.token_revoked.0f0f", &json!({})), Frame::TokenRevoked);
        assert_eq!(of("v2.system.no_longer_subscribed.x", &json!({})), Frame::NoLongerSubscribed(Vec::new()));
        let body = json!({"reason": "x", "topics": [{"id": topic::names(P)[0]}, {"id": topic::names(C)[1]}, topic::names(C)[0]]});
        assert_eq!(of("v2.system.no_longer_subscribed", &body), Frame::NoLongerSubscribed(vec![C, P]));
        assert_eq!(Frame::parse(r#"{"result":"404","message":"no such channel"}"#), Frame::ChannelGone);
        assert_eq!(Frame::parse(r#"{"result":404}"#), Frame::ChannelGone);
    }

    #[test]
    fn junk_is_noise_and_never_an_error() {
        let deep = "[".repeat(100_000);
        for text in [
            "",
            "2026-11-22 12:00:00.000 +0000 UTC m=+1.0",
            "null",
            "7",
            "{}",
            "[]",
            "{\"topicName\":7}",
            "{\"topicName\":\"v2.system.\"}",
            "{\"topicName\":\"v2.system.socket_closing_soon\"}",
            r#"{"topicName":"channel.metadata","eventBody":{"message":"WebSocket Heartbeat"}}"#,
            r#"{"topicName":"channel.metadata","eventBody":{"message":"pong"}}"#,
            r#"{"topicName":"v2.users.0.presence","eventBody":{}}"#,
            r#"{"result":"400","status":"failure","message":"x"}"#,
            r#"{"result":"200","status":"subscribed"}"#,
            deep.as_str(),
        ] {
            assert_eq!(Frame::parse(text), Frame::Noise, "{}", text.get(..40).unwrap_or(text));
        }
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in ".{0,200}", name in "v2\\.(system|detail)[a-z._{}0-9-]{0,60}", body in ".{0,50}") {
            let _frame = Frame::parse(&text);
            let _frame = Frame::parse(&json!({"topicName": name, "eventBody": body}).to_string());
            let _frame = Frame::parse(&format!("{{\"topicName\":{name:?},\"eventBody\":{text}}}"));
        }
    }
}
