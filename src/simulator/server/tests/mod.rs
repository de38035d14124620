//! The server as a client on the wire meets it, byte by byte.

mod admin;
mod broken;
mod chats;
mod dialects;
mod guest;
mod login;
mod mischief;
mod notification;
mod platform;
mod push;
mod stories;

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

use super::{RunningSimulator, Simulator};
use crate::simulator::world::{ConversationSpec, LegId, World, WorldSpec, later, sample};

/// The moment at which these worlds stand still.
fn noon() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

async fn start(spec: WorldSpec) -> RunningSimulator {
    let world = World::new(spec, noon()).unwrap();
    Simulator::new(world, noon).bind("127.0.0.1:0".parse().unwrap()).await.unwrap()
}

/// A clock that a test sets.
#[derive(Clone)]
struct Clock(Arc<Mutex<Timestamp>>);

impl Clock {
    fn at_noon() -> Self {
        Self(Arc::new(Mutex::new(noon())))
    }

    fn leap(&self, milliseconds: u64) {
        let mut now = self.0.lock().unwrap();
        *now = later(*now, milliseconds);
    }
}

/// A simulator that lives by a clock of the test's.
async fn start_with(spec: WorldSpec, clock: &Clock) -> RunningSimulator {
    let world = World::new(spec, noon()).unwrap();
    let clock = clock.clone();
    let now = move || *clock.0.lock().unwrap();
    Simulator::new(world, now).bind("127.0.0.1:0".parse().unwrap()).await.unwrap()
}

/// A simulator with the usual conversation number 1, its guest's leg, and a bearer token.
async fn usual() -> (RunningSimulator, LegId, String) {
    let chat = ConversationSpec::usual(1);
    let leg = chat.guest_legs()[0];
    let simulator = start(sample::world(vec![chat])).await;
    let token = token(&simulator).await;
    (simulator, leg, token)
}

async fn token(simulator: &RunningSimulator) -> String {
    let form = format!("grant_type=client_credentials&client_id={}&client_secret={}", sample::CLIENT_ID, sample::CLIENT_SECRET);
    let answer = send(simulator, "POST", "/oauth/token", &[], &form).await;
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

/// An answer as it came over the wire.
#[derive(Debug)]
struct Answered {
    status: u16,
    head: String,
    body: String,
}

impl Answered {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.trim()))
    }
}

/// Sends bytes and reads what comes back until the other side closes.
async fn exchange(simulator: &RunningSimulator, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(simulator.address()).await.unwrap();
    // The other side may well stop reading in the middle.
    let _cut = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _reset = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn send(simulator: &RunningSimulator, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answered {
    try_send(simulator, method, path, headers, body).await.expect("an answer")
}

async fn try_send(simulator: &RunningSimulator, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Option<Answered> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(body);
    let answer = exchange(simulator, text.as_bytes()).await;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answered { status, head: head.into(), body: body.into() })
}

/// Sends to the platform API with a token.
async fn call(simulator: &RunningSimulator, token: &str, method: &str, path: &str, body: &str) -> Answered {
    send(simulator, method, path, &[("authorization", &format!("Bearer {token}")), ("content-type", "application/json")], body).await
}

fn message_participant(leg: LegId) -> String {
    format!("/api/v2/conversations/messages/{}/participants/{}", leg.conversation, leg.participant)
}

fn conversation(id: Uuid) -> String {
    format!("/api/v2/conversations/{id}")
}

/// Looks for trusted eyes only, so that the witness does not count it.
fn is_live(simulator: &RunningSimulator, leg: LegId) -> bool {
    simulator.with_world(|world| world.truth(leg.conversation).is_some_and(|c| c.is_live(leg)))
}
