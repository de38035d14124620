//! The guest's socket, as a widget on the wire meets it.

mod around;
mod frames;
mod lines;

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
