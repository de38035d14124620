//! An endpoint that receives events, and behaves as it is told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use axum::routing::post;
use serde_json::Value;

/// What was received: the headers and the body.
pub(super) type Received = Arc<Mutex<Vec<(HeaderMap, Value)>>>;

/// What is answered to each delivery in turn, with its Retry-After; the last one from then on.
type Answers = Arc<Mutex<Vec<(u16, Option<u32>)>>>;

/// What is done with an event that is answered with success.
type Take = Arc<dyn Fn(&Value) + Send + Sync>;

pub(super) async fn start(answers: Vec<(u16, Option<u32>)>, take: impl Fn(&Value) + Send + Sync + 'static) -> (SocketAddr, Received) {
    let received = Received::default();
    let answers = answers.into_iter().rev().collect();
    let state = (Arc::clone(&received), Arc::new(Mutex::new(answers)), Arc::new(take) as Take);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = Router::new().route("/receipts", post(receive)).with_state(state);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (address, received)
}

async fn receive(State((received, answers, take)): State<(Received, Answers, Take)>, headers: HeaderMap, body: Bytes) -> Response<String> {
    let event: Value = serde_json::from_slice(&body).unwrap();
    let mut answers = answers.lock().unwrap();
    let (status, wait) = if answers.len() > 1 { answers.pop() } else { answers.last().copied() }.unwrap();
    if status < 300 {
        take(&event);
    }
    received.lock().unwrap().push((headers, event));
    let mut response = Response::builder().status(status);
    if let Some(wait) = wait {
        response = response.header("retry-after", wait);
    }
    if status == 307 {
        response = response.header("location", "/elsewhere");
    }
    response.body(String::new()).unwrap()
}
