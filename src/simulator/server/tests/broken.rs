use std::time::Duration;

use super::*;
use crate::simulator::world::{Fault, FaultRule};

fn with_fault(chat: ConversationSpec, fault: Fault) -> WorldSpec {
    let rule = FaultRule { operations: vec![], conversation_id: Some(chat.id), per_thousand: 1000, times: Some(1), fault };
    WorldSpec { faults: vec![rule], ..sample::world(vec![chat]) }
}

#[tokio::test]
async fn a_connection_is_cut_with_or_without_effect() {
    for applied in [true, false] {
        let chat = ConversationSpec::usual(1);
        let leg = chat.guest_legs()[0];
        let simulator = start(with_fault(chat, Fault::Cut { applied })).await;
        let bearer = format!("Bearer {}", token(&simulator).await);
        let path = conversation(leg.conversation);
        assert!(try_send(&simulator, "DELETE", &path, &[("authorization", &bearer)], "").await.is_none());
        assert_eq!(is_live(&simulator, leg), !applied);
        assert_eq!(send(&simulator, "DELETE", &path, &[("authorization", &bearer)], "").await.status, 204, "once only");
    }
}

#[tokio::test]
async fn half_a_body_is_half_of_what_was_announced() {
    let chat = ConversationSpec::usual(1);
    let id = chat.id;
    let simulator = start(with_fault(chat, Fault::HalfBody)).await;
    let bearer = format!("Bearer {}", token(&simulator).await);
    let answer = send(&simulator, "GET", &conversation(id), &[("authorization", &bearer)], "").await;
    let announced: usize = answer.header("content-length").unwrap().parse().unwrap();
    assert_eq!((answer.status, answer.body.len()), (200, announced / 2));
}

#[tokio::test]
async fn a_request_that_is_never_answered_may_have_had_its_effect() {
    let chat = ConversationSpec::usual(1);
    let leg = chat.guest_legs()[0];
    let simulator = start(with_fault(chat, Fault::Timeout { applied: true })).await;
    let bearer = format!("Bearer {}", token(&simulator).await);
    let path = conversation(leg.conversation);
    let headers = [("authorization", bearer.as_str())];
    let sent = try_send(&simulator, "DELETE", &path, &headers, "");
    assert!(tokio::time::timeout(Duration::from_millis(300), sent).await.is_err());
    assert!(!is_live(&simulator, leg));
    simulator.shutdown().await.unwrap();
}

#[tokio::test]
async fn an_unreachable_service_cuts_every_connection() {
    let (simulator, leg, token) = usual().await;
    simulator.with_world(|world| world.set_unreachable(true));
    let bearer = format!("Bearer {token}");
    let path = conversation(leg.conversation);
    assert!(try_send(&simulator, "GET", &path, &[("authorization", &bearer)], "").await.is_none());
    simulator.with_world(|world| world.set_unreachable(false));
    assert_eq!(call(&simulator, &token, "GET", &path, "").await.status, 200);
}

#[tokio::test]
async fn oversize_and_garbage_are_survived() {
    let (simulator, leg, token) = usual().await;
    let large = "x".repeat(600_000);
    if let Some(answer) = try_send(&simulator, "PATCH", &message_participant(leg), &[], &large).await {
        assert_eq!(answer.status, 413);
    }
    for garbage in [&b"\x16\x03\x01 no HTTP at all\r\n\r\n"[..], b"GET /\xff\xfe HTTP/1.1\r\n\r\n", b"POST /oauth/token HTTP/1.1\r\n"] {
        let answered = tokio::time::timeout(Duration::from_millis(500), exchange(&simulator, garbage)).await;
        assert!(answered.is_err() || answered.is_ok_and(|text| !text.contains(" 200 ")));
    }
    let path = format!("/api/v2/conversations/{}", "9".repeat(5000));
    assert_eq!(call(&simulator, &token, "GET", &path, "").await.status, 400);
    assert_eq!(call(&simulator, &token, "GET", &conversation(leg.conversation), "").await.status, 200);
    assert!(is_live(&simulator, leg));
}
