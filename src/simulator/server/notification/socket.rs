//! One notification socket: what the world sends goes out, what the client says goes in.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::{IntoResponse, Response};

use super::super::deliver::plain_json;
use super::super::shared::Shared;
use super::frame::{said, text};
use crate::simulator::world::{ApiError, ChannelId, ChannelOutput, ChannelSocket};

/// How long a client may take to answer a close.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// The close code of a service that goes away.
pub(in super::super) const GOING_AWAY: u16 = 1001;

/// Answers the handshake of a socket; no token is asked for (confirmed: the channel's id is the secret).
pub(in super::super) async fn open(shared: &Arc<Shared>, channel: ChannelId, request: axum::extract::Request) -> Response {
    let (mut parts, _) = request.into_parts();
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let id = match shared.with_world(|world, now| world.open_socket(&channel, now)) {
        Ok(id) => id,
        Err(status) => {
            let error = ApiError::usual(status);
            return plain_json(status, &serde_json::json!({ "message": error.message, "code": error.code, "status": status }));
        }
    };
    let (failed, served) = (Arc::clone(shared), Arc::clone(shared));
    upgrade.on_failed_upgrade(move |_| failed.with_world(|world, _| world.close_socket(id))).on_upgrade(move |socket| async move {
        serve(&served, socket, id).await;
        served.with_world(|world, _| world.close_socket(id));
    })
}

/// Serves a socket until one side ends it. To cut it is to drop it without a close frame.
async fn serve(shared: &Shared, mut socket: WebSocket, id: ChannelSocket) {
    let mut news = shared.news();
    let organization = shared.with_world(|world, _| world.organization().id);
    loop {
        news.borrow_and_update();
        for outgoing in shared.with_world(|world, _| world.take_outgoing(id)) {
            let frame = match outgoing {
                ChannelOutput::Frame(frame) => text(&frame, organization),
                ChannelOutput::Close(code) => return close(socket, code).await,
                ChannelOutput::Cut => return,
            };
            tokio::select! {
                sent = socket.send(Message::Text(frame.into())) => if sent.is_err() { return },
                () = shared.stopping.cancelled() => return,
            }
        }
        tokio::select! {
            changed = news.changed() => if changed.is_err() { return },
            said = socket.recv() => match said {
                Some(Ok(message)) => hear(shared, id, &message),
                Some(Err(_)) | None => return,
            },
            () = shared.stopping.cancelled() => return close(socket, GOING_AWAY).await,
        }
    }
}

/// Hears one message. Pings of the protocol itself are answered below this.
fn hear(shared: &Shared, id: ChannelSocket, message: &Message) {
    match message {
        Message::Text(text) => {
            shared.with_world(|world, now| world.hear(id, said(text.as_str()), now));
        }
        // A close is answered below too, on the next look, which then finds nothing more.
        Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Close(_) => {}
    }
}

pub(in super::super) async fn close(mut socket: WebSocket, code: u16) {
    // A client that is gone needs no goodbye.
    let _gone = socket.send(Message::Close(Some(CloseFrame { code, reason: "".into() }))).await;
    // The client's own close frame is waited for, lest the connection is reset under it.
    let _late = tokio::time::timeout(LAST_WORDS, async { while let Some(Ok(_)) = socket.recv().await {} }).await;
}
