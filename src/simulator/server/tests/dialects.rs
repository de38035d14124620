//! The dialects `chats` and `webchat` of the platform API, byte by byte.

use serde_json::json;

use super::*;
use crate::simulator::world::{Media, Operation, Overrides, Paths};

const END: &str = r#"{"state":"disconnected"}"#;
const CLOSED: &str = r#"{"status":"closed"}"#;

/// A simulator with these many chats whose guests' ends take nobody along, their guests' legs, and a token.
async fn chats(count: u32) -> (RunningSimulator, Vec<LegId>, String) {
    let overrides = Overrides { no_cascade: Some(true), ..Overrides::default() };
    let chats: Vec<ConversationSpec> = (1..=count).map(|n| ConversationSpec::usual(n).as_chat().overriding(overrides.clone())).collect();
    let legs = chats.iter().map(|c| c.guest_legs()[0]).collect();
    let simulator = start(sample::world(chats)).await;
    let token = token(&simulator).await;
    (simulator, legs, token)
}

fn of(dialect: &str, leg: LegId) -> String {
    format!("/api/v2/conversations/{dialect}/{}", leg.conversation)
}

#[tokio::test]
async fn a_chat_is_shown_as_the_older_sdks_read_it() {
    let (simulator, legs, token) = chats(1).await;
    let leg = legs[0];
    let neutral = call(&simulator, &token, "GET", &conversation(leg.conversation), "").await.json();
    let guest = &neutral["participants"][0];
    assert_eq!((&guest["messages"], &guest["chats"][0]["id"]), (&json!([]), &json!(leg.communication)));
    assert_eq!((&guest["chats"][0]["state"], guest["chats"][0].get("type")), (&json!("connected"), None));
    let flat = call(&simulator, &token, "GET", &of("chats", leg), "").await.json();
    assert_eq!(flat["selfUri"], of("chats", leg));
    assert_eq!((&flat["participants"][0]["state"], flat["participants"][0].get("messages")), (&json!("connected"), None));
    assert_eq!(call(&simulator, &token, "GET", &of("messages", leg), "").await.status, 404);
}

#[tokio::test]
async fn every_operation_of_chats_answers_with_its_own_status() {
    let (simulator, legs, token) = chats(3).await;
    let participant = |leg: LegId| format!("{}/participants/{}", of("chats", leg), leg.participant);
    let ended = call(&simulator, &token, "PATCH", &participant(legs[0]), r#"{"state":"DISCONNECTED"}"#).await;
    assert_eq!((ended.status, ended.body.as_str()), (202, ""));
    let read = call(&simulator, &token, "GET", &conversation(legs[0].conversation), "").await.json();
    assert_eq!(read["participants"][0]["chats"][0]["disconnectType"], "client");
    assert_eq!(call(&simulator, &token, "PATCH", &participant(legs[0]), "").await.status, 202);
    let one = format!("{}/communications/{}", participant(legs[1]), legs[1].communication);
    let ended = call(&simulator, &token, "PATCH", &one, END).await;
    assert_eq!((ended.status, ended.body.as_str()), (200, "{}"));
    let ended = call(&simulator, &token, "PATCH", &of("chats", legs[2]), END).await;
    assert_eq!((ended.status, &ended.json()["endTime"]), (200, &json!("2026-11-20T12:00:00.000Z")));
    assert_eq!(call(&simulator, &token, "PATCH", &of("chats", legs[2]), CLOSED).await.status, 400);
    assert!(legs.iter().all(|leg| !is_live(&simulator, *leg)));
    assert_eq!(simulator.witness().calls_of(Operation::PatchConversationsChat), 2);
}

#[tokio::test]
async fn webchat_reads_in_status_and_closes_the_participant_and_then_the_wrapper() {
    let (simulator, legs, token) = chats(1).await;
    let wrapper = of("webchat", legs[0]);
    let read = call(&simulator, &token, "GET", &wrapper, "").await.json();
    assert_eq!((&read["status"], &read["participants"][0]["status"]), (&json!("active"), &json!("active")));
    assert_eq!(read["participants"][0]["communications"][0]["id"], json!(legs[0].communication));
    assert_eq!(read["eventStreamUri"], format!("ws://x/webchat/streams/conversations/{}", legs[0].conversation));
    assert!(read.get("state").is_none());
    let participant = format!("{wrapper}/participants/{}", legs[0].participant);
    let closed = call(&simulator, &token, "PATCH", &participant, r#"{"status":"Closed"}"#).await;
    assert_eq!((closed.status, closed.body.as_str()), (202, ""));
    let read = call(&simulator, &token, "GET", &wrapper, "").await.json();
    assert_eq!((&read["status"], &read["participants"][0]["status"]), (&json!("active"), &json!("closed")));
    let closed = call(&simulator, &token, "PATCH", &wrapper, CLOSED).await;
    assert_eq!((closed.status, &closed.json()["status"]), (200, &json!("closed")));
    assert_eq!(simulator.witness().out_of_order, 0);
}

#[tokio::test]
async fn webchat_closes_the_participant_whom_a_post_names_in_either_form() {
    let (simulator, legs, token) = chats(3).await;
    let bodies = [
        json!({ "id": legs[0].participant, "disposition": "closed" }),
        json!({ "conversationId": legs[1].conversation, "participantId": legs[1].participant, "status": "CLOSED" }),
        json!({ "id": legs[2].participant, "status": "closed" }),
    ];
    for (leg, body) in legs.iter().zip(bodies) {
        let path = format!("{}/participants", of("webchat", *leg));
        assert_eq!(call(&simulator, &token, "POST", &path, &body.to_string()).await.status, 202, "{body}");
        assert!(!is_live(&simulator, *leg), "{body}");
    }
    assert_eq!(simulator.witness().calls_of(Operation::PostConversationsWebchatParticipants), 3);
}

#[tokio::test]
async fn webchat_refuses_what_it_does_not_know() {
    let (simulator, legs, token) = chats(2).await;
    let participants = format!("{}/participants", of("webchat", legs[0]));
    let named = format!("{participants}/{}", legs[0].participant);
    let id = legs[0].participant;
    for (method, path, body, status) in [
        ("PATCH", &named, END.to_owned(), 400),
        ("PATCH", &named, r#"{"status":"open"}"#.to_owned(), 400),
        ("PATCH", &named, String::new(), 400),
        ("POST", &participants, CLOSED.to_owned(), 400),
        ("POST", &participants, json!({ "id": id }).to_string(), 400),
        ("POST", &participants, json!({ "id": legs[1].participant, "disposition": "closed" }).to_string(), 404),
        ("POST", &participants, json!({ "id": id, "conversationId": legs[1].conversation, "status": "closed" }).to_string(), 400),
        ("POST", &named, CLOSED.to_owned(), 404),
        ("DELETE", &named, String::new(), 404),
    ] {
        assert_eq!(call(&simulator, &token, method, path, &body).await.status, status, "{method} {path} {body}");
    }
    let refused = call(&simulator, &token, "PATCH", &named, r#"{"status":"open"}"#).await.json();
    assert!(refused["message"].as_str().unwrap().contains("[status]. Allowable values are: closed"), "{refused}");
    assert!(is_live(&simulator, legs[0]));
}

#[tokio::test]
async fn a_missing_scope_is_403_and_named() {
    let (simulator, legs, token) = chats(1).await;
    simulator.with_world(|world| world.set_permissions(sample::CLIENT_ID, ["conversations:write".to_owned()])).unwrap();
    let refused = call(&simulator, &token, "PATCH", &of("webchat", legs[0]), CLOSED).await;
    assert_eq!((refused.status, &refused.json()["code"]), (403, &json!("missing.any.permissions")));
    assert!(refused.body.contains("[conversation:webchat:write]"), "{}", refused.body);
}

#[tokio::test]
async fn removed_paths_answer_as_any_path_that_is_not_known() {
    let (simulator, legs, token) = chats(1).await;
    simulator.with_world(|world| {
        let behaviour = crate::simulator::world::Behaviour { legacy_chats: Paths::Removed, ..world.behaviour().clone() };
        world.set_behaviour(behaviour);
    });
    let unknown = call(&simulator, &token, "GET", "/api/v2/conversations/telegrams/x", "").await;
    for (method, body) in [("GET", ""), ("PATCH", END)] {
        let removed = call(&simulator, &token, method, &of("chats", legs[0]), body).await;
        assert_eq!((removed.status, &removed.json()["code"]), (unknown.status, &unknown.json()["code"]));
    }
    // What is left of chats on the real service: the operations for all media.
    assert_eq!(call(&simulator, &token, "GET", &conversation(legs[0].conversation), "").await.status, 200);
    assert_eq!(simulator.witness().calls_of(Operation::Unknown), 3);
    assert!(is_live(&simulator, legs[0]));
}

#[test]
fn the_example_of_chats_loads_and_its_manifest_ends_what_is_in_it() {
    let world = crate::simulator::server::load_world(include_str!("../../../../deploy/examples/chats.yaml")).unwrap();
    let manifest = include_str!("../../../../deploy/examples/simulated-chats/incident.yaml");
    let named: Vec<&str> = manifest.lines().filter_map(|line| line.trim().strip_prefix("- conversationId: ")).collect();
    let there: Vec<String> = world.conversations.iter().map(|c| c.id.to_string()).collect();
    assert_eq!(named, there);
    assert!(world.conversations.iter().all(|c| c.media == Media::Chat));
    assert!(World::new(world, noon()).is_ok_and(|world| world.offers(Operation::GetConversationsChat)));
}
