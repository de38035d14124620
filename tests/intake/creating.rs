//! Events that create terminations.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use uuid::Uuid;
use webchat_terminator::intake::Outcome;

use super::bench::{Bench, CONVERSATION, ORGANIZATION, UNKNOWN, end, envelope, logged};

#[tokio::test]
async fn redelivery_creates_nothing_twice() {
    let bench = Bench::start().await;
    for _ in 0..3 {
        assert_eq!(bench.post("chat/creating", &envelope(ORGANIZATION, UNKNOWN)).await.status, 204);
    }
    assert_eq!(bench.memory.created.lock().unwrap().len(), 1);
    assert_eq!((bench.count(Outcome::Created), bench.count(Outcome::CreatedBefore), bench.heard()), (1, 2, 0));
    assert!(
        bench
            .memory
            .manifests
            .lock()
            .unwrap()
            .iter()
            .all(|it| it.spec.legs_connected_before.unwrap().as_millisecond() == 1_763_812_800_124)
    );
}

#[tokio::test]
async fn a_guest_who_comes_back_and_leaves_again_is_another_termination() {
    let bench = Bench::start().await;
    let again = |field: &str, value: Value| {
        let mut body = envelope(ORGANIZATION, UNKNOWN);
        body["detail"]["eventBody"][field] = value;
        body
    };
    let another = json!(Uuid::from_u128(0x12));
    let ends = [
        envelope(ORGANIZATION, UNKNOWN),
        again("participantId", another.clone()),
        again("sessionId", another),
        again("eventTime", json!(1_763_812_900_000_i64)),
    ];
    for body in &ends {
        assert_eq!(bench.post("chat/creating", body).await.status, 204);
    }
    assert_eq!((bench.memory.created.lock().unwrap().len(), bench.count(Outcome::Created)), (4, 4));
}

#[tokio::test]
async fn nothing_is_answered_before_the_termination_exists() {
    let bench = Bench::start().await;
    let body = envelope(ORGANIZATION, UNKNOWN);
    // Whether anybody waits for it is not known: it comes again.
    bench.memory.take_fails.store(true, Ordering::Relaxed);
    assert_eq!(bench.post("chat/creating", &body).await.status, 503);
    bench.memory.take_fails.store(false, Ordering::Relaxed);
    bench.memory.create_fails.store(true, Ordering::Relaxed);
    assert_eq!(bench.post("chat/creating", &body).await.status, 503);
    assert_eq!((bench.memory.created.lock().unwrap().len(), bench.count(Outcome::NotTaken)), (0, 2));
    bench.memory.create_fails.store(false, Ordering::Relaxed);
    assert_eq!(bench.post("chat/creating", &body).await.status, 204);
    assert_eq!((bench.memory.created.lock().unwrap().len(), bench.count(Outcome::Created)), (1, 1));
}

#[tokio::test]
async fn an_event_that_somebody_waits_for_creates_nothing() {
    let bench = Bench::start().await;
    assert_eq!(bench.post("chat/creating", &envelope(ORGANIZATION, CONVERSATION)).await.status, 204);
    assert_eq!((bench.count(Outcome::Taken), bench.heard(), bench.memory.created.lock().unwrap().len()), (1, 1, 0));
}

#[tokio::test]
async fn where_another_termination_has_the_name_the_event_is_to_come_again_and_that_is_logged() {
    let bench = Bench::start().await;
    bench.memory.name_is_taken.store(true, Ordering::Relaxed);
    assert_eq!(bench.post("chat/creating", &envelope(ORGANIZATION, UNKNOWN)).await.status, 409);
    assert_eq!((bench.count(Outcome::NameTaken), bench.count(Outcome::CreatedBefore)), (1, 0));
    assert!(logged().contains("a WebchatTermination of this name ends something else than its event asks for"));
}

#[tokio::test]
async fn an_event_that_creates_need_not_be_awaited_by_anybody() {
    let bench = Bench::start().await;
    assert_eq!(bench.post("chat/creating", &envelope(ORGANIZATION, UNKNOWN)).await.status, 204);
    assert_eq!((bench.count(Outcome::Created), bench.count(Outcome::UnknownConversation)), (1, 0));
}

#[tokio::test]
async fn only_what_a_connection_creates_from_is_created_from() {
    let bench = Bench::start().await;
    let ours = envelope(ORGANIZATION, UNKNOWN);
    let mut call = ours.clone();
    call["detail"]["eventBody"]["mediaType"] = json!("VOICE");
    let start: Value = serde_json::from_str(&ours.to_string().replace("customer.end", "customer.start")).unwrap();
    let (frame, plain) = (ours["detail"].clone(), end(UNKNOWN));
    let cases = [
        ("a call", "chat/creating", call, 204),
        ("a start", "chat/creating", start, 204),
        ("a connection that creates nothing", "chat/main", ours.clone(), 204),
        ("a frame, which names no organization", "chat/creating", frame, 204),
        ("a plain body, which names none either", "chat/creating", plain, 204),
        ("another organization", "chat/creating", envelope(Uuid::from_u128(0xBAD), UNKNOWN), 403),
    ];
    for (what, connection, body, status) in cases {
        assert_eq!(bench.post(connection, &body).await.status, status, "{what}");
        assert_eq!(bench.memory.created.lock().unwrap().len(), 0, "{what}");
    }
    assert_eq!(bench.post("chat/creating", &ours).await.status, 204);
    assert_eq!(bench.count(Outcome::Created), 1);
}

#[tokio::test]
async fn a_message_that_may_be_of_any_messenger_creates_nothing_and_that_is_told_and_a_chat_creates() {
    let bench = Bench::start().await;
    let body = |conversation: Uuid, media: &str, message: Option<&str>| {
        let mut body = envelope(ORGANIZATION, conversation);
        let fields = body["detail"]["eventBody"].as_object_mut().unwrap();
        fields.insert("mediaType".into(), json!(media));
        fields.remove("messageType");
        fields.extend(message.map(|message| ("messageType".to_owned(), json!(message))));
        body
    };
    for message in [None, Some("WHATSAPP")] {
        assert_eq!(bench.post("chat/creating", &body(UNKNOWN, "MESSAGE", message)).await.status, 204);
    }
    assert_eq!((bench.count(Outcome::NotWeb), bench.count(Outcome::UnknownConversation), bench.count(Outcome::Created)), (2, 0, 0));
    let said = logged();
    assert!(said.contains("an event created nothing") && said.contains("UnsaidMessage"), "{said}");
    // Where nothing would be created of it, nothing is amiss; and whoever waits for it is told.
    assert_eq!(bench.post("chat/main", &body(UNKNOWN, "MESSAGE", None)).await.status, 204);
    assert_eq!(bench.post("chat/creating", &body(CONVERSATION, "MESSAGE", None)).await.status, 204);
    assert_eq!((bench.count(Outcome::NotWeb), bench.count(Outcome::UnknownConversation), bench.count(Outcome::Taken)), (2, 1, 1));
    assert_eq!(bench.post("chat/creating", &body(UNKNOWN, "CHAT", None)).await.status, 204);
    assert_eq!((bench.count(Outcome::Created), bench.memory.created.lock().unwrap().len()), (1, 1));
}
