//! How far an order has come: what is recorded of it.

use jiff::Timestamp;

use super::{NotFoundPolicy, Order};
use crate::termination::{Session, State};

/// How far an order has come. This is what the record holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// One record per session, in the order's order.
    pub sessions: Vec<Session>,
    /// When work began, or began again after a suspension.
    pub start_time: Option<Timestamp>,
    /// When work was first seen to be suspended or stopped.
    pub stop_time: Option<Timestamp>,
    /// When the last session became final.
    pub completion_time: Option<Timestamp>,
}

/// How many sessions are in which kind of state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// All of them.
    pub total: i32,
    /// Ended by this termination.
    pub ended: i32,
    /// Ended before it came.
    pub already_ended: i32,
    /// Only a guest who is no target is there, and was left alone.
    pub not_targeted: i32,
    /// Not found at the first read.
    pub not_found: i32,
    /// Refused or failed.
    pub failed: i32,
    /// Stopped or half closed.
    pub stopped: i32,
    /// Not final yet.
    pub remaining: i32,
}

impl Progress {
    /// The progress with a record for every target: recorded ones are kept, new ones are pending.
    #[must_use]
    pub fn admit(&self, order: &Order) -> Self {
        let recorded = |id| self.sessions.iter().find(|session| session.conversation_id == id).cloned();
        let sessions = order
            .targets
            .iter()
            .map(|target| recorded(target.conversation_id).unwrap_or_else(|| Session::pending(target.conversation_id)))
            .collect();
        Self { sessions, ..self.clone() }
    }

    /// Whether every session is final.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.completion_time.is_some()
    }

    /// Whether another progress says the same, apart from when sessions are looked at again. A look that taught nothing need
    /// not be recorded: after a crash the session is looked at a little earlier, and nothing else. A back-off is recorded.
    #[must_use]
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        let plain = |progress: &Self| {
            let mut progress = progress.clone();
            progress.sessions.iter_mut().filter(|session| session.failures == 0).for_each(|session| session.next_attempt_time = None);
            progress
        };
        plain(self) == plain(other)
    }

    /// Counts the sessions.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for session in &self.sessions {
            tally.total += 1;
            *match session.state {
                State::Ended => &mut tally.ended,
                State::AlreadyEnded => &mut tally.already_ended,
                State::NotTargeted => &mut tally.not_targeted,
                State::NotFound => &mut tally.not_found,
                State::Stopped | State::HalfClosed => &mut tally.stopped,
                State::GuestCloseRefused | State::Failed => &mut tally.failed,
                State::Pending
                | State::GuestLegLive
                | State::GuestCloseRequested
                | State::GuestCloseAccepted
                | State::GuestCloseDeclined
                | State::GuestLegClosed
                | State::WrapperCloseRequested
                | State::WrapperCloseAccepted
                | State::WrapperCloseDeclined
                | State::TeardownRequested
                | State::TeardownAccepted
                | State::Settling => &mut tally.remaining,
            } += 1;
        }
        tally
    }
}

impl Tally {
    /// Whether nothing that is final counts against success.
    #[must_use]
    pub fn is_success(&self, not_found: NotFoundPolicy) -> bool {
        self.failed == 0 && self.stopped == 0 && self.remaining == 0 && (self.not_found == 0 || not_found == NotFoundPolicy::Succeed)
    }

    /// How many sessions count as failures.
    #[must_use]
    pub fn failures(&self, not_found: NotFoundPolicy) -> i32 {
        self.failed + if not_found == NotFoundPolicy::Fail { self.not_found } else { 0 }
    }
}
