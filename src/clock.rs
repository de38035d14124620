//! The only file that reads the time, and the only one of the engine's shells that draws random numbers for it.

#![expect(clippy::disallowed_methods, reason = "this is the file that may read the time")]

use jiff::Timestamp;

use crate::engine::Time;

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Time for SystemClock {
    fn now(&self) -> Timestamp {
        now()
    }

    fn salt(&self) -> u64 {
        #[cfg(test)]
        if let Some(salt) = played::salt() {
            return salt;
        }
        fastrand::u64(..)
    }
}

/// The time now.
#[must_use]
pub fn now() -> Timestamp {
    #[cfg(test)]
    if let Some(now) = played::now() {
        return now;
    }
    Timestamp::now()
}

/// A time of the monotonic clock, for lengths of time that no change of the wall clock may disturb.
#[must_use]
pub fn monotonic() -> std::time::Instant {
    #[cfg(test)]
    if let Some(now) = played::monotonic() {
        return now;
    }
    std::time::Instant::now()
}

/// Time that is played: on this thread it follows the runtime's clock, which a test may have stopped.
#[cfg(test)]
pub(crate) mod played {
    use std::cell::Cell;
    use std::time::Instant;

    use jiff::{SignedDuration, Timestamp};

    thread_local! {
        static BEGUN: Cell<Option<Begun>> = const { Cell::new(None) };
    }

    #[derive(Clone, Copy)]
    struct Begun {
        runtime: tokio::time::Instant,
        time: Timestamp,
        seed: u64,
    }

    /// It is `time` now, until the returned is dropped. Random numbers follow from the seed and the time.
    #[must_use]
    pub(crate) fn begin(time: Timestamp, seed: u64) -> Playing {
        BEGUN.set(Some(Begun { runtime: tokio::time::Instant::now(), time, seed }));
        Playing(())
    }

    /// Time is played for as long as this lives.
    pub(crate) struct Playing(());

    impl Drop for Playing {
        fn drop(&mut self) {
            BEGUN.set(None);
        }
    }

    pub(super) fn now() -> Option<Timestamp> {
        BEGUN.get().map(|begun| begun.time + passed(begun))
    }

    pub(super) fn monotonic() -> Option<Instant> {
        BEGUN.get().map(|_| tokio::time::Instant::now().into_std())
    }

    /// The same for all who ask at the same time: in which order they do may be chance.
    pub(super) fn salt() -> Option<u64> {
        let begun = BEGUN.get()?;
        let passed = u64::try_from(passed(begun).as_millis()).unwrap_or_default();
        Some(fastrand::Rng::with_seed(begun.seed ^ passed.rotate_left(32)).u64(..))
    }

    fn passed(begun: Begun) -> SignedDuration {
        SignedDuration::try_from(tokio::time::Instant::now() - begun.runtime).unwrap_or_default()
    }
}
