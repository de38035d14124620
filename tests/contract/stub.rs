//! A service that writes down what it is asked, and answers as it is told.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, Response};
use axum::response::IntoResponse;

use crate::ids::{CONVERSATION, FIRST_CONVERSATION, worded};

/// An answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    pub(crate) retry_after: Option<u32>,
}

/// A request as it arrived, with words in place of ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The method and the path.
    pub(crate) key: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// What is answered to each request.
type Script = Arc<dyn Fn(&Seen, SocketAddr) -> Answer + Send + Sync>;

#[derive(Clone)]
struct Shared {
    seen: Arc<Mutex<Vec<Seen>>>,
    script: Arc<Mutex<Script>>,
    address: SocketAddr,
}

/// The service; it ends with the runtime.
pub(crate) struct Stub(Shared);

impl Stub {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let nothing: Script = Arc::new(|_, _| Answer { status: 599, ..Answer::default() });
        let shared = Shared { seen: Arc::default(), script: Arc::new(Mutex::new(nothing)), address };
        let routes = Router::new().fallback(answer).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self(shared)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.0.address)
    }

    /// Answers like this from now on, and forgets what was asked.
    pub(crate) fn behave(&self, script: impl Fn(&Seen, SocketAddr) -> Answer + Send + Sync + 'static) {
        *self.0.script.lock().unwrap() = Arc::new(script);
        self.0.seen.lock().unwrap().clear();
    }

    /// What was asked since then, sockets excepted.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.0.seen.lock().unwrap().clone()
    }
}

async fn answer(State(shared): State<Shared>, request: Request) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    if parts.headers.contains_key("upgrade") {
        let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await.unwrap();
        // It says nothing, answers pings, and stays open.
        return upgrade.on_upgrade(|mut socket| async move { while socket.recv().await.is_some() {} }).into_response();
    }
    let bytes: Bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    // A conversation that is followed at the same time is the same request.
    let body = String::from_utf8(bytes.to_vec()).unwrap().replace(&FIRST_CONVERSATION.to_string(), &CONVERSATION.to_string());
    let path = parts.uri.path_and_query().unwrap().as_str();
    let seen = Seen { key: worded(&format!("{} {path}", parts.method)), headers: headers(&parts.headers), body: worded(&body) };
    shared.seen.lock().unwrap().push(seen.clone());
    let script = Arc::clone(&shared.script.lock().unwrap());
    let Answer { status, body, retry_after } = script(&seen, shared.address);
    let mut response = Response::builder().status(status).header("content-type", "application/json");
    if let Some(seconds) = retry_after {
        response = response.header("retry-after", seconds);
    }
    response.body(Body::from(body)).unwrap()
}

/// The headers that matter, with words in place of what differs from request to request.
fn headers(sent: &HeaderMap) -> BTreeMap<String, String> {
    let mut kept = BTreeMap::new();
    for name in ["accept", "authorization", "content-type", "inin-correlation-id", "user-agent"] {
        let Some(value) = sent.get(name).and_then(|value| value.to_str().ok()) else { continue };
        let value = match (name, value.split_once(' ')) {
            ("inin-correlation-id", _) => "{uuid}".to_owned(),
            ("authorization", Some(("Basic", _))) => "Basic {base64 of clientId:clientSecret}".to_owned(),
            ("user-agent", _) => value.replace(env!("CARGO_PKG_VERSION"), "{version}"),
            (_, _) => worded(value),
        };
        kept.insert(name.to_owned(), value);
    }
    kept
}
