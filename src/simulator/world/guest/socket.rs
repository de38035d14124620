//! A guest's sockets: queues towards the server or towards a widget.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::frame::{Content, GuestFrame, ToGuest};
use super::session::Window;
use super::{GuestError, GuestEvent, GuestKey, Guests};
use crate::simulator::world::World;

/// How many sockets a session may have (confirmed: `session.connections.max`).
const CONNECTIONS: usize = 3;

/// The number of a socket; none is used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GuestSocketId(pub u64);

/// How a socket is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HowCut {
    /// Without a close frame: clients reconnect. This makes ghosts.
    #[default]
    Drop,
    /// With a close frame: clients take it for the end.
    Close,
}

/// A socket.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Socket {
    pub(super) deployment: Uuid,
    pub(super) session: Option<GuestKey>,
    /// Whether a simulated widget holds the other end.
    pub(super) widget: bool,
    /// Whether the guest at this socket knows that the present leg has ended.
    pub(super) told: bool,
    /// Whether it is over: nothing is pushed any more, and it goes once it is empty.
    over: bool,
    pub(super) requests: Window,
    outbox: VecDeque<ToGuest>,
}

impl World {
    /// Opens a socket to a deployment.
    ///
    /// # Errors
    /// When there is no such deployment (the real service refuses the handshake with 403).
    pub fn guest_connects(&mut self, deployment: Uuid, now: Timestamp) -> Result<GuestSocketId, GuestError> {
        self.advance(now);
        self.guests.connect(deployment, false)
    }

    /// Takes what is to go out, of all sockets that the server holds.
    pub fn guest_deliveries(&mut self) -> Vec<(GuestSocketId, Vec<ToGuest>)> {
        let ready = std::mem::take(&mut self.guests.ready);
        ready.into_iter().map(|socket| (socket, self.guests.take(socket))).collect()
    }

    /// Takes what is to go out on one socket.
    pub fn guest_takes(&mut self, socket: GuestSocketId) -> Vec<ToGuest> {
        self.guests.ready.remove(&socket);
        self.guests.take(socket)
    }

    /// Forgets a socket whose other end has gone; whether it said goodbye.
    pub fn guest_is_gone(&mut self, socket: GuestSocketId, goodbye: bool, now: Timestamp) {
        self.advance(now);
        let at = self.now;
        if let Some(key) = self.guests.detach(socket) {
            self.guests.note(&key, at, if goodbye { GuestEvent::Closed } else { GuestEvent::Cut });
        }
        self.guests.sockets.remove(&socket);
        self.guests.ready.remove(&socket);
    }

    /// Cuts all sockets of a guest.
    ///
    /// # Errors
    /// When there is no such guest.
    pub fn cut_guest(&mut self, participant: Uuid, how: HowCut, now: Timestamp) -> Result<(), GuestError> {
        self.advance(now);
        let key = self.guests.of_participant(participant).cloned().ok_or(GuestError::NoGuest(participant))?;
        self.cut_session(&key, how, self.now);
        self.attend_widgets(self.now);
        Ok(())
    }

    pub(super) fn cut_session(&mut self, key: &GuestKey, how: HowCut, at: Timestamp) {
        let sockets = self.guests.sessions.get(key).map(|s| s.connections.clone()).unwrap_or_default();
        for socket in sockets {
            match how {
                HowCut::Drop => self.guests.end_socket(socket, ToGuest::Cut),
                HowCut::Close => self.guests.end_socket(socket, ToGuest::Close(1001)),
            }
            self.guests.note(key, at, if how == HowCut::Drop { GuestEvent::Cut } else { GuestEvent::Closed });
        }
    }
}

impl Guests {
    pub(super) fn connect(&mut self, deployment: Uuid, widget: bool) -> Result<GuestSocketId, GuestError> {
        if !self.deployments.contains_key(&deployment) {
            return Err(GuestError::NoDeployment(deployment));
        }
        self.next_socket += 1;
        let id = GuestSocketId(self.next_socket);
        let socket =
            Socket { deployment, session: None, widget, told: false, over: false, requests: Window::default(), outbox: VecDeque::new() };
        self.sockets.insert(id, socket);
        Ok(id)
    }

    /// Lets a socket join a session; when there are too many, the oldest is closed.
    pub(super) fn attach(&mut self, id: GuestSocketId, key: &GuestKey) {
        self.detach(id);
        let Some(session) = self.sessions.get_mut(key) else { return };
        session.connections.push(id);
        let told = session.told;
        let oldest = (session.connections.len() > CONNECTIONS).then(|| session.connections[0]);
        if let Some(socket) = self.sockets.get_mut(&id) {
            socket.session = Some(key.clone());
            socket.told = told;
        }
        if let Some(oldest) = oldest {
            self.say_closed(oldest, "connectionLimitExceeded");
        }
    }

    /// Takes a socket out of its session; which one that was.
    pub(super) fn detach(&mut self, id: GuestSocketId) -> Option<GuestKey> {
        let key = self.sockets.get_mut(&id)?.session.take()?;
        if let Some(session) = self.sessions.get_mut(&key) {
            session.connections.retain(|other| *other != id);
        }
        Some(key)
    }

    /// Sends a frame to one socket.
    pub(super) fn push(&mut self, id: GuestSocketId, content: Content, tracing_id: Option<String>) {
        self.put(id, ToGuest::Frame(GuestFrame { content, tracing_id }));
    }

    /// Sends a frame to every socket of a session; the one that asked gets its tracing id back.
    pub(super) fn push_all(&mut self, key: &GuestKey, content: &Content, asked: Option<(GuestSocketId, Option<String>)>) {
        let sockets = self.sessions.get(key).map(|s| s.connections.clone()).unwrap_or_default();
        for socket in sockets {
            let tracing = asked.as_ref().filter(|(id, _)| *id == socket).and_then(|(_, tracing)| tracing.clone());
            self.push(socket, content.clone(), tracing);
        }
    }

    /// Tells a socket that it is closed, and closes it.
    pub(super) fn say_closed(&mut self, id: GuestSocketId, reason: &'static str) {
        self.push(id, Content::ConnectionClosed(reason), None);
        self.end_socket(id, ToGuest::Close(1000));
    }

    /// Ends a socket in this way.
    pub(super) fn end_socket(&mut self, id: GuestSocketId, how: ToGuest) {
        let key = self.sockets.get(&id).and_then(|s| s.session.clone());
        self.put(id, how);
        if let Some(key) = key.filter(|_| self.sockets.get(&id).is_some_and(|s| s.widget)) {
            self.attention.insert(key);
        }
        self.detach(id);
        if let Some(socket) = self.sockets.get_mut(&id) {
            socket.over = true;
        }
    }

    fn put(&mut self, id: GuestSocketId, outgoing: ToGuest) {
        let Some(socket) = self.sockets.get_mut(&id).filter(|s| !s.over) else { return };
        socket.outbox.push_back(outgoing);
        if !socket.widget {
            self.ready.insert(id);
        } else if let Some(key) = &socket.session {
            self.attention.insert(key.clone());
        }
    }

    pub(super) fn take(&mut self, id: GuestSocketId) -> Vec<ToGuest> {
        let Some(socket) = self.sockets.get_mut(&id) else { return Vec::new() };
        let taken = std::mem::take(&mut socket.outbox).into();
        if socket.over {
            self.sockets.remove(&id);
        }
        taken
    }
}
