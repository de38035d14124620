//! The golden table: every state × every kind of input × {before, at, after due} × every gate, written out, so that no
//! change of the machine goes unseen. `WCT_BLESS=1 cargo test --lib --no-default-features golden` writes it anew.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{
    Answer, Bar, Communication, Event, EventKind, Events, Fault, Gate, Input, Leg, OnReconnect, Participant, Policy, Reading, Reason,
    Session, Setback, Source, State, Step, Teardown, VISIBILITY, step,
};

pub(super) const CONVERSATION: Uuid = Uuid::from_u128(0xC0);
pub(super) const GUEST: Uuid = Uuid::from_u128(0x10);
pub(super) const GUEST_LEG: Uuid = Uuid::from_u128(0x11);
pub(super) const SECOND_LEG: Uuid = Uuid::from_u128(0x12);
pub(super) const BOT: Uuid = Uuid::from_u128(0x20);
pub(super) const AGENT: Uuid = Uuid::from_u128(0x30);

/// Noon of the day on which the sample sessions took their state.
pub(super) fn noon() -> Timestamp {
    Timestamp::from_second(1_763_812_800).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    noon() + SignedDuration::from_secs(seconds)
}

pub(super) fn policy(gate: Gate, teardown: Teardown) -> Policy {
    Policy {
        participants: Vec::new(),
        legs_connected_before: at(-60),
        confirm_timeout: VISIBILITY,
        attempts: 2,
        settle: VISIBILITY,
        on_reconnect: OnReconnect::Terminate,
        teardown,
        events: Events::Absent,
        gate,
    }
}

fn leg(closed: bool) -> Leg {
    Leg { participant_id: GUEST, communication_id: GUEST_LEG, connected_time: at(-120), closed }
}

/// A session as it is recorded in `state`, taken at noon and due when the visibility delay is over.
pub(super) fn sample(state: State) -> Session {
    let closed = state > State::GuestCloseDeclined && state != State::GuestCloseRefused;
    let mut session = Session::pending(CONVERSATION);
    session.state = state;
    if state != State::Pending && !matches!(state, State::AlreadyEnded | State::NotFound) {
        session.legs = vec![leg(closed)];
        session.frozen_time = Some(at(-10));
        session.since = Some(noon());
        session.next_attempt_time = Some(noon() + VISIBILITY);
        session.close_sent = state > State::GuestCloseRequested;
        session.torn_down = matches!(state, State::TeardownRequested | State::TeardownAccepted);
    }
    if closed && !session.legs.is_empty() {
        session.confirmed_by = Some(Source::Notification);
        session.guest_closed_time = Some(at(-1));
    }
    if state.is_final() {
        session.next_attempt_time = None;
    }
    session
}

fn participant(id: Uuid, guest: bool, communications: &[(Uuid, i64, bool)]) -> Participant {
    let communications =
        communications.iter().map(|(id, connected, live)| Communication { id: *id, connected_time: at(*connected), live: *live }).collect();
    Participant { id, guest, after_call_work: false, communications }
}

pub(super) fn reading(guest: &[(Uuid, i64, bool)], bot_live: bool, ended: bool, acw: bool) -> Input {
    let mut agent = participant(AGENT, false, &[(Uuid::from_u128(0x31), -100, false)]);
    agent.after_call_work = acw;
    let participants = vec![participant(GUEST, true, guest), participant(BOT, false, &[(Uuid::from_u128(0x21), -119, bot_live)]), agent];
    Input::Read { reading: Reading { taken: noon(), end_time: ended.then(noon), participants }, asked: noon() }
}

fn event(kind: EventKind, communication_id: Uuid, seconds: i64) -> Input {
    Input::Event(Event { kind, participant_id: GUEST, communication_id, time: at(seconds), source: Source::Webhook })
}

/// Reads that were asked for before the wait was over, and answered after.
pub(super) const TOO_EARLY: [&str; 3] =
    ["read, asked too early: guest leg live", "read, asked too early: guest leg closed", "read, asked too early: ended"];

/// One of every kind of input.
pub(super) fn inputs() -> Vec<(&'static str, Input)> {
    let setback = |retry_after| Setback { fault: Fault::new("service.unavailable", "later"), retry_after };
    let declined = Fault::new("bad.request", "no");
    vec![
        ("time", Input::Time),
        ("read: guest leg live", reading(&[(GUEST_LEG, -120, true)], true, false, false)),
        (TOO_EARLY[0], reading(&[(GUEST_LEG, -120, true)], true, false, false)),
        (TOO_EARLY[1], reading(&[(GUEST_LEG, -120, false)], true, false, false)),
        (TOO_EARLY[2], reading(&[(GUEST_LEG, -120, false)], false, true, false)),
        ("read: guest leg closed", reading(&[(GUEST_LEG, -120, false)], true, false, false)),
        ("read: ended", reading(&[(GUEST_LEG, -120, false)], false, true, false)),
        ("read: agent in after-call work", reading(&[(GUEST_LEG, -120, false)], false, false, true)),
        ("read: nothing live, no end time", reading(&[(GUEST_LEG, -120, false)], false, false, false)),
        ("read: same leg connected again", reading(&[(GUEST_LEG, -5, true)], true, false, false)),
        ("read: guest came back", reading(&[(GUEST_LEG, -120, false), (SECOND_LEG, -5, true)], true, false, false)),
        ("read: later guest there from the start", reading(&[(GUEST_LEG, -120, false), (SECOND_LEG, -30, true)], true, false, false)),
        ("read: second leg to end", reading(&[(GUEST_LEG, -120, false), (SECOND_LEG, -90, true)], true, false, false)),
        ("read: frozen leg missing", reading(&[], true, false, false)),
        ("absent", Input::Absent),
        ("read failed", Input::ReadFailed(setback(None))),
        ("read failed, retry after 30 s", Input::ReadFailed(setback(Some(SignedDuration::from_secs(30))))),
        ("answer: accepted", Input::Answered(Answer::Accepted(Some("c-1".into())))),
        ("answer: declined", Input::Answered(Answer::Declined(declined.clone()))),
        ("answer: barred", Input::Answered(Answer::Barred(Bar::Permission, declined))),
        ("answer: unsettled", Input::Answered(Answer::Unsettled(setback(None)))),
        ("answer: withheld", Input::Answered(Answer::Withheld)),
        ("answer: postponed for 30 s", Input::Answered(Answer::Postponed(setback(Some(SignedDuration::from_secs(30)))))),
        ("event: guest leg ended", event(EventKind::Ended, GUEST_LEG, -1)),
        ("event: guest leg ended, before it was frozen", event(EventKind::Ended, GUEST_LEG, -11)),
        ("event: another leg ended", event(EventKind::Ended, SECOND_LEG, -1)),
        ("event: guest connected", event(EventKind::Connected, SECOND_LEG, -1)),
        ("events may have been missed", Input::Missed),
    ]
}

/// The same input, a read asked for when everything else is learned, unless it is one that was asked for too early.
fn learned_at(name: &str, input: &Input, now: Timestamp) -> Input {
    let mut input = input.clone();
    if let Input::Read { asked, .. } = &mut input
        && !TOO_EARLY.contains(&name)
    {
        *asked = now;
    }
    input
}

/// Every gate that the table covers.
pub(super) fn gates() -> [(&'static str, Gate); 6] {
    let (early, late) = (noon(), at(100));
    [
        ("open", Gate::Open),
        ("held", Gate::Held { until: late }),
        ("held, drained", Gate::Held { until: early }),
        ("draining", Gate::Draining { until: late, why: Reason::Cancelled }),
        ("drained", Gate::Draining { until: early, why: Reason::DeadlineExceeded }),
        ("shut", Gate::Shut { why: Reason::Cancelled }),
    ]
}

/// One row of the table.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) session: Session,
    pub(super) input: Input,
    pub(super) policy: Policy,
    pub(super) now: Timestamp,
    pub(super) step: Step,
}

/// The whole table.
pub(super) fn table() -> Vec<Row> {
    let due = noon() + VISIBILITY;
    let times = [("before", due - SignedDuration::from_millis(1)), ("at", due), ("after", due + SignedDuration::from_millis(1))];
    let mut rows = Vec::new();
    for state in State::ALL {
        for (input_name, input) in inputs() {
            for (gate_name, gate) in gates() {
                for (time_name, now) in times {
                    for teardown in [Teardown::Never, Teardown::WhenStuck] {
                        // Beyond the open gate one time serves, and only the plain policy.
                        if gate != Gate::Open && (time_name != "at" || teardown == Teardown::WhenStuck) {
                            continue;
                        }
                        let (session, policy) = (sample(state), policy(gate, teardown));
                        let input = learned_at(input_name, &input, now);
                        let step = step(&session, &input, &policy, now, 500);
                        let stuck = if teardown == Teardown::WhenStuck { ", teardown allowed" } else { "" };
                        let name = format!("{state:?} | {input_name} | {time_name} due | {gate_name}{stuck}");
                        rows.push(Row { name, session, input, policy, now, step });
                    }
                }
            }
        }
    }
    rows
}

/// What a row leads to, in one line.
fn outcome(row: &Row) -> String {
    let Step { session, effect } = &row.step;
    if *session == row.session && effect.is_none() {
        return "nothing changes".into();
    }
    let mut line = format!("{:?}", session.state);
    if let Some(reason) = session.reason {
        let _ = write!(line, "({reason:?})");
    }
    if let Some(due) = session.next_attempt_time {
        let _ = write!(line, ", look in {} ms", due.duration_since(row.now).as_millis());
    }
    let counts = [("attempts", session.attempts), ("failures", session.failures), ("reconnects", session.reconnects)];
    for (name, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
        let _ = write!(line, ", {name} {count}");
    }
    for leg in &session.legs {
        let _ = write!(line, ", leg {:x} {}", leg.communication_id.as_u128(), if leg.closed { "closed" } else { "open" });
    }
    if let Some(source) = session.confirmed_by {
        let _ = write!(line, ", by {source:?}");
    }
    if let Some(effect) = effect {
        let _ = write!(line, " => {effect:?}");
    }
    line
}

#[test]
fn the_golden_table_holds() {
    let rows = table();
    let mut text = format!("# {} rows. Written by WCT_BLESS=1; read it before you commit it.\n", rows.len());
    for row in &rows {
        let _ = writeln!(text, "{} -> {}", row.name, outcome(row));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/termination/golden.txt");
    if std::env::var_os("WCT_BLESS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    println!("golden rows: {}", rows.len());
    let blessed = std::fs::read_to_string(path).unwrap_or_default();
    let differing = blessed.lines().zip(text.lines()).find(|(old, new)| old != new);
    assert!(blessed == text, "the machine and its golden table differ, first at {differing:#?}; if that is meant, bless it anew");
}
