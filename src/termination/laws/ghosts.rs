//! What must hold of guests who come back, of closes that are declined, and of the settle window.

use super::{holds, shows};
use crate::termination::golden::{noon, policy};
use crate::termination::{Effect, Events, Gate, Input, Policy, State, Teardown, VISIBILITY, step};

#[test]
fn what_was_read_as_ended_is_called_neither_half_closed_nor_stopped_unless_a_guest_is_back() {
    holds(|row| {
        let is_back = matches!(&row.input, Input::Read { reading, .. } if !reading.ended());
        let said = row.step.session.state;
        row.session.state != State::Settling || is_back || matches!(said, State::Settling | State::Ended)
    });
}

#[test]
fn whatever_closes_the_gate_a_settle_window_that_is_cut_short_ends_as_ended() {
    holds(|row| {
        let cut_short = row.session.state == State::Settling && matches!(row.policy.gate, Gate::Shut { .. });
        !cut_short || matches!(row.input, Input::Read { .. }) || row.step.session.state == State::Ended
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
fn while_events_flow_time_closes_a_settle_window_when_it_is_over_and_no_guest_was_heard_of() {
    let flowing = Policy { events: Events::Flowing, ..policy(Gate::Open, Teardown::Never) };
    for (_, session) in super::reachable().iter().filter(|(_, session)| session.state == State::Settling) {
        let after = step(session, &Input::Time, &flowing, noon(), 0).session;
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
