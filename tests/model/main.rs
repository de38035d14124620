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
fn check(name: &str, left: Left) -> Explored {
    let mut model = Model::new(None);
    let explored = explore(&mut model, World::new(left)).unwrap_or_else(|caught| {
        let lines: Vec<String> = caught.way.iter().enumerate().map(|(n, what)| format!("{:3}. {what}", n + 1)).collect();
        panic!("{name}: {:?}\n{}\n{:#?}", caught.broken, lines.join("\n"), caught.at);
    });
    let Explored { states, moves, depth, longest, ends } = explored;
    println!(
        "{name}: {states} states, {moves} moves, depth {depth}; from every state the fault-free way to the end takes at most {longest} moves; \
         {ends} states at rest; {} different sessions, {} different rounds; late requests: {:?}; {left:?}",
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
    check("nothing", NONE);
    check("a crash", Left { crashes: 1, ..NONE });
    check("an event lost", Left { losses: 1, ..NONE });
    check("an event repeated", Left { repeats: 1, ..NONE });
    check("a guest who comes back", Left { returns: 1, ..NONE });
    check("a guest who leaves", Left { leaves: 1, ..NONE });
    check("a lease that passes on", Left { passes: 1, ..NONE });
    check("a cancellation", Left { stops: 1, ..NONE });
}

#[test]
#[ignore = "a bound of one's own: WCT_MODEL=crashes,losses,repeats,returns,leaves,passes,troubles,stops"]
fn a_bound_of_ones_own() {
    let given = std::env::var("WCT_MODEL").unwrap_or_default();
    let mut numbers = given.split(',').map(|number| number.trim().parse().unwrap_or(0));
    let mut next = || numbers.next().unwrap_or(0);
    let (crashes, losses, repeats, returns) = (next(), next(), next(), next());
    let (leaves, passes, troubles, stops) = (next(), next(), next(), next());
    check("own", Left { crashes, losses, repeats, returns, leaves, passes, troubles, stops });
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
