//! Suspend, resume, cancel, the deadline, the failure limit: what still goes out, and what does not.

use jiff::SignedDuration;

use super::scenario::{Scenario, no_cascade, noon, seconds};
use crate::plan::{Cancel, DRAIN, Failure, NotFoundPolicy, Order, Verdict, verdict};
use crate::simulator::world::{ConversationSpec, Delay, Happening, Operation, Overrides, Return};
use crate::termination::{Reason, State};

/// Two sessions, one after the other, whose wrappers have to be closed.
fn one_by_one() -> Scenario {
    let sessions = [1, 2].map(|n| ConversationSpec::usual(n).overriding(no_cascade()));
    Scenario::of("one by one", sessions.into()).ordering(|order| order.parallelism = 1)
}

fn refusing(n: u32) -> ConversationSpec {
    ConversationSpec::usual(n).overriding(Overrides { refuse_guest_close: Some(true), ..Overrides::default() })
}

#[test]
fn nothing_is_read_or_sent_while_suspended_from_the_start() {
    let told = one_by_one().ordering(|order| order.suspended = true).changing(600_000, |order| order.suspended = false).run();
    assert!(told.witness.writes.iter().all(|write| write.time >= noon() + seconds(600)));
    assert_eq!(told.requests(), 10);
    assert_eq!(told.states(), [(State::Ended, None), (State::Ended, None)]);
}

#[test]
fn a_suspended_order_that_nobody_resumes_rests() {
    let told = one_by_one().ordering(|order| order.suspended = true).run();
    assert_eq!((told.requests(), told.progress.is_finished()), (0, false));
}

#[test]
fn invariant_3_a_stop_at_any_time_lets_nothing_out_but_drains() {
    let residual_window = SignedDuration::from_millis(20);
    let mut stopped_at = 0;
    let stops: [fn(&mut Order); 2] = [|order| order.suspended = true, |order| order.cancel = Some(Cancel::Drain)];
    for stop in stops {
        for moment in (0..2000).step_by(10) {
            let scenario = one_by_one().changing(moment, stop).changing(400_000, |order| order.suspended = false);
            let told = scenario.run();
            let from = scenario.script().at(moment) + residual_window;
            let meanwhile = told.witness.writes.iter().filter(|write| from < write.time && write.time < noon() + seconds(400));
            for write in meanwhile {
                assert_eq!(write.operation, Operation::PatchConversationsMessage, "stopped at {moment} ms: {write:#?}");
                assert!(!write.out_of_order && write.time < from + DRAIN, "stopped at {moment} ms: {write:#?}");
            }
            assert!(told.is_clean() && told.progress.is_finished(), "stopped at {moment} ms");
            stopped_at += 1;
        }
    }
    println!("stopped at every 10 ms: {stopped_at}/400");
}

#[test]
fn a_half_closed_session_drains_while_the_next_waits_for_the_resume() {
    let told = one_by_one().changing(70, |order| order.suspended = true).changing(300_000, |order| order.suspended = false).run();
    let [first, second] = told.progress.sessions.as_slice() else { panic!("two sessions") };
    assert!(first.ended_time.unwrap() < noon() + seconds(5));
    assert!(told.witness.writes_to(second.conversation_id).all(|write| write.time >= noon() + seconds(300)));
    assert_eq!(told.states(), [(State::Ended, None), (State::Ended, None)]);
}

#[test]
fn a_close_whose_effect_comes_after_the_drain_time_waits_for_the_resume() {
    let slow = one_by_one().behaving(|b| b.effect_delay_ms = Delay::fixed(150_000));
    let told = slow.changing(70, |order| order.suspended = true).changing(300_000, |order| order.suspended = false).run();
    let held = |write: &&crate::simulator::world::Write| write.time > noon() + seconds(1) && write.time < noon() + seconds(300);
    assert_eq!(told.witness.writes.iter().filter(held).count(), 0);
    assert_eq!(told.states(), [(State::Ended, None), (State::Ended, None)]);
    assert!(told.is_clean());
}

#[test]
fn cancel_drains_what_is_half_closed_and_stops_the_rest() {
    let told = one_by_one().changing(70, |order| order.cancel = Some(Cancel::Drain)).run();
    assert_eq!(told.states(), [(State::Ended, None), (State::Stopped, Some(Reason::Cancelled))]);
    assert!(told.took < seconds(5), "{:?}", told.took);
}

#[test]
fn cancel_at_once_leaves_what_is_half_closed_and_says_so() {
    let told = one_by_one().changing(70, |order| order.cancel = Some(Cancel::Immediate)).run();
    assert_eq!(told.states(), [(State::HalfClosed, Some(Reason::Cancelled)), (State::Stopped, Some(Reason::Cancelled))]);
    assert_eq!(told.witness.writes.len(), 1);
    assert!(told.took < seconds(1), "{:?}", told.took);
}

#[test]
fn whatever_stops_it_in_its_settle_window_a_session_has_ended_and_says_so() {
    type Change = fn(&mut Order);
    // What stops it after 15 s, the settle window, and by when it is over without events and with them, in seconds.
    let table: [(&str, Change, i64, [i64; 2]); 6] = [
        ("cancelled at once", |order| order.cancel = Some(Cancel::Immediate), 30, [15, 15]),
        ("cancelled, to drain", |order| order.cancel = Some(Cancel::Drain), 30, [30, 30]),
        ("cancelled, to drain, with a long window", |order| order.cancel = Some(Cancel::Drain), 300, [135, 135]),
        ("at its deadline", |order| order.active_deadline = seconds(15), 30, [30, 30]),
        ("suspended", |order| order.suspended = true, 30, [30, 30]),
        ("suspended, with a long window, and resumed", |order| order.suspended = true, 300, [400, 300]),
    ];
    for (what, stop, window, over) in table {
        for (flows, over) in [false, true].into_iter().zip(over) {
            let mut scenario = Scenario::of(what, vec![ConversationSpec::usual(1)]).changing(15_000, stop);
            (scenario.order.settle, scenario.manners.flows) = (seconds(window), flows);
            let told = scenario.changing(400_000, |order| order.suspended = false).run();
            assert_eq!(told.states(), [(State::Ended, None)], "{what}, events: {flows}");
            assert!(told.took >= seconds(over) && told.took < seconds(over + 2), "{what}, events: {flows}: {:?}", told.took);
            assert_eq!(told.witness.writes.len(), 1, "{what}, events: {flows}");
        }
    }
}

#[test]
fn a_guest_who_is_back_when_everything_stops_at_once_makes_a_session_half_closed() {
    let scenario = Scenario::of("", vec![ConversationSpec::usual(1)]).hearing();
    let conversation_id = scenario.order.targets[0].conversation_id;
    let back = Happening::GuestReconnects { conversation_id, comes_as: Return::NewCommunication };
    let scenario = scenario.behaving(|b| b.effect_delay_ms = Delay::fixed(60_000)).happening(70_000, back);
    let told = scenario.changing(75_000, |order| order.cancel = Some(Cancel::Immediate)).run();
    assert_eq!(told.states(), [(State::HalfClosed, Some(Reason::Cancelled))]);
    assert_eq!(told.progress.sessions[0].reconnects, 1);
}

#[test]
fn the_deadline_ends_what_would_never_end() {
    let lost = Overrides { lose_effects: Some(1000), ..Overrides::default() };
    let never = Scenario::of("never", vec![ConversationSpec::usual(1).overriding(lost)]);
    let told = never.ordering(|order| (order.active_deadline, order.attempts_per_session) = (seconds(60), 1000)).run();
    assert_eq!(told.progress.sessions[0].reason, Some(Reason::DeadlineExceeded));
    assert!(told.took >= seconds(60) && told.took <= seconds(60) + DRAIN + seconds(1), "{:?}", told.took);
    assert!(told.witness.writes.iter().all(|write| write.time <= noon() + seconds(60)));
    assert!(told.is_clean());
}

#[test]
fn the_deadline_stands_still_while_suspended() {
    let short = one_by_one().ordering(|order| (order.active_deadline, order.suspended) = (seconds(60), true));
    let told = short.changing(3_600_000, |order| order.suspended = false).run();
    assert_eq!(told.states(), [(State::Ended, None), (State::Ended, None)]);
}

#[test]
fn more_failures_than_allowed_stop_the_rest_at_once() {
    let conversations = vec![refusing(1), ConversationSpec::usual(2), ConversationSpec::usual(3)];
    let scenario = Scenario::of("", conversations).ordering(|order| (order.parallelism, order.max_failed_sessions) = (1, Some(0)));
    let told = scenario.run();
    let stopped = (State::Stopped, Some(Reason::FailureLimitExceeded));
    assert_eq!(told.states(), [(State::GuestCloseRefused, None), stopped, stopped]);
    assert_eq!(verdict(&scenario.order, &told.progress, None), Verdict::Failed(Failure::FailureLimitExceeded));
    assert!(told.took < seconds(10), "{:?}", told.took);
    let tolerant = scenario.ordering(|order| order.max_failed_sessions = Some(1)).run();
    assert_eq!(tolerant.states(), [(State::GuestCloseRefused, None), (State::Ended, None), (State::Ended, None)]);
}

#[test]
fn no_more_sessions_are_under_way_than_may_be() {
    for parallelism in [1, 3, 12] {
        let sessions = (1..=12).map(|n| ConversationSpec::usual(n).overriding(no_cascade())).collect();
        let scenario = Scenario::of("", sessions).ordering(|order| (order.parallelism, order.settle) = (parallelism, seconds(5)));
        let bench = scenario.bench();
        super::drive::run(&bench, &scenario.script());
        assert_eq!(bench.lock().most_under_way, parallelism);
    }
}

#[test]
fn a_conversation_that_is_not_found_counts_as_the_policy_says() {
    let mut scenario = Scenario::of("", vec![ConversationSpec::usual(1), ConversationSpec::usual(2)]);
    scenario.world.conversations.pop();
    let told = scenario.run();
    assert_eq!(told.states(), [(State::Ended, None), (State::NotFound, None)]);
    assert_eq!(verdict(&scenario.order, &told.progress, None), Verdict::Failed(Failure::SessionsNotFound));
    scenario.order.not_found = NotFoundPolicy::Succeed;
    assert_eq!(verdict(&scenario.order, &told.progress, None), Verdict::Succeeded);
}
