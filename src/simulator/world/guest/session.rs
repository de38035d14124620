//! One guest's session: what the service remembers between sockets.

use std::collections::VecDeque;

use jiff::Timestamp;
use uuid::Uuid;

use super::super::behaviour::later;
use super::super::record::LegId;
use super::frame::Line;
use super::socket::GuestSocketId;
use super::widget::Widget;
use super::{GuestKey, Guests};

/// How many lines of a conversation are kept.
const LINES: usize = 200;

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Session {
    /// The guest's latest leg; none before the first message.
    pub(super) leg: Option<LegId>,
    pub(super) name: String,
    /// Whether the leg was ended before the guest's session was of interest: no end to be told of.
    pub(super) over: bool,
    /// When the leg was ended from the back end; none once the guest has come back.
    pub(super) ended: Option<Timestamp>,
    /// Whether the present leg is one that came after such an end.
    pub(super) back: bool,
    /// Whether the guest was sent the presence `Disconnect` since the present leg began.
    pub(super) told: bool,
    pub(super) read_only: bool,
    pub(super) expires: Timestamp,
    /// The sockets of the session, the oldest first.
    pub(super) connections: Vec<GuestSocketId>,
    pub(super) messages: Window,
    pub(super) configures: Window,
    pub(super) lines: VecDeque<Line>,
    pub(super) widget: Option<Widget>,
}

impl Session {
    pub(super) fn new(name: &str, now: Timestamp, seconds: u32) -> Self {
        Self {
            leg: None,
            name: name.into(),
            over: false,
            ended: None,
            back: false,
            told: false,
            read_only: false,
            expires: later(now, u64::from(seconds) * 1000),
            connections: Vec::new(),
            messages: Window::default(),
            configures: Window::default(),
            lines: VecDeque::new(),
            widget: None,
        }
    }

    pub(super) fn keep(&mut self, line: Line) {
        if self.lines.len() >= LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(line);
    }
}

/// A limit on how often something happens: so many times in a window that begins with the first of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Window {
    start: Option<Timestamp>,
    count: u32,
}

impl Window {
    /// Counts one; whether that is within the limit.
    pub(super) fn count(&mut self, now: Timestamp, length_ms: u64, limit: u32) -> bool {
        if self.start.is_none_or(|start| later(start, length_ms) <= now) {
            *self = Self { start: Some(now), count: 0 };
        }
        self.count = self.count.saturating_add(1);
        self.count <= limit
    }
}

impl Guests {
    /// How long a session of this deployment lives, in seconds.
    pub(super) fn duration(&self, deployment: Uuid) -> u32 {
        self.deployments.get(&deployment).map_or(259_200, |d| d.session_duration_seconds)
    }

    /// Lets the session live on from here.
    pub(super) fn refresh(&mut self, key: &GuestKey, now: Timestamp) {
        let seconds = self.duration(key.deployment);
        if let Some(session) = self.sessions.get_mut(key) {
            session.expires = later(now, u64::from(seconds) * 1000);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_lets_so_many_through_and_then_begins_anew() {
        let mut window = Window::default();
        let let_through: Vec<bool> = (0..3).map(|_| window.count(Timestamp::UNIX_EPOCH, 1000, 2)).collect();
        assert_eq!(let_through, [true, true, false]);
        assert!(window.count(later(Timestamp::UNIX_EPOCH, 1000), 1000, 2));
    }
}
