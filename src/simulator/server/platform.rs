//! The platform API: parse, let wait, ask the world, deliver.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use tokio::time::timeout;
use uuid::Uuid;

use super::connection::Peer;
use super::deliver::{Reply, deliver};
use super::hold::Moment;
use super::route::{Route, recognise};
use super::shared::Shared;
use super::{change, login, wire};
use crate::simulator::world::{ApiError, Call, Caller, Served};

/// The most that a request body may hold, in bytes (confirmed: `request.bytes.max`).
const BODY_LIMIT: usize = 512_000;
/// How long a client may take to send its body.
const BODY_TIME: Duration = Duration::from_secs(10);

/// Answers one request to the login service or the platform API.
pub(super) async fn answer(shared: &Shared, peer: &Peer, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let correlation_id = correlation_id(&parts.headers).unwrap_or_else(|| shared.fresh_id());
    let route = shared.with_world(|world, _| {
        let found = recognise(&parts.method, parts.uri.path(), world.gateway_prefixes());
        if world.offers(found.operation()) { found } else { Route::Unknown }
    });
    let body = match read_body(body).await {
        Ok(body) => body,
        Err(error) => {
            count(shared, &route);
            return Reply::error(&error, correlation_id).close().build(shared.now());
        }
    };
    match route {
        Route::Token => login::answer(shared, peer, &parts.headers, &body, correlation_id).await,
        Route::Platform(request) => {
            let request = change::completed(request, parts.uri.query().unwrap_or_default(), &body);
            let call = Call { caller: caller(&parts.headers), request, correlation_id: Some(correlation_id) };
            let sockets = wire::sockets_at(shared, &parts);
            serve(shared, peer, call, &sockets, correlation_id).await
        }
        Route::BadId(_) => {
            count(shared, &route);
            Reply::error(&ApiError::bad_request("an id in the path is no UUID"), correlation_id).build(shared.now())
        }
        Route::Unknown => {
            count(shared, &route);
            Reply::error(&ApiError::usual(404), correlation_id).build(shared.now())
        }
    }
}

fn count(shared: &Shared, route: &Route) {
    shared.with_world(|world, now| world.count_call(route.operation(), now));
}

/// Asks the world, with the waits that holds make; nothing when the request is to be dropped.
pub(super) async fn ask(shared: &Shared, call: Call) -> Option<Served> {
    let operation = call.request.operation();
    let conversation = call.request.conversation();
    let arrived = shared.with_world(|world, now| world.arrive(call, now));
    let goes_on = shared.holds.pass(Moment::BeforeEffect, operation, conversation, &shared.stopping).await;
    let served = goes_on.then(|| shared.with_world(|world, now| world.answer(arrived, now)))?;
    shared.holds.pass(Moment::AfterEffect, operation, conversation, &shared.stopping).await.then_some(served)
}

async fn serve(shared: &Shared, peer: &Peer, call: Call, sockets: &str, correlation_id: Uuid) -> Response {
    let operation = call.request.operation();
    let Some(Served { answer, rate, delivery }) = ask(shared, call).await else { return peer.cut() };
    let reply = match answer {
        Ok(answer) => wire::reply(operation, &answer, sockets, correlation_id),
        Err(error) => Reply::error(&error, correlation_id),
    };
    deliver(shared, peer, reply.rate(rate), delivery).await
}

/// Reads a body within its bounds of size and time.
pub(super) async fn read_body(body: Body) -> Result<Vec<u8>, ApiError> {
    match timeout(BODY_TIME, to_bytes(body, BODY_LIMIT)).await {
        Ok(Ok(bytes)) => Ok(bytes.to_vec()),
        Ok(Err(_)) => Err(ApiError::new(413, "request.entity.too.large", format!("The request is larger than {BODY_LIMIT} bytes."))),
        Err(_) => Err(ApiError::usual(408)),
    }
}

pub(super) fn caller(headers: &HeaderMap) -> Caller {
    let value = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() => Caller::Bearer(token.trim().into()),
        Some(_) | None => Caller::Nobody,
    }
}

/// The request's own correlation id, when it is a UUID (that the service takes it over is assumed, not known).
pub(super) fn correlation_id(headers: &HeaderMap) -> Option<Uuid> {
    headers.get(wire::CORRELATION).and_then(|v| v.to_str().ok()).and_then(|text| Uuid::try_parse(text).ok())
}

/// The status of an answer, as HTTP knows it.
pub(super) fn status(number: u16) -> StatusCode {
    StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
