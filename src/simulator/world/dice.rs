//! Chance from a seed (splitmix64): the same seed tells the same story.

use uuid::{Builder, Uuid};

/// A small seeded generator; part of the world's value, so a cloned world throws the same numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dice(u64);

impl Dice {
    /// Starts a sequence; equal seeds give equal sequences.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Throws the next 64 bits.
    pub fn next_bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Throws a number from `min` to `max`, both included; `min` when the range is empty. A fixed range uses up no chance.
    pub fn between(&mut self, min: u64, max: u64) -> u64 {
        match max.checked_sub(min) {
            None | Some(0) => min,
            Some(u64::MAX) => self.next_bits(),
            Some(width) => min + self.next_bits() % (width + 1),
        }
    }

    /// Says yes `n` times in a thousand; 0 and 1000 use up no chance.
    pub fn per_thousand(&mut self, n: u16) -> bool {
        match n {
            0 => false,
            1000.. => true,
            _ => self.next_bits() % 1000 < u64::from(n),
        }
    }

    /// Throws an id in the form of a random UUID.
    pub fn uuid(&mut self) -> Uuid {
        let bits = (u128::from(self.next_bits()) << 64) | u128::from(self.next_bits());
        Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_tell_the_same_story() {
        let (mut a, mut b) = (Dice::new(7), Dice::new(7));
        assert_eq!((a.uuid(), a.between(3, 9)), (b.uuid(), b.between(3, 9)));
    }

    #[test]
    fn a_throw_stays_within_its_range() {
        let mut dice = Dice::new(1);
        assert!((0..1000).all(|_| (3..=9).contains(&dice.between(3, 9))));
        assert_eq!(dice.between(5, 2), 5);
    }

    #[test]
    fn never_and_always_mean_what_they_say() {
        let mut dice = Dice::new(1);
        assert!((0..100).all(|_| !dice.per_thousand(0) && dice.per_thousand(1000)));
    }
}
