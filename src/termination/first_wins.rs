//! First one wins: a leg is confirmed closed by the first of notification, webhook and read that tells of that very leg.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::golden::{AGENT, GUEST, GUEST_LEG, SECOND_LEG, noon, policy, reading, sample};
use super::{
    Effect, Event, EventKind, Events, Fault, Gate, Input, Leg, Policy, Session, Setback, Source, State, Teardown, VISIBILITY, step,
};

fn at(seconds: i64) -> Timestamp {
    noon() + SignedDuration::from_secs(seconds)
}

fn flowing() -> Policy {
    Policy { events: Events::Flowing, confirm_timeout: SignedDuration::from_secs(30), ..policy(Gate::Open, Teardown::Never) }
}

/// The guest's leg connected two minutes before noon, was frozen ten seconds before, and its close was accepted at noon.
fn accepted() -> Session {
    sample(State::GuestCloseAccepted)
}

fn ended(participant_id: Uuid, communication_id: Uuid, seconds: i64, source: Source) -> Input {
    Input::Event(Event { kind: EventKind::Ended, participant_id, communication_id, time: at(seconds), source })
}

fn after(session: &Session, inputs: &[Input], now: Timestamp) -> (Session, Option<Effect>) {
    inputs.iter().fold((session.clone(), None), |(session, _), input| {
        let taken = step(&session, input, &flowing(), now, 0);
        (taken.session, taken.effect)
    })
}

fn read_as(live: bool, asked: Timestamp) -> Input {
    let Input::Read { reading, .. } = reading(&[(GUEST_LEG, -120, live)], true, false, false) else { unreachable!() };
    Input::Read { reading, asked }
}

#[test]
fn an_event_confirms_the_leg_that_it_names_and_no_other() {
    let (other, before, leg) = (AGENT, -11, GUEST_LEG);
    // What it is, the participant, the communication, its time in seconds after noon, whether it confirms.
    let table = [
        ("of this leg", GUEST, leg, 1, true),
        ("of this leg, and told late", GUEST, leg, -1, true),
        ("at the very time of the read that froze the leg", GUEST, leg, -10, true),
        ("from before the read that froze the leg", GUEST, leg, before, false),
        ("from before the leg connected", GUEST, leg, -121, false),
        ("of another participant", other, leg, 1, false),
        ("of another communication", GUEST, SECOND_LEG, 1, false),
        ("of somebody else altogether", other, SECOND_LEG, 1, false),
    ];
    for source in [Source::Notification, Source::Webhook] {
        for (what, participant, communication, time, confirms) in table {
            let (session, effect) = after(&accepted(), &[ended(participant, communication, time, source)], at(2));
            let expected = if confirms { State::GuestLegClosed } else { State::GuestCloseAccepted };
            assert_eq!((session.state, effect), (expected, None), "an event {what} by {source:?}");
            assert_eq!(session.confirmed_by, confirms.then_some(source), "an event {what}");
            assert_eq!(session.guest_closed_time, confirms.then_some(at(2)), "an event {what}");
            assert!(confirms || session == accepted(), "an event {what} changed something: {session:#?}");
        }
    }
}

#[test]
fn whichever_tells_first_is_recorded_and_the_others_change_nothing() {
    let event = |source| ended(GUEST, GUEST_LEG, 1, source);
    let told = [
        (Source::Notification, event(Source::Notification)),
        (Source::Webhook, event(Source::Webhook)),
        (Source::Poll, read_as(false, at(2))),
    ];
    for (first, input) in &told {
        let (once, _) = after(&accepted(), std::slice::from_ref(input), at(2));
        assert_eq!((once.confirmed_by, once.guest_closed_time), (Some(*first), Some(at(2))));
        for (_, again) in &told {
            let (twice, _) = after(&once, std::slice::from_ref(again), at(3));
            assert_eq!((twice.confirmed_by, twice.guest_closed_time), (once.confirmed_by, once.guest_closed_time), "{again:?}");
            let is_event = matches!(again, Input::Event(_));
            assert!(!is_event || twice == once, "a repeated event changed something: {twice:#?}");
        }
    }
}

#[test]
fn the_end_of_an_older_leg_that_is_told_after_the_new_one_connected_closes_nothing() {
    // The same communication connected again, as a leg of its own.
    let back = Leg { participant_id: GUEST, communication_id: GUEST_LEG, connected_time: at(-5), closed: false };
    let session = Session { legs: vec![Leg { closed: true, ..accepted().legs[0].clone() }, back], ..accepted() };
    let (unmoved, _) = after(&session, &[ended(GUEST, GUEST_LEG, -6, Source::Notification)], at(2));
    assert_eq!(unmoved, session);
    let (confirmed, _) = after(&session, &[ended(GUEST, GUEST_LEG, -4, Source::Notification)], at(2));
    assert_eq!(confirmed.state, State::GuestLegClosed);
}

#[test]
fn events_in_any_order_and_any_number_lead_to_the_same() {
    let end = ended(GUEST, GUEST_LEG, 1, Source::Notification);
    let older = ended(GUEST, GUEST_LEG, -11, Source::Webhook);
    let stranger = ended(AGENT, SECOND_LEG, 1, Source::Webhook);
    let (once, _) = after(&accepted(), std::slice::from_ref(&end), at(2));
    for events in [
        vec![end.clone(), older.clone(), stranger.clone()],
        vec![stranger.clone(), older.clone(), end.clone()],
        vec![older, end.clone(), end.clone(), stranger, end],
    ] {
        assert_eq!(after(&accepted(), &events, at(2)).0, once, "{events:?}");
    }
}

#[test]
fn while_reads_fail_the_event_confirms_and_the_wrapper_waits_for_its_fresh_read() {
    let failed = Input::ReadFailed(Setback { fault: Fault::new("timeout", "no answer"), retry_after: None });
    let end = ended(GUEST, GUEST_LEG, 1, Source::Webhook);
    let (confirmed, effect) = after(&accepted(), &[failed.clone(), end, failed], at(2));
    assert_eq!((confirmed.state, confirmed.confirmed_by, effect), (State::GuestLegClosed, Some(Source::Webhook), None));
    let (lagging, effect) = after(&confirmed, &[read_as(true, at(3))], at(3));
    assert_eq!((lagging.state, effect), (State::GuestLegClosed, None), "a read that shows the leg live is no fresh read");
    let (_, effect) = after(&lagging, &[read_as(false, at(5))], at(5));
    assert_eq!(effect, Some(Effect::CloseWrapper));
}

#[test]
fn with_every_event_lost_the_read_at_the_end_of_the_wait_confirms() {
    let mut lost = accepted();
    lost.next_attempt_time = Some(at(30));
    let (idle, _) = after(&lost, &[Input::Time], at(29));
    assert_eq!(idle, lost);
    let (confirmed, effect) = after(&lost, &[read_as(false, at(30))], at(30));
    assert_eq!((confirmed.confirmed_by, effect), (Some(Source::Poll), Some(Effect::CloseWrapper)));
}

#[test]
fn an_event_that_a_read_contradicts_is_given_up_and_what_was_sent_counts_as_an_attempt() {
    let (confirmed, _) = after(&accepted(), &[ended(GUEST, GUEST_LEG, 1, Source::Notification)], at(2));
    let (contradicted, effect) = after(&confirmed, &[read_as(true, at(40))], at(40));
    assert_eq!((contradicted.confirmed_by, contradicted.attempts), (None, 1));
    assert!(matches!(effect, Some(Effect::CloseGuestLeg { communication_id: GUEST_LEG, .. })), "{effect:?}");
}

#[test]
fn a_guest_who_is_heard_of_before_the_first_read_is_waited_for_until_a_read_must_show_her() {
    let connected =
        Event { kind: EventKind::Connected, participant_id: GUEST, communication_id: GUEST_LEG, time: noon(), source: Source::Webhook };
    let over = |asked| {
        let Input::Read { reading, .. } = reading(&[(SECOND_LEG, -200, false)], false, true, false) else { unreachable!() };
        Input::Read { reading, asked }
    };
    let (heard, _) = after(&sample(State::Pending), &[Input::Event(connected), over(noon())], noon());
    assert_eq!((heard.state, heard.next_attempt_time), (State::Pending, Some(noon() + VISIBILITY)));
    let (ended, _) = after(&heard, &[over(noon() + VISIBILITY)], noon() + VISIBILITY);
    assert_eq!((ended.state, ended.heard_time), (State::AlreadyEnded, None));
}

#[test]
fn an_end_from_before_the_guest_came_back_says_nothing_of_the_leg_that_she_came_back_with() {
    let back = Leg { participant_id: GUEST, communication_id: SECOND_LEG, connected_time: at(-5), closed: false };
    let session = Session { legs: vec![Leg { closed: true, ..accepted().legs[0].clone() }, back], ..accepted() };
    let ended_at = |end: i64, legs: &[(Uuid, i64, bool)]| {
        let Input::Read { mut reading, asked } = reading(legs, false, true, false) else { unreachable!() };
        reading.end_time = Some(at(end));
        Input::Read { reading, asked }
    };
    let (past, both) = ([(GUEST_LEG, -120, false)], [(GUEST_LEG, -120, false), (SECOND_LEG, -5, false)]);
    let (lagging, effect) = after(&session, &[ended_at(-6, &past)], at(1));
    assert_eq!((lagging.state, lagging.open_leg(), effect), (State::GuestCloseAccepted, session.open_leg(), None));
    for told in [ended_at(-6, &both), ended_at(0, &past)] {
        assert_eq!(after(&session, &[told], at(1)).0.state, State::Settling);
    }
}

#[test]
fn nor_does_it_when_she_came_back_with_the_same_communication() {
    let back = Leg { participant_id: GUEST, communication_id: GUEST_LEG, connected_time: at(-5), closed: false };
    let session = Session { legs: vec![Leg { closed: true, ..accepted().legs[0].clone() }, back], ..accepted() };
    let Input::Read { mut reading, asked } = reading(&[(GUEST_LEG, -120, false)], false, true, false) else { unreachable!() };
    reading.end_time = Some(at(-6));
    let (lagging, effect) = after(&session, &[Input::Read { reading, asked }], at(1));
    assert_eq!((lagging.state, lagging.open_leg(), effect), (State::GuestCloseAccepted, session.open_leg(), None));
}

#[test]
fn what_confirmed_the_last_close_is_told_and_not_what_confirmed_the_one_before() {
    let (first, _) = after(&accepted(), &[ended(GUEST, GUEST_LEG, 1, Source::Notification)], at(2));
    let Input::Read { reading, .. } = reading(&[(GUEST_LEG, -120, false), (SECOND_LEG, -5, true)], true, false, false) else {
        unreachable!()
    };
    let (back, effect) = after(&first, &[Input::Read { reading, asked: at(3) }], at(3));
    assert!(matches!(effect, Some(Effect::CloseGuestLeg { communication_id: SECOND_LEG, .. })), "{effect:?}");
    for source in [Source::Webhook, Source::Notification] {
        let (again, _) = after(&back, &[ended(GUEST, SECOND_LEG, 4, source)], at(4));
        assert_eq!((again.confirmed_by, again.guest_closed_time), (Some(source), Some(at(4))));
    }
    let Input::Read { reading, .. } = super::golden::reading(&[(GUEST_LEG, -120, false), (SECOND_LEG, -5, false)], true, false, false)
    else {
        unreachable!()
    };
    let (read, _) = after(&back, &[Input::Read { reading, asked: at(4) }], at(4));
    assert_eq!((read.confirmed_by, read.guest_closed_time), (Some(Source::Poll), Some(at(4))));
}

#[test]
fn a_guest_who_connects_is_looked_for_unless_her_leg_is_known() {
    let connected = |communication_id, seconds| {
        let (kind, source) = (EventKind::Connected, Source::Notification);
        Input::Event(Event { kind, participant_id: GUEST, communication_id, time: at(seconds), source })
    };
    // The leg that is known connected two minutes before noon.
    for (communication, time, known) in
        [(GUEST_LEG, -120, true), (GUEST_LEG, -121, true), (GUEST_LEG, -5, false), (SECOND_LEG, -200, false)]
    {
        let (session, _) = after(&accepted(), &[connected(communication, time)], at(2));
        assert_eq!(session == accepted(), known, "{communication} at {time}");
        let told = if known { accepted() } else { Session { heard_time: Some(at(2)), next_attempt_time: Some(at(2)), ..accepted() } };
        assert_eq!(session, told, "{communication} at {time}");
    }
}

#[test]
fn what_was_missed_is_read_when_a_read_must_show_it_and_after_a_failure_not_before_its_back_off() {
    for (failures, due) in [(0, noon() + VISIBILITY), (1, at(60))] {
        let waiting = Session { failures, next_attempt_time: Some(at(60)), heard_time: None, ..sample(State::Settling) };
        let (missed, _) = after(&waiting, &[Input::Missed], noon());
        assert_eq!((missed.heard_time, missed.next_attempt_time), (Some(noon()), Some(due)), "after {failures} failures");
    }
}

#[test]
fn a_read_ends_a_row_of_failures_unless_a_write_is_what_fails() {
    let failures = |state| {
        let failing = Session { failures: 3, since: Some(noon()), ..sample(state) };
        after(&failing, &[read_as(true, at(1))], at(1)).0.failures
    };
    assert_eq!(failures(State::GuestCloseAccepted), 0);
    assert_eq!(failures(State::GuestCloseRequested), 3, "whether it arrived is not known yet");
    assert_eq!(failures(State::GuestLegLive), 3, "its write is still to come");
}
