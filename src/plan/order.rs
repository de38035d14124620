//! What the user asked for, as a value: the spec without its Kubernetes clothes.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::termination::{Events, Gate, OnReconnect, Policy, State, Teardown};

/// What the user asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The sessions to end, in the order given.
    pub targets: Vec<Target>,
    /// Guest legs that connected later are no targets.
    pub legs_connected_before: Timestamp,
    /// How long an accepted close may wait for its confirmation.
    pub confirm_timeout: SignedDuration,
    /// How many accepted closes may go unconfirmed per session.
    pub attempts_per_session: i32,
    /// How many sessions may fail before no more are started.
    pub max_failed_sessions: Option<i32>,
    /// How long the whole may take.
    pub active_deadline: SignedDuration,
    /// How many sessions are under way at a time.
    pub parallelism: usize,
    /// What a conversation counts as that the first read does not find.
    pub not_found: NotFoundPolicy,
    /// Whether to hold.
    pub suspended: bool,
    /// Whether and how to stop for good.
    pub cancel: Option<Cancel>,
    /// How long an ended conversation is watched.
    pub settle: SignedDuration,
    /// What is done with a guest leg that comes back.
    pub on_reconnect: OnReconnect,
    /// Whether a forced teardown may be the last step.
    pub teardown: Teardown,
}

/// One session to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The conversation.
    pub conversation_id: Uuid,
    /// The guests' participants; empty: every guest.
    pub participant_ids: Vec<Uuid>,
}

/// What a conversation counts as that the first read does not find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotFoundPolicy {
    /// A failure.
    Fail,
    /// A success: there is nothing to end.
    Succeed,
}

impl NotFoundPolicy {
    /// Whether a session that ended up in this state counts against success. One that is not final does not count yet.
    #[must_use]
    pub fn counts_as_failure(self, state: State) -> bool {
        match state {
            State::NotFound => self == Self::Fail,
            State::Stopped | State::HalfClosed | State::GuestCloseRefused | State::Failed => true,
            State::Ended
            | State::AlreadyEnded
            | State::NotTargeted
            | State::Pending
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
            | State::Settling => false,
        }
    }
}

/// How to stop for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancel {
    /// What is half closed goes on to its end.
    Drain,
    /// Everything stops where it is.
    Immediate,
}

impl Order {
    /// The order as far as one session is concerned, and what may be left to events at present.
    pub(super) fn policy_for(&self, target: &Target, events: Events, gate: Gate) -> Policy {
        Policy {
            participants: target.participant_ids.clone(),
            legs_connected_before: self.legs_connected_before,
            confirm_timeout: self.confirm_timeout,
            attempts: self.attempts_per_session,
            settle: self.settle,
            on_reconnect: self.on_reconnect,
            teardown: self.teardown,
            events,
            gate,
        }
    }
}
