//! One guest's WebSocket.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

use super::super::shared::Shared;
use super::{parse, wire};
use crate::simulator::world::{GuestError, GuestSocketId, ToGuest};

/// How long a guest may take to receive a frame.
const PATIENCE: Duration = Duration::from_secs(10);

/// A line that is open as long as this value lives, also when the upgrade never comes about.
pub(super) struct Line {
    shared: Arc<Shared>,
    socket: GuestSocketId,
    outgoing: Receiver<ToGuest>,
    goodbye: bool,
}

impl Line {
    /// Opens a line to a deployment.
    pub(super) fn open(shared: &Arc<Shared>, deployment: uuid::Uuid) -> Result<Self, GuestError> {
        let socket = shared.with_world(|world, now| world.guest_connects(deployment, now))?;
        let outgoing = shared.guests.add(socket);
        Ok(Self { shared: Arc::clone(shared), socket, outgoing, goodbye: false })
    }

    /// Serves the WebSocket until one side has had enough. Where no close frame is sent the connection just breaks.
    pub(super) async fn serve(mut self, mut ws: WebSocket) {
        let stopping = self.shared.stopping.clone();
        loop {
            tokio::select! {
                incoming = ws.recv() => match incoming {
                    Some(Ok(message)) => if !self.takes(&message) { return },
                    Some(Err(_)) => return send(&mut ws, close(1009)).await.unwrap_or_default(),
                    None => return,
                },
                outgoing = self.outgoing.recv() => match outgoing {
                    Some(ToGuest::Frame(frame)) => {
                        let text = self.shared.with_world(|world, _| wire::frame(&frame, world)).to_string();
                        if send(&mut ws, Message::Text(text.into())).await.is_none() {
                            return;
                        }
                    }
                    Some(ToGuest::Close(code)) => {
                        self.goodbye = true;
                        return send(&mut ws, close(code)).await.unwrap_or_default();
                    }
                    Some(ToGuest::Cut) | None => return,
                },
                () = stopping.cancelled() => return send(&mut ws, close(1001)).await.unwrap_or_default(),
            }
        }
    }

    /// Takes a message in; whether the guest is still there.
    fn takes(&mut self, message: &Message) -> bool {
        let text = match message {
            Message::Text(text) => text.as_str(),
            Message::Binary(bytes) => std::str::from_utf8(bytes).unwrap_or_default(),
            Message::Ping(_) | Message::Pong(_) => return true,
            Message::Close(_) => {
                self.goodbye = true;
                return false;
            }
        };
        let request = parse::request(text);
        let socket = self.socket;
        self.shared.with_world(|world, now| world.guest_sends(socket, &request, now));
        true
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.shared.guests.remove(self.socket);
        let (socket, goodbye) = (self.socket, self.goodbye);
        self.shared.with_world(|world, now| world.guest_is_gone(socket, goodbye, now));
    }
}

fn close(code: u16) -> Message {
    Message::Close(Some(CloseFrame { code, reason: "".into() }))
}

/// Sends; nothing when the guest does not take it.
async fn send(ws: &mut WebSocket, message: Message) -> Option<()> {
    timeout(PATIENCE, ws.send(message)).await.ok()?.ok()
}
