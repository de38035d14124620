//! Which sessions are to be looked at.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Hearing, Inventory, Order, Progress, build, gate};
use crate::termination::{Events, Gate, Session, State};

/// The conversations to follow: the ones under way, those that may be started now, so that their events are heard before anything
/// is sent, and those that wait for their next attempt: whoever leaves the channel costs a request to come back.
#[must_use]
pub fn followed(order: &Order, progress: &Progress, now: Timestamp) -> Vec<Uuid> {
    if progress.is_finished() {
        return Vec::new();
    }
    let progress = progress.admit(order);
    let (gate, _) = gate::gate(order, &progress, now);
    let begun = progress.sessions.iter().filter(|session| session.is_begun());
    let starting = admitted(order, &progress, gate, now).filter(|session| !session.is_begun());
    let waiting = progress.sessions.iter().filter(|session| gate == Gate::Open && !session.is_begun() && is_waiting(session, now));
    begun.chain(starting).chain(waiting).map(|session| session.conversation_id).collect()
}

/// The conversations to look at now: the ones under way that are due, or that were left to events which are not to be relied
/// on at present, and as many new ones as may be started. Settle windows apart, about as many as `parallelism`.
#[must_use]
pub fn due(order: &Order, progress: &Progress, known: &Inventory, now: Timestamp) -> Vec<Uuid> {
    if progress.is_finished() {
        return Vec::new();
    }
    let progress = progress.admit(order);
    let (gate, _) = gate::gate(order, &progress, now);
    // What an event asks for is not put off to the next round, and what an answer has settled is not asked for.
    let told = build::tell(order, &progress, known, gate, now);
    let wants = |session: &&Session| wants_look(session, &known.hearing, now);
    admitted(order, &told, gate, now).filter(wants).map(|session| session.conversation_id).collect()
}

/// The sessions that may be worked on: all that we have begun, then what else is half closed and what is due, as far as
/// `parallelism` leaves room, and all that are only watched: a settle window takes nobody's place. What waits for its next
/// attempt before anything was closed keeps no other session from starting. Behind a closed gate only what is half closed,
/// and no longer than that may go on.
pub(super) fn admitted<'a>(order: &Order, progress: &'a Progress, gate: Gate, now: Timestamp) -> impl Iterator<Item = &'a Session> {
    let (open, drains) = match gate {
        Gate::Open => (true, true),
        Gate::Held { until } => (false, now < until),
        Gate::Draining { .. } | Gate::Shut { .. } => (false, true),
    };
    let is_watched = |session: &Session| session.state == State::Settling;
    let goes_on = move |session: &Session| drains && session.is_half_closed() && !is_watched(session);
    let begun = move |session: &&Session| goes_on(session) && session.close_sent;
    let left_alone = move |session: &&Session| goes_on(session) && !session.close_sent;
    let started =
        move |session: &&Session| open && session.state == State::GuestLegLive && !session.is_half_closed() && session.is_due(now);
    let starts = move |session: &&Session| open && session.state == State::Pending && session.is_due(now);
    let watched = move |session: &&Session| drains && is_watched(session);
    let sessions = &progress.sessions;
    // A guest who comes back takes no leave to do so: what is begun may be more than may be at a time.
    let room = order.parallelism.max(1).saturating_sub(sessions.iter().filter(begun).count());
    let others = sessions.iter().filter(left_alone).chain(sessions.iter().filter(started)).chain(sessions.iter().filter(starts));
    sessions.iter().filter(begun).chain(others.take(room)).chain(sessions.iter().filter(watched))
}

/// Whether a session's next attempt is still to come.
fn is_waiting(session: &Session, now: Timestamp) -> bool {
    !session.state.is_final() && !session.is_due(now)
}

/// When the first of the sessions becomes due that wait for their next attempt before anything was closed.
pub(super) fn next_start(progress: &Progress, gate: Gate, now: Timestamp) -> Option<Timestamp> {
    let waits = |session: &&Session| !session.is_half_closed() && is_waiting(session, now);
    let times = progress.sessions.iter().filter(waits).filter_map(|session| session.next_attempt_time);
    times.min().filter(|_| gate == Gate::Open)
}

/// Whether a read is what a session needs now. While events flow the settle window closes by time alone, unless one of them told
/// of a guest. Where some may have been missed, a read makes up for them at once; it waits only for what it must wait for anyway:
/// a back-off, or, where a guest may be back, for the time at which it must show her. A session that was left to events which flow no more is looked at as it would be without them.
fn wants_look(session: &Session, hearing: &Hearing, now: Timestamp) -> bool {
    let (id, due) = (session.conversation_id, session.is_due(now));
    let is_missed = hearing.has_gap(id);
    match hearing.events_of(id, false) {
        Events::Flowing => due && !session.is_watched_by_events(),
        Events::Absent if session.failures > 0 || is_missed && session.may_miss_a_return() => due,
        Events::Absent => due || is_missed || session.is_left_to_events(now),
    }
}
