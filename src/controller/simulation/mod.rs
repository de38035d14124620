//! The whole controller in virtual time, from a seed.
//!
//! What ships is what runs: the controllers over their watches, the reconciles, the record in the status, the client of Genesys Cloud
//! with its tokens, its budget and its refusals. What is played: time, the API server, Genesys Cloud (the simulator), the user, and
//! what goes wrong between them.
//!
//! | file         | what it does |
//! |--------------|--------------|
//! | `scenario`   | what a seed stands for |
//! | `run`        | one run, from its beginning to the end of everything |
//! | `process`    | one life of the controller |
//! | `api_server` | an API server in memory |
//! | `service`    | Genesys Cloud, at the end of a way that takes some time |
//! | `hearsay`    | what the service tells of guests, as the webhook brings it |
//! | `user`       | what is done to the resources |
//! | `weather`    | what goes wrong between the controller and the API server |
//! | `chance`     | what chance decides |
//! | `asking`     | on behalf of whom the service is asked |
//! | `door`       | the order of what arrives in the same moment |
//! | `judge`      | what must never happen |
//! | `verdict`    | what is right and wrong about one record |
//! | `seeds`      | seeds that found something |

mod api_server;
pub(in crate::controller) mod asking;
mod chance;
mod door;
mod hearsay;
mod judge;
mod process;
mod run;
mod scenario;
mod seeds;
mod service;
mod user;
mod verdict;
mod weather;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use run::{Outcome, play, run};
use scenario::Scenario;

/// How many seeds are run where nothing else is said.
const SEEDS: u64 = 300;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|number| number.parse().unwrap())
}

/// Runs a seed and tells its story if something is wrong with it.
fn tried(seed: u64) -> (Outcome, bool) {
    let outcome = run(seed);
    let good = outcome.verdict.violations.is_empty();
    if !good {
        let story = outcome.verdict.transcript.join("\n");
        let what = outcome.verdict.violations.join("; ");
        println!("{story}\nseed {seed}: {what}\nagain: WCT_SEED={seed} cargo test --lib simulation -- --nocapture");
    }
    (outcome, good)
}

/// What came of many seeds.
#[derive(Debug, Default)]
struct Sum {
    bad: Vec<u64>,
    finished: usize,
    deaths: usize,
    records: u64,
    writes: u64,
    hours: f64,
}

impl Sum {
    fn add(&mut self, seed: u64, (outcome, good): &(Outcome, bool)) {
        self.bad.extend((!good).then_some(seed));
        self.finished += outcome.finished;
        self.deaths += outcome.deaths;
        self.records += outcome.verdict.counts.records;
        self.writes += outcome.verdict.counts.writes;
        self.hours += outcome.virtual_time.as_secs_f64() / 3600.0;
    }
}

#[test]
fn whatever_happens_the_controller_keeps_its_promises() {
    if let Some(seed) = number("WCT_SEED") {
        let (outcome, good) = tried(seed);
        assert!(good, "seed {seed}");
        println!("{}", outcome.verdict.transcript.join("\n"));
        return;
    }
    let (first, count) = (number("WCT_FIRST_SEED").unwrap_or(0), number("WCT_SEEDS").unwrap_or(SEEDS));
    let (next, sum) = (AtomicU64::new(first), Mutex::new(Sum::default()));
    let work = || {
        while let seed = next.fetch_add(1, Ordering::Relaxed)
            && seed < first + count
        {
            let came_of_it = tried(seed);
            sum.lock().unwrap().add(seed, &came_of_it);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| _ = scope.spawn(work)));
    let Sum { bad, finished, deaths, records, writes, hours } = sum.into_inner().unwrap();
    let good = count - bad.len() as u64;
    println!("simulation: {good}/{count} seeds, {finished} terminations finished, {deaths} restarts, {records} records");
    println!("simulation: {writes} external writes, {hours:.0} virtual hours");
    assert!(bad.is_empty(), "seeds {bad:?}");
}

#[test]
fn a_crowd_stands_still_while_its_connection_is_suspended() {
    for seed in 0..10 {
        let outcome = play(seed, |_| Scenario::crowd(seed));
        let story = || outcome.verdict.transcript.join("\n");
        assert!(outcome.verdict.violations.is_empty(), "{}\nseed {seed}: {:?}", story(), outcome.verdict.violations.first());
        assert_eq!(outcome.finished, 1, "{}\nseed {seed}", story());
    }
}

#[test]
fn seeds_that_found_something_find_nothing_any_more() {
    let bad: Vec<_> = seeds::NAMED.iter().filter(|(seed, _)| !tried(*seed).1).collect();
    assert!(bad.is_empty(), "{bad:?}");
}

#[test]
fn a_seed_always_tells_the_same_story() {
    for seed in 0..20 {
        let stories = [run(seed), run(seed)].map(|outcome| outcome.verdict.transcript);
        let place = stories[0].iter().zip(&stories[1]).position(|(one, other)| one != other);
        assert_eq!(place.map(|at| [&stories[0][at], &stories[1][at]]), None, "seed {seed}");
        assert_eq!(stories[0].len(), stories[1].len(), "seed {seed}");
    }
}
