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

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn connect(uri: &str) -> Socket {
    connect_async(uri).await.unwrap().0
}

/// What comes next: the JSON of a text, `"close <code>"`, or `"cut"`.
async fn next(socket: &mut Socket) -> Value {
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

async fn mischief(simulator: &RunningSimulator, mischief: Value) {
    let body = json!({ "mischief": mischief }).to_string();
    let done = send(simulator, "POST", "/simulator/v1/notifications/mischief", &[], &body).await;
    assert_eq!(done.json(), json!({ "channels": 1 }));
}

fn guest_end(leg: LegId) -> String {
    EventKind::CustomerEnd.topic(leg.conversation)
}

/// A simulator with an open socket that is subscribed to the end of the guest of conversation 1.
async fn listening() -> (RunningSimulator, LegId, String, Socket) {
    let (simulator, leg, token) = usual().await;
    let (id, uri) = channel(&simulator, &token).await;
    let socket = connect(&uri).await;
    assert_eq!(subscribe(&simulator, &token, &id, &[guest_end(leg)]).await.status, 200);
    (simulator, leg, token, socket)
}

fn guest_leaves(simulator: &RunningSimulator, leg: LegId) {
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
async fn a_second_socket_kicks_the_first_off_the_wire() {
    let (simulator, leg, _, mut first) = listening().await;
    let id = simulator.with_world(|world| world.channels()[0].id.clone());
    let mut second = connect(&format!("ws://{}/channels/{id}", simulator.address())).await;
    assert_eq!(next(&mut first).await, "close 1000");
    guest_leaves(&simulator, leg);
    assert_eq!(next(&mut second).await["topicName"], guest_end(leg));
}

#[tokio::test]
async fn a_gap_loses_what_was_announced_in_it() {
    let (simulator, leg, _, mut socket) = listening().await;
    let id = simulator.with_world(|world| world.channels()[0].id.clone());
    socket.close(None).await.unwrap();
    for _ in 0..200 {
        if simulator.with_world(|world| !world.channels()[0].open) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    guest_leaves(&simulator, leg);
    let mut socket = connect(&format!("ws://{}/channels/{id}", simulator.address())).await;
    socket.send(Message::text(r#"{"message":"ping"}"#)).await.unwrap();
    assert_eq!(next(&mut socket).await["eventBody"]["message"], "pong");
    assert_eq!(simulator.witness().events.missed, 1);
}

#[tokio::test]
async fn misbehaviour_on_demand_reaches_the_wire() {
    let system = |kind: &str, id: &str| format!("v2.system.{kind}.{id}");
    let cases = [
        (json!("cut"), vec!["cut".to_owned()]),
        (json!({ "close": { "code": 1011 } }), vec!["close 1011".into()]),
        (json!({ "junk": { "text": "{half" } }), vec!["{half".into()]),
        (json!("heartbeat"), vec!["channel.metadata".into()]),
        (json!({ "socketClosing": { "afterMs": 0 } }), vec!["v2.system.socket_closing".into(), "close 1000".into()]),
        (json!("expire"), vec!["404".into(), "close 1000".into()]),
        (json!("tokenRevoked"), vec![system("token_revoked", "ID"), "404".into(), "close 1000".into()]),
        (json!("noLongerSubscribed"), vec![system("no_longer_subscribed", "ID")]),
    ];
    for (wish, expected) in cases {
        let (simulator, _, _, mut socket) = listening().await;
        let id = simulator.with_world(|world| world.channels()[0].id.to_string());
        mischief(&simulator, wish.clone()).await;
        for word in expected {
            let came = next(&mut socket).await;
            let told = [&came["topicName"], &came["result"], &came].into_iter().find_map(|v| v.as_str()).unwrap().to_owned();
            assert_eq!(told, word.replace("ID", &id), "{wish}");
        }
    }
}

#[tokio::test]
async fn a_system_message_names_the_channel_and_why() {
    let (simulator, _, token, mut socket) = listening().await;
    assert_eq!(call(&simulator, &token, "DELETE", "/api/v2/tokens/me", "").await.status, 200);
    let body = next(&mut socket).await["eventBody"].clone();
    assert_eq!(body["systemTopicType"], "token_revoked");
    assert_eq!((body["reason"].clone(), body["oauthClientId"].clone()), ("user_tokens_revoked".into(), sample::CLIENT_ID.into()));
}

#[tokio::test]
async fn a_mute_socket_stays_open_and_says_nothing() {
    let (simulator, leg, _, mut socket) = listening().await;
    mischief(&simulator, json!("mute")).await;
    guest_leaves(&simulator, leg);
    socket.send(Message::text(r#"{"message":"ping"}"#)).await.unwrap();
    assert!(timeout(Duration::from_millis(200), socket.next()).await.is_err());
}

#[tokio::test]
async fn a_socket_for_a_channel_that_is_gone_hears_so_and_the_handshake_can_be_refused() {
    let (simulator, _, _) = usual().await;
    let uri = format!("ws://{}/channels/streaming-1-gone", simulator.address());
    let mut socket = connect(&uri).await;
    assert_eq!(next(&mut socket).await["result"], "404");
    assert_eq!(next(&mut socket).await, "close 1000");
    for (switches, status) in [(json!({ "goneChannelRefusesHandshake": true }), 404), (json!({ "handshakeStatus": 503 }), 503)] {
        let body = json!({ "notifications": switches }).to_string();
        assert_eq!(send(&simulator, "PATCH", "/simulator/v1/behaviour", &[], &body).await.status, 200);
        let Err(Error::Http(refused)) = connect_async(&uri).await else { panic!("the handshake was not refused") };
        assert_eq!(refused.status().as_u16(), status);
    }
    let kept = simulator.with_world(|world| world.behaviour().notifications.topics_per_channel);
    assert_eq!(kept, 1000, "a PATCH leaves the rest of a group alone");
    assert_ne!(send(&simulator, "GET", "/channels/x", &[], "").await.status, 200, "this is no handshake");
}

#[tokio::test]
async fn an_unreachable_service_cuts_its_sockets_and_a_stopping_one_closes_them() {
    let (simulator, _, _, mut socket) = listening().await;
    simulator.with_world(|world| world.set_unreachable(true));
    assert_eq!(next(&mut socket).await, "cut");
    let (simulator, _, _, mut socket) = listening().await;
    simulator.shutdown().await.unwrap();
    assert_eq!(next(&mut socket).await, "close 1001");
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
