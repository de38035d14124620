//! What is taken, and when that is said.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use uuid::Uuid;
use webchat_terminator::intake::{Limits, Outcome};
use webchat_terminator::termination::{EventKind, Source};

use super::bench::{Bench, CONVERSATION, ORGANIZATION, UNKNOWN, end, envelope};

#[tokio::test]
async fn an_event_is_taken_in_every_form_and_as_often_as_it_comes() {
    let bench = Bench::start().await;
    for body in [envelope(ORGANIZATION, CONVERSATION), end(CONVERSATION), envelope(ORGANIZATION, CONVERSATION)] {
        let answer = bench.post("chat/main", &body).await;
        assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    }
    assert_eq!((bench.count(Outcome::Taken), bench.heard()), (3, 3));
    let (connection, heard) = bench.memory.heard.lock().unwrap()[0].clone();
    assert_eq!(connection.to_string(), "chat/main");
    assert_eq!((heard.conversation_id, heard.event.kind, heard.event.source), (CONVERSATION, EventKind::Ended, Source::Webhook));
}

#[tokio::test]
async fn an_event_of_an_unknown_conversation_is_dropped_quietly_and_counted() {
    let bench = Bench::start().await;
    assert_eq!(bench.post("chat/main", &end(UNKNOWN)).await.status, 204);
    let other = json!({ "topicName": "v2.detail.events.conversation.x.acd.end", "eventBody": {} });
    assert_eq!(bench.post("chat/main", &other).await.status, 204);
    assert_eq!((bench.count(Outcome::UnknownConversation), bench.count(Outcome::OtherEvent), bench.heard()), (1, 1, 0));
}

#[tokio::test]
async fn what_is_not_taken_is_not_answered_as_taken() {
    let bench = Bench::bounded(Limits { hand_over_time: Duration::from_millis(100), ..Limits::default() }).await;
    bench.memory.take_fails.store(true, Ordering::Relaxed);
    let answer = bench.post("chat/main", &end(CONVERSATION)).await;
    assert_eq!(answer.status, 503);
    assert!(answer.head.contains("retry-after: "), "{answer:?}");
    bench.memory.take_hangs.store(true, Ordering::Relaxed);
    assert_eq!(bench.post("chat/main", &end(CONVERSATION)).await.status, 503);
    assert_eq!((bench.count(Outcome::NotTaken), bench.heard()), (2, 0));
}

#[tokio::test]
async fn an_envelope_of_another_organization_is_refused() {
    let bench = Bench::start().await;
    assert_eq!(bench.post("chat/main", &envelope(Uuid::from_u128(0xBAD), CONVERSATION)).await.status, 403);
    let mut nobodys = envelope(ORGANIZATION, CONVERSATION);
    nobodys["source"] = json!("my.application");
    assert_eq!(bench.post("chat/main", &nobodys).await.status, 403);
    assert_eq!((bench.count(Outcome::OtherOrganization), bench.heard()), (2, 0));
}

#[tokio::test]
async fn what_cannot_be_understood_is_refused_for_good() {
    let bench = Bench::start().await;
    let mut future = end(CONVERSATION);
    future["eventTime"] = json!("2999-01-01T00:00:00Z");
    for body in [json!({}), json!([]), json!({ "conversationId": 5 }), future] {
        assert_eq!(bench.post("chat/main", &body).await.status, 400, "{body}");
    }
    assert_eq!((bench.count(Outcome::Malformed), bench.heard()), (4, 0));
}
