//! What chance decides, by the name of what is decided: in which order it is asked makes no difference.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::simulator::world::Dice;

/// Chance from a seed.
#[derive(Clone)]
pub(super) struct Chance {
    seed: u64,
    asked: Arc<Mutex<BTreeMap<String, u32>>>,
}

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, asked: Arc::default() }
    }

    /// The dice of one matter.
    pub(super) fn of(&self, what: &str) -> Dice {
        let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        Dice::new(what.bytes().fold(0xCBF2_9CE4_8422_2325, hash) ^ self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// A name for the next one of its kind.
    pub(super) fn number(&self, kind: &str) -> String {
        let mut asked = self.asked.lock().unwrap();
        let number = asked.entry(kind.to_owned()).or_default();
        *number += 1;
        format!("{kind} #{number}")
    }
}
