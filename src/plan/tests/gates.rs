use super::*;
use crate::termination::{Effect, Reason};

#[test]
fn what_the_last_look_of_a_drain_shows_still_counts() {
    let cancelled = Order { cancel: Some(Cancel::Drain), ..order(1) };
    let drained = Progress { stop_time: Some(at(-121)), ..progress(&[State::GuestCloseAccepted]) };
    let plan = build(&cancelled, &drained, &looks(vec![seen(1, false, true)]), noon(), 0);
    assert_eq!(states(&plan.progress), [State::Ended]);
}

fn reason_of(order: &Order, progress: &Progress) -> Option<Reason> {
    build(order, progress, &Inventory::default(), noon(), 0).progress.sessions[0].reason
}

#[test]
fn cancel_outranks_the_deadline_and_the_deadline_the_failure_limit() {
    let failing = Progress { start_time: Some(at(-3600)), ..progress(&[State::Pending, State::Failed]) };
    let mut all = Order { cancel: Some(Cancel::Drain), max_failed_sessions: Some(0), ..order(2) };
    assert_eq!(reason_of(&all, &failing), Some(Reason::Cancelled));
    all.cancel = None;
    assert_eq!(reason_of(&all, &failing), Some(Reason::DeadlineExceeded));
    all.active_deadline = SignedDuration::from_secs(3601);
    assert_eq!(reason_of(&all, &failing), Some(Reason::FailureLimitExceeded));
    all.max_failed_sessions = Some(1);
    assert_eq!(reason_of(&all, &failing), None);
}

#[test]
fn what_is_not_found_counts_against_the_limit_only_where_it_is_a_failure() {
    let missing = progress(&[State::Pending, State::NotFound]);
    let strict = Order { max_failed_sessions: Some(0), ..order(2) };
    assert_eq!(reason_of(&strict, &missing), Some(Reason::FailureLimitExceeded));
    assert_eq!(reason_of(&Order { not_found: NotFoundPolicy::Succeed, ..strict }, &missing), None);
}

#[test]
fn an_order_that_never_started_has_no_deadline() {
    let never = Progress { start_time: None, ..progress(&[State::Pending]) };
    assert_eq!(reason_of(&Order { active_deadline: SignedDuration::ZERO, ..order(1) }, &never), None);
}

#[test]
fn cancelled_at_once_nothing_drains() {
    let at_once = Order { cancel: Some(Cancel::Immediate), ..order(3) };
    let under_way = progress(&[State::Pending, State::GuestLegLive, State::GuestCloseAccepted]);
    let plan = build(&at_once, &under_way, &Inventory::default(), noon(), 0);
    assert_eq!(states(&plan.progress), [State::Stopped, State::Stopped, State::HalfClosed]);
    assert!(plan.progress.is_finished());
}

#[test]
fn cancelled_while_suspended_it_stops() {
    let both = Order { suspended: true, cancel: Some(Cancel::Drain), ..order(1) };
    assert_eq!(reason_of(&both, &progress(&[State::Pending])), Some(Reason::Cancelled));
}

#[test]
fn the_drain_time_runs_from_when_the_stop_was_first_seen() {
    let suspended = Order { suspended: true, ..order(1) };
    let first = build(&suspended, &progress(&[State::GuestLegClosed]), &Inventory::default(), noon(), 0).progress;
    assert_eq!((first.stop_time, first.start_time), (Some(noon()), None));
    let later = build(&suspended, &first, &Inventory::default(), at(60), 0).progress;
    assert_eq!(later.stop_time, Some(noon()));
    let resumed = build(&order(1), &later, &Inventory::default(), at(90), 0).progress;
    assert_eq!((resumed.stop_time, resumed.start_time), (None, Some(at(90))));
}

#[test]
fn suspended_a_close_goes_out_only_for_what_is_half_closed_and_only_while_it_drains() {
    let suspended = Order { suspended: true, ..order(2) };
    let half = progress(&[State::GuestLegClosed, State::GuestLegLive]);
    let shown = looks(vec![seen(1, false, false), seen(2, true, false)]);
    let writes = build(&suspended, &half, &shown, noon(), 0).writes;
    assert_eq!(writes, [Write { conversation_id: conversation(1), effect: Effect::CloseWrapper }]);
    let drained = Progress { stop_time: Some(noon() - DRAIN), ..half };
    assert_eq!(build(&suspended, &drained, &shown, noon(), 0).writes, []);
}
