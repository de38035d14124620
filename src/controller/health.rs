//! Whether the controller is alive and ready.
//!
//! Liveness is the age of the oldest due work: a controller whose watch or worker is stuck answers, but is not alive.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::clock;

/// How long work may be overdue before the process counts as wedged.
const OVERDUE: Duration = Duration::from_secs(300);

/// Whether an object with this uid exists.
type Exists = Box<dyn Fn(&str) -> bool + Send>;

/// When each object is due, and whether everything has been listed once.
#[derive(Default)]
pub(super) struct Health {
    due: Mutex<HashMap<String, Instant>>,
    watches: Mutex<Vec<Exists>>,
    expected: AtomicUsize,
    listed: AtomicUsize,
}

impl Health {
    /// Whether an object exists is answered by `exists` as well.
    pub(super) fn know(&self, exists: impl Fn(&str) -> bool + Send + 'static) {
        self.watches.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(exists));
    }

    /// Another kind has to be listed before we are ready.
    pub(super) fn expect_list(&self) {
        self.expected.fetch_add(1, Ordering::Relaxed);
    }

    /// A kind was listed for the first time.
    pub(super) fn listed(&self) {
        self.listed.fetch_add(1, Ordering::Relaxed);
    }

    /// An object is due after `wait`, or no more.
    pub(super) fn due_in(&self, object: &str, wait: Option<Duration>) {
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        match wait {
            Some(wait) => drop(due.insert(object.to_owned(), clock::monotonic() + wait)),
            None => drop(due.remove(object)),
        }
    }

    /// How long the oldest due work has waited, if that is too long. What no longer exists is not due.
    pub(super) fn overdue(&self) -> Option<Duration> {
        let now = clock::monotonic();
        let watches = self.watches.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        due.retain(|object, _| watches.iter().any(|exists| exists(object)));
        due.values().map(|due| now.saturating_duration_since(*due)).max().filter(|age| *age > OVERDUE)
    }

    /// Whether any watch holds the object.
    pub(super) fn exists(&self, uid: &str) -> bool {
        self.watches.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|exists| exists(uid))
    }

    /// Whether every watch was listed once.
    pub(super) fn is_ready(&self) -> bool {
        self.listed.load(Ordering::Relaxed) >= self.expected.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_due_later_or_gone_is_not_overdue() {
        let health = Health::default();
        health.know(|object| object != "gone");
        let long_ago = clock::monotonic().checked_sub(OVERDUE * 2).unwrap();
        health.due_in("a", Some(Duration::from_secs(60)));
        health.due_in("b", Some(Duration::ZERO));
        health.due.lock().unwrap().insert("gone".into(), long_ago);
        assert!(health.overdue().is_none());
        health.due.lock().unwrap().insert("c".into(), long_ago);
        assert!(health.overdue().is_some());
        health.due_in("c", None);
        assert!(health.overdue().is_none());
    }

    #[test]
    fn it_is_ready_once_every_kind_was_listed() {
        let health = Health::default();
        health.expect_list();
        health.expect_list();
        health.listed();
        assert!(!health.is_ready());
        health.listed();
        assert!(health.is_ready());
    }
}
