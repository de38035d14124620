//! The event stream of a conversation, on which the back end tells a guest that the chat is closed.

use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Request as HttpRequest};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use uuid::Uuid;

use super::STREAMS;
use crate::simulator::server::change::signalled;
use crate::simulator::server::connection::Peer;
use crate::simulator::server::deliver::{Reply, deliver, lost};
use crate::simulator::server::notification::{GOING_AWAY, close};
use crate::simulator::server::platform::{ask, caller, correlation_id};
use crate::simulator::server::route::{behind, id};
use crate::simulator::server::shared::Shared;
use crate::simulator::world::{Call, Caller, Delivery, Operation, Request, Served};

/// The conversation whose stream a path is, where such streams are offered.
pub(in super::super) fn stream_of(shared: &Shared, path: &str) -> Option<Uuid> {
    shared.with_world(|world, _| {
        let offered = world.offers(Operation::GetConversationsWebchatEventstream);
        let (_, path) = behind(world.gateway_prefixes(), path);
        path.strip_prefix(STREAMS)?.strip_prefix('/').and_then(id).filter(|_| offered)
    })
}

/// Answers the handshake: the token is checked as it is on the platform API.
pub(in super::super) async fn open(shared: &Arc<Shared>, peer: &Peer, conversation: Uuid, request: HttpRequest) -> Response {
    let (mut parts, _) = request.into_parts();
    let caller = caller(&parts.headers);
    let correlation = correlation_id(&parts.headers).unwrap_or_else(|| shared.fresh_id());
    let call = Call { caller: caller.clone(), request: Request::OpenStream { conversation }, correlation_id: Some(correlation) };
    let Some(Served { answer, rate, delivery }) = ask(shared, call).await else { return peer.cut() };
    if let Err(error) = answer {
        return deliver(shared, peer, Reply::error(&error, correlation).rate(rate), delivery).await;
    }
    if let Some(cut) = lost(shared, peer, delivery).await {
        return cut;
    }
    match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => {
            let shared = Arc::clone(shared);
            upgrade.on_upgrade(move |socket| async move { serve(&shared, socket, conversation, caller).await })
        }
        Err(rejection) => rejection.into_response(),
    }
}

/// Serves a stream until one side ends it.
async fn serve(shared: &Shared, mut socket: WebSocket, conversation: Uuid, caller: Caller) {
    loop {
        let said = tokio::select! {
            said = socket.recv() => said,
            () = shared.stopping.cancelled() => return close(socket, GOING_AWAY).await,
        };
        let frame = match said {
            Some(Ok(Message::Text(text))) => text.as_bytes().to_vec(),
            Some(Ok(Message::Binary(bytes))) => bytes.to_vec(),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_))) => continue,
            Some(Err(_)) | None => return,
        };
        let call = Call { caller: caller.clone(), request: signalled(&frame, conversation), correlation_id: Some(shared.fresh_id()) };
        let Some(Served { answer, delivery, rate: _ }) = ask(shared, call).await else { return };
        if delivery == Delivery::Cut {
            return;
        }
        if let Err(error) = answer {
            let refused = json!({ "type": "ERROR", "status": error.status, "code": error.code, "message": error.message });
            if socket.send(Message::Text(refused.to_string().into())).await.is_err() {
                return;
            }
        }
    }
}
