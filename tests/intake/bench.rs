//! An intake on a port of its own, with a taker and a creator that remember.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use webchat_terminator::crd::WebchatTermination;
use webchat_terminator::intake::{
    Bounds, Certificate, ConnectionName, Create, CreateError, Creation, Directory, Heard, Intake, KeyRing, Limits, Listener, Outcome,
    Server, TakeError, Taker, routes,
};
use webchat_terminator::termination::EventKind;

pub(super) const SECRET: &str = "S3CRET-of-this-month-of-32-bytes.";
pub(super) const OLD_SECRET: &str = "S3CRET-of-last-month-of-32-bytes.";
pub(super) const ORGANIZATION: Uuid = Uuid::from_u128(0x0A00);
pub(super) const CONVERSATION: Uuid = Uuid::from_u128(0xC0);
/// Nobody waits for it.
pub(super) const UNKNOWN: Uuid = Uuid::from_u128(0xDEAD);

/// What the taker and the creator remember, and how they behave.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) heard: Mutex<Vec<(ConnectionName, Heard)>>,
    /// The connections of which a proof did not hold.
    pub(super) doubted: Mutex<Vec<String>>,
    pub(super) created: Mutex<BTreeSet<String>>,
    pub(super) manifests: Mutex<Vec<WebchatTermination>>,
    /// How often the taker was asked.
    pub(super) asked: AtomicUsize,
    /// Whether nothing can be created at present.
    pub(super) create_fails: AtomicBool,
    /// Whether another termination has the name of every one that is to be created.
    pub(super) name_is_taken: AtomicBool,
    /// Whether nothing can be taken at present.
    pub(super) take_fails: AtomicBool,
    /// Whether taking never ends.
    pub(super) take_hangs: AtomicBool,
}

#[derive(Clone)]
pub(super) struct Shared(pub(super) Arc<Memory>);

/// `chat/main` listens and creates nothing, `chat/creating` creates, `chat/rotating` has two secrets.
struct Connections(Arc<Memory>);

impl Directory for Connections {
    fn listener(&self, connection: &ConnectionName) -> Option<Arc<Listener>> {
        let old = (connection.name == "rotating").then_some(OLD_SECRET.as_bytes());
        let keys = KeyRing::new(SECRET.as_bytes(), old).unwrap();
        let creates = if connection.name == "creating" { vec![EventKind::Ended] } else { Vec::new() };
        let known = ["main", "creating", "rotating"].contains(&connection.name.as_str()) && connection.namespace == "chat";
        known.then(|| Arc::new(Listener { organization_id: ORGANIZATION, keys, creates }))
    }

    fn doubted(&self, connection: &ConnectionName) {
        self.0.doubted.lock().unwrap().push(connection.to_string());
    }
}

impl Taker for Shared {
    async fn take(&self, connection: &ConnectionName, heard: Heard) -> Result<(), TakeError> {
        self.0.asked.fetch_add(1, Ordering::Relaxed);
        if self.0.take_hangs.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        if self.0.take_fails.load(Ordering::Relaxed) {
            return Err(TakeError::Unavailable);
        }
        if heard.conversation_id == UNKNOWN {
            return Err(TakeError::UnknownConversation);
        }
        self.0.heard.lock().unwrap().push((connection.clone(), heard));
        Ok(())
    }
}

impl Create for Shared {
    async fn create(&self, termination: WebchatTermination) -> Result<Creation, CreateError> {
        if self.0.create_fails.load(Ordering::Relaxed) {
            return Err(CreateError::Unavailable("the API server is away".into()));
        }
        if self.0.name_is_taken.load(Ordering::Relaxed) {
            return Ok(Creation::Another);
        }
        let new = self.0.created.lock().unwrap().insert(termination.metadata.name.clone().unwrap());
        self.0.manifests.lock().unwrap().push(termination);
        Ok(if new { Creation::New } else { Creation::Existed })
    }
}

/// Everything that any test of this program logs, at the finest level.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts the log. It is the whole program's: one of a thread's own would miss what another thread made silent.
fn log() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(|| Log).finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

/// What was logged so far.
pub(super) fn logged() -> String {
    String::from_utf8(LOG.lock().unwrap().clone()).unwrap()
}

pub(super) struct Bench {
    pub(super) address: SocketAddr,
    pub(super) memory: Arc<Memory>,
    pub(super) shutdown: CancellationToken,
    pub(super) served: JoinHandle<()>,
    intake: Arc<Intake<Connections, Shared, Shared>>,
}

/// An answer: the status, the whole head without its date, and the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Bench {
    pub(super) async fn start() -> Self {
        Self::bounded(Limits::default()).await
    }

    pub(super) async fn bounded(limits: Limits) -> Self {
        Self::served(limits, Bounds::default(), None).await
    }

    pub(super) async fn served(limits: Limits, bounds: Bounds, certificate: Option<Certificate>) -> Self {
        log();
        let memory = Arc::<Memory>::default();
        let shared = || Shared(Arc::clone(&memory));
        let intake = Arc::new(Intake::new(Connections(Arc::clone(&memory)), shared(), shared(), limits));
        let server = Server::bind("127.0.0.1:0".parse().unwrap(), certificate, bounds).await.unwrap();
        let address = server.address();
        let shutdown = CancellationToken::new();
        let served = tokio::spawn(server.serve(routes(Arc::clone(&intake)), shutdown.clone()));
        Self { address, memory, shutdown, served, intake }
    }

    /// Sends exactly these headers and this body, and reads the answer.
    pub(super) async fn send(&self, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut head = format!("POST {path} HTTP/1.1\r\nhost: intake\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
        // An answer may come before the whole body is sent, and the connection may be closed then.
        let _early = stream.write_all(body).await;
        answer_on(&mut stream).await
    }

    /// Sends JSON with the secret in the header.
    pub(super) async fn post(&self, connection: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json"), ("x-webhook-secret", SECRET)];
        self.send(&path(connection), &headers, body.to_string().as_bytes()).await
    }

    pub(super) fn count(&self, outcome: Outcome) -> u64 {
        self.intake.counts().into_iter().find(|(of, _)| *of == outcome).map(|(_, count)| count).unwrap()
    }

    pub(super) fn heard(&self) -> usize {
        self.memory.heard.lock().unwrap().len()
    }
}

pub(super) async fn answer_on(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut bytes)).await;
    let text = String::from_utf8(bytes).unwrap();
    assert!(read.is_ok(), "no end of the answer: {text}");
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).unwrap_or("0").parse().unwrap();
    let head: Vec<&str> = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("date:")).collect();
    Answer { status, head: head.join("\n").to_ascii_lowercase(), body: body.to_owned() }
}

pub(super) fn path(connection: &str) -> String {
    format!("/v1/events/{connection}")
}

pub(super) fn signature(secret: &str, body: &[u8]) -> String {
    let tag = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap().chain_update(body).finalize().into_bytes();
    format!("sha256={}", tag.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// The body of `customer.end`.
pub(super) fn end(conversation: Uuid) -> Value {
    json!({
        "eventTime": 1_763_812_800_123_i64, "conversationId": conversation, "participantId": Uuid::from_u128(0x10),
        "sessionId": Uuid::from_u128(0x11), "disconnectType": "CLIENT", "mediaType": "MESSAGE", "messageType": "WEBMESSAGING",
    })
}

/// The envelope of EventBridge around it.
pub(super) fn envelope(organization: Uuid, conversation: Uuid) -> Value {
    let topic = |id: &str| format!("v2.detail.events.conversation.{id}.customer.end");
    json!({
        "version": "0", "id": Uuid::from_u128(8), "detail-type": topic("{id}"), "account": "123456789012",
        "source": format!("aws.partner/genesys.com/cloud/{organization}/chat"), "time": "2025-11-22T12:00:01Z",
        "region": "eu-central-1", "resources": [],
        "detail": { "topicName": topic(&conversation.to_string()), "version": "2", "eventBody": end(conversation), "metadata": {} },
    })
}
