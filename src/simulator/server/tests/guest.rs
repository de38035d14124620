//! The guest's socket, as a widget on the wire meets it.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::json;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::*;
use crate::simulator::world::{ConversationDisconnect, DEFAULT_DEPLOYMENT, DeploymentSpec, Profile, WidgetSpec, later};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(10);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

fn address(simulator: &RunningSimulator, query: &str) -> String {
    format!("ws://{}/v1?{query}", simulator.address())
}

/// A guest's socket.
struct Guest {
    socket: Socket,
    token: String,
}

impl Guest {
    async fn connect(simulator: &RunningSimulator, token: &str) -> Self {
        let query = format!("deploymentId={DEFAULT_DEPLOYMENT}&application=test-1.0");
        let (socket, _) = timeout(PATIENCE, connect_async(address(simulator, &query))).await.unwrap().unwrap();
        Self { socket, token: token.into() }
    }

    /// A socket that has resumed its guest's session; and the answer to that.
    async fn joined(simulator: &RunningSimulator, token: &str) -> (Self, Value) {
        let mut guest = Self::connect(simulator, token).await;
        let answer = guest.asks(json!({ "action": "configureSession", "deploymentId": DEFAULT_DEPLOYMENT })).await;
        (guest, answer)
    }

    async fn sends(&mut self, mut frame: Value) {
        if frame.get("token").is_none() {
            frame["token"] = json!(self.token);
        }
        self.socket.send(Message::text(frame.to_string())).await.unwrap();
    }

    async fn asks(&mut self, frame: Value) -> Value {
        self.sends(frame).await;
        self.hears().await
    }

    async fn writes(&mut self, text: &str) -> Value {
        self.asks(json!({ "action": "onMessage", "message": { "type": "Text", "text": text }, "tracingId": "t" })).await
    }

    /// The next frame.
    async fn hears(&mut self) -> Value {
        match timeout(PATIENCE, self.socket.next()).await.expect("a frame in time") {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
            other => panic!("no frame: {other:?}"),
        }
    }

    /// How the socket ends: with the code of a close frame, or without one.
    async fn ends(&mut self) -> Option<u16> {
        match timeout(PATIENCE, self.socket.next()).await.expect("an end in time") {
            Some(Ok(Message::Close(frame))) => frame.map(|frame| frame.code.into()),
            None | Some(Err(Error::Protocol(_) | Error::Io(_))) => None,
            other => panic!("no end: {other:?}"),
        }
    }
}

/// A world in which guests are told of an end in this way.
async fn telling(mode: ConversationDisconnect) -> (RunningSimulator, LegId, String) {
    let chat = ConversationSpec::usual(1);
    let leg = chat.guest_legs()[0];
    let mut spec = sample::world(vec![chat]);
    spec.deployments = vec![DeploymentSpec::new(DEFAULT_DEPLOYMENT).telling(mode)];
    let simulator = start(spec).await;
    let token = token(&simulator).await;
    (simulator, leg, token)
}

/// Ends the guest's leg, then the wrapper.
async fn end(simulator: &RunningSimulator, leg: LegId, token: &str) {
    let state = r#"{"state":"disconnected"}"#;
    assert_eq!(call(simulator, token, "PATCH", &message_participant(leg), state).await.status, 202);
    let wrapper = format!("/api/v2/conversations/messages/{}", leg.conversation);
    assert_eq!(call(simulator, token, "PATCH", &wrapper, state).await.status, 200);
}

#[tokio::test]
async fn a_session_and_its_messages_look_as_the_vendors_clients_expect() {
    let (simulator, leg, _) = usual().await;
    let (mut guest, session) = Guest::joined(&simulator, &leg.participant.to_string()).await;
    assert_eq!((&session["type"], &session["class"], &session["code"]), (&json!("response"), &json!("SessionResponse"), &json!(200)));
    let body = &session["body"];
    assert_eq!((&body["connected"], &body["newSession"], &body["readOnly"]), (&json!(true), &json!(false), &json!(false)));
    assert_eq!(body["expirationDate"], json!(noon().as_second() + 259_200));
    let channel = json!({ "metadata": { "customAttributes": { "orderId": "1" } } });
    for message in [
        json!({ "action": "onMessage", "message": { "type": "Text", "text": "hi", "metadata": { "id": "m1" }, "channel": channel }, "tracingId": "t1" }),
        json!({ "action": "onMessage", "message": { "type": "Text", "text": "hi", "metadata": { "id": "m1" } }, "channel": channel, "tracingId": "t1" }),
    ] {
        let echoed = guest.asks(message).await;
        assert_eq!((&echoed["type"], &echoed["class"], &echoed["tracingId"]), (&json!("message"), &json!("StructuredMessage"), &json!("t1")));
        let body = &echoed["body"];
        assert_eq!((&body["text"], &body["direction"], &body["metadata"]["id"]), (&json!("hi"), &json!("Inbound"), &json!("m1")));
        assert_eq!(body["id"].as_str().map(str::len), Some(32));
        assert_eq!(body["channel"]["time"], json!("2026-11-20T12:00:00.000Z"));
    }
    let echo = guest.asks(json!({ "action": "echo", "message": { "type": "Text", "text": "ping" }, "tracingId": "SGVhbHRo" })).await;
    assert_eq!((&echo["type"], &echo["body"]["text"], &echo["tracingId"]), (&json!("response"), &json!("ping"), &json!("SGVhbHRo")));
    assert_eq!(echo["body"]["metadata"]["durationSeconds"], json!("259200"));
    assert_eq!(guest.asks(json!({ "action": "getJwt" })).await["class"], json!("JwtResponse"));
    assert_eq!(guest.asks(json!({ "action": "getConfiguration" })).await["body"]["deploymentId"], json!(DEFAULT_DEPLOYMENT));
    simulator.handle().with_world(|world| world.says(leg.conversation, crate::simulator::world::Speaker::Human, "Hello", noon()));
    let outbound = guest.hears().await["body"].clone();
    assert_eq!((&outbound["direction"], &outbound["originatingEntity"], &outbound["text"]), (&json!("Outbound"), &json!("Human"), &json!("Hello")));
    assert_eq!((&outbound["channel"]["type"], outbound["channel"].get("messageId")), (&json!("Private"), None));
}

#[tokio::test]
async fn an_end_from_the_back_end_is_told_as_the_deployment_says_and_the_socket_stays() {
    for (mode, metadata) in [(ConversationDisconnect::Send, Value::Null), (ConversationDisconnect::ReadOnly, json!({ "readOnly": "true" }))] {
        let (simulator, leg, token) = telling(mode).await;
        let (mut guest, _) = Guest::joined(&simulator, &leg.participant.to_string()).await;
        end(&simulator, leg, &token).await;
        let told = guest.hears().await;
        assert_eq!((&told["class"], &told["body"]["type"]), (&json!("StructuredMessage"), &json!("Event")));
        assert_eq!(told["body"]["events"], json!([{ "eventType": "Presence", "presence": { "type": "Disconnect" } }]));
        assert_eq!(told["body"]["metadata"], metadata);
        assert_eq!(guest.asks(json!({ "action": "echo", "message": { "text": "ping" } })).await["code"], json!(200), "the socket is open");
        let answer = guest.writes("hello?").await;
        let read_only = json!({ "type": "response", "class": "string", "code": 409, "body": "Session is read-only, no new messages allowed", "tracingId": "t" });
        assert_eq!(answer == read_only, mode == ConversationDisconnect::ReadOnly, "{answer}");
        let (_, again) = Guest::joined(&simulator, &leg.participant.to_string()).await;
        assert_eq!((&again["body"]["connected"], &again["body"]["readOnly"]), (&json!(true), &json!(mode == ConversationDisconnect::ReadOnly)));
    }
}

#[tokio::test]
async fn a_guest_that_nobody_tells_is_a_ghost_and_comes_back_by_writing() {
    let (simulator, leg, token) = telling(ConversationDisconnect::Off).await;
    let (mut guest, _) = Guest::joined(&simulator, &leg.participant.to_string()).await;
    end(&simulator, leg, &token).await;
    assert_eq!(simulator.witness().guests.ghosts_believing, 1);
    assert_eq!(guest.writes("hello?").await["body"]["text"], json!("hello?"), "nothing had come before");
    let witness = simulator.witness();
    assert_eq!((witness.guests.ghosts_back, witness.guests.guest_messages_after_end, witness.reconnects), (1, 1, 1));
    let told = send(&simulator, "GET", "/simulator/v1/witness", &[], "").await.json();
    assert_eq!((&told["ghosts"], &told["guestMessagesAfterEnd"], &told["openGuestSockets"]), (&json!(1), &json!(1), &json!(1)));
}

#[tokio::test]
async fn errors_and_limits_are_frames() {
    let (simulator, leg, _) = usual().await;
    let (mut guest, _) = Guest::joined(&simulator, &leg.participant.to_string()).await;
    for (frame, code) in [
        (json!({ "action": "onMessage", "message": { "type": "Text", "text": "x".repeat(4097) } }), 4011),
        (json!({ "action": "onMessage", "message": { "type": "Text", "text": "x" }, "token": "nobody" }), 4007),
        (json!({ "action": "onMessage" }), 4020),
        (json!({ "action": "dance" }), 400),
    ] {
        let answer = guest.asks(frame).await;
        assert_eq!((&answer["class"], &answer["code"]), (&json!("string"), &json!(code)), "{answer}");
    }
    let mut last = Value::Null;
    for _ in 0..6 {
        last = guest.writes("quick").await;
    }
    assert_eq!(last["class"], json!("TooManyRequestsErrorMessage"));
    assert_eq!(last["body"], json!({ "retryAfter": 3, "errorCode": 4029, "errorMessage": "Message rate too high for this session" }));
    guest.socket.send(Message::text("not JSON at all")).await.unwrap();
    assert_eq!(guest.hears().await["code"], json!(400));
}

#[tokio::test]
async fn a_fourth_connection_closes_the_oldest_with_both_words_for_the_reason() {
    let (simulator, leg, _) = usual().await;
    let token = leg.participant.to_string();
    let (mut oldest, _) = Guest::joined(&simulator, &token).await;
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(Guest::joined(&simulator, &token).await.0);
    }
    let told = oldest.hears().await;
    assert_eq!(told["class"], json!("ConnectionClosedEvent"));
    assert!(told["body"]["reason"].is_string() && told["body"]["reason"] == told["body"]["reasonCode"]);
    assert_eq!(oldest.ends().await, Some(1000));
    assert_eq!(simulator.witness().guests.open_guest_sockets, 3);
}

#[tokio::test]
async fn a_frame_that_is_too_large_ends_the_socket_and_nothing_else() {
    let (simulator, leg, _) = usual().await;
    let (mut guest, _) = Guest::joined(&simulator, &leg.participant.to_string()).await;
    let _cut_short = guest.socket.send(Message::text("x".repeat(70_000))).await;
    assert!(matches!(guest.ends().await, None | Some(1009)));
    let (_, session) = Guest::joined(&simulator, &leg.participant.to_string()).await;
    assert_eq!(session["body"]["connected"], json!(true));
}

#[tokio::test]
async fn a_line_is_cut_without_a_close_frame_or_with_one() {
    let (simulator, leg, _) = usual().await;
    let path = format!("/simulator/v1/guests/{}/cut", leg.participant);
    for (how, code) in [("drop", None), ("close", Some(1001))] {
        let (mut guest, _) = Guest::joined(&simulator, &leg.participant.to_string()).await;
        assert_eq!(send(&simulator, "POST", &path, &[], &json!({ "how": how }).to_string()).await.status, 200);
        assert_eq!(guest.ends().await, code, "{how}");
    }
    assert_eq!(simulator.witness().guests.open_guest_sockets, 0);
}

#[tokio::test]
async fn a_socket_that_goes_away_is_open_no_more() {
    let (simulator, leg, _) = usual().await;
    let (guest, _) = Guest::joined(&simulator, &leg.participant.to_string()).await;
    assert_eq!(simulator.witness().guests.open_guest_sockets, 1);
    drop(guest);
    for _ in 0..200 {
        if simulator.witness().guests.open_guest_sockets == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the socket is still open");
}

#[tokio::test]
async fn a_stranger_to_the_deployment_is_refused_at_the_door() {
    let mut spec = sample::world(vec![]);
    spec.deployments[0].allowed_domains = vec!["shop.example".into()];
    let simulator = start(spec).await;
    for (query, status) in [(String::new(), 400), (format!("deploymentId={}", Uuid::from_u128(9)), 403), (format!("deploymentId={DEFAULT_DEPLOYMENT}"), 403)] {
        match timeout(PATIENCE, connect_async(address(&simulator, &query))).await.unwrap() {
            Err(Error::Http(answer)) => assert_eq!(answer.status().as_u16(), status),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn what_is_due_reaches_the_guest_without_anybody_asking() {
    let widget = WidgetSpec::new(Profile::WritesAgain).after(50);
    let chat = ConversationSpec::usual(1).with_widget(&widget);
    let leg = chat.guest_legs()[0];
    let began = tokio::time::Instant::now();
    let now = move || later(noon(), u64::try_from(began.elapsed().as_millis()).unwrap());
    let world = World::new(sample::world(vec![chat]), noon()).unwrap();
    let simulator = Simulator::new(world, now).bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let (mut tab, _) = Guest::joined(&simulator, &leg.participant.to_string()).await;
    let token = token(&simulator).await;
    end(&simulator, leg, &token).await;
    assert_eq!(tab.hears().await["body"]["text"], json!("Hello? Are you still there?"));
    assert_eq!(simulator.witness().guests.ghosts_back, 1);
}

#[tokio::test]
async fn deployments_are_told_to_whoever_may_see_them_and_to_widgets() {
    let (simulator, _, token) = telling(ConversationDisconnect::ReadOnly).await;
    let deployment = format!("/api/v2/webdeployments/deployments/{DEFAULT_DEPLOYMENT}");
    let configuration = format!("/api/v2/webdeployments/configurations/{DEFAULT_DEPLOYMENT}/versions/1");
    let refused = call(&simulator, &token, "GET", &deployment, "").await;
    assert_eq!((refused.status, refused.body.contains("webDeployments:deployment:view")), (403, true));
    simulator.with_world(|world| {
        let all = ["webDeployments:deployment:view", "webDeployments:configuration:view"].map(String::from);
        world.set_permissions(sample::CLIENT_ID, all).unwrap();
    });
    assert_eq!(call(&simulator, &token, "GET", &deployment, "").await.json()["configuration"]["version"], json!("1"));
    let version = call(&simulator, &token, "GET", &configuration, "").await.json();
    let expected = json!({ "enabled": true, "type": "ReadOnly" });
    assert_eq!(version["messenger"]["apps"]["conversations"]["conversationDisconnect"], expected);
    assert_eq!(call(&simulator, &token, "GET", &configuration.replace("versions/1", "versions/2"), "").await.status, 404);
    let cdn = format!("/webdeployments/v1/deployments/{DEFAULT_DEPLOYMENT}");
    let config = send(&simulator, "GET", &format!("{cdn}/config.json"), &[], "").await.json();
    assert_eq!(config["messenger"]["apps"]["conversations"]["conversationDisconnect"], expected);
    assert_eq!(send(&simulator, "GET", &format!("{cdn}/domains.json"), &[], "").await.json()["allowAllDomains"], json!(true));
    assert_eq!(send(&simulator, "GET", &format!("{cdn}/nothing.json"), &[], "").await.status, 404);
}

#[tokio::test]
async fn guests_can_be_looked_at_and_led_through_the_simulators_own_api() {
    let (simulator, leg, token) = usual().await;
    let guest = format!("/simulator/v1/guests/{}", leg.participant);
    let admin = async |method: &str, path: &str, body: Value| send(&simulator, method, path, &[], &body.to_string()).await;
    assert_eq!(admin("PUT", &format!("{guest}/widget"), json!({ "profile": "secondTab", "afterMs": 1 })).await.status, 200);
    assert_eq!(admin("GET", &guest, json!({})).await.json()["sockets"], json!(2));
    assert_eq!(admin("POST", &format!("{guest}/writes"), json!({ "text": "one" })).await.status, 200);
    let says = format!("/simulator/v1/conversations/{}/says", leg.conversation);
    assert_eq!(admin("POST", &says, json!({ "from": "Bot", "text": "two" })).await.json()["heardBy"], json!(1));
    end(&simulator, leg, &token).await;
    assert_eq!(admin("POST", &format!("{guest}/prompt"), json!({})).await.status, 200);
    let page = admin("GET", "/simulator/v1/page", json!({})).await.json();
    let lines: Vec<&str> = page["guests"][0]["lines"].as_array().unwrap().iter().filter_map(|line| line["text"].as_str()).collect();
    assert_eq!(lines, ["one", "two", "Hello? Are you still there?"]);
    assert_eq!((&page["witness"]["ghostsBack"], page["writes"].as_array().map(Vec::len)), (&json!(1), Some(2)));
    let events: Vec<&str> = page["diary"].as_array().unwrap().iter().filter_map(|entry| entry["event"].as_str()).collect();
    assert_eq!(events, ["connected", "connected", "wrote", "legEnded", "cameBack", "wroteAfterEnd"]);
    let deployment = format!("/simulator/v1/deployments/{DEFAULT_DEPLOYMENT}");
    assert_eq!(admin("PATCH", &deployment, json!({ "conversationDisconnect": "Send" })).await.status, 200);
    assert_eq!(admin("GET", "/simulator/v1/deployments", json!({})).await.json()[0]["conversationDisconnect"], json!("Send"));
    assert_eq!(admin("PATCH", &deployment, json!({ "nonsense": 1 })).await.status, 400);
    assert_eq!(admin("GET", &format!("/simulator/v1/guests/{}", Uuid::from_u128(4)), json!({})).await.status, 404);
}

#[tokio::test]
async fn the_page_comes_with_a_policy_and_asks_for_nothing_from_elsewhere() {
    let (simulator, ..) = usual().await;
    let page = send(&simulator, "GET", "/", &[], "").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-security-policy").is_some_and(|policy| policy.starts_with("default-src 'none'")));
    assert!(!page.body.contains("http://") && !page.body.contains("https://"));
    assert_eq!(send(&simulator, "POST", "/", &[], "").await.status, 405);
}
