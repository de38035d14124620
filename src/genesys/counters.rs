//! What was sent so far, and what came of it: numbers for metrics.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::Operation;

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The service did it, or took it on.
    Accepted,
    /// There is no such thing.
    Absent,
    /// The service declines this very request.
    Declined,
    /// The token is void, and was renewed or is to be.
    TokenRefused,
    /// A person has to mend something.
    Barred,
    /// Nothing is known, or it is to be repeated later.
    Setback,
    /// It was not sent, because the service asked to wait, or because its rate limit leaves no room.
    Paused,
}

impl Outcome {
    /// Its name as a metric's label.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Absent => "absent",
            Self::Declined => "declined",
            Self::TokenRefused => "token_refused",
            Self::Barred => "barred",
            Self::Setback => "setback",
            Self::Paused => "paused",
        }
    }
}

/// How often an operation had an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The operation.
    pub operation: Operation,
    /// What came of it.
    pub outcome: Outcome,
    /// How often.
    pub count: u64,
}

/// The counts of one client. They only grow.
#[derive(Debug, Default)]
pub(super) struct Counters(Mutex<BTreeMap<(Operation, Outcome), u64>>);

impl Counters {
    pub(super) fn count(&self, operation: Operation, outcome: Outcome) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry((operation, outcome)).or_default() += 1;
    }

    pub(super) fn snapshot(&self) -> Vec<Count> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|(&(operation, outcome), &count)| Count { operation, outcome, count }).collect()
    }
}
