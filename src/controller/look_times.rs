//! When sessions are looked at again, between two writes of the record.
//!
//! A look that taught nothing is not recorded, so the record's times lag behind. What is kept here is only ever the record
//! with better times: when it says anything else, or is lost, the record alone counts and sessions are looked at too early.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::plan::Progress;

/// The last progress of each termination, by its uid.
#[derive(Debug, Default)]
pub(super) struct LookTimes(Mutex<HashMap<String, Progress>>);

impl LookTimes {
    /// Keeps the times of an unfinished progress.
    pub(super) fn keep(&self, uid: &str, progress: &Progress) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if progress.is_finished() {
            kept.remove(uid);
        } else {
            kept.insert(uid.to_owned(), progress.clone());
        }
    }

    /// The recorded progress, with the kept times if they are of this very record.
    pub(super) fn apply(&self, uid: &str, recorded: Progress) -> Progress {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(uid).filter(|kept| kept.says_the_same_as(&recorded)).cloned().unwrap_or(recorded)
    }

    /// Forgets what is not held any more.
    pub(super) fn retain(&self, exists: impl Fn(&str) -> bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|uid, _| exists(uid));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::termination::{Session, State};

    fn progress(state: State, look: &str) -> Progress {
        let session = Session { state, next_attempt_time: Some(look.parse().unwrap()), ..Session::default() };
        Progress { sessions: vec![session], ..Progress::default() }
    }

    #[test]
    fn only_times_are_ever_taken_from_memory() {
        let times = LookTimes::default();
        let recorded = progress(State::GuestCloseAccepted, "2026-11-22T12:00:00Z");
        let later = progress(State::GuestCloseAccepted, "2026-11-22T12:00:05Z");
        times.keep("a", &later);
        assert_eq!(times.apply("a", recorded.clone()), later);
        assert_eq!(times.apply("b", recorded), progress(State::GuestCloseAccepted, "2026-11-22T12:00:00Z"));
        let moved_on = progress(State::GuestLegClosed, "2026-11-22T12:00:00Z");
        assert_eq!(times.apply("a", moved_on.clone()), moved_on, "a record that says something else counts alone");
    }
}
