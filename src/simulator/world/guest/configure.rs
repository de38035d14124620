//! What a guest's socket may ask for, and the sessions that come of it.

use jiff::Timestamp;

use super::frame::{Content, GuestAction, GuestRequest, SessionState};
use super::session::Session;
use super::socket::GuestSocketId;
use super::{GuestEvent, GuestKey, Guests};
use crate::simulator::world::World;

/// Requests a connection may send in a minute (reported, not confirmed).
const REQUESTS: u32 = 60;
/// Times a session may be configured in a minute (reported, not confirmed).
const CONFIGURES: u32 = 60;
const MINUTE_MS: u64 = 60_000;
/// The longest token that is taken (not known of the real service, where clients use UUIDs).
const TOKEN_BYTES: usize = 128;

impl World {
    /// Takes one request of a guest in; the answers are taken from the socket.
    pub fn guest_sends(&mut self, socket: GuestSocketId, request: &GuestRequest, now: Timestamp) {
        self.advance(now);
        self.guest_asks(socket, request, self.now);
        self.attend_widgets(self.now);
        self.advance(now);
    }

    pub(super) fn guest_asks(&mut self, id: GuestSocketId, request: &GuestRequest, at: Timestamp) {
        let Some(socket) = self.guests.sockets.get_mut(&id) else { return };
        let refused = if socket.requests.count(at, MINUTE_MS, REQUESTS) {
            self.try_ask(id, request, at).err()
        } else {
            Some(Content::TooManyRequests { retry_after: 60, text: "Request rate too high for this connection" })
        };
        if let Some(content) = refused {
            self.guests.push(id, content, request.tracing_id.clone());
        }
    }

    fn try_ask(&mut self, id: GuestSocketId, request: &GuestRequest, at: Timestamp) -> Result<(), Content> {
        let GuestRequest { action, token, tracing_id } = request;
        match action {
            GuestAction::Unreadable(why) => return Err(Content::error(400, why.clone())),
            GuestAction::NotOffered(name) => return Err(Content::error(4000, format!("{name} is not available in this simulation"))),
            GuestAction::Missing(what) => return Err(Content::error(4020, format!("Missing parameter: {what}"))),
            GuestAction::Configure { .. }
            | GuestAction::Message(_)
            | GuestAction::Join
            | GuestAction::Clear
            | GuestAction::Typing
            | GuestAction::Echo(_)
            | GuestAction::Close { .. }
            | GuestAction::GetJwt
            | GuestAction::GetConfiguration => {}
        }
        let deployment = self.guests.sockets.get(&id).map(|s| s.deployment).unwrap_or_default();
        if *action == GuestAction::GetConfiguration {
            self.guests.push(id, Content::Configuration(deployment), tracing_id.clone());
            return Ok(());
        }
        let token = token.as_deref().filter(|t| !t.is_empty()).ok_or_else(|| Content::error(4020, "Missing parameter: token"))?;
        if token.len() > TOKEN_BYTES {
            return Err(Content::error(400, "The token is too long"));
        }
        let key = GuestKey { deployment, token: token.into() };
        if let GuestAction::Configure { deployment: named, start_new } = action {
            if named.as_ref().is_some_and(|named| !named.eq_ignore_ascii_case(&deployment.to_string())) {
                return Err(Content::error(400, "The deployment is not the one of this connection"));
            }
            return self.guests.configure(id, key, *start_new, tracing_id.clone(), at);
        }
        self.guests.of_socket(id, &key, at)?;
        match action {
            GuestAction::Message(text) => self.take_message(id, &key, text, tracing_id, at)?,
            GuestAction::Join => self.take_join(id, &key, tracing_id, at)?,
            GuestAction::Clear => self.take_clear(id, &key, tracing_id, at)?,
            GuestAction::Echo(text) => self.guests.echo(id, &key, text, tracing_id),
            GuestAction::Close { all } => self.guests.close_session(id, &key, *all, tracing_id),
            GuestAction::GetJwt => self.guests.jwt(id, tracing_id, at),
            // Nothing comes back, and there is nobody here who would watch the guest type.
            GuestAction::Typing
            | GuestAction::Configure { .. }
            | GuestAction::GetConfiguration
            | GuestAction::NotOffered(_)
            | GuestAction::Missing(_)
            | GuestAction::Unreadable(_) => {}
        }
        Ok(())
    }
}

impl Guests {
    /// Begins or resumes a session.
    fn configure(
        &mut self,
        id: GuestSocketId,
        key: GuestKey,
        start_new: bool,
        tracing_id: Option<String>,
        at: Timestamp,
    ) -> Result<(), Content> {
        let seconds = self.duration(key.deployment);
        let known = self.sessions.get_mut(&key);
        let usable = known.as_ref().is_some_and(|s| s.expires > at || s.read_only);
        let cleared_existing = known.is_some() && start_new;
        if known.is_some_and(|session| !session.configures.count(at, MINUTE_MS, CONFIGURES)) {
            return Err(Content::TooManyRequests { retry_after: 60, text: "Configure rate too high for this session" });
        }
        let new_session = start_new || !usable;
        if new_session {
            self.begin_anew(&key, id, seconds, at);
        }
        self.attach(id, &key);
        let read_only = self.sessions.get(&key).is_some_and(|s| s.read_only);
        self.note(&key, at, if read_only { GuestEvent::ResumedReadOnly } else { GuestEvent::Connected });
        let state = self.state(&key, SessionState { connected: true, new_session, cleared_existing, ..SessionState::NONE });
        self.push(id, Content::Session(state), tracing_id);
        Ok(())
    }

    /// Puts a fresh session in the place of the old one, which cannot be reached any more: its other sockets are closed
    /// (not known of the real service).
    fn begin_anew(&mut self, key: &GuestKey, id: GuestSocketId, seconds: u32, at: Timestamp) {
        let old = self.sessions.get(key);
        let name = old.map_or_else(|| "A new guest".to_owned(), |s| s.name.clone());
        let widget = old.and_then(|s| s.widget.clone());
        let others: Vec<GuestSocketId> = old.map(|s| s.connections.iter().copied().filter(|c| *c != id).collect()).unwrap_or_default();
        for other in others {
            self.say_closed(other, "sessionReplaced");
        }
        self.detach(id);
        self.legs.retain(|_, session| session != key);
        self.sessions.insert(key.clone(), Session { widget, ..Session::new(&name, at, seconds) });
    }

    /// Whether this socket belongs to this session, and the session lives.
    fn of_socket(&self, id: GuestSocketId, key: &GuestKey, at: Timestamp) -> Result<(), Content> {
        let session = self.sessions.get(key).filter(|s| s.connections.contains(&id));
        let session = session.ok_or_else(|| Content::error(4007, "Session not found"))?;
        if session.expires <= at && !session.read_only {
            return Err(Content::error(4006, "Session has expired"));
        }
        Ok(())
    }

    /// The state of a session, with its times and rights filled in.
    fn state(&self, key: &GuestKey, state: SessionState) -> SessionState {
        let session = self.sessions.get(key);
        SessionState {
            read_only: session.is_some_and(|s| s.read_only),
            duration_seconds: self.duration(key.deployment),
            expiration: session.map_or(0, |s| s.expires.as_second()),
            ..state
        }
    }

    fn echo(&mut self, id: GuestSocketId, key: &GuestKey, text: &str, tracing_id: &Option<String>) {
        let SessionState { duration_seconds, expiration, .. } = self.state(key, SessionState::NONE);
        self.push(id, Content::Echo { text: text.into(), duration_seconds, expiration }, tracing_id.clone());
    }

    /// Lets the socket leave its session; with all, the others are told and closed. That the leg lives on is assumed.
    fn close_session(&mut self, id: GuestSocketId, key: &GuestKey, all: bool, tracing_id: &Option<String>) {
        let state = self.state(key, SessionState::NONE);
        let connections = self.sessions.get(key).map(|s| s.connections.clone()).unwrap_or_default();
        for other in connections.into_iter().filter(|other| all && *other != id) {
            self.say_closed(other, "sessionClosed");
        }
        self.detach(id);
        self.push(id, Content::Session(state), tracing_id.clone());
    }

    fn jwt(&mut self, id: GuestSocketId, tracing_id: &Option<String>, at: Timestamp) {
        let jwt = format!("sim-guest-{}", self.dice.uuid().simple());
        self.push(id, Content::Jwt { jwt, expires: at.as_second() + 3600 }, tracing_id.clone());
    }
}

impl SessionState {
    const NONE: Self =
        Self { connected: false, new_session: false, read_only: false, cleared_existing: false, duration_seconds: 0, expiration: 0 };
}
