//! What a read leads to. It is believed only where it shows an end: what it shows as live may be the past.

use super::super::{Leg, OnReconnect, Reading, Reason, Source, State, backoff};
use super::Machine;
use super::newcomers::is_same;

impl Machine<'_> {
    /// The first read: freezes what is to be closed.
    pub(super) fn first_read(&mut self, reading: &Reading) {
        self.forget_who_was_seen();
        for id in &self.policy.participants {
            match reading.participants.iter().find(|participant| participant.id == *id) {
                None => return self.finish(State::Failed, Some(Reason::ParticipantNotFound)),
                Some(participant) if !participant.guest => return self.finish(State::Failed, Some(Reason::NotAGuest)),
                Some(_) => {}
            }
        }
        if let Some(until) = self.unseen_until().filter(|_| !reading.guests().any(|(_, communication)| communication.live)) {
            self.session.since.get_or_insert(self.now);
            self.session.next_attempt_time = Some(until);
            return;
        }
        if reading.ended() {
            self.session.ended_time = Some(self.now);
            self.session.confirmed_by.get_or_insert(Source::Poll);
            return self.finish(State::AlreadyEnded, None);
        }
        self.session.frozen_time = Some(reading.taken);
        let in_the_way = self.take_newcomers(reading);
        match in_the_way {
            // Whoever was to be ended is gone; who is there now is nobody's target.
            Some(reason) if self.session.legs.is_empty() => self.finish(State::NotTargeted, Some(reason)),
            // A read that shows no guest at all gives no ground for a write: she may only not be shown yet.
            None if reading.guests().next().is_none() => self.await_a_guest(),
            Some(_) | None if self.session.legs.is_empty() => self.request_wrapper_close(),
            Some(_) | None => self.request_guest_close(reading),
        }
    }

    /// What an event told of a guest is done with once a read must have shown her.
    fn forget_who_was_seen(&mut self) {
        if self.unseen_until().is_none() {
            self.session.heard_time = None;
        }
    }

    /// Looks again for a guest in a conversation that lives without one, for as long as a confirmation may take.
    fn await_a_guest(&mut self) {
        self.session.since.get_or_insert(self.now);
        if self.waited(self.policy.confirm_timeout) {
            self.finish(State::Failed, Some(Reason::NoGuestLeg));
        } else {
            self.look_later();
        }
    }

    /// Any later read.
    pub(super) fn read(&mut self, reading: &Reading) {
        if !self.session.state.is_requested() && self.session.state != State::GuestLegLive {
            self.session.failures = 0;
        }
        self.forget_who_was_seen();
        if reading.ended() {
            return if self.is_the_end_of_every_leg(reading) { self.read_as_ended() } else { self.look_later() };
        }
        self.mark_closed(reading);
        if matches!(self.session.state, State::TeardownRequested | State::TeardownAccepted) {
            return self.teardown_is_pending();
        }
        let in_the_way = self.take_newcomers(reading);
        if self.session.open_leg().is_some() {
            self.open_leg_remains(reading);
        } else if !self.session.legs.iter().all(|leg| shows_closed(reading, leg)) {
            self.read_contradicts_the_event(reading);
        } else if let Some(reason) = in_the_way {
            let reported = reason == Reason::GuestReturned && self.policy.on_reconnect == OnReconnect::Report;
            self.session.reconnects = self.session.reconnects.saturating_add(i32::from(reported));
            self.finish(State::Failed, Some(reason));
        } else {
            self.wrapper_is_live();
        }
    }

    /// Whether the end that a read shows is the end of every leg still open, and not one from before a guest came back: a lagging
    /// read may show that one again.
    fn is_the_end_of_every_leg(&self, reading: &Reading) -> bool {
        let shown = |leg: &Leg| reading.guests().any(|(_, c)| c.id == leg.communication_id && c.connected_time >= leg.connected_time);
        let over = |leg: &Leg| reading.end_time.is_some_and(|end| end >= leg.connected_time) || shown(leg);
        self.session.legs.iter().all(|leg| leg.closed || over(leg))
    }

    fn read_as_ended(&mut self) {
        let under_way = self.session.open_leg().map(|leg| leg.communication_id);
        if under_way.is_some() {
            self.session.legs.iter_mut().for_each(|leg| leg.closed = true);
            self.leg_closed(under_way, Source::Poll);
        }
        self.session.ended_time.get_or_insert(self.now);
        if self.session.state != State::Settling {
            self.enter(State::Settling);
        }
        if let Some(until) = self.unseen_until() {
            self.session.next_attempt_time = Some(until);
        } else if self.waited(self.policy.settle) {
            self.finish(State::Ended, None);
        } else {
            self.look_within(self.policy.settle);
        }
    }

    /// Marks what the read shows as closed; never the other way round.
    fn mark_closed(&mut self, reading: &Reading) {
        let under_way = self.session.open_leg().map(|leg| leg.communication_id);
        let mut any = false;
        for leg in self.session.legs.iter_mut().filter(|leg| !leg.closed) {
            leg.closed = shows_closed(reading, leg);
            any |= leg.closed;
        }
        if any {
            self.leg_closed(under_way, Source::Poll);
        }
    }

    /// A frozen leg is not confirmed closed. A read that does not show it at all gives no ground for a write.
    fn open_leg_remains(&mut self, reading: &Reading) {
        match self.session.open_leg() {
            Some(leg) if shows_live(reading, leg) => self.guest_leg_is_live(reading),
            Some(_) | None => self.look_later(),
        }
    }

    /// A frozen leg is not confirmed closed, and this read still shows it live, which proves nothing before its time.
    fn guest_leg_is_live(&mut self, reading: &Reading) {
        match self.session.state {
            State::GuestCloseRequested if !self.waited(backoff::VISIBILITY) => self.look_within(backoff::VISIBILITY),
            State::GuestCloseAccepted if !self.waited(self.policy.confirm_timeout) => self.look_later(),
            State::GuestCloseAccepted => {
                if self.use_up_attempt() {
                    self.request_guest_close(reading);
                }
            }
            State::GuestCloseDeclined if !self.waited(backoff::VISIBILITY) => self.look_within(backoff::VISIBILITY),
            State::GuestCloseDeclined if self.session.resent => self.stuck(State::GuestCloseRefused, None),
            State::GuestCloseDeclined => self.resend_guest_close(reading),
            State::Pending
            | State::GuestLegLive
            | State::GuestCloseRequested
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
            | State::Failed => self.request_guest_close(reading),
        }
    }

    /// A close was declined, and a read that may still lag shows the leg live: one more close tells a refusal from a leg that
    /// had just ended.
    fn resend_guest_close(&mut self, reading: &Reading) {
        self.session.resent = self.may_send();
        self.request_guest_close(reading);
    }

    /// An event said that a leg ended, and this read does not show it: it lags, or the event was wrong. The wrapper waits; when
    /// the contradiction lasts, the leg counts as open again.
    fn read_contradicts_the_event(&mut self, reading: &Reading) {
        if !self.waited(self.policy.confirm_timeout) {
            return self.look_later();
        }
        for leg in &mut self.session.legs {
            leg.closed = shows_closed(reading, leg);
        }
        self.session.confirmed_by = None;
        self.session.guest_closed_time = None;
        if self.use_up_attempt() {
            self.enter(State::GuestLegLive);
            self.open_leg_remains(reading);
        }
    }

    /// Every frozen leg is closed, nobody stands in the way, and this read, which shows it, is fresh, unless an event told of
    /// a guest whom it need not show yet.
    fn wrapper_is_live(&mut self) {
        if let Some(until) = self.unseen_until() {
            self.session.next_attempt_time = Some(until);
            return;
        }
        match self.session.state {
            State::WrapperCloseRequested | State::WrapperCloseDeclined if !self.waited(backoff::VISIBILITY) => {
                self.look_within(backoff::VISIBILITY);
            }
            State::WrapperCloseAccepted if !self.waited(self.policy.confirm_timeout) => self.look_later(),
            State::WrapperCloseAccepted => {
                if self.use_up_attempt() {
                    self.request_wrapper_close();
                }
            }
            State::WrapperCloseDeclined => self.stuck(State::Failed, Some(Reason::WrapperCloseRefused)),
            State::Pending
            | State::GuestLegLive
            | State::GuestCloseRequested
            | State::GuestCloseAccepted
            | State::GuestCloseDeclined
            | State::GuestLegClosed
            | State::WrapperCloseRequested
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
            | State::Failed => self.request_wrapper_close(),
        }
    }

    fn teardown_is_pending(&mut self) {
        if self.session.state == State::TeardownAccepted {
            if self.waited(self.policy.confirm_timeout) {
                self.finish(State::Failed, Some(Reason::AttemptsExhausted));
            } else {
                self.look_later();
            }
        } else if self.waited(backoff::VISIBILITY) && self.may_send() {
            self.request_teardown();
        } else {
            self.look_within(backoff::VISIBILITY);
        }
    }
}

/// Missing is neither live nor closed: only what the read shows counts.
fn shows_live(reading: &Reading, leg: &Leg) -> bool {
    reading.guests().any(|(_, communication)| communication.live && is_same(leg, communication))
}

/// Missing is neither live nor closed: only what the read shows counts.
fn shows_closed(reading: &Reading, leg: &Leg) -> bool {
    reading
        .guests()
        .any(|(_, communication)| communication.id == leg.communication_id && !(communication.live && is_same(leg, communication)))
}
