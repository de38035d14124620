//! What an ear knows: who follows what, over which line, and whether its events flow.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::Switchboard;
use super::line::Line;
use crate::clock;
use crate::genesys::notifications::Tally;
use crate::termination::{Fault, Source};

/// How long nobody waits for events of a new conversation after they did not flow, unless others' do.
const DISTRUST: Duration = Duration::from_secs(60);

/// Which sources of events are listened to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// The notification service.
    pub notification: bool,
    /// The webhook.
    pub webhook: bool,
}

/// Whether the notification service's events flow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Flow {
    /// It was not found out: nothing was followed so far, or the service is not listened to.
    #[default]
    Unknown,
    /// They do; or they did for the last conversation that was followed.
    Flowing,
    /// They do not, of one conversation at least; polling takes over.
    Stopped(Fault),
}

/// Who follows what, over which line, and what is known of it.
pub(super) struct Desk<K> {
    pub(super) sources: Sources,
    pub(super) board: Switchboard<K>,
    pub(super) line: Option<Line>,
    pub(super) flow: Flow,
    /// When events were last said not to flow.
    pub(super) unavailable: Option<Instant>,
}

impl<K> Default for Desk<K> {
    fn default() -> Self {
        Self { sources: Sources::default(), board: Switchboard::default(), line: None, flow: Flow::Unknown, unavailable: None }
    }
}

impl<K: Clone + Ord> Desk<K> {
    /// `key` follows nothing any more.
    pub(super) fn leave(&mut self, key: &K) {
        let left = self.board.drop_follower(key);
        self.forget(&left);
    }

    /// Nobody follows these conversations any more.
    pub(super) fn forget(&mut self, conversations: &[Uuid]) {
        if let Some(line) = &mut self.line {
            line.forget(conversations);
        }
    }

    /// Whether waiting for events to flow would only delay what reads can do as well.
    pub(super) fn is_in_vain(&self) -> bool {
        let lately = self.unavailable.is_some_and(|since| clock::monotonic().duration_since(since) < DISTRUST);
        let tally = self.line.as_ref().map(Line::tally).unwrap_or_default();
        tally.flowing == 0 && (lately || tally.unavailable > 0)
    }

    /// Whether events flow, by what the line says now.
    pub(super) fn judged(&self) -> Flow {
        let Some(line) = &self.line else { return self.flow.clone() };
        let Tally { flowing, connecting, unavailable, channels: _ } = line.tally();
        if unavailable > 0 {
            return match (&self.flow, line.fault()) {
                (Flow::Stopped(known), Some(fault)) if known.code != fault.code => Flow::Stopped(fault),
                // The same again, in other words, is not worth telling.
                (Flow::Stopped(_), _) => self.flow.clone(),
                (Flow::Unknown | Flow::Flowing, Some(fault)) => Flow::Stopped(fault),
                (Flow::Unknown | Flow::Flowing, None) => Flow::Stopped(Fault::new("no.channel", "every notification channel is full")),
            };
        }
        if flowing > 0 && connecting == 0 { Flow::Flowing } else { self.flow.clone() }
    }
}

impl Sources {
    /// Whether what comes by a source is taken.
    pub(super) fn include(self, source: Source) -> bool {
        match source {
            Source::Notification => self.notification,
            Source::Webhook => self.webhook,
            Source::Poll => false,
        }
    }
}
