//! Model checking of the shipped round: two controllers, the record, the service, the network between them, and everything that goes
//! wrong there, in every order.
//!
//! ```text
//! World ─▶ moves ─▶ World …      every state, breadth first
//!            │
//!            ├─ controllers: the shipped `engine::round`, run again from what it was told (`round`)
//!            ├─ service, guests, network (`service_moves`)
//!            └─ laws: the invariants of `src/lib.rs`, each broken by a mutant (`mutants`)
//! ```

#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::unwrap_used, reason = "test code")]

mod controller_moves;
mod explore;
mod laws;
mod model;
mod mutants;
mod reduce;
mod round;
mod service;
mod service_moves;
mod sessions;
mod state;
mod time_moves;

use explore::{Explored, explore};
use model::Model;
use mutants::Mutant;
use state::{Left, World};

/// Explores everything within a bound, and prints what there was.
fn check(name: &str, alone: bool, left: Left) -> Explored {
    let mut model = Model::new(None);
    let first = if alone { model.alone(left) } else { World::new(left) };
    let explored = explore(&mut model, first).unwrap_or_else(|caught| {
        let lines: Vec<String> = caught.way.iter().enumerate().map(|(n, what)| format!("{:3}. {what}", n + 1)).collect();
        panic!("{name}: {:?}\n{}\n{:#?}", caught.broken, lines.join("\n"), caught.at);
    });
    println!("{} bytes a state", size_of::<World>());
    let Explored { states, moves, depth, longest, ends, ref records } = explored;
    println!(
        "{name}: {states} states, {moves} moves, depth {depth}; from every state the fault-free way to the end takes at most {longest} moves; \
         {ends} states at rest; {} different records, {} sessions, {} rounds; late requests: {:?}; {left:?}",
        records.len(),
        model.sessions.count(),
        model.rounds(),
        model.residual,
    );
    explored
}

/// Nothing that goes wrong.
const NONE: Left = Left { crashes: 0, losses: 0, repeats: 0, returns: 0, leaves: 0, passes: 0, troubles: 0, stops: 0 };

#[test]
fn nothing_breaks_when_one_thing_goes_wrong() {
    check("nothing", false, NONE);
    check("a crash", false, Left { crashes: 1, ..NONE });
    check("an event lost", false, Left { losses: 1, ..NONE });
    check("an event repeated", false, Left { repeats: 1, ..NONE });
    check("a guest who comes back", false, Left { returns: 1, ..NONE });
    check("a guest who leaves", false, Left { leaves: 1, ..NONE });
    check("a lease that passes on", false, Left { passes: 1, ..NONE });
    check("a cancellation", false, Left { stops: 1, ..NONE });
}

#[test]
#[ignore = "minutes: part of the full bound"]
fn nothing_breaks_when_several_things_go_wrong() {
    let deaths = Left { crashes: 2, ..NONE };
    check("two sessions: deaths, losses, a return", false, Left { losses: 2, returns: 1, ..deaths });
    check("two sessions: deaths, losses, a lease that passes on", false, Left { losses: 2, passes: 1, ..deaths });
    check("two sessions: deaths, a return, a lease that passes on", false, Left { returns: 1, passes: 1, ..deaths });
    check("two sessions: a return and a trouble", false, Left { returns: 1, troubles: 1, ..NONE });
    let all = Left { losses: 2, repeats: 1, returns: 1, passes: 1, stops: 1, ..deaths };
    check("one session and any neighbours: all of these, a repeat, a cancellation", true, all);
}

/// Explores a bound with and without what need not be explored, and compares the records that there can be.
fn compare(left: Left) {
    let mut model = Model::new(None);
    let mut run = |is_whole| {
        model.is_whole = is_whole;
        explore(&mut model, World::new(left)).unwrap_or_else(|caught| panic!("{:?}", caught.broken))
    };
    let (whole, reduced) = (run(true), run(false));
    println!("{} states instead of {}, the same {} records; {left:?}", reduced.states, whole.states, whole.records.len());
    assert_eq!(whole.records, reduced.records);
}

#[test]
fn what_is_not_explored_twice_leads_to_no_other_records() {
    compare(NONE);
}

#[test]
#[ignore = "minutes: part of the full bound"]
fn what_is_not_explored_twice_leads_to_no_other_records_when_one_thing_goes_wrong() {
    compare(Left { crashes: 1, ..NONE });
    compare(Left { losses: 1, ..NONE });
    compare(Left { repeats: 1, leaves: 1, ..NONE });
    compare(Left { stops: 1, ..NONE });
}

#[test]
#[ignore = "a bound of one's own: WCT_MODEL=crashes,losses,repeats,returns,leaves,passes,troubles,stops"]
fn a_bound_of_ones_own() {
    let given = std::env::var("WCT_MODEL").unwrap_or_default();
    let mut numbers = given.split(',').map(|number| number.trim().parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    let (crashes, losses, repeats, returns) = (next(), next(), next(), next());
    let (leaves, passes, troubles, stops) = (next(), next(), next(), next());
    check(
        "own",
        std::env::var_os("WCT_MODEL_ALONE").is_some(),
        Left { crashes, losses, repeats, returns, leaves, passes, troubles, stops },
    );
}

#[test]
fn mutants_are_caught() {
    let mut caught = 0;
    for (mutant, invariants, left) in Mutant::ALL {
        match explore(&mut Model::new(Some(mutant)), World::new(left)) {
            Err(found) => {
                println!("{mutant:?}: invariant {} after {} moves: {}", found.broken.invariant, found.way.len(), found.broken.what);
                caught += usize::from(invariants.contains(&found.broken.invariant));
            }
            Ok(explored) => println!("{mutant:?}: NOT CAUGHT in {} states", explored.states),
        }
    }
    println!("mutants caught by the invariant that they break: {caught}/{}", Mutant::ALL.len());
    assert_eq!(caught, Mutant::ALL.len());
}
