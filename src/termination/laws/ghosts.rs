//! What must hold of guests who come back, of closes that are declined, and of the settle window.

use super::{holds, shows};
use crate::termination::golden::{noon, policy};
use crate::termination::{
    Answer, Effect, Event, EventKind, Events, Gate, Input, Policy, Reason, Session, Source, State, Teardown, VISIBILITY, step,
};

#[test]
fn what_was_read_as_ended_is_called_neither_half_closed_nor_stopped_unless_a_guest_may_be_back() {
    holds(|row| {
        let told = matches!(&row.input, Input::Missed | Input::Event(Event { kind: EventKind::Connected, .. }));
        let is_back = told || matches!(&row.input, Input::Read { reading, .. } if !reading.ended());
        let said = row.step.session.state;
        row.session.state != State::Settling || is_back || matches!(said, State::Settling | State::Ended)
    });
}

#[test]
fn a_settle_window_that_is_cut_short_ends_as_ended_unless_a_guest_may_be_back_whom_no_read_must_have_shown_yet() {
    let shut = policy(Gate::Shut { why: Reason::Cancelled }, Teardown::Never);
    let drained = policy(Gate::Draining { until: noon(), why: Reason::Cancelled }, Teardown::Never);
    let settling = super::reachable().iter().map(|(_, session)| session).filter(|session| session.state == State::Settling);
    let mut told = [0, 0];
    for (session, policy) in settling.flat_map(|session| [(session, &shut), (session, &drained)]) {
        let heard = session.heard_time.is_some();
        told[usize::from(heard)] += 1;
        for (input, expected) in [
            (Input::Time, if heard { State::HalfClosed } else { State::Ended }),
            (Input::Missed, State::HalfClosed),
            (Input::Answered(Answer::Withheld), if heard { State::HalfClosed } else { State::Ended }),
        ] {
            let after = step(session, &input, policy, noon(), 0).session;
            let reason = (expected == State::HalfClosed).then_some(Reason::Cancelled);
            assert_eq!((after.state, after.reason), (expected, reason), "{input:?}: {session:#?}");
        }
    }
    assert!(told.iter().all(|count| *count > 0), "{told:?}");
}

#[test]
fn what_was_missed_after_the_last_leg_closed_counts_as_a_guest_who_was_heard_of_and_before_that_as_nothing() {
    holds(|row| {
        if row.input != Input::Missed || row.policy.gate != Gate::Open {
            return true;
        }
        let (before, after) = (&row.session, &row.step.session);
        let decides = before.heard_time.is_some_and(|heard| heard + VISIBILITY <= row.now);
        if !before.may_miss_a_return() || decides {
            return after == before;
        }
        after.heard_time == Some(row.now) && after.next_attempt_time >= Some(row.now + VISIBILITY) && after.state == before.state
    });
}

#[test]
fn a_close_that_was_not_sent_is_neither_a_close_nor_a_failure_and_waits_until_it_may_be_sent() {
    holds(|row| {
        let Input::Answered(Answer::Postponed(setback)) = &row.input else { return true };
        let (before, after) = (&row.session, &row.step.session);
        let waits = setback.retry_after.map(|wait| row.now + wait);
        let counts = |session: &Session| (session.close_sent, session.failures, session.attempts, session.legs.clone());
        counts(before) == counts(after)
            && (row.policy.gate != Gate::Open || !before.state.is_requested() || after.next_attempt_time >= waits)
    });
}

#[test]
fn no_guest_is_ended_again_more_than_three_times() {
    holds(|row| (0..=3).contains(&row.step.session.reconnects));
}

#[test]
fn a_declined_close_is_sent_once_more_and_only_after_a_fresh_read_shows_the_leg_live() {
    holds(|row| {
        let (before, after) = (&row.session, &row.step.session);
        let Some(Effect::CloseGuestLeg { .. }) = row.step.effect else { return true };
        let same = before.open_leg().filter(|leg| Some(*leg) == after.open_leg());
        let Some(leg) = same.filter(|_| before.state == State::GuestCloseDeclined) else { return true };
        let Input::Read { asked, .. } = row.input else { return false };
        let visible = before.since.is_some_and(|since| asked.duration_since(since) >= VISIBILITY);
        !before.resent && after.resent && visible && shows(&row.input, leg, true)
    });
}

#[test]
fn a_guest_close_counts_as_refused_only_after_it_was_declined_twice() {
    holds(|row| {
        let refused = row.step.session.state == State::GuestCloseRefused && row.session.state != State::GuestCloseRefused;
        !refused || row.session.resent
    });
}

#[test]
fn where_events_may_have_been_missed_no_time_alone_ends_anything() {
    holds(|row| {
        assert_eq!(row.policy.events, Events::Absent);
        let by_time = row.input == Input::Time && row.policy.gate == Gate::Open && !row.session.state.is_final();
        !by_time || !row.step.session.state.is_final()
    });
}

#[test]
fn while_events_flow_time_closes_a_settle_window_when_it_is_over_and_no_guest_was_heard_of_if_one_has_arrived() {
    let flowing = Policy { events: Events::Flowing, ..policy(Gate::Open, Teardown::Never) };
    let settling = super::reachable().iter().map(|(_, session)| session).filter(|session| session.state == State::Settling);
    let proofs = [None, Some(Source::Poll), Some(Source::Webhook), Some(Source::Notification)];
    for (session, confirmed_by) in settling.flat_map(|session| proofs.map(|proof| (session, proof))) {
        let session = &Session { confirmed_by, ..session.clone() };
        let after = step(session, &Input::Time, &flowing, noon(), 0).session;
        if confirmed_by != Some(Source::Notification) {
            assert_eq!(&after, session, "only a read decides");
            continue;
        }
        let over = session.since.is_some_and(|since| noon().duration_since(since) >= flowing.settle);
        assert_eq!(after.state == State::Ended, over && session.heard_time.is_none(), "{session:#?}");
        let waits = after.next_attempt_time.is_some_and(|due| due > noon());
        assert!(after.state == State::Ended || after.heard_time.is_some() || waits, "it would be asked again at once: {after:#?}");
    }
}

#[test]
fn nothing_but_a_read_freezes_a_leg() {
    holds(|row| matches!(row.input, Input::Read { .. }) || row.step.session.legs.len() == row.session.legs.len());
}
