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
        fastrand::u64(..)
    }
}

/// The time now.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// A time of the monotonic clock, for lengths of time that no change of the wall clock may disturb.
#[must_use]
pub fn monotonic() -> std::time::Instant {
    std::time::Instant::now()
}
