//! The growing wait after failures.

use std::time::Duration;

use super::Tempo;

/// A moment, as the caller says: what the pure part knows of time and chance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// How long the listener has been running, by the monotonic clock.
    pub(super) at: Duration,
    /// A random number, for jitter.
    pub(super) salt: u64,
}

/// The wait after failures in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Backoff {
    failures: u32,
    until: Duration,
}

impl Backoff {
    /// Counts a failure. `least` is what was asked to wait at least; it is spread over a tenth of it, so that not all return
    /// at once.
    pub(super) fn fail(&mut self, now: Moment, least: Duration, tempo: &Tempo) {
        if now.at > self.until + tempo.steady {
            self.failures = 0;
        }
        self.failures = self.failures.saturating_add(1);
        let ceiling = tempo.backoff.saturating_mul(1 << (self.failures - 1).min(16)).min(tempo.longest_backoff);
        let own = ceiling / 2 + share(ceiling / 2, now.salt);
        let asked = least.saturating_add(share(least / 10, now.salt));
        self.until = self.until.max(now.at.saturating_add(own.max(asked)));
    }

    /// How many failures in a row there were.
    pub(super) fn failures(&self) -> u32 {
        self.failures
    }

    /// Whether it is too early to try again.
    pub(super) fn blocks(&self, now: Moment) -> bool {
        now.at < self.until
    }

    /// When it may be tried again.
    pub(super) fn until(&self) -> Duration {
        self.until
    }
}

fn share(of: Duration, salt: u64) -> Duration {
    of.mul_f64(f64::from(u32::try_from(salt % 1000).unwrap_or(0)) / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment { at: Duration::from_secs(seconds), salt: 999 }
    }

    #[test]
    fn waits_double_up_to_the_longest_and_begin_anew_after_a_steady_time() {
        let (tempo, mut backoff) = (Tempo::default(), Backoff::default());
        let mut now = at(1000);
        let mut waits = Vec::new();
        for _ in 0..9 {
            backoff.fail(now, Duration::ZERO, &tempo);
            waits.push((backoff.until() - now.at).as_secs_f64().round());
            now.at = backoff.until();
        }
        assert_eq!(waits, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]);
        now.at += Duration::from_secs(61);
        backoff.fail(now, Duration::ZERO, &tempo);
        assert_eq!(backoff.failures(), 1);
    }

    #[test]
    fn what_the_service_asks_for_is_kept_and_spread() {
        let (tempo, mut backoff) = (Tempo::default(), Backoff::default());
        backoff.fail(Moment { salt: 0, ..at(0) }, Duration::from_secs(300), &tempo);
        assert_eq!(backoff.until(), Duration::from_secs(300));
        assert!(backoff.blocks(at(299)) && !backoff.blocks(at(300)));
        let mut later = Backoff::default();
        later.fail(at(0), Duration::from_secs(300), &tempo);
        assert!(later.until() > Duration::from_secs(320) && later.until() < Duration::from_secs(331));
    }
}
