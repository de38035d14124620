//! The bounds of a request.

use std::time::Duration;

/// The bounds of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest body, in bytes.
    pub body: usize,
    /// How long a body may take to arrive.
    pub body_time: Duration,
    /// How long it may take to hand an event over. EventBridge waits five seconds for an answer.
    pub hand_over_time: Duration,
    /// How many requests may be under way whose callers have proven the secret, and as many whose callers have not yet, because
    /// theirs is a signature: the latter cannot keep the former out.
    pub concurrency: usize,
    /// How many events per second each connection may be told, in the long run.
    pub per_second: u32,
    /// How many it may be told at once.
    pub burst: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 64 << 10,
            body_time: Duration::from_secs(6),
            hand_over_time: Duration::from_secs(4),
            concurrency: 64,
            per_second: 100,
            burst: 1000,
        }
    }
}
