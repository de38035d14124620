//! Seeds that found something, each with what it was.

/// A seed that is always run, and why.
pub(super) const NAMED: [(u64, &str); 3] = [
    (3528, "a status that was lost after the end, without a new generation, was noticed by nobody"),
    (8010, "the same, of a termination whose deadline is short"),
    (9143, "the same, right after a session was appended in vain"),
];
