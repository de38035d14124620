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

pub(super) async fn start(mut answers: Vec<(u16, Option<u32>)>) -> (SocketAddr, Received) {
    let received = Received::default();
    answers.reverse();
    let state = (Arc::clone(&received), Arc::new(Mutex::new(answers)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let routes = Router::new().route("/receipts", post(receive)).with_state(state);
    tokio::spawn(async move { axum::serve(listener, routes).await });
    (address, received)
}

async fn receive(State((received, answers)): State<(Received, Answers)>, headers: HeaderMap, body: Bytes) -> Response<String> {
    received.lock().unwrap().push((headers, serde_json::from_slice(&body).unwrap()));
    let mut answers = answers.lock().unwrap();
    let (status, wait) = if answers.len() > 1 { answers.pop() } else { answers.last().copied() }.unwrap();
    let mut response = Response::builder().status(status);
    if let Some(wait) = wait {
        response = response.header("retry-after", wait);
    }
    if status == 307 {
        response = response.header("location", "/elsewhere");
    }
    response.body(String::new()).unwrap()
}
