//! The guest's side on the wire: the web messaging socket, and what is told of deployments.
//!
//! | request | answer |
//! |---|---|
//! | `GET /v1?deploymentId={id}` with an upgrade to WebSocket (`&application=` may follow) | the guest's socket; 403 when there is no such deployment, or it does not allow the `Origin` |
//! | `GET /webdeployments/v1/deployments/{id}/config.json`, `domains.json` | the deployment as the vendor's CDN shows it, without authentication |
//!
//! A frame or a message may hold 64 KiB; who does not read what is sent is cut.

pub(super) mod admin;
mod deployment;
#[cfg(all(test, feature = "cli"))]
mod hostile;
mod hub;
mod line;
mod parse;
mod wire;

use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use uuid::Uuid;

use super::deliver::plain_json;
use super::shared::Shared;
use crate::simulator::world::World;
pub(super) use deployment::{configuration, deployment};
pub(super) use hub::Hub;
use line::Line;

/// Where the guest's socket is.
const SOCKET: &str = "/v1";
/// Where the vendor's CDN keeps deployments.
const CDN: &str = "/webdeployments/v1/deployments/";
/// The most that a frame or a message may hold, in bytes (not known of the real service).
const FRAME_LIMIT: usize = 65_536;

/// Whether a path belongs to the guest's side.
pub(super) fn is_guest(path: &str) -> bool {
    path == SOCKET || path.starts_with(CDN)
}

/// Answers a request of the guest's side.
pub(super) async fn answer(shared: &Arc<Shared>, request: Request) -> Response {
    let (mut parts, _) = request.into_parts();
    if parts.uri.path() != SOCKET {
        return cdn(shared, &parts);
    }
    let query = parts.uri.query().unwrap_or_default();
    let named = query.split('&').find_map(|pair| pair.strip_prefix("deploymentId="));
    let Some(named) = named else {
        return plain_json(400, &json!({ "message": "deploymentId is missing" }));
    };
    let deployment = Uuid::try_parse(named).unwrap_or_default();
    if !shared.with_world(|world, _| admits(world, deployment, &parts.headers)) {
        return plain_json(403, &json!({ "message": "Forbidden" }));
    }
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade.max_message_size(FRAME_LIMIT).max_frame_size(FRAME_LIMIT),
        Err(rejection) => return rejection.into_response(),
    };
    match Line::open(shared, deployment) {
        Ok(line) => upgrade.on_upgrade(move |socket| line.serve(socket)),
        Err(_) => plain_json(403, &json!({ "message": "Forbidden" })),
    }
}

/// Whether a deployment is there and allows the web site that the widget says it is on.
fn admits(world: &World, deployment: Uuid, headers: &HeaderMap) -> bool {
    let Some(deployment) = world.deployment(deployment) else { return false };
    let origin = headers.get(header::ORIGIN).and_then(|value| value.to_str().ok());
    let host = origin.map(|origin| origin.split_once("://").map_or(origin, |(_, host)| host));
    deployment.allowed_domains.is_empty() || host.is_some_and(|host| deployment.allowed_domains.iter().any(|allowed| allowed == host))
}

fn cdn(shared: &Shared, parts: &Parts) -> Response {
    let rest = parts.uri.path().strip_prefix(CDN).unwrap_or_default();
    let host = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let found = rest.split_once('/').and_then(|(id, file)| {
        let id = Uuid::try_parse(id).ok()?;
        shared.with_world(|world, _| world.deployment(id).cloned()).map(|deployment| (deployment, file.to_owned()))
    });
    match found {
        Some((spec, file)) if file == "config.json" => plain_json(200, &deployment::config_json(&spec, host)),
        Some((spec, file)) if file == "domains.json" => plain_json(200, &deployment::domains_json(&spec)),
        Some(_) | None => plain_json(404, &json!({ "message": "Not Found" })),
    }
}
