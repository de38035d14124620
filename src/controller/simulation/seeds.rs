//! Seeds that found something, each with what it was.

/// A seed that is always run, and why.
pub(super) const NAMED: [(u64, &str); 0] = [];
