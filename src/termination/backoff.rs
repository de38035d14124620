//! How long to wait: after a request that taught nothing, and between two looks.

use jiff::SignedDuration;

use super::{Setback, State};

/// How long a read may show the past after a write of unknown outcome. Within it, "still live" proves nothing.
pub const VISIBILITY: SignedDuration = SignedDuration::from_secs(2);

/// The longest back-off that is our own. A longer Retry-After is honoured.
pub const LONGEST: SignedDuration = SignedDuration::from_secs(60);

/// The first look after an accepted close, and the shortest wait between two looks.
const FIRST_LOOK: SignedDuration = SignedDuration::from_millis(250);

/// The longest wait between two looks.
const SLOWEST_LOOK: SignedDuration = SignedDuration::from_secs(5);

/// How long to wait after the `failures`-th request in a row that taught nothing: doubling from one second up to
/// [`LONGEST`], the upper half of it jittered by `salt`, and never shorter than what the service asked for.
pub(super) fn after_failure(setback: &Setback, failures: i32, salt: u64) -> SignedDuration {
    let doublings = u32::try_from(failures.clamp(1, 7) - 1).unwrap_or(0);
    let ceiling = SignedDuration::from_secs(1 << doublings).min(LONGEST);
    let jittered = ceiling / 2 + fraction(ceiling / 2, salt);
    match setback.retry_after {
        // Everybody was told the same moment: spread the return over a tenth of the wait.
        Some(asked) => (asked + fraction(asked / 10, salt)).max(jittered.min(LONGEST)),
        None => jittered,
    }
}

/// How long to wait for the next look at a session that has been in its state for `waited`: as long as it has waited so far,
/// within bounds, so that looks become rarer as they become less likely to help. Nothing waits for what a look at an ended
/// conversation shows, so these begin later and become rarer still.
pub(super) fn pace(state: State, waited: SignedDuration) -> SignedDuration {
    let (first, slowest) = if state == State::Settling { (VISIBILITY, LONGEST) } else { (FIRST_LOOK, SLOWEST_LOOK) };
    waited.clamp(first, slowest)
}

fn fraction(of: SignedDuration, salt: u64) -> SignedDuration {
    let millis = of.as_millis().max(0);
    let share = millis * i128::from(salt % 1000) / 1000;
    SignedDuration::from_millis(i64::try_from(share).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::termination::Fault;

    fn setback(retry_after: Option<i64>) -> Setback {
        Setback { fault: Fault::default(), retry_after: retry_after.map(SignedDuration::from_secs) }
    }

    #[test]
    fn back_off_doubles_up_to_its_ceiling_and_never_falls_below_half_of_it() {
        for failures in 1..20 {
            let ceiling = SignedDuration::from_secs(1 << (failures - 1).min(6)).min(LONGEST);
            for salt in [0, 1, 500, 999, u64::MAX] {
                let wait = after_failure(&setback(None), failures, salt);
                assert!(wait >= ceiling / 2 && wait <= ceiling, "{failures} failures: {wait:?}");
            }
        }
    }

    #[test]
    fn retry_after_is_never_undercut() {
        for asked in [1, 30, 3600] {
            for salt in [0, 999] {
                assert!(after_failure(&setback(Some(asked)), 1, salt) >= SignedDuration::from_secs(asked));
            }
        }
    }

    #[test]
    fn looks_become_rarer() {
        for (state, first, slowest) in [(State::GuestCloseAccepted, FIRST_LOOK, SLOWEST_LOOK), (State::Settling, VISIBILITY, LONGEST)] {
            assert_eq!(pace(state, SignedDuration::ZERO), first);
            assert_eq!(pace(state, SignedDuration::from_secs(3)), SignedDuration::from_secs(3));
            assert_eq!(pace(state, SignedDuration::from_secs(600)), slowest);
        }
    }
}
