use std::time::Duration;

use serde_json::json;

use super::*;
use crate::simulator::server::{default_world, load_world};

async fn admin(simulator: &RunningSimulator, method: &str, path: &str, body: Value) -> Answered {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    send(simulator, method, &format!("/simulator/v1/{path}"), &[], &body).await
}

/// Waits until a hold has come to this stage.
async fn stage(simulator: &RunningSimulator, hold: &Value, wanted: &str) {
    for _ in 0..200 {
        if admin(simulator, "GET", &format!("holds/{hold}"), Value::Null).await.json()["stage"] == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("hold {hold} never came to {wanted}");
}

#[tokio::test]
async fn a_hold_stops_a_request_before_its_effect_until_it_is_released() {
    let (simulator, leg, token) = usual().await;
    let hold = json!({ "operation": "deleteConversation", "when": "beforeEffect", "conversationId": leg.conversation });
    let hold = admin(&simulator, "POST", "holds", hold).await.json()["id"].clone();
    stage(&simulator, &hold, "armed").await;
    let path = conversation(leg.conversation);
    let (answer, ()) = tokio::join!(call(&simulator, &token, "DELETE", &path, ""), async {
        stage(&simulator, &hold, "waiting").await;
        assert!(is_live(&simulator, leg));
        assert_eq!(simulator.witness().writes.len(), 1, "it has been received");
        admin(&simulator, "DELETE", &format!("holds/{hold}"), Value::Null).await;
    });
    assert_eq!(answer.status, 204);
    assert!(!is_live(&simulator, leg));
}

#[tokio::test]
async fn a_hold_after_the_effect_keeps_only_the_answer_back() {
    let (simulator, leg, token) = usual().await;
    let hold = json!({ "operation": "patchConversationsMessageParticipant", "when": "afterEffect" });
    let hold = admin(&simulator, "POST", "holds", hold).await.json()["id"].clone();
    let bearer = format!("Bearer {token}");
    let path = message_participant(leg);
    let headers = [("authorization", bearer.as_str())];
    let (answer, ()) = tokio::join!(try_send(&simulator, "PATCH", &path, &headers, r#"{"state":"disconnected"}"#), async {
        stage(&simulator, &hold, "waiting").await;
        assert!(!is_live(&simulator, leg));
        admin(&simulator, "DELETE", &format!("holds/{hold}?drop=true"), Value::Null).await;
    });
    assert!(answer.is_none(), "dropped with its connection");
}

#[tokio::test]
async fn a_client_that_goes_away_does_not_take_its_request_back() {
    let (simulator, leg, token) = usual().await;
    let hold = json!({ "operation": "deleteConversation", "when": "beforeEffect" });
    let hold = admin(&simulator, "POST", "holds", hold).await.json()["id"].clone();
    let bearer = format!("Bearer {token}");
    let path = conversation(leg.conversation);
    let headers = [("authorization", bearer.as_str())];
    let gone = tokio::time::timeout(Duration::from_millis(200), try_send(&simulator, "DELETE", &path, &headers, "")).await;
    assert!(gone.is_err());
    stage(&simulator, &hold, "waiting").await;
    admin(&simulator, "DELETE", &format!("holds/{hold}"), Value::Null).await;
    for _ in 0..100 {
        if !is_live(&simulator, leg) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the request was lost with its client");
}

#[tokio::test]
async fn things_can_be_looked_at_and_made_to_happen() {
    let (simulator, leg, token) = usual().await;
    let id = leg.conversation;
    let happening = json!({ "happening": { "guestReconnects": { "conversationId": id, "comesAs": "newParticipant" } } });
    let back = admin(&simulator, "POST", "happenings", happening).await.json();
    assert_eq!(back["leg"]["conversationId"], id.to_string());
    let told = admin(&simulator, "GET", &format!("conversations/{id}"), Value::Null).await.json();
    assert_eq!(told["conversation"]["participants"].as_array().map(Vec::len), Some(5));
    assert_eq!(admin(&simulator, "POST", "finished", Value::Null).await.status, 200);
    call(&simulator, &token, "DELETE", &conversation(id), "").await;
    let witness = admin(&simulator, "GET", "witness", Value::Null).await.json();
    assert_eq!(
        (witness["afterFinished"].clone(), witness["outOfOrder"].clone(), witness["reconnects"].clone()),
        (1.into(), 1.into(), 1.into())
    );
    let world = admin(&simulator, "GET", "world", Value::Null).await;
    assert!(!world.body.contains(sample::CLIENT_SECRET));
}

#[tokio::test]
async fn the_switches_turn_while_it_runs() {
    let (simulator, leg, token) = usual().await;
    let client = format!("clients/{}", sample::CLIENT_ID);
    admin(&simulator, "PATCH", &client, json!({ "permissions": [] })).await;
    assert_eq!(call(&simulator, &token, "GET", &conversation(leg.conversation), "").await.status, 403);
    admin(&simulator, "PATCH", &client, json!({ "permissions": ["conversation:communication:view"], "secret": "other" })).await;
    assert_eq!(call(&simulator, &token, "GET", &conversation(leg.conversation), "").await.status, 200);
    admin(&simulator, "PATCH", "behaviour", json!({ "rateLimit": 1 })).await;
    assert_eq!(call(&simulator, &token, "GET", &conversation(leg.conversation), "").await.status, 429);
    admin(&simulator, "DELETE", "rateLimits", Value::Null).await;
    assert_eq!(call(&simulator, &token, "GET", &conversation(leg.conversation), "").await.status, 200);
    admin(&simulator, "DELETE", "rateLimits", Value::Null).await;
    let other = Uuid::from_u128(5);
    admin(&simulator, "PUT", "organization", json!({ "id": other, "name": "Other" })).await;
    assert_eq!(call(&simulator, &token, "GET", "/api/v2/tokens/me", "").await.json()["organization"]["id"], other.to_string());
    admin(&simulator, "DELETE", "tokens", Value::Null).await;
    assert_eq!(call(&simulator, &token, "GET", "/api/v2/tokens/me", "").await.status, 401);
    let faults = json!([{ "fault": { "answer": { "status": 502 } } }]);
    assert_eq!(admin(&simulator, "PUT", "faults", faults).await.status, 200);
    assert_eq!(send(&simulator, "POST", "/oauth/token", &[], "").await.status, 502);
}

#[tokio::test]
async fn what_cannot_be_is_said_in_a_sentence() {
    let (simulator, leg, _) = usual().await;
    for (method, path, body, status) in [
        ("POST", "holds", json!({ "operation": "nonsense", "when": "beforeEffect" }), 400),
        ("POST", "happenings", json!({ "happening": { "guestLeaves": { "conversationId": Uuid::from_u128(3) } } }), 400),
        ("PATCH", "behaviour", json!({ "nonsense": true }), 400),
        ("PATCH", "clients/nobody", json!({}), 404),
        ("GET", "conversations/x", Value::Null, 400),
        ("GET", "holds/77", Value::Null, 404),
        ("GET", "nothing", Value::Null, 404),
    ] {
        let answer = admin(&simulator, method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        assert!(answer.json()["message"].as_str().is_some_and(|m| !m.is_empty()));
    }
    assert!(is_live(&simulator, leg));
}

#[tokio::test]
async fn a_stopped_simulator_is_gone() {
    let (simulator, _, _) = usual().await;
    let address = simulator.address();
    admin(&simulator, "POST", "shutdown", Value::Null).await;
    simulator.stopped().await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[test]
fn the_built_in_world_can_be_read_and_tells_stories() {
    let world = default_world().unwrap();
    assert!(world.conversations.len() >= 8);
    assert!(world.conversations.iter().all(|c| c.story.ends_with('.')));
    World::new(world, noon()).unwrap();
}

#[test]
fn a_world_that_cannot_be_read_says_where() {
    let typo = "organization: {id: 0a11ce00-0000-4000-8000-000000000001, name: X}\nseeed: 3\n";
    for (yaml, place) in [(typo, "line 2"), ("organization: [", "line"), ("organization: {id: x, name: y}", "line 1")] {
        let error = load_world(yaml).unwrap_err().to_string();
        assert!(error.contains(place) && !error.contains('\n'), "{error}");
    }
    let twice = format!("{typo}gatewayPrefixes: [platform]\n").replace("seeed", "seed");
    assert!(load_world(&twice).unwrap_err().to_string().contains("/platform"));
}
