//! Any weather: random worlds, faults of the service and of the store, deaths, lost and repeated events, by seed.

use jiff::SignedDuration;
use uuid::Uuid;

use super::bench::{Bench, Death, Moment, StoreFaults};
use super::drive::run;
use super::matrix::scenarios;
use super::scenario::{Scenario, Told, seconds};
use crate::plan::{Cancel, Order};
use crate::simulator::world::{
    Behaviour, CommunicationState, ConversationSpec, Delay, Dice, Fault, FaultRule, Happening, Overrides, Purpose, Repeats, Return,
};
use crate::termination::{State, Teardown};

/// How many random runs there are.
const SEEDS: u64 = 400;

/// What a seed stands for.
struct Weather {
    scenario: Scenario,
    /// The conversations that refuse the guest's close, or whose guest comes back.
    restless: Vec<Uuid>,
    store_faults: StoreFaults,
    deaths: Vec<Death>,
}

fn number(dice: &mut Dice, most: u64) -> u64 {
    dice.between(0, most)
}

fn small(dice: &mut Dice, most: u16) -> u16 {
    u16::try_from(number(dice, most.into())).unwrap()
}

fn conversation(dice: &mut Dice, n: u32) -> ConversationSpec {
    let two = [Purpose::Customer, Purpose::External, Purpose::Workflow, Purpose::Agent];
    let spec = match number(dice, 5) {
        0 => ConversationSpec::usual(n).all_in(CommunicationState::Disconnected),
        1 => ConversationSpec::usual(n).with_wrap_up(),
        2 => ConversationSpec::of(n, &two),
        _ => ConversationSpec::usual(n),
    };
    let overrides = Overrides {
        no_cascade: Some(dice.per_thousand(500)),
        effect_delay_ms: dice.per_thousand(300).then_some(Delay { min: 0, max: 6000 }),
        lose_effects: dice.per_thousand(150).then_some(2),
        refuse_guest_close: dice.per_thousand(80).then_some(true),
        read_lag_ms: None,
        close_reaches_guest: None,
        events: None,
    };
    spec.overriding(overrides)
}

/// Ways to go wrong, each for a while.
fn faults(dice: &mut Dice) -> Vec<FaultRule> {
    let seconds = u32::try_from(number(dice, 40)).unwrap();
    let kinds = Fault::of_every_kind(seconds, number(dice, 8000));
    let mut rule = |fault| FaultRule {
        operations: Vec::new(),
        conversation_id: None,
        per_thousand: small(dice, 120),
        times: Some(small(dice, 6).into()),
        fault,
    };
    kinds.into_iter().map(&mut rule).collect()
}

fn behave(dice: &mut Dice, behaviour: &mut Behaviour) {
    behaviour.effect_delay_ms = Delay { min: 0, max: number(dice, 3000) };
    behaviour.prompt_effect_delay_ms = Delay { min: 0, max: number(dice, 1000) };
    behaviour.cascade_delay_ms = Delay { min: 0, max: number(dice, 3000) };
    behaviour.read_lag_ms = number(dice, 4000);
    // How a repeat is answered matters only where reads keep up: a decline is judged by what they show.
    if behaviour.read_lag_ms < 1900 {
        let answers = [Repeats::Accepted, Repeats::Conflict, Repeats::BadRequest, Repeats::NotFound];
        behaviour.repeats = answers[usize::try_from(number(dice, 3)).unwrap()];
    }
}

fn weather(seed: u64) -> Weather {
    let dice = &mut Dice::new(seed);
    let count = u32::try_from(dice.between(1, 4)).unwrap();
    let conversations: Vec<ConversationSpec> = (1..=count).map(|n| conversation(dice, n)).collect();
    let refuses = |spec: &&ConversationSpec| spec.overrides.refuse_guest_close == Some(true);
    let mut restless: Vec<Uuid> = conversations.iter().filter(refuses).map(|spec| spec.id).collect();
    let ids: Vec<Uuid> = conversations.iter().map(|spec| spec.id).collect();
    let mut scenario = Scenario::of("weather", conversations).behaving(|behaviour| behave(dice, behaviour));
    scenario.world.seed = seed;
    scenario.world.faults = faults(dice);
    scenario.restart = SignedDuration::from_millis(i64::try_from(number(dice, 10_000)).unwrap());
    for conversation_id in ids {
        let moment = i64::try_from(number(dice, 20_000)).unwrap();
        match number(dice, 9) {
            0 => scenario = scenario.happening(moment, Happening::GuestLeaves { conversation_id }),
            1 | 2 => {
                let comes_as = if dice.per_thousand(500) { Return::NewCommunication } else { Return::NewParticipant };
                scenario = scenario.happening(moment, Happening::GuestReconnects { conversation_id, comes_as });
                restless.push(conversation_id);
            }
            _ => {}
        }
    }
    let order = &mut scenario.order;
    order.parallelism = usize::try_from(dice.between(1, 4)).unwrap();
    order.settle = seconds(i64::try_from(number(dice, 30)).unwrap());
    (order.active_deadline, order.attempts_per_session) = (seconds(86_400), 50);
    scenario.manners.flows = dice.per_thousand(500);
    order.teardown = if dice.per_thousand(200) { Teardown::WhenStuck } else { Teardown::Never };
    let moment = |late| if late { Moment::After } else { Moment::Before };
    let deaths = (0..number(dice, 4)).map(|_| {
        let call = usize::try_from(number(dice, 60)).unwrap();
        Death { call, moment: moment(dice.per_thousand(500)) }
    });
    let deaths = deaths.collect();
    let store_faults = StoreFaults { refused: small(dice, 150), untold: small(dice, 150) };
    let manners = &mut scenario.manners;
    (manners.lost, manners.twice, manners.cut) = (small(dice, 500), small(dice, 500), small(dice, 300));
    manners.backwards = dice.per_thousand(300);
    Weather { scenario, restless, store_faults, deaths }
}

fn exposed(weather: &Weather) -> Bench {
    let bench = weather.scenario.bench();
    {
        let mut inner = bench.lock();
        inner.store_faults = weather.store_faults;
        inner.deaths.clone_from(&weather.deaths);
        // A guest who comes back in the instant before a close is nobody's fault: the guests of the beginning are judged.
        for target in &weather.scenario.order.targets {
            inner.world.name_live_legs_as_targets(target.conversation_id);
        }
    }
    bench
}

#[test]
fn invariant_5_if_faults_stop_finished_is_reached_and_stays() {
    let (mut died, mut writes, mut sessions, mut wasted) = (0, 0, 0, 0);
    for seed in 0..SEEDS {
        let weather = weather(seed);
        let (bench, script) = (exposed(&weather), weather.scenario.script());
        let progress = run(&bench, &script);
        let told = Told::by(&bench, progress);
        assert!(told.progress.is_finished() && told.is_clean(), "seed {seed}: {}\n{:#?}", told.witness, told.progress);
        for session in &told.progress.sessions {
            let id = session.conversation_id;
            if !weather.restless.contains(&id) {
                assert!(matches!(session.state, State::Ended | State::AlreadyEnded), "seed {seed}: {session:#?}");
                assert_eq!(bench.lock().world.truth(id).unwrap().live_legs(), [], "seed {seed}: reported as ended, and live");
            }
        }
        let tomorrow = bench.lock().now + seconds(86_400);
        bench.wait_until(tomorrow);
        let after = bench.lock().world.witness();
        assert_eq!(run(&bench, &script), told.progress, "seed {seed}: it did not stay finished");
        assert_eq!(bench.lock().world.witness(), after, "seed {seed}: something was read or sent after the end");
        died += told.died;
        writes += told.witness.writes.len();
        sessions += told.progress.sessions.len();
        wasted += told.witness.repeated_closes;
    }
    println!("weather: {SEEDS}/{SEEDS} seeds, {sessions} sessions, {died} deaths, {writes} external writes, {wasted} in vain");
    assert!(died > 0 && wasted > 0);
}

/// The same weather over an order that is suspended, resumed and cancelled on the way.
fn changing(seed: u64) -> Weather {
    let mut weather = weather(seed);
    let dice = &mut Dice::new(seed.wrapping_mul(0x9E37_79B9));
    let mut moment = |most| i64::try_from(number(dice, most)).unwrap();
    let (suspended, resumed, cancelled, deadline) = (moment(30_000), moment(300_000), moment(60_000), moment(3600));
    let ways: [fn(&mut Order); 2] = [|order| order.cancel = Some(Cancel::Drain), |order| order.cancel = Some(Cancel::Immediate)];
    let cancel = ways[usize::try_from(moment(1)).unwrap()];
    let scenario = weather.scenario.changing(suspended, |order| order.suspended = true);
    let scenario = scenario.changing(suspended + resumed, |order| order.suspended = false);
    weather.scenario = if seed.is_multiple_of(3) { scenario } else { scenario.changing(cancelled, cancel) };
    weather.scenario.order.active_deadline = seconds(1 + deadline);
    weather
}

#[test]
fn whatever_stops_an_order_on_the_way_it_finishes_and_says_what_is_true() {
    let mut counts = std::collections::BTreeMap::new();
    for seed in 0..SEEDS {
        let weather = changing(seed);
        let bench = exposed(&weather);
        let progress = run(&bench, &weather.scenario.script());
        let told = Told::by(&bench, progress);
        assert!(told.progress.is_finished() && told.is_clean(), "seed {seed}: {}\n{:#?}", told.witness, told.progress);
        let later = bench.lock().now + seconds(60);
        bench.wait_until(later);
        for session in &told.progress.sessions {
            let id = session.conversation_id;
            *counts.entry(session.state).or_insert(0) += 1;
            let closes = bench.lock().world.witness().effective_closes.iter().filter(|closes| closes.leg.conversation == id).count();
            if matches!(session.state, State::Ended | State::AlreadyEnded) && !weather.restless.contains(&id) {
                assert_eq!(bench.lock().world.truth(id).unwrap().live_legs(), [], "seed {seed}: reported as ended, and live");
            }
            assert!(session.state != State::Stopped || closes == 0, "seed {seed}: stopped before anything was closed? {session:#?}");
        }
    }
    println!("weather with stops: {SEEDS}/{SEEDS} seeds, {counts:?}");
}

/// Runs every scenario with a store that refuses writes, and makes others without telling, and with a death at each call.
fn with_a_bad_store(mut judge: impl FnMut(&Scenario, &Bench, &Told)) -> usize {
    let mut runs = 0;
    for scenario in scenarios() {
        let calls = scenario.run().calls;
        for call in 0..calls {
            let bench = scenario.bench();
            {
                let mut inner = bench.lock();
                inner.store_faults = StoreFaults { refused: 200, untold: 200 };
                inner.dice = Dice::new(call as u64);
                inner.deaths = vec![Death { call, moment: Moment::After }];
            }
            let progress = run(&bench, &scenario.script());
            let told = Told::by(&bench, progress);
            judge(&scenario, &bench, &told);
            runs += 1;
        }
    }
    runs
}

#[test]
fn invariant_2_no_write_is_sent_that_the_stored_record_does_not_name() {
    let mut judged = 0;
    let runs = with_a_bad_store(|scenario, bench, told| {
        // The bench holds every write against what is stored when it arrives.
        assert_eq!(bench.lock().judged_writes, told.witness.writes.len(), "{}", scenario.name);
        judged += told.witness.writes.len();
    });
    println!("with a bad store: {runs}/{runs} runs, every one of {judged} writes was named by the record");
}

#[test]
fn invariant_6_the_recorded_result_of_a_session_is_never_lost() {
    let mut kept = 0;
    let runs = with_a_bad_store(|scenario, bench, told| {
        // The bench holds every record against the one before: what was final is there, unchanged.
        kept += bench.lock().judged_results;
        assert_eq!(told.states(), scenario.run().states(), "{}", scenario.name);
        assert!(told.is_clean(), "{}: {}", scenario.name, told.witness);
    });
    println!("with a bad store: {runs}/{runs} runs, {kept} times a recorded result was still there");
    assert!(kept > 0);
}
