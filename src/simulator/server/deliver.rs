//! The answer on the wire: headers that every answer has, and the ways in which it may fail to arrive.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response as HttpResponse, header};
use axum::response::Response;
use futures::stream::{self, StreamExt};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use serde_json::{Value, json};
use uuid::Uuid;

use super::connection::Peer;
use super::platform::status;
use super::shared::Shared;
use super::wire::CORRELATION;
use crate::simulator::world::{ApiError, Delivery, RateReading};

/// How long a request that is never answered keeps its connection.
pub(super) const NEVER: Duration = Duration::from_secs(120);

/// An answer before it is put on the wire.
pub(super) struct Reply {
    status: u16,
    body: Option<Value>,
    headers: Vec<(&'static str, String)>,
}

impl Reply {
    /// An answer with this status, and a JSON body when there is one.
    pub(super) fn new(status: u16, body: Option<Value>, correlation_id: Uuid) -> Self {
        Self { status, body, headers: vec![(CORRELATION, correlation_id.to_string())] }
    }

    /// An error answer of the platform API.
    pub(super) fn error(error: &ApiError, correlation_id: Uuid) -> Self {
        let ApiError { status, code, message, retry_after_seconds } = error;
        let mut body = json!({
            "message": message,
            "code": code,
            "status": status,
            "messageParams": {},
            "contextId": correlation_id,
            "details": [],
            "errors": [],
        });
        if *status == 429 {
            body["limit"] = json!({ "key": "client.credentials.token.rate.per.minute", "namespace": "platform.api" });
        }
        Self::new(*status, Some(body), correlation_id).retry_after(*retry_after_seconds)
    }

    /// The same with `Retry-After`.
    pub(super) fn retry_after(mut self, seconds: Option<u32>) -> Self {
        self.headers.extend(seconds.map(|s| ("retry-after", s.to_string())));
        self
    }

    /// The same, and the connection is not used again.
    pub(super) fn close(mut self) -> Self {
        self.headers.push(("connection", "close".into()));
        self
    }

    /// The same with the rate limit's headers.
    pub(super) fn rate(mut self, rate: Option<RateReading>) -> Self {
        if let Some(RateReading { count, allowed, reset_seconds }) = rate {
            self.headers.push(("inin-ratelimit-count", count.to_string()));
            self.headers.push(("inin-ratelimit-allowed", allowed.to_string()));
            self.headers.push(("inin-ratelimit-reset", reset_seconds.to_string()));
        }
        self
    }

    /// The whole answer; `Date` is the world's time, not the machine's.
    pub(super) fn build(self, now: Timestamp) -> Response {
        let text = self.text();
        self.with_body(Body::from(text), now)
    }

    fn text(&self) -> String {
        self.body.as_ref().map(Value::to_string).unwrap_or_default()
    }

    fn with_body(self, body: Body, now: Timestamp) -> Response {
        let mut response = HttpResponse::new(body);
        *response.status_mut() = status(self.status);
        let headers = response.headers_mut();
        if self.body.is_some() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&now).ok().and_then(|text| HeaderValue::from_str(&text).ok());
        if let Some(date) = date {
            headers.insert(header::DATE, date);
        }
        response
    }

    /// The answer with its full length announced and half of it sent.
    fn half(mut self, now: Timestamp) -> Response {
        let text = self.text();
        self.headers.push(("content-length", text.len().to_string()));
        let half: Bytes = text.as_bytes().get(..text.len() / 2).unwrap_or_default().to_vec().into();
        // The half needs a moment to leave before the connection breaks, else nothing of it does.
        let end = stream::once(async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Err(io::Error::from(io::ErrorKind::ConnectionReset))
        });
        self.with_body(Body::from_stream(stream::once(async { Ok(half) }).chain(end)), now)
    }
}

/// Delivers an answer in the way that the world decided.
pub(super) async fn deliver(shared: &Shared, peer: &Peer, reply: Reply, delivery: Delivery) -> Response {
    // Of an empty body there is no half: all that can break is the connection.
    if delivery == Delivery::HalfBody && reply.text().len() > 1 {
        return reply.half(shared.now());
    }
    match lost(shared, peer, delivery).await {
        Some(cut) => cut,
        None => reply.build(shared.now()),
    }
}

/// Waits for as long as the world decided to wait with an answer; the connection is cut where there is to be none.
pub(super) async fn lost(shared: &Shared, peer: &Peer, delivery: Delivery) -> Option<Response> {
    let arrives = match delivery {
        Delivery::Prompt => true,
        Delivery::Late(milliseconds) => pause(shared, Duration::from_millis(milliseconds).min(NEVER)).await,
        Delivery::Cut | Delivery::HalfBody => false,
        Delivery::Never => {
            pause(shared, NEVER).await;
            false
        }
    };
    (!arrives).then(|| peer.cut())
}

/// Waits; whether the simulator still runs then.
async fn pause(shared: &Shared, time: Duration) -> bool {
    tokio::select! {
        () = tokio::time::sleep(time) => true,
        () = shared.stopping.cancelled() => false,
    }
}

/// A body for answers of the simulator's own API.
pub(super) fn plain_json(number: u16, body: &Value) -> Response {
    let mut response = HttpResponse::new(Body::from(body.to_string()));
    *response.status_mut() = status(number);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
