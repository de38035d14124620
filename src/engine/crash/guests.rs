//! What guests, agents and the service do while a session is being ended.

use super::drive::run;
use super::scenario::{Scenario, Told, no_cascade, noon, order_for, seconds};
use crate::plan::{Blocker, BlockerKind};
use crate::simulator::world::{ConversationSpec, Fault, FaultRule, Happening, Operation, Overrides, Purpose, Return};
use crate::termination::{Fault as Trouble, OnReconnect, Reason, State};

pub(super) fn without_cascade() -> Scenario {
    Scenario::of("", vec![ConversationSpec::usual(1).overriding(no_cascade())])
}

pub(super) fn comes_back(scenario: &Scenario, comes_as: Return) -> Happening {
    Happening::GuestReconnects { conversation_id: scenario.order.targets[0].conversation_id, comes_as }
}

fn wrapper_closes(told: &Told) -> u64 {
    told.witness.calls_of(Operation::PatchConversationsMessage) + told.witness.calls_of(Operation::DeleteConversation)
}

#[test]
fn a_refused_guest_close_leaves_the_wrapper_alone() {
    let overrides = Overrides { refuse_guest_close: Some(true), ..Overrides::default() };
    let told = Scenario::of("", vec![ConversationSpec::usual(1).overriding(overrides)]).run();
    assert_eq!(told.states(), [(State::GuestCloseRefused, None)]);
    assert_eq!((wrapper_closes(&told), told.witness.effective_closes.len()), (0, 0));
    assert_eq!(told.witness.writes.len(), 2, "one decline is not enough, and two are");
}

#[test]
fn a_slow_read_that_shows_the_past_does_not_make_a_decline_a_refusal() {
    let rule = |operation, fault, times| FaultRule { operations: vec![operation], conversation_id: None, per_thousand: 1000, times, fault };
    let declined_and_done = Fault::Answer { status: 409, code: None, retry_after_seconds: None, applied: true };
    let mut scenario = without_cascade().behaving(|b| b.read_lag_ms = 1900);
    scenario.world.faults = vec![
        rule(Operation::PatchConversationsMessageParticipant, declined_and_done, Some(1)),
        rule(Operation::GetConversation, Fault::Latency { milliseconds: 3000 }, None),
    ];
    let told = scenario.run();
    assert_eq!(told.states(), [(State::Ended, None)]);
}

#[test]
fn a_guest_who_comes_back_between_the_two_closes_is_closed_before_the_wrapper() {
    for comes_as in [Return::NewCommunication, Return::NewParticipant] {
        let scenario = without_cascade();
        let back = comes_back(&scenario, comes_as);
        let told = scenario.happening(200, back).run();
        assert_eq!(told.states(), [(State::Ended, None)]);
        assert_eq!(told.progress.sessions[0].reconnects, 1);
        let guests: Vec<u64> = told.witness.effective_closes.iter().filter(|closes| closes.guest).map(|closes| closes.count).collect();
        assert_eq!(guests, [1, 1], "{}", told.witness);
        assert!(told.is_clean());
    }
}

#[test]
fn a_guest_who_comes_back_is_only_reported_where_that_is_the_policy() {
    let scenario = without_cascade().ordering(|order| order.on_reconnect = OnReconnect::Report);
    let back = comes_back(&scenario, Return::NewCommunication);
    let told = scenario.happening(200, back).run();
    assert_eq!(told.states(), [(State::Failed, Some(Reason::GuestReturned))]);
    assert_eq!((told.witness.writes.len(), wrapper_closes(&told), told.progress.sessions[0].reconnects), (1, 0, 1));
}

#[test]
fn a_decline_that_a_lagging_read_seems_to_bear_out_is_not_taken_for_a_refusal() {
    let declined_and_done = Fault::Answer { status: 409, code: None, retry_after_seconds: None, applied: true };
    let mut scenario = without_cascade().behaving(|b| b.read_lag_ms = 3000);
    let operations = vec![Operation::PatchConversationsMessageParticipant];
    scenario.world.faults =
        vec![FaultRule { operations, conversation_id: None, per_thousand: 1000, times: Some(1), fault: declined_and_done }];
    let told = scenario.run();
    assert_eq!(told.states(), [(State::Ended, None)]);
    assert_eq!(told.witness.calls_of(Operation::PatchConversationsMessageParticipant), 2);
    assert!(told.is_clean(), "{}", told.witness);
}

#[test]
fn settle_windows_keep_no_session_from_starting() {
    let scenario = Scenario::of("", (1..=12).map(ConversationSpec::usual).collect());
    let scenario = scenario.ordering(|order| (order.parallelism, order.settle) = (1, seconds(30)));
    let told = scenario.run();
    assert!(told.states().iter().all(|state| *state == (State::Ended, None)));
    println!("12 sessions with a settle window of 30 s, one at a time: {:?}", told.took);
    assert!(told.took < seconds(45), "{:?}", told.took);
}

#[test]
fn a_guest_who_keeps_coming_back_is_given_up_after_the_third_time() {
    let mut scenario = without_cascade().ordering(|order| order.settle = seconds(30));
    for n in 1..=6 {
        let back = comes_back(&scenario, Return::NewCommunication);
        scenario = scenario.happening(n * 10_000, back);
    }
    let told = scenario.run();
    assert_eq!(told.states(), [(State::Failed, Some(Reason::GuestReturned))]);
    assert_eq!(told.progress.sessions[0].reconnects, 3);
    assert!(told.is_clean());
}

#[test]
fn two_guest_legs_are_closed_one_after_the_other_and_then_the_wrapper() {
    let purposes = [Purpose::Customer, Purpose::External, Purpose::Acd, Purpose::Agent];
    let told = Scenario::of("", vec![ConversationSpec::of(1, &purposes).overriding(no_cascade())]).run();
    assert_eq!(told.states(), [(State::Ended, None)]);
    let operations: Vec<Operation> = told.witness.writes.iter().map(|write| write.operation).collect();
    let guest = Operation::PatchConversationsMessageParticipant;
    assert_eq!(operations, [guest, guest, Operation::PatchConversationsMessage]);
    assert!(told.is_clean());
}

#[test]
fn a_guest_who_connected_at_the_very_time_of_legs_connected_before_is_left_alone() {
    let told = without_cascade().ordering(|order| order.legs_connected_before = noon() - seconds(600)).run();
    assert_eq!(told.states(), [(State::NotTargeted, Some(Reason::LaterGuestLegLive))]);
    assert_eq!(told.witness.writes, []);
}

#[test]
fn closes_that_are_accepted_and_never_take_effect_are_sent_as_often_as_attempts_allow() {
    let lost = Overrides { lose_effects: Some(1000), ..Overrides::default() };
    let told = Scenario::of("", vec![ConversationSpec::usual(1).overriding(lost)]).ordering(|order| order.attempts_per_session = 3).run();
    assert_eq!(told.states(), [(State::Failed, Some(Reason::AttemptsExhausted))]);
    assert_eq!((told.witness.writes.len(), told.progress.sessions[0].attempts), (3, 3));
}

#[test]
fn a_guest_who_is_not_named_is_left_alone_and_so_is_the_wrapper() {
    let conversation = ConversationSpec::of(1, &[Purpose::Customer, Purpose::Customer, Purpose::Agent]);
    let (named, other) = (conversation.guest_legs()[0], conversation.guest_legs()[1]);
    let told = Scenario::of("", vec![conversation]).ordering(|order| order.targets[0].participant_ids = vec![named.participant]).run();
    assert_eq!(told.states(), [(State::Failed, Some(Reason::UntargetedGuestLegLive))]);
    assert_eq!((told.witness.effective_closes_of(named), told.witness.effective_closes_of(other)), (1, 0));
    assert_eq!(wrapper_closes(&told), 0);
}

#[test]
fn a_named_participant_who_is_an_agent_is_an_error_without_any_write() {
    let conversation = ConversationSpec::usual(1);
    let agent = conversation.legs_of(|purpose| purpose == Purpose::Agent)[0].participant;
    let told = Scenario::of("", vec![conversation]).ordering(|order| order.targets[0].participant_ids = vec![agent]).run();
    assert_eq!(told.states(), [(State::Failed, Some(Reason::NotAGuest))]);
    assert_eq!(told.witness.writes, []);
}

#[test]
fn an_agent_in_after_call_work_does_not_hold_up_the_end() {
    let conversation = ConversationSpec::usual(1).with_wrap_up();
    let scenario = Scenario::of("", vec![conversation]);
    let bench = scenario.bench();
    let told = Told::by(&bench, run(&bench, &scenario.script()));
    assert_eq!(told.states(), [(State::Ended, None)]);
    let inner = bench.lock();
    let truth = inner.world.truth(scenario.order.targets[0].conversation_id).unwrap();
    assert!(truth.end_time.is_none() && truth.live_legs().is_empty());
}

#[test]
fn a_conversation_that_vanishes_after_it_was_seen_counts_as_ended() {
    let scenario = without_cascade();
    let gone = Happening::ConversationVanishes { conversation_id: scenario.order.targets[0].conversation_id };
    let told = scenario.happening(200, gone).run();
    assert_eq!(told.states(), [(State::Ended, Some(Reason::Gone))]);
}

/// Ends everything, forgets it, lets a guest come back if that is asked for, and is ordered to do it all again.
fn recreated(comes_back_as: Option<Return>) -> (Told, Told) {
    let scenario = without_cascade();
    let first = scenario.bench();
    let before = Told::by(&first, run(&first, &scenario.script()));
    let again = scenario.bench();
    {
        let (mut old, mut new) = (first.lock(), again.lock());
        new.now = old.now + seconds(3600);
        let now = new.now;
        old.world.unmark_finished(None);
        if let Some(comes_as) = comes_back_as {
            old.world.guest_reconnects(scenario.order.targets[0].conversation_id, comes_as, now).unwrap();
        }
        new.world = old.world.clone();
    }
    let after = run(&again, &scenario.script());
    (before, Told::by(&again, after))
}

#[test]
fn re_created_after_the_end_writes_nothing() {
    let (before, after) = recreated(None);
    assert_eq!(after.states(), [(State::AlreadyEnded, None)]);
    assert_eq!(after.witness.writes, before.witness.writes);
}

#[test]
fn re_created_after_the_end_leaves_a_guest_alone_who_came_later() {
    let (before, after) = recreated(Some(Return::NewCommunication));
    assert_eq!(after.states(), [(State::NotTargeted, Some(Reason::LaterGuestLegLive))]);
    assert_eq!(after.witness.writes, before.witness.writes);
}

#[test]
fn nothing_is_looked_at_while_blocked_and_it_goes_on_afterwards() {
    let scenario = without_cascade();
    let bench = scenario.bench();
    let blocker = Blocker { kind: BlockerKind::Credentials, fault: Trouble::new("invalid_client", "wrong secret") };
    let mut script = scenario.script();
    script.blocked = Some((blocker, 60_000));
    let told = Told::by(&bench, run(&bench, &script));
    assert_eq!(told.states(), [(State::Ended, None)]);
    assert_eq!(told.requests(), 5);
    assert!(told.witness.writes.iter().all(|write| write.time >= noon() + seconds(60)));
}

#[test]
fn clocks_that_disagree_by_a_day_make_no_difference() {
    let calm = without_cascade().hearing().run();
    for hours in [-24, 24] {
        let mut scenario = without_cascade().hearing();
        scenario.skew = seconds(hours * 3600);
        scenario.order.legs_connected_before = noon() + scenario.skew;
        let told = scenario.run();
        assert_eq!((told.states(), told.requests()), (calm.states(), calm.requests()));
    }
}

#[test]
fn an_order_that_names_nobody_is_finished_at_once() {
    let told = Scenario { order: order_for([]), ..without_cascade() }.run();
    assert_eq!((told.progress.is_finished(), told.requests()), (true, 0));
}
