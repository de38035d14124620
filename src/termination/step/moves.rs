//! The machine's moves: entering states, asking for writes, waiting, giving up.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::super::{Address, Effect, Events, Fault, Gate, Reading, Reason, Setback, Source, State, Teardown, backoff};
use super::Machine;

impl Machine<'_> {
    pub(super) fn enter(&mut self, state: State) {
        self.session.state = state;
        self.session.since = Some(self.now);
    }

    pub(super) fn finish(&mut self, state: State, reason: Option<Reason>) {
        self.enter(state);
        self.session.reason = reason;
        self.session.next_attempt_time = None;
        self.session.heard_time = None;
        self.effect = None;
    }

    /// How long the present state had lasted by the time of what is learned.
    pub(super) fn waiting(&self) -> SignedDuration {
        self.session.since.map_or(SignedDuration::ZERO, |since| self.as_of.duration_since(since).max(SignedDuration::ZERO))
    }

    pub(super) fn waited(&self, limit: SignedDuration) -> bool {
        self.waiting() >= limit
    }

    pub(super) fn look_now(&mut self) {
        self.session.next_attempt_time = Some(self.now);
    }

    /// When a read must show the guest of whom an event told, if what is learned is older than that.
    pub(super) fn unseen_until(&self) -> Option<Timestamp> {
        let shown = self.session.heard_time.map(|heard| heard.saturating_add(backoff::VISIBILITY).unwrap_or(heard));
        shown.filter(|shown| self.as_of < *shown).map(|shown| shown.max(self.now))
    }

    /// Looks again ever more rarely; where events tell of what is waited for, only when the wait is over.
    pub(super) fn look_later(&mut self) {
        let limit = if self.session.state.is_requested() { backoff::VISIBILITY } else { self.policy.confirm_timeout };
        self.look_within(limit);
    }

    /// Looks again, at the latest when the present state has lasted for `limit`.
    pub(super) fn look_within(&mut self, limit: SignedDuration) {
        let polled = backoff::pace(self.session.state, self.waiting());
        let rest = limit.saturating_sub(self.waiting());
        let wait = match self.policy.events {
            Events::Flowing if rest.is_positive() && self.session.state.is_told_by_events() => rest,
            Events::Flowing | Events::Absent if rest.is_positive() => polled.min(rest),
            Events::Flowing | Events::Absent => polled,
        };
        self.session.next_attempt_time = Some(self.now.saturating_add(wait).unwrap_or(self.now));
    }

    pub(super) fn back_off(&mut self, setback: &Setback) {
        self.session.failures = self.session.failures.saturating_add(1);
        self.session.last_error = Some(setback.fault.clone());
        let wait = backoff::after_failure(setback, self.session.failures, self.salt);
        self.session.next_attempt_time = Some(self.now.saturating_add(wait).unwrap_or(self.now));
    }

    /// Looks again once what was not sent may be sent. Nothing was asked for, so nothing has failed.
    pub(super) fn wait_out(&mut self, setback: &Setback) {
        self.session.last_error = Some(setback.fault.clone());
        let wait = backoff::after_failure(setback, self.session.failures, self.salt);
        self.session.next_attempt_time = Some(self.now.saturating_add(wait).unwrap_or(self.now));
    }

    /// One frozen leg has just been confirmed closed; `under_way` is the leg whose close was next or under way before.
    pub(super) fn leg_closed(&mut self, under_way: Option<Uuid>, source: Source) {
        let still_open = self.session.open_leg().map(|leg| leg.communication_id);
        self.session.resent &= still_open == under_way;
        if still_open.is_none() {
            self.session.confirmed_by = Some(source);
            self.session.guest_closed_time = Some(self.now);
        }
        match self.session.state {
            State::GuestLegLive | State::GuestCloseRequested | State::GuestCloseAccepted | State::GuestCloseDeclined => {
                if still_open.is_none() {
                    self.session.failures = 0;
                    self.enter(State::GuestLegClosed);
                } else if still_open != under_way {
                    self.enter(State::GuestLegLive);
                }
            }
            State::Pending
            | State::GuestLegClosed
            | State::WrapperCloseRequested
            | State::WrapperCloseAccepted
            | State::WrapperCloseDeclined
            | State::TeardownRequested
            | State::TeardownAccepted
            | State::Settling
            | State::Ended
            | State::AlreadyEnded
            | State::NotTargeted
            | State::NotFound
            | State::Stopped
            | State::HalfClosed
            | State::GuestCloseRefused
            | State::Failed => {}
        }
    }

    /// Asks for the close of the first open leg. `reading` shows whom to address.
    pub(super) fn request_guest_close(&mut self, reading: &Reading) {
        let Some(leg) = self.session.open_leg() else { return };
        let (participant_id, communication_id) = (leg.participant_id, leg.communication_id);
        let is_target = |id: Uuid| self.session.legs.iter().any(|leg| leg.communication_id == id);
        let shared = reading
            .participants
            .iter()
            .filter(|participant| participant.id == participant_id)
            .flat_map(|participant| &participant.communications)
            .any(|communication| communication.live && !is_target(communication.id));
        let address = if shared { Address::Communication } else { Address::Participant };
        // Asked again: whether the first request arrived was never learned.
        self.session.close_sent |= self.session.state == State::GuestCloseRequested;
        if self.may_send() {
            self.enter(State::GuestCloseRequested);
            self.effect = Some(Effect::CloseGuestLeg { participant_id, communication_id, address });
            self.session.next_attempt_time = Some(self.now + backoff::VISIBILITY);
        } else {
            self.hold_back();
        }
    }

    /// Asks for the close of the wrapper. Only a read that shows every frozen leg closed leads here.
    pub(super) fn request_wrapper_close(&mut self) {
        if self.may_send() {
            self.enter(State::WrapperCloseRequested);
            self.effect = Some(Effect::CloseWrapper);
            self.session.next_attempt_time = Some(self.now + backoff::VISIBILITY);
        } else {
            self.hold_back();
        }
    }

    pub(super) fn request_teardown(&mut self) {
        self.enter(State::TeardownRequested);
        self.session.torn_down = true;
        self.effect = Some(Effect::Teardown);
        self.session.next_attempt_time = Some(self.now + backoff::VISIBILITY);
    }

    /// An accepted close was not confirmed in time. Tells whether it may be sent again; if not, the session is stuck, or
    /// held back by the gate.
    pub(super) fn use_up_attempt(&mut self) -> bool {
        if !self.may_send() {
            self.hold_back();
            return false;
        }
        self.session.attempts = self.session.attempts.saturating_add(1);
        let left = self.session.attempts < self.policy.attempts;
        if !left {
            self.stuck(State::Failed, Some(Reason::AttemptsExhausted));
        }
        left
    }

    /// The ordinary way is refused or used up: tears down, once, where that is allowed, else ends the session as `state`.
    pub(super) fn stuck(&mut self, state: State, reason: Option<Reason>) {
        match self.policy.teardown {
            Teardown::WhenStuck if self.session.torn_down => self.finish(state, reason),
            Teardown::WhenStuck if self.may_send() => self.request_teardown(),
            Teardown::WhenStuck => self.hold_back(),
            Teardown::Never => self.finish(state, reason),
        }
    }

    /// The gate lets nothing be sent that would come next.
    fn hold_back(&mut self) {
        if self.session.open_leg().is_some() && self.session.state != State::GuestLegLive {
            self.enter(State::GuestLegLive);
        }
        self.look_later();
    }

    /// The conversation was seen, and now it is gone.
    pub(super) fn gone(&mut self) {
        self.session.ended_time.get_or_insert(self.now);
        self.finish(State::Ended, Some(Reason::Gone));
        self.session.last_error = Some(Fault::new("not.found", "the conversation was seen before, and the service knows it no more"));
    }

    /// Whether a write may be sent now. When nothing may start, only what is half closed may go on, and only for a while.
    pub(super) fn may_send(&self) -> bool {
        match self.policy.gate {
            Gate::Open => true,
            Gate::Held { until } | Gate::Draining { until, .. } => self.session.legs.iter().any(|leg| leg.closed) && self.now < until,
            Gate::Shut { .. } => false,
        }
    }

    /// Gives up what a closed gate does not let go on. Comes last, so that what was just learned still counts.
    pub(super) fn heed_gate(&mut self) {
        if self.session.state.is_final() {
            return;
        }
        match self.policy.gate {
            Gate::Open | Gate::Held { .. } => {}
            Gate::Draining { until, why } => {
                if !self.session.is_half_closed() || self.now >= until {
                    self.give_up(why);
                }
            }
            Gate::Shut { why } => self.give_up(why),
        }
    }

    /// What was read as ended has ended, unless a guest may be back since, and no read has told.
    fn give_up(&mut self, why: Reason) {
        if self.session.state == State::Settling && self.session.heard_time.is_none() {
            self.finish(State::Ended, None);
        } else if self.session.is_half_closed() {
            self.finish(State::HalfClosed, Some(why));
        } else {
            self.finish(State::Stopped, Some(why));
        }
    }
}
