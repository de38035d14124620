//! How the guests stand: for the witness, for the simulator's own API, for the page.

use jiff::Timestamp;
use serde::Serialize;

use super::frame::Line;
use super::session::Session;
use super::{ConversationDisconnect, GuestKey, WidgetSpec};
use crate::simulator::world::World;
use crate::simulator::world::record::LegId;

/// What the witness says of guests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GuestCounts {
    /// Guests who are ghosts now: the two below together.
    pub ghosts: u64,
    /// Of these, guests whose leg was ended from the back end and who still believe to be connected: a socket of theirs is
    /// open on which nothing has said that it is over.
    pub ghosts_believing: u64,
    /// Of these, guests who came back after such an end and are live again.
    pub ghosts_back: u64,
    /// How often a guest came back after the end, up to now.
    pub guest_returns: u64,
    /// Messages of guests that were accepted after the end of their leg.
    pub guest_messages_after_end: u64,
    /// Messages of guests that were refused.
    pub guest_messages_refused: u64,
    /// Sockets of guests that are open now.
    pub open_guest_sockets: u64,
}

impl GuestCounts {
    /// Both together.
    fn and(self, other: Self) -> Self {
        Self {
            ghosts: self.ghosts + other.ghosts,
            ghosts_believing: self.ghosts_believing + other.ghosts_believing,
            ghosts_back: self.ghosts_back + other.ghosts_back,
            guest_returns: self.guest_returns + other.guest_returns,
            guest_messages_after_end: self.guest_messages_after_end + other.guest_messages_after_end,
            guest_messages_refused: self.guest_messages_refused + other.guest_messages_refused,
            open_guest_sockets: self.open_guest_sockets + other.open_guest_sockets,
        }
    }
}

/// One guest as seen from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GuestView {
    /// The guest's latest leg; none before the first message.
    #[serde(flatten)]
    pub leg: Option<LegId>,
    /// The guest's name.
    pub name: String,
    /// The deployment.
    pub deployment_id: uuid::Uuid,
    /// The session's token.
    pub token: String,
    /// What the guest is told when the conversation ends.
    pub conversation_disconnect: ConversationDisconnect,
    /// The widget.
    pub widget: Option<WidgetSpec>,
    /// How many sockets the session has.
    pub sockets: usize,
    /// Whether the leg is live.
    pub live: bool,
    /// When the leg was ended from the back end.
    pub ended: Option<Timestamp>,
    /// Whether the guest was told of that.
    pub told: bool,
    /// Whether the guest may read only.
    pub read_only: bool,
    /// Whether the guest still believes to be connected though the leg has ended.
    pub believing: bool,
    /// Whether the guest came back after the end and is live again.
    pub back: bool,
    /// What was said, the oldest first.
    pub lines: Vec<Line>,
}

impl World {
    /// How the guests stand.
    #[must_use]
    pub fn guest_counts(&self) -> GuestCounts {
        let guests = &self.guests;
        let count = |test: &dyn Fn(&GuestKey, &Session) -> bool| guests.sessions.iter().filter(|(k, s)| test(k, s)).count() as u64;
        let ghosts_believing = count(&|key, session| self.believes(key, session));
        let ghosts_back = count(&|key, session| session.back && self.leg_is_live(key));
        let of_messages = GuestCounts {
            ghosts: ghosts_believing + ghosts_back,
            ghosts_believing,
            ghosts_back,
            guest_returns: guests.counts.returns,
            guest_messages_after_end: guests.counts.messages_after_end,
            guest_messages_refused: guests.counts.messages_refused,
            open_guest_sockets: guests.sessions.values().map(|s| s.connections.len() as u64).sum(),
        };
        of_messages.and(self.chat_counts())
    }

    /// Every guest that has a session.
    pub fn guests(&self) -> impl Iterator<Item = GuestView> {
        self.guests.sessions.iter().map(|(key, session)| GuestView {
            leg: session.leg,
            name: session.name.clone(),
            deployment_id: key.deployment,
            token: key.token.clone(),
            conversation_disconnect: self.deployment(key.deployment).map(|d| d.conversation_disconnect).unwrap_or_default(),
            widget: session.widget.as_ref().map(|w| w.spec.clone()),
            sockets: session.connections.len(),
            live: self.leg_is_live(key),
            ended: session.ended,
            told: session.told,
            read_only: session.read_only,
            believing: self.believes(key, session),
            back: session.back && self.leg_is_live(key),
            lines: session.lines.iter().cloned().collect(),
        })
    }

    fn believes(&self, key: &GuestKey, session: &Session) -> bool {
        let untold = || session.connections.iter().any(|id| self.guests.sockets.get(id).is_some_and(|socket| !socket.told));
        session.ended.is_some() && !self.leg_is_live(key) && untold()
    }
}
