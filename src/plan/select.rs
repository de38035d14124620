//! Which sessions are to be looked at.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Order, Progress, gate};
use crate::termination::{Events, Gate, Session, State};

/// The conversations to look at now: the ones under way that are due, and as many new ones as may be started. At most as
/// many as `parallelism`.
#[must_use]
pub fn due(order: &Order, progress: &Progress, now: Timestamp) -> Vec<Uuid> {
    if progress.is_finished() {
        return Vec::new();
    }
    let progress = progress.admit(order);
    let (gate, _) = gate::gate(order, &progress, now);
    admitted(order, &progress, gate, now)
        .filter(|session| session.is_due(now) && wants_look(order, session))
        .map(|session| session.conversation_id)
        .collect()
}

/// The sessions that may be worked on: what is under way, then what may start, up to `parallelism`. Behind a closed gate
/// only what is half closed, and no longer than that may go on.
pub(super) fn admitted<'a>(order: &Order, progress: &'a Progress, gate: Gate, now: Timestamp) -> impl Iterator<Item = &'a Session> {
    let (open, drains) = match gate {
        Gate::Open => (true, true),
        Gate::Held { until } => (false, now < until),
        Gate::Draining { .. } | Gate::Shut { .. } => (false, true),
    };
    let under_way = |session: &&Session| !session.state.is_final() && session.state != State::Pending;
    let goes_on = move |session: &&Session| open || (drains && session.is_half_closed());
    let starts = move |session: &&Session| open && session.state == State::Pending;
    let sessions = &progress.sessions;
    sessions.iter().filter(under_way).filter(goes_on).chain(sessions.iter().filter(starts)).take(order.parallelism.max(1))
}

/// Whether a read is what a due session needs. While events flow the settle window closes by time alone, unless one of them
/// told of a guest.
fn wants_look(order: &Order, session: &Session) -> bool {
    session.state != State::Settling || order.events == Events::Absent || session.heard_time.is_some()
}
