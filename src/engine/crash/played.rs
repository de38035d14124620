//! What the bench plays of the client, told so that the client that ships can be held against it.

use super::bench::Bench;
use super::points::{answers, effects, find};
use super::scenario::noon;
use super::translate;
use crate::plan::Write;
use crate::simulator::world::{Fault, FaultRule, World, WorldSpec};
use crate::termination::Answer;

/// A write, the world that it is sent to, and what the bench makes of its answer there.
pub(crate) struct Played {
    pub(crate) name: String,
    pub(crate) world: WorldSpec,
    pub(crate) write: Write,
    pub(crate) answer: Answer,
    /// How many effective closes there were.
    pub(crate) closes: u64,
    /// Whether the answer breaks off in its body. If its head gets through it is a good one, and that is played as well.
    pub(crate) breaks_off: bool,
}

/// Each effect with each answer.
pub(crate) fn played() -> Vec<Played> {
    let mut all = Vec::new();
    for (effect, is_meant, scenario) in effects() {
        let (_, calls) = scenario.run_and_list();
        let (_, write) = find(&calls, is_meant).unwrap();
        for fault in answers() {
            let name = format!("{effect}, answered {fault:?}");
            let breaks_off = fault == Some(Fault::HalfBody);
            let operations = vec![translate::request(&write).operation()];
            let rule = |fault| FaultRule { operations, conversation_id: None, per_thousand: 1000, times: Some(1), fault };
            let mut world = scenario.world.clone();
            world.faults.extend(fault.map(rule));
            let bench = Bench::new(World::new(world.clone(), noon()).unwrap(), &scenario.order, noon());
            let answer = translate::send(&mut bench.lock(), &write);
            let witness = bench.lock().world.witness();
            let closes = witness.effective_closes.iter().map(|closes| u64::from(closes.count)).sum();
            all.push(Played { name, world, write, answer, closes, breaks_off });
        }
    }
    all
}
