//! Two controllers over one record: the stale one writes nothing.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use jiff::Timestamp;

use super::bench::{Bench, Call};
use super::drive::{Process, Script, run};
use super::keep::Memory;
use super::scenario::{Scenario, Told, no_cascade, seconds};
use crate::engine::RECORD_COVERS;
use crate::plan::Outlook;
use crate::simulator::world::{ConversationSpec, Dice};
use crate::termination::State;

/// The number of the controller that is overtaken; the other one is number 0.
const OVERTAKEN: u32 = 9;

fn scenario() -> Scenario {
    let sessions = [1, 2].map(|n| ConversationSpec::usual(n).overriding(no_cascade()));
    Scenario::of("two sessions", sessions.into())
}

/// A controller rests in the middle of round `round`, at its `poll`-th await point; another one comes and does everything;
/// then the first one goes on. `None` when its round has no such point.
fn overtaken(bench: &Bench, script: &Script, (rounds, polls): (usize, usize), meanwhile: impl FnOnce(&Bench)) -> Option<Vec<Call>> {
    let keep = Memory(bench);
    let mut first = Process::start(bench, &keep, OVERTAKEN);
    for _ in 0..rounds {
        let outlook = super::drive::drive(bench, first.round(script))?;
        let Outlook::At(then) = outlook else { return None };
        bench.wait_until(then);
    }
    let mut rest = pin!(first.round(script));
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if rest.as_mut().poll(&mut context).is_ready() {
            return None;
        }
    }
    meanwhile(bench);
    run(bench, script);
    let done = bench.lock().calls.len();
    super::drive::drive(bench, rest);
    Some(bench.lock().calls.split_off(done))
}

/// Every point at which one controller can be overtaken by another.
fn every_overtaking(meanwhile: impl Fn(&Bench) + Copy) -> (usize, usize) {
    let (mut points, mut conflicts) = (0, 0);
    for rounds in 0.. {
        let mut any = false;
        for polls in 0.. {
            let scenario = scenario();
            let bench = scenario.bench();
            let Some(calls) = overtaken(&bench, &scenario.script(), (rounds, polls), meanwhile) else { break };
            any = true;
            let sent = calls.iter().filter(|call| matches!(call, Call::Send(_))).count();
            assert_eq!(sent, 0, "overtaken in round {rounds} at await point {polls}, it sent all the same");
            let progress = bench.stored().0;
            let told = Told::by(&bench, progress);
            assert_eq!(told.states(), [(State::Ended, None), (State::Ended, None)], "round {rounds}, await point {polls}");
            assert!(told.is_clean(), "round {rounds}, await point {polls}: {}", told.witness);
            points += 1;
            conflicts += bench.lock().conflicts;
        }
        if !any {
            break;
        }
    }
    (points, conflicts)
}

#[test]
fn a_stale_controller_that_no_longer_leads_sends_nothing() {
    let (points, conflicts) = every_overtaking(|bench| bench.lock().leader = Some(0));
    println!("overtaken at every await point, the lease passed on: {points}/{points}, {conflicts} conflicts");
    assert!(conflicts > 0);
}

#[test]
fn a_stale_controller_that_believes_it_leads_sends_nothing_once_its_record_is_too_old() {
    let (points, conflicts) = every_overtaking(|bench| {
        let then = bench.lock().now + RECORD_COVERS;
        bench.wait_until(then);
    });
    println!("overtaken at every await point, both believing to lead: {points}/{points}, {conflicts} conflicts");
    assert!(conflicts > 0);
}

/// One controller's whole life: round, wait, round.
async fn live(bench: &Bench, script: &Script, number: u32, wakes: &std::sync::Mutex<[Option<Timestamp>; 2]>) {
    let keep = Memory(bench);
    let mut process = Process::start(bench, &keep, number);
    loop {
        let Outlook::At(then) = process.round(script).await else { return };
        let me = number as usize;
        poll_fn(|_| {
            let up = then <= bench.lock().now;
            wakes.lock().unwrap()[me] = (!up).then_some(then);
            if up { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// Two controllers, both believing to lead, take turns at their await points as the dice will have it.
fn take_turns(bench: &Bench, script: &Script, seed: u64) {
    let wakes = std::sync::Mutex::new([None, None]);
    let mut dice = Dice::new(seed);
    let mut lives: Vec<Option<Pin<Box<dyn Future<Output = ()>>>>> = vec![
        Some(Box::pin(live(bench, script, 0, &wakes))), //
        Some(Box::pin(live(bench, script, 1, &wakes))),
    ];
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..100_000 {
        let turn = usize::from(dice.per_thousand(500));
        let ready = lives[turn].as_mut().is_none_or(|life| life.as_mut().poll(&mut context).is_ready());
        if ready {
            lives[turn] = None;
        }
        if lives.iter().all(Option::is_none) {
            return;
        }
        let waiting = *wakes.lock().unwrap();
        let asleep = |n: usize| lives[n].is_none() || waiting[n].is_some();
        if asleep(0) && asleep(1) {
            let next = waiting.iter().flatten().min().copied().unwrap();
            bench.wait_until(next);
        }
    }
    panic!("two controllers never come to an end: {:#?}", bench.stored().0);
}

#[test]
fn two_controllers_that_both_believe_to_lead_end_every_session_once() {
    let mut conflicts = 0;
    let seeds = 200;
    for seed in 0..seeds {
        let scenario = scenario().ordering(|order| order.settle = seconds(5));
        let bench = scenario.bench();
        take_turns(&bench, &scenario.script(), seed);
        let progress = bench.stored().0;
        let told = Told::by(&bench, progress);
        assert_eq!(told.states(), [(State::Ended, None), (State::Ended, None)], "seed {seed}");
        assert!(told.is_clean() && told.witness.repeated_closes == 0, "seed {seed}: {}", told.witness);
        assert_eq!(told.witness.writes.len(), 4, "seed {seed}");
        conflicts += bench.lock().conflicts;
    }
    println!("two controllers in turns: {seeds}/{seeds} seeds, {conflicts} conflicts");
    assert!(conflicts > 0);
}
