use super::*;
use crate::termination::{Effect, Fault, Reason};

fn finished(sessions: &[(State, Option<Reason>)]) -> Progress {
    let states: Vec<State> = sessions.iter().map(|(state, _)| *state).collect();
    let mut progress = Progress { completion_time: Some(noon()), ..progress(&states) };
    for (session, (_, reason)) in progress.sessions.iter_mut().zip(sessions) {
        session.reason = *reason;
    }
    progress
}

fn blocker() -> Blocker {
    Blocker { kind: BlockerKind::Credentials, fault: Fault::new("invalid_client", "") }
}

#[test]
fn what_is_not_finished_works_unless_it_is_suspended_or_blocked() {
    let under_way = progress(&[State::GuestCloseAccepted]);
    let suspended = Order { suspended: true, ..order(1) };
    assert_eq!(verdict(&order(1), &under_way, None), Verdict::Working);
    assert_eq!(verdict(&order(1), &under_way, Some(&blocker())), Verdict::Blocked(blocker()));
    assert_eq!(verdict(&suspended, &under_way, Some(&blocker())), Verdict::Suspended);
}

#[test]
fn what_is_finished_stays_so_whatever_blocks_or_suspends_it_later() {
    let suspended = Order { suspended: true, ..order(1) };
    assert_eq!(verdict(&suspended, &finished(&[(State::Ended, None)]), Some(&blocker())), Verdict::Succeeded);
}

#[test]
fn the_gravest_reason_of_all_sessions_is_the_failure() {
    let stopped = |reason| (State::Stopped, Some(reason));
    let ladder = [
        ((State::NotFound, None), Failure::SessionsNotFound),
        ((State::GuestCloseRefused, None), Failure::SessionsFailed),
        ((State::HalfClosed, Some(Reason::Cancelled)), Failure::Cancelled),
        (stopped(Reason::DeadlineExceeded), Failure::DeadlineExceeded),
        (stopped(Reason::FailureLimitExceeded), Failure::FailureLimitExceeded),
    ];
    let mut sessions = vec![(State::Ended, None)];
    for (session, failure) in ladder {
        sessions.insert(0, session);
        assert_eq!(verdict(&order(6), &finished(&sessions), None), Verdict::Failed(failure));
    }
}

#[test]
fn not_found_is_a_success_where_the_policy_says_so() {
    let missing = finished(&[(State::Ended, None), (State::AlreadyEnded, None), (State::NotFound, None)]);
    assert_eq!(verdict(&order(3), &missing, None), Verdict::Failed(Failure::SessionsNotFound));
    assert_eq!(verdict(&Order { not_found: NotFoundPolicy::Succeed, ..order(3) }, &missing, None), Verdict::Succeeded);
}

#[test]
fn every_session_is_counted_once() {
    let tally = progress(&State::ALL).tally();
    let Tally { total, ended, already_ended, not_targeted, not_found, failed, stopped, remaining } = tally;
    assert_eq!((total, remaining), (20, 12));
    assert_eq!((ended, already_ended, not_targeted, not_found, failed, stopped), (1, 1, 1, 1, 2, 2));
    assert_eq!((tally.failures(NotFoundPolicy::Fail), tally.failures(NotFoundPolicy::Succeed)), (3, 2));
}

#[test]
fn a_plan_says_what_would_happen_to_each_session_and_why_not() {
    let shown = looks(vec![seen(1, true, false), seen(2, false, true), seen(3, false, false)]);
    let plan = build(&order(3), &progress(&[State::Pending, State::Pending, State::GuestLegClosed]), &shown, noon(), 0);
    let lines = [
        format!("{}: close the guest leg of participant {}", conversation(1), guest(1)),
        format!("{}: nothing: had already ended", conversation(2)),
        format!("{}: close the wrapper", conversation(3)),
    ];
    assert_eq!(plan.to_string().lines().collect::<Vec<_>>(), lines);
    assert!(!plan.is_empty());
    assert_eq!(Effect::Teardown.to_string(), "tear the conversation down");
}

#[test]
fn a_plan_without_writes_is_empty() {
    assert!(build(&order(1), &Progress::default(), &Inventory::default(), noon(), 0).is_empty());
    assert!(Inventory::default().is_empty() && !looks(vec![seen(1, true, false)]).is_empty());
}

#[test]
fn no_two_states_and_no_two_reasons_read_alike() {
    let mut states: Vec<String> = State::ALL.map(|state| state.to_string()).into();
    states.sort();
    states.dedup();
    assert_eq!(states.len(), State::ALL.len());
}

#[test]
fn a_look_that_taught_nothing_says_nothing_new_and_a_back_off_does() {
    let before = progress(&[State::GuestCloseAccepted]);
    let mut later = before.clone();
    later.sessions[0].next_attempt_time = Some(at(5));
    assert!(before.says_the_same_as(&later));
    later.sessions[0].failures = 1;
    assert!(!before.says_the_same_as(&later));
    assert!(!before.says_the_same_as(&Progress { stop_time: Some(noon()), ..before.clone() }));
}

#[test]
fn a_session_counts_as_a_failure_where_it_alone_keeps_the_order_from_success() {
    for policy in [NotFoundPolicy::Fail, NotFoundPolicy::Succeed] {
        for state in State::ALL {
            let is_success = progress(&[state]).tally().is_success(policy);
            assert_eq!(policy.counts_as_failure(state), state.is_final() && !is_success, "{state:?} under {policy:?}");
        }
    }
}
