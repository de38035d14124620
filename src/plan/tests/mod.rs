//! Each fact about orders and plans, as a sentence.

mod build;
mod due;
mod gates;
mod laws;
mod outlook;
mod verdict;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::*;
use crate::termination::{Communication, Leg, OnReconnect, Participant, Reading, Session, State, Teardown};

/// The moment at which all of these orders are planned.
fn noon() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn at(seconds: i64) -> Timestamp {
    noon() + SignedDuration::from_secs(seconds)
}

/// The conversations to look at when nothing is known but what was heard.
fn due(order: &Order, progress: &Progress, hearing: &Hearing, now: Timestamp) -> Vec<Uuid> {
    super::due(order, progress, &Inventory { hearing: hearing.clone(), ..Inventory::default() }, now)
}

fn conversation(n: u128) -> Uuid {
    Uuid::from_u128(0xC0 + n)
}

fn guest(n: u128) -> Uuid {
    Uuid::from_u128(0x6E00 + n)
}

fn leg(n: u128) -> Uuid {
    Uuid::from_u128(0x1E60 + n)
}

/// The order to end conversations 1 to `n`.
fn order(n: u128) -> Order {
    let target = |n| Target { conversation_id: conversation(n), participant_ids: Vec::new() };
    Order {
        targets: (1..=n).map(target).collect(),
        legs_connected_before: noon(),
        confirm_timeout: SignedDuration::from_secs(30),
        attempts_per_session: 5,
        max_failed_sessions: None,
        active_deadline: SignedDuration::from_secs(3600),
        parallelism: 10,
        not_found: NotFoundPolicy::Fail,
        suspended: false,
        cancel: None,
        settle: SignedDuration::from_secs(30),
        on_reconnect: OnReconnect::Terminate,
        teardown: Teardown::Never,
    }
}

/// Conversation `n`'s session as it would be recorded in `state` at noon, due then.
fn session(n: u128, state: State) -> Session {
    let closed = state > State::GuestCloseDeclined && state != State::GuestCloseRefused;
    let seen = !matches!(state, State::Pending | State::NotFound);
    let legs = vec![Leg { participant_id: guest(n), communication_id: leg(n), connected_time: at(-600), closed }];
    Session {
        state,
        legs: if seen { legs } else { Vec::new() },
        since: seen.then(noon),
        next_attempt_time: (seen && !state.is_final()).then(noon),
        frozen_time: seen.then(noon),
        ..Session::pending(conversation(n))
    }
}

/// Sessions 1, 2, … in these states.
fn progress(states: &[State]) -> Progress {
    let sessions = (1..).zip(states).map(|(n, state)| session(n, *state)).collect();
    Progress { sessions, start_time: Some(noon()), ..Progress::default() }
}

/// What a look at conversation `n` shows: its guest live or not, its wrapper open or ended.
fn seen(n: u128, guest_live: bool, ended: bool) -> (Uuid, Timestamp, Look) {
    let communication = |id, live| Communication { id, connected_time: at(-600), live };
    let participant =
        |id, guest, live| Participant { id, guest, after_call_work: false, communications: vec![communication(leg(n), live)] };
    let mut agent = participant(Uuid::from_u128(0xA6), false, !ended);
    agent.communications[0].id = Uuid::from_u128(0xA61);
    let participants = vec![participant(guest(n), true, guest_live), agent];
    (conversation(n), noon(), Look::Seen(Reading { taken: noon(), end_time: ended.then(noon), participants }))
}

fn looks(looks: Vec<(Uuid, Timestamp, Look)>) -> Inventory {
    Inventory { looks, ..Inventory::default() }
}

/// Events of conversations 1 to `n` flow, and none was missed.
fn flowing(n: u128) -> Hearing {
    Hearing { flowing: (1..=n).map(conversation).collect(), ..Hearing::default() }
}

fn states(progress: &Progress) -> Vec<State> {
    progress.sessions.iter().map(|session| session.state).collect()
}
