//! The newest view of each termination that we have seen: what the watch shows, or what we wrote or read since.
//!
//! A watch that lags, or that is broken for a while, must not make us work from the past: every record would meet a
//! conflict, after the service had been asked in vain. The record's precondition is what keeps two actors apart; this only
//! spares the detour.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kube::ResourceExt;

use crate::crd::WebchatTermination;

/// Views that are newer than the watch's, by uid.
#[derive(Debug, Default)]
pub(super) struct Views(Mutex<HashMap<String, Arc<WebchatTermination>>>);

impl Views {
    /// The newer one of what the watch shows and what was kept; what the watch has caught up with is forgotten.
    pub(super) fn newest(&self, watched: Arc<WebchatTermination>) -> Arc<WebchatTermination> {
        let mut kept = self.lock();
        let uid = watched.uid().unwrap_or_default();
        match kept.get(&uid) {
            Some(view) if version(view) > version(&watched) => Arc::clone(view),
            Some(_) => {
                kept.remove(&uid);
                watched
            }
            None => watched,
        }
    }

    /// Keeps what was just written or read.
    pub(super) fn keep(&self, view: WebchatTermination) {
        self.lock().insert(view.uid().unwrap_or_default(), Arc::new(view));
    }

    /// Forgets what does not exist any more, and what is finished: nothing comes after it that the watch could be late for.
    pub(super) fn retain(&self, exists: impl Fn(&str) -> bool) {
        self.lock().retain(|uid, view| exists(uid) && !view.is_finished());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<WebchatTermination>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Versions of one kind can be compared as numbers (documented since Kubernetes 1.35, and true of etcd before). One that is no
/// number loses against what the watch shows.
fn version(termination: &WebchatTermination) -> u64 {
    termination.resource_version().and_then(|version| version.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(uid: &str, version: &str) -> WebchatTermination {
        let spec = serde_json::json!({ "connectionRef": { "name": "main" }, "sessions": [{ "conversationId": uuid::Uuid::nil() }] });
        let mut view = WebchatTermination::new("seen", serde_json::from_value(spec).unwrap());
        view.metadata.uid = Some(uid.into());
        view.metadata.resource_version = Some(version.into());
        view
    }

    fn newest(views: &Views, uid: &str, watched: &str) -> String {
        views.newest(Arc::new(view(uid, watched))).resource_version().unwrap()
    }

    #[test]
    fn the_newer_view_counts_and_is_forgotten_when_the_watch_has_caught_up() {
        let views = Views::default();
        views.keep(view("a", "100"));
        assert_eq!(newest(&views, "a", "99"), "100");
        assert_eq!(newest(&views, "b", "99"), "99", "another object of the same name");
        assert_eq!(newest(&views, "a", "100"), "100");
        assert_eq!(newest(&views, "a", "99"), "99", "it was forgotten");
    }

    #[test]
    fn a_version_that_is_no_number_never_wins() {
        let views = Views::default();
        views.keep(view("a", "soon"));
        assert_eq!(newest(&views, "a", "1"), "1");
    }
}
