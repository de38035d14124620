//! What must hold of every step: over the golden table, and over a walk of all states that can be reached.

mod ghosts;

use std::collections::{HashSet, VecDeque};
use std::sync::OnceLock;

use jiff::SignedDuration;

use super::golden::{GUEST_LEG, Row, SECOND_LEG, TOO_EARLY, gates, inputs, noon, policy, reading, sample, table};
use super::{Answer, Effect, Gate, Input, Leg, Policy, Session, State, Step, Teardown, VISIBILITY, step};

/// What only multiplies the steps of the walk: the table has it.
const TABLE_ONLY: [&str; 4] = ["held, drained", "drained", "read: same leg connected again", "read: frozen leg missing"];

/// All sessions that can be reached from `Pending`, with what the machine does not look at taken away and time abstracted
/// to what can make a difference.
fn reachable() -> &'static [(Teardown, Session)] {
    static REACHABLE: OnceLock<Vec<(Teardown, Session)>> = OnceLock::new();
    REACHABLE.get_or_init(|| [Teardown::Never, Teardown::WhenStuck].into_iter().flat_map(reachable_under).collect())
}

fn reachable_under(teardown: Teardown) -> Vec<(Teardown, Session)> {
    let start = Session::pending(sample(State::Pending).conversation_id);
    let mut seen = HashSet::from([start.clone()]);
    let mut queue = VecDeque::from([start]);
    let mut reached = Vec::new();
    while let Some(session) = queue.pop_front() {
        if session.state.is_final() {
            reached.push((teardown, session));
            continue;
        }
        steps_from(&session, teardown, |row| {
            for next in [row.step.session.clone(), later(&row.step.session)].map(bounded) {
                if !seen.contains(&next) {
                    seen.insert(next.clone());
                    queue.push_back(next);
                }
            }
        });
        reached.push((teardown, session));
    }
    reached
}

/// What the walk feeds to every session, made once: it is fed a million times.
fn walked() -> &'static [Input] {
    static WALKED: OnceLock<Vec<Input>> = OnceLock::new();
    let in_walk = |name: &str| !TABLE_ONLY.contains(&name) && !TOO_EARLY.contains(&name);
    WALKED.get_or_init(|| inputs().into_iter().filter(|(name, _)| in_walk(name)).map(|(_, input)| input).collect())
}

/// Every step that can be taken from a session.
fn steps_from(session: &Session, teardown: Teardown, mut visit: impl FnMut(&Row)) {
    // What was heard of a guest and what the gate lets through do not meet: the open gate serves.
    let gates = gates().into_iter().filter(|(name, _)| !TABLE_ONLY.contains(name));
    for (gate_name, gate) in gates.filter(|(_, gate)| session.heard_time.is_none() || *gate == Gate::Open) {
        let policy = policy(gate, teardown);
        let mut row = Row {
            name: format!("walk: {gate_name}"),
            session: session.clone(),
            input: Input::Time,
            policy: policy.clone(),
            now: noon(),
            step: Step { session: session.clone(), effect: None },
        };
        for input in walked() {
            row.step = step(session, input, &policy, noon(), 500);
            row.input.clone_from(input);
            visit(&row);
        }
    }
}

/// Visits every step of the golden table and of the walk over all reachable sessions.
fn every_step(mut visit: impl FnMut(&Row)) {
    table().iter().for_each(&mut visit);
    for (teardown, session) in reachable() {
        steps_from(session, *teardown, &mut visit);
    }
}

/// The same session once its wait is over: times are moved back instead of the clock forward.
fn later(session: &Session) -> Session {
    let mut session = session.clone();
    session.since = session.since.map(|since| since - VISIBILITY);
    session.next_attempt_time = session.next_attempt_time.map(|_| noon());
    session.heard_time = session.heard_time.map(|heard| heard - VISIBILITY);
    session
}

/// Bounds what grows without making a difference, and takes away what the machine never looks at, so that the walk ends.
fn bounded(session: Session) -> Session {
    let soon = noon() + SignedDuration::from_secs(1);
    Session {
        failures: session.failures.min(1),
        since: session.since.map(|since| if since < noon() { noon() - VISIBILITY } else { noon() }),
        next_attempt_time: session.next_attempt_time.map(|due| if due <= noon() { noon() } else { soon }),
        heard_time: session.heard_time.map(|heard| if heard < noon() { noon() - VISIBILITY } else { noon() }),
        confirmed_by: None,
        guest_closed_time: None,
        ended_time: None,
        guest_close_correlation_id: None,
        wrapper_close_correlation_id: None,
        last_error: None,
        ..session
    }
}

fn holds(law: impl Fn(&Row) -> bool) {
    every_step(|row| {
        assert!(law(row), "{}\nbefore: {:#?}\ninput: {:#?}\nafter: {:#?}", row.name, row.session, row.input, row.step);
    });
}

fn shows(input: &Input, leg: &Leg, live: bool) -> bool {
    let Input::Read { reading, .. } = input else { return false };
    reading.guests().any(|(_, c)| c.id == leg.communication_id && (c.live && c.connected_time <= leg.connected_time) == live)
}

#[test]
fn the_walk_reaches_every_state() {
    let states: HashSet<State> = reachable().iter().map(|(_, session)| session.state).collect();
    println!("reachable sessions: {}", reachable().len());
    let missing: Vec<State> = State::ALL.into_iter().filter(|state| !states.contains(state)).collect();
    assert!(missing.is_empty(), "never reached: {missing:?}");
}

#[test]
fn invariant_1_the_wrapper_is_never_closed_before_every_frozen_guest_leg_is_confirmed_closed() {
    holds(|row| {
        let Input::Read { reading, .. } = &row.input else { return row.step.effect != Some(Effect::CloseWrapper) };
        row.step.effect != Some(Effect::CloseWrapper)
            || (row.step.session.legs_closed()
                && row.step.session.legs.iter().all(|leg| shows(&row.input, leg, false))
                && !reading.guests().any(|(_, communication)| communication.live))
    });
}

#[test]
fn invariant_2_no_external_write_that_the_record_does_not_name() {
    holds(|row| {
        let Step { session, effect } = &row.step;
        let named = match effect {
            None => true,
            Some(Effect::CloseGuestLeg { participant_id, communication_id, .. }) => {
                session.state == State::GuestCloseRequested
                    && session
                        .open_leg()
                        .is_some_and(|leg| (leg.participant_id, leg.communication_id) == (*participant_id, *communication_id))
            }
            Some(Effect::CloseWrapper) => session.state == State::WrapperCloseRequested,
            Some(Effect::Teardown) => session.state == State::TeardownRequested,
        };
        named && (effect.is_none() || session.since == Some(row.now))
    });
}

#[test]
fn invariant_3_no_external_write_begins_after_the_end_or_behind_a_closed_gate_except_to_drain() {
    holds(|row| match row.policy.gate {
        _ if row.session.state.is_final() => row.step.effect.is_none() && row.step.session == row.session,
        Gate::Open => true,
        Gate::Held { until } | Gate::Draining { until, .. } => {
            row.step.effect.is_none() || (row.now < until && row.step.session.legs.iter().any(|leg| leg.closed))
        }
        Gate::Shut { .. } => row.step.effect.is_none(),
    });
}

#[test]
fn invariant_4_a_session_reported_as_ended_was_read_as_ended_or_was_seen_and_then_gone() {
    holds(|row| {
        let reported = matches!(row.step.session.state, State::Ended | State::Settling);
        let before = matches!(row.session.state, State::Ended | State::Settling);
        let read_as_ended = matches!(&row.input, Input::Read { reading, .. } if reading.ended());
        let gone = row.input == Input::Absent && row.session.state != State::Pending;
        !reported || before || read_as_ended || gone
    });
}

#[test]
fn invariant_8_no_close_of_a_leg_that_no_read_shows_live_or_that_connected_too_late() {
    holds(|row| match row.step.effect {
        Some(Effect::CloseGuestLeg { communication_id, .. }) => {
            let Some(leg) = row.step.session.open_leg().filter(|leg| leg.communication_id == communication_id) else { return false };
            let too_late = leg.connected_time > row.policy.legs_connected_before;
            shows(&row.input, leg, true) && (!too_late || row.step.session.reconnects > 0)
        }
        Some(Effect::CloseWrapper | Effect::Teardown) | None => true,
    });
}

#[test]
fn a_close_is_not_sent_again_before_its_effect_can_be_seen() {
    holds(|row| {
        let same = row.session.state == row.step.session.state && row.session.state.is_requested();
        let Input::Read { asked, .. } = row.input else { return row.step.effect.is_none() };
        let waited = row.session.since.is_none_or(|since| asked.duration_since(since) >= VISIBILITY);
        let other_leg = row.session.open_leg() != row.step.session.open_leg();
        !(same && row.step.effect.is_some()) || waited || other_leg
    });
}

#[test]
fn neither_the_wrapper_nor_the_session_is_closed_over_a_guest_whom_a_read_need_not_show_yet() {
    holds(|row| {
        let as_of = if let Input::Read { asked, .. } = row.input { asked } else { row.now };
        let hidden = row.session.heard_time.is_some_and(|heard| as_of < heard + VISIBILITY);
        let watched_out = row.step.session.state == State::Ended && row.input != Input::Absent && row.policy.gate == Gate::Open;
        row.session.state.is_final() || !hidden || (row.step.effect != Some(Effect::CloseWrapper) && !watched_out)
    });
}

#[test]
fn accepted_is_not_ended() {
    holds(|row| {
        let accepted = matches!(row.input, Input::Answered(Answer::Accepted(_)));
        !accepted || row.step.session.legs == row.session.legs || row.step.session.state == State::HalfClosed
    });
}

#[test]
fn only_a_read_asks_for_a_write() {
    holds(|row| row.step.effect.is_none() || matches!(row.input, Input::Read { .. }));
}

#[test]
fn what_is_not_final_is_looked_at_again_and_never_in_the_past() {
    holds(|row| {
        let Step { session, .. } = &row.step;
        let untouched = *session == row.session;
        session.state.is_final() || untouched || session.next_attempt_time.is_some_and(|due| due >= row.now)
    });
}

#[test]
fn a_look_that_teaches_nothing_is_never_followed_by_another_at_once() {
    holds(|row| {
        let Input::Read { .. } = row.input else { return true };
        let session = &row.step.session;
        session.state.is_final() || session.next_attempt_time.is_none_or(|due| due > row.now)
    });
}

#[test]
fn a_session_is_stopped_only_when_no_close_can_have_reached_the_service() {
    holds(|row| {
        let Session { state, close_sent, legs, .. } = &row.step.session;
        row.session.state.is_final() || *state != State::Stopped || (!close_sent && !legs.iter().any(|leg| leg.closed))
    });
}

#[test]
fn transport_errors_use_up_no_attempt() {
    holds(|row| match &row.input {
        Input::ReadFailed(_) | Input::Answered(Answer::Unsettled(_) | Answer::Barred(..) | Answer::Withheld | Answer::Postponed(_)) => {
            row.step.session.attempts == row.session.attempts
        }
        Input::Time | Input::Read { .. } | Input::Absent | Input::Answered(_) | Input::Event(_) | Input::Missed => true,
    });
}

#[test]
fn a_session_survives_being_written_down_and_read_back() {
    // Many steps lead to the same session: each is written down once.
    let mut sessions = HashSet::new();
    every_step(|row| {
        if !sessions.contains(&row.step.session) {
            sessions.insert(row.step.session.clone());
        }
    });
    for session in &sessions {
        let written = serde_json::to_string(session).unwrap();
        assert_eq!(serde_json::from_str::<Session>(&written).unwrap(), *session);
    }
    println!("sessions written down and read back: {0}/{0}", sessions.len());
}

#[test]
fn a_final_record_waits_for_nothing() {
    holds(|row| {
        let Session { state, next_attempt_time, heard_time, .. } = &row.step.session;
        !state.is_final() || (next_attempt_time.is_none() && heard_time.is_none())
    });
}

#[test]
fn the_same_step_taken_twice_gives_the_same() {
    holds(|row| step(&row.session, &row.input, &row.policy, row.now, 500) == row.step);
}

#[test]
fn a_participant_with_another_live_communication_is_not_closed_as_a_whole() {
    let later_leg_too = reading(&[(GUEST_LEG, -120, true), (SECOND_LEG, -30, true)], true, false, false);
    let open: Policy = policy(Gate::Open, Teardown::Never);
    let Step { effect, .. } = step(&sample(State::Pending), &later_leg_too, &open, noon(), 0);
    assert!(matches!(effect, Some(Effect::CloseGuestLeg { address: super::Address::Communication, .. })), "{effect:?}");
}
