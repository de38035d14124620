//! Legacy web chat on the wire: the guest API, and the guests' event streams.
//!
//! | request | answer |
//! |---|---|
//! | `POST /api/v2/webchat/guest/conversations`, without authentication | 200: the chat, with `jwt` and `eventStreamUri` |
//! | `GET …/{conversationId}/members?pageSize=&pageNumber=&excludeDisconnectedMembers=` (empty values are none) | 200 |
//! | `GET …/members/{memberId}`, `DELETE …/members/{memberId}` | 200; 204, the guest leaves |
//! | `POST …/members/{memberId}/messages` `{body, bodyType}`, `POST …/members/{memberId}/typing` | 200 |
//! | `GET …/{conversationId}/messages`, `GET …/mediarequests` | 200 |
//! | `GET /webchat/streams/guests/{secret}` with an upgrade to WebSocket | the guest's event stream; 404 or 403 |
//!
//! All but the first want `Authorization: Bearer {jwt}`, to the letter; else 401.

mod stream;
mod wire;

use std::sync::Arc;

use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::response::Response;
use serde_json::Value;
use uuid::Uuid;

use super::deliver::Reply;
use super::platform::{correlation_id, read_body};
use super::route::{behind, id};
use super::shared::Shared;
use super::wire::sockets_at;
use crate::simulator::world::{ApiError, ChatCall, ChatRequest, ChatWish, Operation};

/// Where the guest API is.
const GUESTS: &str = "/api/v2/webchat/guest/conversations";
/// Where the guests' event streams are.
const STREAMS: &str = "/webchat/streams/guests/";

/// Whether a path belongs to the guests of chats, where they are offered.
pub(super) fn is_chat(shared: &Shared, path: &str) -> bool {
    shared.with_world(|world, _| {
        let (_, path) = behind(world.gateway_prefixes(), path);
        let theirs = path.starts_with(STREAMS) || path.strip_prefix(GUESTS).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        theirs && world.offers(Operation::PostWebchatGuestConversations)
    })
}

/// Answers a request of a guest.
pub(super) async fn answer(shared: &Arc<Shared>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = shared.with_world(|world, _| behind(world.gateway_prefixes(), parts.uri.path()).1.to_owned());
    if let Some(secret) = path.strip_prefix(STREAMS) {
        return stream::open(shared, secret, parts).await;
    }
    let correlation = correlation_id(&parts.headers).unwrap_or_else(|| shared.fresh_id());
    let segments: Vec<&str> = path.strip_prefix(GUESTS).unwrap_or_default().split('/').filter(|s| !s.is_empty()).collect();
    let asked = match read_body(body).await {
        Ok(body) => recognise(&parts, &segments, &body),
        Err(error) => Err((None, error)),
    };
    let reply = match asked {
        Ok(request) => {
            let operation = request.operation();
            let authorization = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).map(String::from);
            match shared.with_world(|world, now| world.ask_chat(&ChatCall { authorization, request }, now)) {
                Ok(answer) => Reply::new(operation.ok_status(), wire::body(&answer, &sockets_at(shared, &parts)), correlation),
                Err(error) => Reply::error(&error, correlation),
            }
        }
        Err((operation, error)) => {
            shared.with_world(|world, now| world.count_call(operation.unwrap_or(Operation::Unknown), now));
            Reply::error(&error, correlation)
        }
    };
    reply.build(shared.now())
}

/// The request; else the operation, where it is known, and what is wrong.
fn recognise(parts: &Parts, segments: &[&str], body: &[u8]) -> Result<ChatRequest, (Option<Operation>, ApiError)> {
    let fields: Value = serde_json::from_slice(body).unwrap_or_default();
    let connected_only = parts.uri.query().unwrap_or_default().split('&').any(|pair| pair == "excludeDisconnectedMembers=true");
    let uuid = |text: &str| id(text).unwrap_or_default();
    let request = match (&parts.method, segments) {
        (&Method::POST, []) => {
            return wish(&fields).map(ChatRequest::Begin).map_err(|error| (Some(Operation::PostWebchatGuestConversations), error));
        }
        (&Method::GET, [c, "members"]) => ChatRequest::Members { conversation: uuid(c), connected_only },
        (&Method::GET, [c, "members", m]) => ChatRequest::Member { conversation: uuid(c), member: uuid(m) },
        (&Method::DELETE, [c, "members", m]) => ChatRequest::Leave { conversation: uuid(c), member: uuid(m) },
        (&Method::POST, [c, "members", m, "messages"]) => {
            let request = ChatRequest::Say { conversation: uuid(c), member: uuid(m), said: said(&fields) };
            if said(&fields).is_none() {
                let refused = ApiError::bad_request("body is required, and bodyType is standard or notice");
                return Err((Some(Operation::PostWebchatGuestConversationMemberMessages), refused));
            }
            request
        }
        (&Method::POST, [c, "members", m, "typing"]) => ChatRequest::Say { conversation: uuid(c), member: uuid(m), said: None },
        (&Method::GET, [c, "messages"]) => ChatRequest::Messages { conversation: uuid(c) },
        (&Method::GET, [c, "mediarequests"]) => ChatRequest::MediaRequests { conversation: uuid(c) },
        _ => return Err((None, ApiError::usual(404))),
    };
    Ok(request)
}

/// What a guest says; the other kinds of messages are the service's own (assumed).
fn said(fields: &Value) -> Option<(String, String)> {
    let kind = fields["bodyType"].as_str().unwrap_or("standard");
    let body = fields["body"].as_str().filter(|_| matches!(kind, "standard" | "notice"))?;
    Some((body.into(), kind.into()))
}

fn wish(fields: &Value) -> Result<ChatWish, ApiError> {
    let needed = |name: &str| ApiError::bad_request(format!("{name} is required"));
    let uuid = |name: &str| fields[name].as_str().and_then(id).filter(|id| *id != Uuid::nil()).ok_or_else(|| needed(name));
    uuid("deploymentId")?;
    let target = &fields["routingTarget"];
    if !target["targetType"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("queue")) {
        return Err(needed("routingTarget.targetType: QUEUE"));
    }
    let queue = target["targetAddress"].as_str().ok_or_else(|| needed("routingTarget.targetAddress"))?;
    let name = fields["memberInfo"]["displayName"].as_str().ok_or_else(|| needed("memberInfo.displayName"))?;
    Ok(ChatWish { organization: uuid("organizationId")?, queue: queue.into(), name: name.into() })
}
