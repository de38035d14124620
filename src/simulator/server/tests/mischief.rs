//! What can go wrong with a notification socket, on the wire.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::json;
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::notification::{connect, guest_end, guest_leaves, listening, next};
use super::*;

async fn mischief(simulator: &RunningSimulator, mischief: Value) {
    let body = json!({ "mischief": mischief }).to_string();
    let done = send(simulator, "POST", "/simulator/v1/notifications/mischief", &[], &body).await;
    assert_eq!(done.json(), json!({ "channels": 1 }));
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
