//! One guest's event stream.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::wire;
use crate::simulator::server::deliver::plain_json;
use crate::simulator::server::notification::{GOING_AWAY, close};
use crate::simulator::server::shared::Shared;
use crate::simulator::world::{ApiError, ChatStreamId, ToChatGuest};

/// Answers the handshake; no token is asked for (as on the notification socket: browsers can send none).
pub(super) async fn open(shared: &Arc<Shared>, secret: &str, mut parts: Parts) -> Response {
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let id = match shared.with_world(|world, now| world.attach_chat(secret, now)) {
        Ok(id) => id,
        Err(status) => return plain_json(status, &json!({ "message": ApiError::usual(status).message, "status": status })),
    };
    let (failed, served) = (Arc::clone(shared), Arc::clone(shared));
    upgrade.on_failed_upgrade(move |_| failed.with_world(|world, now| world.detach_chat(id, now))).on_upgrade(move |socket| async move {
        serve(&served, socket, id).await;
        served.with_world(|world, now| world.detach_chat(id, now));
    })
}

/// Serves a stream until one side ends it. To cut it is to drop it without a close frame.
async fn serve(shared: &Shared, mut socket: WebSocket, id: ChatStreamId) {
    let mut news = shared.news();
    let mut waiting = vec![wire::alive("WebSocket Heartbeat")];
    loop {
        news.borrow_and_update();
        for outgoing in shared.with_world(|world, _| world.take_chat(id)) {
            match outgoing {
                ToChatGuest::Frame(frame) => waiting.push(wire::frame(&frame, shared.fresh_id()).to_string()),
                ToChatGuest::Close(code) => {
                    say(&mut socket, &mut waiting).await;
                    return close(socket, code).await;
                }
                ToChatGuest::Cut => return,
            }
        }
        tokio::select! {
            said = say(&mut socket, &mut waiting) => if !said { return },
            () = shared.stopping.cancelled() => return,
        }
        tokio::select! {
            changed = news.changed() => if changed.is_err() { return },
            said = socket.recv() => match said {
                Some(Ok(message)) => waiting.extend(answer(&message)),
                Some(Err(_)) | None => return,
            },
            () = shared.stopping.cancelled() => return close(socket, GOING_AWAY).await,
        }
    }
}

/// Sends what waits; whether the guest is still there.
async fn say(socket: &mut WebSocket, waiting: &mut Vec<String>) -> bool {
    for frame in waiting.drain(..) {
        if socket.send(Message::Text(frame.into())).await.is_err() {
            return false;
        }
    }
    true
}

/// What a guest's frame is answered; what is no ping means nothing here.
fn answer(message: &Message) -> Option<String> {
    let said: Value = serde_json::from_slice(&message.clone().into_data()).ok()?;
    (said["message"] == "ping").then(|| wire::alive("pong"))
}
