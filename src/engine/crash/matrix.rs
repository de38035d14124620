//! Death after every effect, and at every await point.

use jiff::SignedDuration;

use super::bench::{Death, Moment};
use super::feed::Manners;
use super::scenario::{Scenario, Told, no_cascade, noon, seconds};
use crate::plan::NotFoundPolicy;
use crate::simulator::world::{CommunicationState, ConversationSpec, Delay, Happening, Operation, Overrides, Purpose, Return};
use crate::termination::{State, Teardown};

fn usual() -> Scenario {
    Scenario::of("the usual", vec![ConversationSpec::usual(1)])
}

fn without_cascade() -> Scenario {
    Scenario::of("without cascade", vec![ConversationSpec::usual(1).overriding(no_cascade())])
}

pub(super) fn refused() -> Scenario {
    let overrides = Overrides { refuse_guest_close: Some(true), ..Overrides::default() };
    Scenario::of("refused", vec![ConversationSpec::usual(1).overriding(overrides)])
}

fn mixed() -> Scenario {
    let refusing = Overrides { refuse_guest_close: Some(true), ..Overrides::default() };
    let mut scenario = Scenario::of(
        "mixed, two at a time",
        vec![
            ConversationSpec::usual(1),
            ConversationSpec::usual(2).overriding(no_cascade()),
            ConversationSpec::usual(3).all_in(CommunicationState::Disconnected),
            ConversationSpec::usual(4).overriding(refusing),
            ConversationSpec::usual(5).with_wrap_up(),
            ConversationSpec::usual(6),
        ],
    );
    scenario.world.conversations.pop();
    scenario.ordering(|order| (order.parallelism, order.not_found) = (2, NotFoundPolicy::Succeed))
}

/// Every way that a session can take.
pub(super) fn scenarios() -> Vec<Scenario> {
    let named = |name, scenario: Scenario| Scenario { name, ..scenario };
    let two_guests = [Purpose::Customer, Purpose::Customer, Purpose::Acd, Purpose::Agent];
    let lossy = Overrides { lose_effects: Some(1), ..no_cascade() };
    let usual_id = ConversationSpec::usual(1).id;
    let comes_back = |comes_as| Happening::GuestReconnects { conversation_id: usual_id, comes_as };
    vec![
        usual(),
        without_cascade(),
        refused(),
        mixed(),
        named("asynchronous effects", without_cascade().behaving(|b| (b.effect_delay_ms, b.prompt_effect_delay_ms) = slow())),
        named("late cascade", usual().behaving(|b| b.cascade_delay_ms = Delay::fixed(1500))),
        named("reads lag", without_cascade().behaving(|b| b.read_lag_ms = 5000)),
        named("two guests", Scenario::of("", vec![ConversationSpec::of(1, &two_guests).overriding(no_cascade())])),
        named("after-call work", Scenario::of("", vec![ConversationSpec::usual(1).with_wrap_up()])),
        named("an effect is lost", Scenario::of("", vec![ConversationSpec::usual(1).overriding(lossy)])),
        named("torn down", refused().ordering(|order| order.teardown = Teardown::WhenStuck)),
        named("settling", without_cascade().ordering(|order| order.settle = seconds(30))),
        named(
            "the guest comes back",
            usual().ordering(|order| order.settle = seconds(30)).happening(15_000, comes_back(Return::NewCommunication)),
        ),
        named(
            "another guest comes",
            without_cascade().ordering(|order| order.settle = seconds(30)).happening(15_000, comes_back(Return::NewParticipant)),
        ),
        named("events flow", without_cascade().behaving(|b| b.effect_delay_ms = Delay::fixed(700)).hearing()),
    ]
}

fn slow() -> (Delay, Delay) {
    (Delay::fixed(2500), Delay::fixed(2500))
}

/// The same ways, with events that flow well, badly, and not for long.
fn heard() -> impl Iterator<Item = Scenario> {
    let badly = Manners { flows: true, lost: 200, twice: 500, cut: 200, backwards: true, silent_after: None };
    let not_for_long = Manners { flows: true, silent_after: Some(noon() + SignedDuration::from_millis(500)), ..Manners::default() };
    let all = [Manners { flows: true, ..Manners::default() }, badly, not_for_long];
    all.into_iter().flat_map(|manners| scenarios().into_iter().map(move |scenario| Scenario { manners, ..scenario.hearing() }))
}

#[test]
fn a_session_that_cascades_takes_three_calls() {
    let told = usual().run();
    assert_eq!(told.states(), [(State::Ended, None)]);
    assert_eq!(told.witness.calls_of(Operation::GetConversation), 2);
    assert_eq!(told.witness.calls_of(Operation::PatchConversationsMessageParticipant), 1);
    assert_eq!(told.requests(), 3, "{}", told.witness);
    assert!(told.is_clean());
}

#[test]
fn a_session_that_does_not_cascade_takes_five_calls() {
    let told = without_cascade().run();
    assert_eq!(told.states(), [(State::Ended, None)]);
    assert_eq!(told.witness.calls_of(Operation::GetConversation), 3);
    assert_eq!(told.witness.calls_of(Operation::PatchConversationsMessageParticipant), 1);
    assert_eq!(told.witness.calls_of(Operation::PatchConversationsMessage), 1);
    assert_eq!(told.requests(), 5, "{}", told.witness);
    assert!(told.is_clean());
}

/// Holds a disturbed run against the undisturbed one.
fn same(scenario: &Scenario, calm: &Told, told: &Told, died: usize, what: &str) {
    let name = scenario.name;
    assert_eq!(told.died, died, "{name}, {what}: the process lives");
    assert_eq!(told.states(), calm.states(), "{name}, {what}: {}", told.witness);
    assert!(told.is_clean(), "{name}, {what}: {}\n{:#?}", told.witness, told.witness.writes);
    assert!(told.progress.is_finished(), "{name}, {what}");
}

pub(super) fn deaths(calls: usize) -> impl Iterator<Item = Death> {
    (0..calls).flat_map(|call| [Moment::Before, Moment::After].map(|moment| Death { call, moment }))
}

#[test]
fn crash_after_every_effect_leads_to_the_same_end() {
    let (mut passed, mut all) = (0, 0);
    for mut scenario in scenarios().into_iter().chain(heard()) {
        let calm = scenario.run();
        assert!(calm.is_clean(), "{}: {}", scenario.name, calm.witness);
        println!("{}: {:?} after {} calls: {}", scenario.name, calm.states(), calm.calls, calm.witness);
        for restart in [0, 3] {
            scenario.restart = seconds(restart);
            for death in deaths(calm.calls) {
                all += 1;
                let told = scenario.run_with(|bench| bench.lock().deaths = vec![death]);
                same(&scenario, &calm, &told, 1, &format!("{death:?}"));
                passed += 1;
            }
        }
    }
    println!("crash matrix, one death: {passed}/{all}");
}

#[test]
fn two_crashes_anywhere_lead_to_the_same_end() {
    let (mut passed, mut all) = (0, 0);
    for scenario in scenarios().into_iter().filter(|scenario| scenario.order.targets.len() == 1) {
        let calm = scenario.run();
        for first in deaths(calm.calls) {
            let once = scenario.run_with(|bench| bench.lock().deaths = vec![first]);
            for second in deaths(once.calls).filter(|second| second.call > first.call) {
                all += 1;
                let told = scenario.run_with(|bench| bench.lock().deaths = vec![first, second]);
                same(&scenario, &calm, &told, 2, &format!("{first:?}, {second:?}"));
                passed += 1;
            }
        }
    }
    println!("crash matrix, two deaths: {passed}/{all}");
}

#[test]
fn dropping_a_round_at_any_await_point_leads_to_the_same_end() {
    let (mut passed, mut all) = (0, 0);
    for scenario in scenarios().into_iter().chain(heard()) {
        let calm = scenario.run();
        for poll in 1..=calm.polls {
            all += 1;
            let told = scenario.run_with(|bench| bench.lock().drop_at = Some(poll));
            same(&scenario, &calm, &told, 1, &format!("dropped at poll {poll}"));
            passed += 1;
        }
    }
    println!("dropped at every await point: {passed}/{all}");
}
