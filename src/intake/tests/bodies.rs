//! Bodies as they come, and what each of them tells.

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::intake::{Heard, Medium, Unheard, parse};
use crate::termination::{Event, EventKind, Source};

fn heard(kind: EventKind, organization_id: Option<Uuid>) -> Heard {
    let event = Event { kind, participant_id: GUEST, communication_id: GUEST_LEG, time: time(), source: Source::Webhook };
    let envelope_id = organization_id.map(|_| Uuid::from_u128(8));
    Heard { conversation_id: CONVERSATION, event, medium: Medium::WebMessaging, organization_id, envelope_id }
}

#[track_caller]
fn assert_told(what: &str, body: &Value, expected: &Result<Heard, Unheard>) {
    assert_eq!(&parse(body.to_string().as_bytes()), expected, "{what}: {body}");
}

#[test]
fn the_forms_of_an_event_tell_the_same() {
    let (ended, came) = (EventKind::Ended, EventKind::Connected);
    let of = Some(ORGANIZATION);
    let upper = CONVERSATION.to_string().to_uppercase();
    let table: [(&str, Value, EventKind, Option<Uuid>); 17] = [
        ("envelope", envelope("customer.end", &end()), ended, of),
        ("envelope of a start", envelope("customer.start", &start()), came, of),
        (
            "envelope, topic with the id",
            with(envelope("customer.end", &end()), "detail-type", json!(topic(&upper, "customer.end"))),
            ended,
            of,
        ),
        ("envelope without detail-type", with(envelope("customer.end", &end()), "detail-type", Value::Null), ended, of),
        ("envelope without topicName", with(envelope("customer.end", &end()), "detail/topicName", Value::Null), ended, of),
        ("envelope around the plain body", with(envelope("customer.end", &end()), "detail", end()), ended, of),
        ("envelope with more", with(envelope("customer.end", &end()), "detail/new", json!([{"a": null}])), ended, of),
        ("frame", frame("customer.end", &end()), ended, None),
        ("frame of a start", frame("customer.start", &start()), came, None),
        ("plain body of an end", end(), ended, None),
        ("plain body with a topic", with(start(), "topicName", json!(topic("{id}", "customer.start"))), came, None),
        ("time as digits", with(end(), "eventTime", json!(MILLISECONDS.to_string())), ended, None),
        ("time as a fraction", with(end(), "eventTime", json!(1_763_812_800_123.0)), ended, None),
        ("time as RFC 3339", with(end(), "eventTime", json!("2025-11-22T12:00:00.123Z")), ended, None),
        ("time of another zone", with(end(), "eventTime", json!("2025-11-22T13:00:00.123+01:00")), ended, None),
        ("ids in upper case", with(end(), "conversationId", json!(upper)), ended, None),
        ("ids without hyphens", with(end(), "sessionId", json!(GUEST_LEG.simple().to_string())), ended, None),
    ];
    for (what, body, kind, organization) in table {
        assert_told(what, &body, &Ok(heard(kind, organization)));
    }
}

#[test]
fn what_is_not_said_is_not_guessed() {
    let other = Uuid::from_u128(0xC1).to_string();
    let ended = || envelope("customer.end", &end());
    let table: [(&str, Value, Unheard); 24] = [
        ("no object", json!([end()]), Unheard::NotAnObject),
        ("a text", json!("customer.end"), Unheard::NotAnObject),
        ("nothing in it", json!({}), Unheard::Field("topicName")),
        ("a start that could be an end", start(), Unheard::Field("topicName")),
        ("an empty disconnectType", with(end(), "disconnectType", json!("")), Unheard::Field("topicName")),
        ("no conversation", with(end(), "conversationId", Value::Null), Unheard::Field("conversationId")),
        ("no participant", with(end(), "participantId", Value::Null), Unheard::Field("participantId")),
        ("no communication", with(end(), "sessionId", Value::Null), Unheard::Field("sessionId")),
        ("an id that is none", with(end(), "sessionId", json!("1")), Unheard::Field("sessionId")),
        ("an id that is a number", with(end(), "sessionId", json!(1)), Unheard::Field("sessionId")),
        ("only the envelope's time", with(ended(), "detail/eventBody/eventTime", Value::Null), Unheard::Field("eventTime")),
        ("seconds for milliseconds", with(end(), "eventTime", json!(1_763_812_800)), Unheard::Field("eventTime")),
        ("a time before all", with(end(), "eventTime", json!(i64::MIN)), Unheard::Field("eventTime")),
        ("a time after all", with(end(), "eventTime", json!(u64::MAX)), Unheard::Field("eventTime")),
        ("an infinite time", with(end(), "eventTime", json!(1e300)), Unheard::Field("eventTime")),
        ("an eventBody that is a text", with(frame("customer.end", &end()), "eventBody", json!("{}")), Unheard::Field("eventBody")),
        ("a detail that is a text", with(ended(), "detail", json!("{}")), Unheard::Field("detail")),
        ("a topic that is a number", with(ended(), "detail-type", json!(2)), Unheard::Field("topicName")),
        ("topics of two kinds", with(ended(), "detail-type", json!(topic("{id}", "customer.start"))), Unheard::Contradiction),
        (
            "a topic of another conversation",
            with(frame("customer.end", &end()), "topicName", json!(topic(&other, "customer.end"))),
            Unheard::Contradiction,
        ),
        ("topics of two conversations", with(ended(), "detail-type", json!(topic(&other, "customer.end"))), Unheard::Contradiction),
        ("an agent's leg", envelope("user.end", &end()), Unheard::Other),
        ("another topic", with(end(), "topicName", json!("v2.users.1.presence")), Unheard::Other),
        ("a heartbeat", json!({"topicName": "channel.metadata", "eventBody": {"message": "WebSocket Heartbeat"}}), Unheard::Other),
    ];
    for (what, body, why) in table {
        assert_told(what, &body, &Err(why));
    }
}

#[test]
fn an_envelope_must_name_an_organization_of_genesys_cloud() {
    let sources = [
        "",
        "aws.ec2",
        "aws.partner/genesys.com/cloud/",
        "aws.partner/genesys.com/cloud/x/y",
        "aws.partner/evil.com/cloud/00000000-0000-0000-0000-000000000a00/chat",
        "aws.partner/genesys.com/cloud/00000000-0000-0000-0000-000000000a00",
        "x/aws.partner/genesys.com/cloud/00000000-0000-0000-0000-000000000a00/chat",
    ];
    for source in sources {
        assert_told(source, &with(envelope("customer.end", &end()), "source", json!(source)), &Err(Unheard::Source));
    }
    for source in [Value::Null, json!(5), json!({})] {
        assert_told("no text", &with(envelope("customer.end", &end()), "source", source), &Err(Unheard::Source));
    }
}

#[test]
fn only_web_messaging_and_web_chat_are_the_web() {
    let medium = |media: Value, message: Value| {
        let body = with(with(end(), "mediaType", media), "messageType", message);
        parse(body.to_string().as_bytes()).unwrap().medium
    };
    assert_eq!(medium(json!("MESSAGE"), json!("WEBMESSAGING")), Medium::WebMessaging);
    assert_eq!(medium(json!("message"), json!("webmessaging")), Medium::WebMessaging);
    assert_eq!(medium(json!("CHAT"), Value::Null), Medium::WebChat);
    for (media, message) in [("MESSAGE", "SMS"), ("VOICE", "UNKNOWN"), ("MESSAGE", ""), ("", "WEBMESSAGING"), ("EMAIL", "WEBMESSAGING")] {
        assert!(!medium(json!(media), json!(message)).is_web(), "{media} {message}");
    }
    assert!(!medium(Value::Null, Value::Null).is_web());
    let mut unsaid = end();
    unsaid.as_object_mut().unwrap().remove("messageType");
    assert_eq!(parse(unsaid.to_string().as_bytes()).unwrap().medium, Medium::UnsaidMessage);
    assert_eq!(medium(json!("MESSAGE"), Value::Null), Medium::UnsaidMessage);
    unsaid["mediaType"] = json!("CHAT");
    assert_eq!(parse(unsaid.to_string().as_bytes()).unwrap().medium, Medium::WebChat);
}

#[test]
fn the_samples_of_the_manual_are_understood_and_tell_the_same() {
    let manual = include_str!("../../../docs/eventbridge.md");
    let blocks = manual.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let samples: Vec<_> = blocks.filter(|block| block.contains("eventTime")).map(|block| parse(block.as_bytes()).unwrap()).collect();
    let [envelope, plain] = &samples[..] else { panic!("{samples:?}") };
    assert_eq!((&envelope.event, envelope.conversation_id, envelope.medium), (&plain.event, plain.conversation_id, Medium::WebMessaging));
    assert!(envelope.organization_id.is_some() && plain.organization_id.is_none());
}
