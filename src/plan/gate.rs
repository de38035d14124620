//! Whether sessions may be started, and how long what is half closed may go on.

use jiff::{SignedDuration, Timestamp};

use super::{Cancel, Order, Progress};
use crate::termination::{Gate, Reason};

/// How long half-closed sessions may go on after work was suspended or stopped.
pub const DRAIN: SignedDuration = SignedDuration::from_secs(120);

/// What closes the gate, if anything, apart from when.
fn closed_by(order: &Order, progress: &Progress, now: Timestamp) -> Option<Reason> {
    if order.cancel.is_some() {
        return Some(Reason::Cancelled);
    }
    if deadline(order, progress).is_some_and(|deadline| deadline <= now) {
        return Some(Reason::DeadlineExceeded);
    }
    let failures = progress.tally().failures(order.not_found);
    order.max_failed_sessions.is_some_and(|most| failures > most).then_some(Reason::FailureLimitExceeded)
}

/// When the order's time is over. A suspended order's clock stands still.
pub(super) fn deadline(order: &Order, progress: &Progress) -> Option<Timestamp> {
    progress.start_time.map(|start| start.saturating_add(order.active_deadline).unwrap_or(Timestamp::MAX))
}

/// The gate as it stands now, and since when it is closed.
pub(super) fn gate(order: &Order, progress: &Progress, now: Timestamp) -> (Gate, Option<Timestamp>) {
    let since = progress.stop_time.unwrap_or(now);
    let until = since.saturating_add(DRAIN).unwrap_or(Timestamp::MAX);
    match closed_by(order, progress, now) {
        Some(why) if order.cancel == Some(Cancel::Immediate) => (Gate::Shut { why }, Some(since)),
        Some(why) => (Gate::Draining { until, why }, Some(since)),
        None if order.suspended => (Gate::Held { until }, Some(since)),
        None => (Gate::Open, None),
    }
}
