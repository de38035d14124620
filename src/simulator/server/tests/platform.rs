use super::*;
use crate::simulator::world::Operation;

const END: &str = r#"{"state":"disconnected"}"#;

#[tokio::test]
async fn every_operation_answers_with_its_own_status() {
    let chats: Vec<ConversationSpec> = (1..=6).map(ConversationSpec::usual).collect();
    let legs: Vec<LegId> = chats.iter().map(|c| c.guest_legs()[0]).collect();
    let simulator = start(sample::world(chats)).await;
    let token = token(&simulator).await;
    let ended = call(&simulator, &token, "PATCH", &message_participant(legs[0]), END).await;
    assert_eq!((ended.status, ended.body.as_str()), (202, ""));
    let neutral = format!("{}/participants/{}", conversation(legs[1].conversation), legs[1].participant);
    let ended = call(&simulator, &token, "PATCH", &neutral, END).await;
    assert_eq!((ended.status, ended.body.as_str()), (202, ""));
    let one = format!("{}/communications/{}", message_participant(legs[2]), legs[2].communication);
    let ended = call(&simulator, &token, "PATCH", &one, END).await;
    assert_eq!((ended.status, ended.body.as_str()), (200, "{}"));
    let wrapper = format!("/api/v2/conversations/messages/{}", legs[3].conversation);
    let ended = call(&simulator, &token, "PATCH", &wrapper, END).await;
    assert_eq!((ended.status, ended.json()["endTime"].clone()), (200, "2026-11-20T12:00:00.000Z".into()));
    let ended = call(&simulator, &token, "DELETE", &conversation(legs[4].conversation), "").await;
    assert_eq!((ended.status, ended.body.as_str()), (204, ""));
    let teardown = format!("{}/disconnect", conversation(legs[5].conversation));
    let ended = call(&simulator, &token, "POST", &teardown, "null").await;
    assert_eq!((ended.status, ended.json()), (202, "Accepted".into()));
    assert!(legs.iter().all(|leg| !is_live(&simulator, *leg)));
}

#[tokio::test]
async fn a_conversation_is_shown_in_both_shapes() {
    let (simulator, leg, token) = usual().await;
    let neutral = call(&simulator, &token, "GET", &conversation(leg.conversation), "").await.json();
    assert_eq!(neutral["participants"][0]["purpose"], "customer");
    assert_eq!(neutral["participants"][0]["messages"][0]["id"], leg.communication.to_string());
    assert_eq!(neutral["participants"][0]["messages"][0]["state"], "connected");
    assert_eq!(neutral["participants"][0]["connectedTime"], "2026-11-20T11:50:00.000Z");
    assert_eq!(neutral["participants"][3]["messages"][0]["peerId"], leg.communication.to_string());
    assert!(neutral.get("endTime").is_none() && neutral.get("state").is_none());
    let path = format!("/platform/api/v2/conversations/messages/{}", leg.conversation);
    let flat = call(&simulator, &token, "GET", &path, "").await.json();
    assert_eq!(
        (flat["participants"][0]["state"].clone(), flat["participants"][0]["type"].clone()),
        ("connected".into(), "webmessaging".into())
    );
    assert!(flat.get("startTime").is_none());
}

#[tokio::test]
async fn the_state_is_read_in_any_case_and_nothing_else_is_taken() {
    let (simulator, leg, token) = usual().await;
    let path = message_participant(leg);
    for (body, status, code) in [
        (r#"{"state":"closed"}"#, 400, "invalid.value"),
        (r#"{"state":"connected"}"#, 400, "invalid.value"),
        (r#"{"state":7}"#, 400, "invalid.value"),
        ("[]", 400, "bad.request"),
        ("{", 400, "bad.request"),
    ] {
        let answer = call(&simulator, &token, "PATCH", &path, body).await;
        assert_eq!((answer.status, answer.json()["code"].clone()), (status, code.into()), "{body}");
    }
    for body in ["", "null", "{}", r#"{"state":null,"held":false}"#] {
        assert_eq!(call(&simulator, &token, "PATCH", &path, body).await.status, 202, "{body:?} is taken and does nothing");
    }
    assert!(is_live(&simulator, leg));
    assert_eq!(call(&simulator, &token, "PATCH", &path, r#"{"state":"DISCONNECTED","startTime":"","participants":[]}"#).await.status, 202);
    assert!(!is_live(&simulator, leg));
}

#[tokio::test]
async fn an_error_tells_what_why_and_under_which_id() {
    let (simulator, leg, token) = usual().await;
    let answer = call(&simulator, &token, "GET", &conversation(Uuid::from_u128(7)), "").await;
    let body = answer.json();
    assert_eq!((answer.status, body["code"].clone(), body["status"].clone()), (404, "not.found".into(), 404.into()));
    assert_eq!(answer.header("ININ-Correlation-Id"), body["contextId"].as_str());
    assert!(body["message"].as_str().is_some_and(|m| !m.is_empty()));
    let bare = send(&simulator, "GET", &conversation(leg.conversation), &[], "").await;
    assert_eq!((bare.status, bare.json()["code"].clone()), (401, "authentication.required".into()));
    let malformed = call(&simulator, &token, "GET", "/api/v2/conversations/nonsense", "").await;
    assert_eq!((malformed.status, malformed.json()["code"].clone()), (400, "bad.request".into()));
    assert_eq!(call(&simulator, &token, "PATCH", &conversation(leg.conversation), "{}").await.status, 404, "this never existed");
    assert_eq!(simulator.witness().calls_of(Operation::Unknown), 1);
}

#[tokio::test]
async fn a_correlation_id_is_taken_over_when_it_is_one() {
    let (simulator, leg, token) = usual().await;
    let bearer = format!("Bearer {token}");
    let mine = "5f0c1f9e-0000-4000-8000-000000000001";
    for (sent, kept) in [(mine, true), ("<script>", false)] {
        let headers = [("authorization", bearer.as_str()), ("ININ-Correlation-Id", sent)];
        let answer = send(&simulator, "GET", &conversation(leg.conversation), &headers, "").await;
        assert_eq!(answer.header("inin-correlation-id") == Some(sent), kept);
        assert!(answer.header("inin-correlation-id").is_some_and(|id| Uuid::try_parse(id).is_ok()));
    }
    let headers = [("authorization", bearer.as_str()), ("inin-correlation-id", mine)];
    send(&simulator, "DELETE", &conversation(leg.conversation), &headers, "").await;
    assert_eq!(simulator.witness().writes[0].correlation_id, Uuid::try_parse(mine).ok());
}

#[tokio::test]
async fn the_rate_limit_is_told_and_kept() {
    let mut spec = sample::world(vec![ConversationSpec::usual(1)]);
    spec.behaviour.rate_limit = 1;
    let id = spec.conversations[0].id;
    let simulator = start(spec).await;
    let token = token(&simulator).await;
    let first = call(&simulator, &token, "GET", &conversation(id), "").await;
    let told = ["inin-ratelimit-count", "inin-ratelimit-allowed", "inin-ratelimit-reset"].map(|name| first.header(name).unwrap_or("none"));
    assert_eq!(told, ["1", "1", "60"]);
    assert_eq!(first.header("date"), Some("Fri, 20 Nov 2026 12:00:00 GMT"), "the world's time, not the machine's");
    let second = call(&simulator, &token, "GET", &conversation(id), "").await;
    assert_eq!((second.status, second.header("retry-after")), (429, Some("60")));
    assert_eq!(second.json()["code"], "too.many.requests");
}
