//! How often each connection may be told something.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::ports::ConnectionName;

/// How many connections are remembered before those that are at rest are forgotten.
const REMEMBERED: usize = 1024;

/// A token bucket for each connection. Only who has proven the secret takes from it, so that nobody else can use it up.
#[derive(Debug)]
pub(super) struct Rate {
    per_second: f64,
    burst: f64,
    buckets: Mutex<HashMap<ConnectionName, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Rate {
    pub(super) fn new(per_second: u32, burst: u32) -> Self {
        Self { per_second: f64::from(per_second.max(1)), burst: f64::from(burst.max(1)), buckets: Mutex::default() }
    }

    /// Takes one.
    ///
    /// # Errors
    /// How long to wait until there is one.
    pub(super) fn take(&self, connection: &ConnectionName, now: Instant) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= REMEMBERED {
            buckets.retain(|_, bucket| self.filled(*bucket, now) < self.burst);
        }
        let bucket = buckets.entry(connection.clone()).or_insert(Bucket { left: self.burst, at: now });
        *bucket = Bucket { left: self.filled(*bucket, now), at: now };
        if bucket.left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.left) / self.per_second));
        }
        bucket.left -= 1.0;
        Ok(())
    }

    fn filled(&self, bucket: Bucket, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        passed.mul_add(self.per_second, bucket.left).min(self.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let rate = Rate::new(2, 3);
        let connection = ConnectionName { namespace: "chat".into(), name: "main".into() };
        let start = clock::monotonic();
        for _ in 0..3 {
            assert_eq!(rate.take(&connection, start), Ok(()));
        }
        assert_eq!(rate.take(&connection, start), Err(Duration::from_millis(500)));
        let other = ConnectionName { name: "other".into(), ..connection.clone() };
        assert_eq!(rate.take(&other, start), Ok(()), "one connection's load is not another's");
        assert_eq!(rate.take(&connection, start + Duration::from_millis(500)), Ok(()));
        assert!(rate.take(&connection, start + Duration::from_millis(500)).is_err());
    }
}
