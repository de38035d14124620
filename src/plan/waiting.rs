//! When to look again, and what is waited for until then.

use jiff::Timestamp;

use super::{Order, Progress, gate, select};
use crate::termination::Gate;

/// What comes next for an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// Nothing: every session is final.
    Finished,
    /// Something is due, or becomes due at this time.
    At(Timestamp),
    /// Nothing becomes due by itself: the order is suspended.
    Held,
}

/// When the order is to be planned again.
#[must_use]
pub fn outlook(order: &Order, progress: &Progress, now: Timestamp) -> Outlook {
    if progress.is_finished() {
        return Outlook::Finished;
    }
    let progress = progress.admit(order);
    let (gate, _) = gate::gate(order, &progress, now);
    let sessions = select::admitted(order, &progress, gate, now).map(|session| session.next_attempt_time.unwrap_or(now)).min();
    let turn = match gate {
        Gate::Open => gate::deadline(order, &progress),
        // What is to be given up is given up when the stop is recorded.
        Gate::Draining { .. } if progress.stop_time.is_none() => Some(now),
        Gate::Draining { until, .. } => Some(until),
        Gate::Held { .. } => None,
        Gate::Shut { .. } => Some(now),
    };
    let starts = select::next_start(&progress, gate, now);
    match [sessions, starts, turn].into_iter().flatten().min() {
        Some(time) => Outlook::At(time.max(now)),
        None => Outlook::Held,
    }
}
