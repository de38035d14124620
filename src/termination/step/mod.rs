//! The machine: one exhaustive match over state and input.

mod look;
mod moves;
mod newcomers;

use jiff::Timestamp;

use super::{Answer, Effect, Event, EventKind, Events, Input, Policy, Session, State};

/// The longest correlation id that a record holds, in bytes: a UUID.
const MAX_CORRELATION_ID: usize = 36;

/// What a step leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The session as it is to be recorded.
    pub session: Session,
    /// The external write that may be sent once that record is durable.
    pub effect: Option<Effect>,
}

/// Takes a session one step on. Total: every input is answered in every state, and what does not matter changes nothing.
///
/// `salt` is a random number from outside; it jitters back-offs and decides nothing else.
#[must_use]
pub fn step(session: &Session, input: &Input, policy: &Policy, now: Timestamp, salt: u64) -> Step {
    let as_of = match input {
        Input::Read { asked, .. } => now.min(*asked),
        Input::Time | Input::Absent | Input::ReadFailed(_) | Input::Answered(_) | Input::Event(_) | Input::Missed => now,
    };
    let mut machine = Machine { session: session.clone(), effect: None, policy, now, as_of, salt };
    machine.take(input);
    machine.heed_gate();
    Step { session: machine.session, effect: machine.effect }
}

/// A step in the making.
struct Machine<'a> {
    session: Session,
    effect: Option<Effect>,
    policy: &'a Policy,
    now: Timestamp,
    /// The time for which what is learned holds: a read tells of nothing that came after it was asked for.
    as_of: Timestamp,
    salt: u64,
}

impl Machine<'_> {
    fn take(&mut self, input: &Input) {
        match self.session.state {
            State::Pending => match input {
                Input::Read { reading, .. } => self.first_read(reading),
                Input::Absent => self.finish(State::NotFound, None),
                Input::ReadFailed(setback) => self.back_off(setback),
                Input::Event(event) => self.heard(event),
                Input::Time | Input::Answered(_) | Input::Missed => {}
            },
            State::GuestCloseRequested => match input {
                Input::Read { reading, .. } => self.read(reading),
                Input::Absent => self.gone(),
                Input::ReadFailed(setback) => self.back_off(setback),
                Input::Answered(answer) => {
                    self.answered(answer, State::GuestCloseAccepted, State::GuestCloseDeclined, State::GuestLegLive);
                }
                Input::Event(event) => self.heard(event),
                Input::Time | Input::Missed => {}
            },
            State::WrapperCloseRequested => match input {
                Input::Read { reading, .. } => self.read(reading),
                Input::Absent => self.gone(),
                Input::ReadFailed(setback) => self.back_off(setback),
                Input::Answered(answer) => {
                    self.answered(answer, State::WrapperCloseAccepted, State::WrapperCloseDeclined, State::GuestLegClosed);
                }
                Input::Event(event) => self.heard(event),
                Input::Missed => self.missed(),
                Input::Time => {}
            },
            State::TeardownRequested => match input {
                Input::Read { reading, .. } => self.read(reading),
                Input::Absent => self.gone(),
                Input::ReadFailed(setback) => self.back_off(setback),
                Input::Answered(answer) => self.teardown_answered(answer),
                Input::Event(event) => self.heard(event),
                Input::Missed => self.missed(),
                Input::Time => {}
            },
            State::GuestLegLive | State::GuestCloseAccepted | State::GuestCloseDeclined => match input {
                Input::Read { reading, .. } => self.read(reading),
                Input::Absent => self.gone(),
                Input::ReadFailed(setback) => self.back_off(setback),
                Input::Event(event) => self.heard(event),
                Input::Time | Input::Answered(_) | Input::Missed => {}
            },
            State::GuestLegClosed
            | State::WrapperCloseAccepted
            | State::WrapperCloseDeclined
            | State::TeardownAccepted
            | State::Settling => match input {
                Input::Read { reading, .. } => self.read(reading),
                Input::Absent => self.gone(),
                Input::ReadFailed(setback) => self.back_off(setback),
                Input::Event(event) => self.heard(event),
                Input::Missed => self.missed(),
                Input::Time => self.settle(),
                Input::Answered(_) => {}
            },
            State::Ended
            | State::AlreadyEnded
            | State::NotTargeted
            | State::NotFound
            | State::Stopped
            | State::HalfClosed
            | State::GuestCloseRefused
            | State::Failed => {}
        }
    }

    /// The answer to a recorded close. "Accepted" is not "ended": only a read or an event is believed.
    fn answered(&mut self, answer: &Answer, accepted: State, declined: State, not_sent: State) {
        let arrived = matches!(answer, Answer::Accepted(_) | Answer::Unsettled(_));
        self.session.close_sent |= arrived && accepted == State::GuestCloseAccepted;
        match answer {
            Answer::Accepted(correlation_id) => {
                // A longer one is no id of the service's, and would not fit the record.
                let correlation_id = correlation_id.clone().filter(|id| id.len() <= MAX_CORRELATION_ID);
                if accepted == State::GuestCloseAccepted {
                    self.session.resent = false;
                    self.session.guest_close_correlation_id = correlation_id;
                } else {
                    self.session.wrapper_close_correlation_id = correlation_id;
                }
                self.session.failures = 0;
                self.enter(accepted);
                self.look_later();
            }
            Answer::Declined(fault) => {
                self.session.last_error = Some(fault.clone());
                self.enter(declined);
                self.look_now();
            }
            Answer::Barred(_, fault) => {
                self.enter(not_sent);
                self.back_off(&super::Setback { fault: fault.clone(), retry_after: None });
            }
            Answer::Unsettled(setback) => self.back_off(setback),
            Answer::Withheld => {
                self.enter(not_sent);
                self.look_later();
            }
            Answer::Postponed(setback) => {
                self.enter(not_sent);
                self.wait_out(setback);
            }
        }
    }

    fn teardown_answered(&mut self, answer: &Answer) {
        match answer {
            Answer::Accepted(_) | Answer::Unsettled(_) => {
                self.answered(answer, State::TeardownAccepted, State::TeardownRequested, State::TeardownRequested);
            }
            Answer::Declined(fault) => {
                self.session.last_error = Some(fault.clone());
                self.finish(State::Failed, Some(super::Reason::TeardownRefused));
            }
            // The state keeps naming the teardown; a read decides when it is sent again.
            Answer::Barred(_, fault) => self.back_off(&super::Setback { fault: fault.clone(), retry_after: None }),
            Answer::Withheld => self.look_later(),
            Answer::Postponed(setback) => self.wait_out(setback),
        }
    }

    /// An event closes the leg that it matches and nothing else. A leg that connected is never taken from an event: it is a
    /// reason to look, and until a read must have shown it neither the wrapper nor the settle window is closed.
    fn heard(&mut self, event: &Event) {
        match event.kind {
            EventKind::Ended => {
                let not_before = self.session.frozen_time.unwrap_or(Timestamp::MIN);
                let matching = |leg: &&mut super::Leg| {
                    !leg.closed
                        && leg.participant_id == event.participant_id
                        && leg.communication_id == event.communication_id
                        && event.time >= leg.connected_time.max(not_before)
                };
                let under_way = self.session.open_leg().map(|leg| leg.communication_id);
                if let Some(leg) = self.session.legs.iter_mut().find(matching) {
                    leg.closed = true;
                    self.leg_closed(under_way, event.source);
                    self.look_now();
                }
            }
            EventKind::Connected => {
                let known =
                    self.session.legs.iter().any(|leg| leg.communication_id == event.communication_id && leg.connected_time >= event.time);
                if !known {
                    self.session.heard_time = Some(self.now);
                    self.look_now();
                }
            }
        }
    }

    /// What was missed counts as if an event had told of a guest: a read that may lag says no more of her than of one who was
    /// heard of. It makes a difference only once every guest leg is closed. Before that the end of the last leg is still to
    /// come: either an event tells of it, and a read that shows that end shows whoever came before it, or a read does, and then
    /// the settle window ends with a read too.
    fn missed(&mut self) {
        // A read is due that decides what was heard before. What was missed since is told again after it.
        if self.session.heard_time.is_some() && self.unseen_until().is_none() {
            return;
        }
        self.session.heard_time = Some(self.now);
        let shown = self.unseen_until();
        let backing_off = self.session.next_attempt_time.filter(|_| self.session.failures > 0);
        self.session.next_attempt_time = shown.max(backing_off);
    }

    /// The settle window closes by itself while events would have told of a guest who came back, and none did. Until then
    /// nothing is looked at.
    fn settle(&mut self) {
        if self.policy.events == Events::Absent || !self.session.is_watched_by_events() {
            return;
        }
        if self.waited(self.policy.settle) {
            self.finish(State::Ended, None);
        } else if self.session.is_due(self.now) {
            self.look_within(self.policy.settle);
        }
    }
}
