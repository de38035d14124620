//! Breadth first through every state there is, and from every one of them to the end.
//!
//! An explorer of its own, not a library's: states are plain bytes that are held whole, so that nothing rests on fingerprints, and each
//! remembers where the fault-free continuation takes it. That continuation is then followed from every state, which says more than
//! that the end is reachable, and how far it is.

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};

use crate::model::{Broken, FAULT, Model, Move};
use crate::sessions::Written;
use crate::state::World;

/// Nowhere.
const NONE: u32 = u32::MAX;

/// What was found.
pub(crate) struct Explored {
    pub(crate) states: usize,
    pub(crate) moves: u64,
    pub(crate) depth: usize,
    /// The longest fault-free way to the end, in moves.
    pub(crate) longest: u32,
    /// How many states there were at which everything is over.
    pub(crate) ends: usize,
    /// Every record that there was, whichever session is the first.
    pub(crate) records: BTreeSet<Written>,
}

/// A state from which something breaks, and the way to it.
pub(crate) struct Caught {
    pub(crate) broken: Broken,
    pub(crate) way: Vec<&'static str>,
    pub(crate) at: World,
}

/// Every state that was met, each once.
struct Met {
    worlds: Vec<World>,
    from: Vec<u32>,
    fair: Vec<u32>,
    table: Vec<u32>,
}

impl Met {
    fn new() -> Self {
        Self { worlds: Vec::new(), from: Vec::new(), fair: Vec::new(), table: vec![NONE; 1 << 16] }
    }

    fn slot(&self, world: &World) -> usize {
        let mask = self.table.len() - 1;
        let mut slot = usize::try_from(hash(world) >> 20).unwrap() & mask;
        while self.table[slot] != NONE && self.worlds[self.table[slot] as usize] != *world {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn meet(&mut self, world: World, from: u32) -> u32 {
        let slot = self.slot(&world);
        if self.table[slot] != NONE {
            return self.table[slot];
        }
        let number = u32::try_from(self.worlds.len()).unwrap();
        self.worlds.push(world);
        self.from.push(from);
        self.fair.push(NONE);
        self.table[slot] = number;
        if self.worlds.len() * 3 > self.table.len() * 2 {
            self.grow();
        }
        number
    }

    fn grow(&mut self) {
        self.table = vec![NONE; self.table.len() * 2];
        for number in 0..self.worlds.len() {
            let slot = self.slot(&self.worlds[number]);
            self.table[slot] = u32::try_from(number).unwrap();
        }
    }
}

/// A hash of plain bytes, of the multiply-and-rotate kind.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u8(*byte));
    }

    fn write_u8(&mut self, byte: u8) {
        self.write_u64(u64::from(byte));
    }

    fn write_u16(&mut self, number: u16) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn write_isize(&mut self, number: isize) {
        self.write_u64(number.cast_unsigned() as u64);
    }
}

fn hash(world: &World) -> u64 {
    let mut mix = Mix::default();
    world.hash(&mut mix);
    mix.finish()
}

/// Explores everything from a first state.
///
/// # Errors
/// The first state from which an invariant breaks, or from which the end is not reached.
pub(crate) fn explore(model: &mut Model, first: World) -> Result<Explored, Box<Caught>> {
    let mut met = Met::new();
    met.meet(first.canonical(), NONE);
    let (mut moves, mut made, mut depth, mut level_ends, mut ends) = (Vec::new(), 0, 0, 1, 0);
    let mut next = 0;
    while next < met.worlds.len() {
        if next == level_ends {
            depth += 1;
            level_ends = met.worlds.len();
        }
        let world = met.worlds[next];
        let from = u32::try_from(next).unwrap();
        model.moves(&world, &mut moves).map_err(|broken| caught(model, &met, from, broken))?;
        made += moves.len() as u64;
        let mut fair = (FAULT, NONE);
        for Move { to, rank, .. } in &moves {
            let number = met.meet(model.tidy(*to).canonical(), from);
            if number != from && *rank < fair.0 {
                fair = (*rank, number);
            }
        }
        met.fair[next] = fair.1;
        ends += usize::from(fair.1 == NONE);
        next += 1;
    }
    let longest = reaches_the_end(model, &met)?;
    let records = met.worlds.iter().map(|world| world.record().sorted()).collect();
    Ok(Explored { states: met.worlds.len(), moves: made, depth, longest, ends, records })
}

/// From every state, the fault-free continuation finishes. Says how many moves the longest one takes.
fn reaches_the_end(model: &mut Model, met: &Met) -> Result<u32, Box<Caught>> {
    const UNKNOWN: u32 = u32::MAX;
    const UNDER_WAY: u32 = u32::MAX - 1;
    let mut far = vec![UNKNOWN; met.worlds.len()];
    let (mut way, mut longest) = (Vec::new(), 0);
    for start in 0..met.worlds.len() {
        let mut at = start;
        let mut distance = loop {
            let world = &met.worlds[at];
            if far[at] < UNDER_WAY {
                break far[at];
            }
            if world.times.finished {
                far[at] = 0;
                break 0;
            }
            if far[at] == UNDER_WAY || met.fair[at] == NONE {
                let what = if met.fair[at] == NONE { "nothing more happens, and it is not finished" } else { "it goes round in circles" };
                return Err(caught(model, met, u32::try_from(at).unwrap(), Broken { invariant: 5, what }));
            }
            far[at] = UNDER_WAY;
            way.push(at);
            at = met.fair[at] as usize;
        };
        while let Some(before) = way.pop() {
            distance += 1;
            far[before] = distance;
            longest = longest.max(distance);
        }
    }
    Ok(longest)
}

fn caught(model: &mut Model, met: &Met, at: u32, broken: Broken) -> Box<Caught> {
    let mut way = Vec::new();
    let mut here = at;
    let mut moves = Vec::new();
    while met.from[here as usize] != NONE {
        let (before, to) = (met.from[here as usize], met.worlds[here as usize]);
        let _ = model.moves(&met.worlds[before as usize], &mut moves);
        way.push(moves.iter().find(|one| model.tidy(one.to).canonical() == to).map_or("?", |one| one.what));
        here = before;
    }
    way.reverse();
    Box::new(Caught { broken, way, at: met.worlds[at as usize] })
}
