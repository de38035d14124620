//! Legacy web chat and the event streams of `webchat`, as clients on the wire meet them.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::json;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::*;
use crate::simulator::world::Operation;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(10);
const GUESTS: &str = "/api/v2/webchat/guest/conversations";
const CLOSED: &str = r#"{"status":"closed"}"#;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Opens a WebSocket; else the status of the refusal.
async fn open(simulator: &RunningSimulator, path: &str, authorization: Option<&str>) -> Result<Socket, u16> {
    let mut request = format!("ws://{}{path}", simulator.address()).into_client_request().unwrap();
    if let Some(value) = authorization {
        request.headers_mut().insert("authorization", value.parse().unwrap());
    }
    match timeout(PATIENCE, connect_async(request)).await.unwrap() {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(other) => panic!("no answer: {other:?}"),
    }
}

/// The next frame; nothing when the socket has ended.
async fn hears(socket: &mut Socket) -> Option<Value> {
    match timeout(PATIENCE, socket.next()).await.expect("a frame in time") {
        Some(Ok(Message::Text(text))) => Some(serde_json::from_str(&text).unwrap()),
        Some(Ok(Message::Close(_)) | Err(_)) | None => None,
        other => panic!("no frame: {other:?}"),
    }
}

/// A simulator with one chat, a token of the back end, and the guest's stream, which has heard of its own arrival.
async fn attached() -> (RunningSimulator, LegId, String, Socket) {
    let chat = ConversationSpec::usual(1).as_chat();
    let leg = chat.guest_legs()[0];
    let simulator = start(sample::world(vec![chat])).await;
    let token = token(&simulator).await;
    let mut socket = open(&simulator, &format!("/webchat/streams/guests/{}", leg.participant), None).await.unwrap();
    assert_eq!(hears(&mut socket).await.unwrap()["eventBody"]["message"], "WebSocket Heartbeat");
    assert_eq!(hears(&mut socket).await.unwrap()["metadata"]["type"], "member-change");
    (simulator, leg, token, socket)
}

async fn as_guest(simulator: &RunningSimulator, jwt: &str, method: &str, path: &str, body: &str) -> Answered {
    send(simulator, method, &format!("{GUESTS}{path}"), &[("Authorization", &format!("Bearer {jwt}"))], body).await
}

#[tokio::test]
async fn a_guest_begins_a_chat_speaks_and_leaves() {
    let simulator = start(sample::world(vec![ConversationSpec::usual(1).as_chat()])).await;
    let wish = json!({
        "organizationId": sample::ORGANIZATION,
        "deploymentId": "00000000-0000-4000-8000-000000000d0d",
        "routingTarget": { "targetType": "QUEUE", "targetAddress": "Support" },
        "memberInfo": { "displayName": "Ada" },
    });
    let begun = send(&simulator, "POST", GUESTS, &[], &wish.to_string()).await;
    assert_eq!(begun.status, 200, "{}", begun.body);
    let begun = begun.json();
    let (jwt, id, me) = (begun["jwt"].as_str().unwrap(), begun["id"].as_str().unwrap(), begun["member"]["id"].as_str().unwrap());
    let path = begun["eventStreamUri"].as_str().unwrap().strip_prefix("ws://x").unwrap();
    let mut socket = open(&simulator, path, None).await.unwrap();
    let _heartbeat = hears(&mut socket).await.unwrap();
    let arrived = hears(&mut socket).await.unwrap();
    assert_eq!(arrived["topicName"], format!("v2.conversations.chats.{id}.members"));
    assert_eq!(arrived["eventBody"]["member"], json!({ "id": me, "state": "CONNECTED" }));
    let members = as_guest(&simulator, jwt, "GET", &format!("/{id}/members?pageSize=&pageNumber=&excludeDisconnectedMembers="), "").await;
    assert_eq!((members.status, &members.json()["total"]), (200, &json!(2)));
    let said = as_guest(&simulator, jwt, "POST", &format!("/{id}/members/{me}/messages"), r#"{"body":"Hi","bodyType":"standard"}"#).await;
    assert_eq!((said.status, &said.json()["sender"]["id"]), (200, &json!(me)));
    assert_eq!(as_guest(&simulator, jwt, "POST", &format!("/{id}/members/{me}/typing"), "").await.status, 200);
    let messages = as_guest(&simulator, jwt, "GET", &format!("/{id}/messages"), "").await.json();
    assert_eq!(messages["entities"][0]["body"], "Hi");
    assert_eq!(as_guest(&simulator, jwt, "DELETE", &format!("/{id}/members/{me}"), "").await.status, 204);
    let mut kinds = Vec::new();
    while let Some(frame) = hears(&mut socket).await {
        kinds.push(frame["metadata"]["type"].as_str().unwrap().to_owned());
    }
    assert_eq!(kinds, ["member-change", "message", "typing-indicator", "message", "member-change"]);
    assert_eq!(open(&simulator, path, None).await.err(), Some(403));
    assert_eq!(simulator.witness().calls_of(Operation::DeleteWebchatGuestConversationMember), 1);
}

#[tokio::test]
async fn a_wrong_or_missing_authorization_is_401() {
    let (simulator, leg, token, _socket) = attached().await;
    let path = format!("{GUESTS}/{}/members", leg.conversation);
    let jwt = leg.participant;
    for header in [String::new(), format!("bearer {jwt}"), format!("Bearer {token}"), jwt.to_string()] {
        assert_eq!(send(&simulator, "GET", &path, &[("Authorization", &header)], "").await.status, 401, "{header}");
    }
    assert_eq!(send(&simulator, "GET", &path, &[], "").await.status, 401);
    assert_eq!(as_guest(&simulator, &jwt.to_string(), "GET", &format!("/{}/members", leg.conversation), "").await.status, 200);
}

#[tokio::test]
async fn the_back_ends_close_is_seen_on_the_guests_stream() {
    let (simulator, leg, token, mut socket) = attached().await;
    let path = format!("/api/v2/conversations/chats/{}/participants/{}", leg.conversation, leg.participant);
    assert_eq!(call(&simulator, &token, "PATCH", &path, r#"{"state":"disconnected"}"#).await.status, 202);
    let left = hears(&mut socket).await.unwrap();
    assert_eq!((&left["metadata"]["type"], &left["eventBody"]["bodyType"]), (&json!("message"), &json!("member-leave")));
    let gone = hears(&mut socket).await.unwrap();
    assert_eq!(gone["eventBody"]["member"], json!({ "id": leg.participant, "state": "DISCONNECTED" }));
}

#[tokio::test]
async fn a_signal_reaches_the_guest_before_anything_is_closed() {
    let (simulator, leg, token, mut guest) = attached().await;
    let path = format!("/webchat/streams/conversations/{}", leg.conversation);
    let mut stream = open(&simulator, &path, Some(&format!("Bearer {token}"))).await.unwrap();
    let update =
        json!({ "type": "CONVERSATION_UPDATE", "conversationId": leg.conversation, "participantId": leg.participant, "state": "CLOSED" });
    stream.send(Message::text(update.to_string())).await.unwrap();
    assert_eq!((hears(&mut guest).await, hears(&mut guest).await), (Some(update), None));
    assert!(is_live(&simulator, leg));
    assert_eq!(simulator.witness().writes.len(), 1);
    let wrapper = format!("/api/v2/conversations/webchat/{}", leg.conversation);
    assert_eq!(call(&simulator, &token, "PATCH", &wrapper, CLOSED).await.status, 200);
    assert_eq!(simulator.witness().guests.ghosts, 0);
}

#[tokio::test]
async fn a_conversations_stream_wants_a_token_that_may() {
    let (simulator, leg, token, _guest) = attached().await;
    let path = format!("/webchat/streams/conversations/{}", leg.conversation);
    assert_eq!(open(&simulator, &path, None).await.err(), Some(401));
    assert_eq!(open(&simulator, &path, Some("Bearer nobody-gave-this")).await.err(), Some(401));
    let bearer = format!("Bearer {token}");
    let nobody = format!("/webchat/streams/conversations/{}", Uuid::nil());
    assert_eq!(open(&simulator, &nobody, Some(&bearer)).await.err(), Some(404));
    let mut stream = open(&simulator, &path, Some(&bearer)).await.unwrap();
    for junk in
        ["junk".to_owned(), json!({ "type": "CONVERSATION_UPDATE", "conversationId": leg.conversation, "state": "CLOSED" }).to_string()]
    {
        stream.send(Message::text(junk)).await.unwrap();
        assert_eq!(hears(&mut stream).await.unwrap()["status"], 400);
    }
    simulator.with_world(|world| world.set_permissions(sample::CLIENT_ID, [])).unwrap();
    assert_eq!(open(&simulator, &path, Some(&bearer)).await.err(), Some(403));
}

#[tokio::test]
async fn the_simulators_own_api_shows_the_guests_of_chats_without_stopping_at_any() {
    let (simulator, leg, token, _guest) = attached().await;
    let wrapper = format!("/api/v2/conversations/webchat/{}", leg.conversation);
    assert_eq!(call(&simulator, &token, "PATCH", &wrapper, CLOSED).await.status, 200);
    let guests = send(&simulator, "GET", "/simulator/v1/chats", &[], "").await.json();
    assert_eq!((&guests[0]["participantId"], &guests[0]["believing"]), (&json!(leg.participant), &json!(true)));
    assert_eq!(simulator.witness().guests.ghosts_believing, 1);
}

#[tokio::test]
async fn a_world_without_chats_has_no_guest_api() {
    let (simulator, leg, token) = usual().await;
    let own = send(&simulator, "POST", GUESTS, &[], "{}").await;
    let stream = open(&simulator, &format!("/webchat/streams/conversations/{}", leg.conversation), Some(&format!("Bearer {token}"))).await;
    assert_eq!((own.status, stream.err()), (404, Some(404)));
}
