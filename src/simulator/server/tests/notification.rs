//! Notification channels as a client on the wire meets them.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::json;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::*;
use crate::simulator::world::{EventKind, Happening};

const CHANNELS: &str = "/api/v2/notifications/channels";
/// How long a frame may take.
const SOON: Duration = Duration::from_secs(5);

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(super) async fn connect(uri: &str) -> Socket {
    connect_async(uri).await.unwrap().0
}

/// What comes next: the JSON of a text, `"close <code>"`, or `"cut"`.
pub(super) async fn next(socket: &mut Socket) -> Value {
    loop {
        match timeout(SOON, socket.next()).await.expect("something comes soon") {
            Some(Ok(Message::Text(text))) => return serde_json::from_str(text.as_str()).unwrap_or_else(|_| text.as_str().into()),
            Some(Ok(Message::Close(frame))) => return format!("close {}", frame.map_or(1005, |frame| frame.code.into())).into(),
            Some(Ok(_)) => {}
            Some(Err(Error::Protocol(_) | Error::Io(_))) | None => return "cut".into(),
            Some(Err(error)) => panic!("{error}"),
        }
    }
}

/// Makes a channel; its id and its URI.
async fn channel(simulator: &RunningSimulator, token: &str) -> (String, String) {
    let made = call_as(simulator, token, "POST", CHANNELS, "").await;
    assert_eq!(made.status, 200);
    let text = |name: &str| made.json()[name].as_str().unwrap().to_owned();
    (text("id"), text("connectUri"))
}

/// Sends with the host that clients put there.
async fn call_as(simulator: &RunningSimulator, token: &str, method: &str, path: &str, body: &str) -> Answered {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", simulator.address());
    text.push_str(&format!("authorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{body}", body.len()));
    let answer = exchange(simulator, text.as_bytes()).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Answered { status: head.split(' ').nth(1).unwrap().parse().unwrap(), head: head.into(), body: body.into() }
}

async fn subscribe(simulator: &RunningSimulator, token: &str, channel: &str, topics: &[String]) -> Answered {
    let body = topics.iter().map(|topic| json!({ "id": topic })).collect::<Value>().to_string();
    call(simulator, token, "PUT", &format!("{CHANNELS}/{channel}/subscriptions"), &body).await
}

pub(super) fn guest_end(leg: LegId) -> String {
    EventKind::CustomerEnd.topic(leg.conversation)
}

/// A simulator with an open socket that is subscribed to the end of the guest of conversation 1.
pub(super) async fn listening() -> (RunningSimulator, LegId, String, Socket) {
    let (simulator, leg, token) = usual().await;
    let (id, uri) = channel(&simulator, &token).await;
    let socket = connect(&uri).await;
    assert_eq!(subscribe(&simulator, &token, &id, &[guest_end(leg)]).await.status, 200);
    (simulator, leg, token, socket)
}

pub(super) fn guest_leaves(simulator: &RunningSimulator, leg: LegId) {
    let happening = Happening::GuestLeaves { conversation_id: leg.conversation };
    simulator.with_world(|world| world.happen(happening, noon())).unwrap();
}

#[tokio::test]
async fn an_event_comes_as_a_frame_exactly_as_on_the_wire() {
    let (simulator, leg, token, mut socket) = listening().await;
    let path = message_participant(leg);
    assert_eq!(call(&simulator, &token, "PATCH", &path, r#"{"state":"disconnected"}"#).await.status, 202);
    let frame = next(&mut socket).await;
    let correlation = frame["metadata"]["CorrelationId"].clone();
    assert!(correlation.as_str().is_some_and(|id| Uuid::try_parse(id).is_ok()));
    let body = json!({
        "eventTime": noon().as_millisecond(),
        "conversationId": leg.conversation,
        "participantId": leg.participant,
        "sessionId": leg.communication,
        "disconnectType": "CLIENT",
        "mediaType": "MESSAGE",
        "provider": "PureCloud Messaging",
        "direction": "INBOUND",
        "messageType": "WEBMESSAGING",
        "interactingDurationMs": 600_000,
        "divisionId": Uuid::nil(),
    });
    let whole = json!({ "topicName": guest_end(leg), "version": "2", "eventBody": body, "metadata": { "CorrelationId": correlation } });
    assert_eq!(frame, whole);
    let witness = simulator.witness();
    assert_eq!((witness.events.channels, witness.events.subscriptions, witness.events.frames), (1, 1, 1));
}

#[tokio::test]
async fn a_channel_is_made_listed_checked_and_subscribed_by_rest() {
    let (simulator, leg, token) = usual().await;
    let (id, uri) = channel(&simulator, &token).await;
    assert_eq!(uri, format!("ws://{}/channels/{id}", simulator.address()));
    let list = call(&simulator, &token, "GET", CHANNELS, "").await.json();
    assert_eq!(
        (list["entities"][0]["id"].clone(), list["entities"][0]["expires"].clone()),
        (id.clone().into(), "2026-11-21T12:00:00.000Z".into())
    );
    assert_eq!(call(&simulator, &token, "HEAD", &format!("{CHANNELS}/{id}"), "").await.status, 200);
    assert_eq!(call(&simulator, &token, "HEAD", &format!("{CHANNELS}/nonsense"), "").await.status, 404);
    let subscriptions = format!("{CHANNELS}/{id}/subscriptions");
    let put = subscribe(&simulator, &token, &id, &[guest_end(leg)]).await;
    assert_eq!(put.json(), json!({ "entities": [{ "id": guest_end(leg), "state": "Permitted" }] }));
    assert_eq!(call(&simulator, &token, "GET", &subscriptions, "").await.json(), put.json());
    assert_eq!(call(&simulator, &token, "POST", &subscriptions, r#"[{"id":"v2.nonsense"}]"#).await.json()["code"], "bad.request");
    let lenient = call(&simulator, &token, "POST", &format!("{subscriptions}?ignoreErrors=true"), r#"[{"id":"v2.nonsense"}]"#).await;
    assert_eq!(lenient.json()["entities"][0]["state"], "Rejected");
    for body in ["", "{}", "[7]", "["] {
        assert_eq!(call(&simulator, &token, "PUT", &subscriptions, body).await.status, 400, "{body:?}");
    }
    assert_eq!(call(&simulator, &token, "DELETE", &subscriptions, "").await.status, 200);
    assert_eq!(call(&simulator, &token, "GET", &subscriptions, "").await.json(), json!({ "entities": [] }));
    assert_eq!(send(&simulator, "POST", CHANNELS, &[], "").await.status, 401);
}

#[tokio::test]
async fn behind_a_gateway_the_socket_is_behind_it_too() {
    let (simulator, _, token) = usual().await;
    let made = call_as(&simulator, &token, "POST", &format!("/platform{CHANNELS}"), "").await.json();
    let uri = made["connectUri"].as_str().unwrap();
    assert!(uri.starts_with(&format!("ws://{}/platform/channels/", simulator.address())), "{uri}");
    let mut socket = connect(uri).await;
    socket.send(Message::text(r#"{"message":"ping"}"#)).await.unwrap();
    assert_eq!(next(&mut socket).await["eventBody"]["message"], "pong");
    let headers = [("authorization", &*format!("Bearer {token}")), ("x-forwarded-proto", "https")];
    let made = send(&simulator, "POST", CHANNELS, &headers, "").await.json();
    assert!(made["connectUri"].as_str().unwrap().starts_with("wss://x/channels/"));
}

#[tokio::test]
async fn topics_are_subscribed_in_band_and_junk_is_borne() {
    let (simulator, leg, token) = usual().await;
    let (_, uri) = channel(&simulator, &token).await;
    let mut socket = connect(&uri).await;
    socket.send(Message::text("2026-11-20 10:00:00 +0000 UTC m=+1")).await.unwrap();
    let wish = json!({ "message": "subscribe", "topics": [guest_end(leg)], "correlationId": "c1" });
    socket.send(Message::text(wish.to_string())).await.unwrap();
    assert_eq!(next(&mut socket).await, json!({ "result": "200", "status": "subscribed", "correlationId": "c1" }));
    let wish = json!({ "message": "subscribe", "topics": ["v2.nonsense"], "correlationId": "c2" });
    socket.send(Message::text(wish.to_string())).await.unwrap();
    let failed = next(&mut socket).await;
    assert_eq!((failed["result"].clone(), failed["status"].clone()), ("400".into(), "failure".into()));
    guest_leaves(&simulator, leg);
    assert_eq!(next(&mut socket).await["eventBody"]["sessionId"], leg.communication.to_string());
}

#[tokio::test]
async fn what_is_due_by_itself_comes_without_anybody_asking() {
    let chat = ConversationSpec::usual(1);
    let leg = chat.guest_legs()[0];
    let mut spec = sample::world(vec![chat]);
    spec.behaviour.effect_delay_ms = crate::simulator::world::Delay::fixed(10_000);
    let clock = Clock::at_noon();
    let simulator = start_with(spec, &clock).await;
    let token = token(&simulator).await;
    let (id, uri) = channel(&simulator, &token).await;
    let mut socket = connect(&uri).await;
    subscribe(&simulator, &token, &id, &[guest_end(leg)]).await;
    call(&simulator, &token, "PATCH", &message_participant(leg), r#"{"state":"disconnected"}"#).await;
    clock.leap(10_000);
    assert_eq!(next(&mut socket).await["topicName"], guest_end(leg));
    clock.leap(20_000);
    assert_eq!(next(&mut socket).await, json!({ "topicName": "channel.metadata", "eventBody": { "message": "WebSocket Heartbeat" } }));
    clock.leap(86_400_000 - 90_000);
    while next(&mut socket).await["topicName"] != "v2.system.socket_closing" {}
    clock.leap(60_000);
    while next(&mut socket).await["result"] != "404" {}
    assert_eq!(next(&mut socket).await, "close 1000");
    assert!(simulator.with_world(|world| world.channels().is_empty()));
}

#[tokio::test]
async fn the_topics_that_there_are_can_be_listed() {
    let (simulator, _, token) = usual().await;
    let path = "/api/v2/notifications/availabletopics?expand=transports%2CpermissionDetails";
    let list = call(&simulator, &token, "GET", path, "").await.json();
    let end = list["entities"].as_array().unwrap().iter().find(|topic| topic["id"] == EventKind::CustomerEnd.template()).unwrap();
    assert!(end["transports"].as_array().unwrap().contains(&"Websocket".into()));
    assert!(end["permissionDetails"].is_array() && end.get("description").is_none());
}

#[tokio::test]
async fn events_and_channels_can_be_looked_at() {
    let (simulator, leg, _, _socket) = listening().await;
    guest_leaves(&simulator, leg);
    let events = send(&simulator, "GET", "/simulator/v1/events", &[], "").await.json();
    assert_eq!(
        (events[0]["kind"].clone(), events[0]["communicationId"].clone()),
        ("customer.end".into(), leg.communication.to_string().into())
    );
    let channels = send(&simulator, "GET", "/simulator/v1/notifications", &[], "").await.json();
    assert_eq!((channels["channels"][0]["topics"].clone(), channels["channels"][0]["open"].clone()), (1.into(), true.into()));
}
