//! `/livez`, `/readyz` and `/metrics`.
//!
//! Liveness is the age of the oldest due work: a controller whose watch or worker is stuck answers, but is not alive.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use tokio_util::sync::CancellationToken;

use super::intake::ServedIntake;
use super::scope::Shared;
use crate::clock;
use crate::genesys::notifications::Tally;

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
    fn overdue(&self) -> Option<Duration> {
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

/// Serves until `shutdown`.
pub(super) async fn serve(address: SocketAddr, shared: Arc<Shared>, shutdown: CancellationToken) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind(address).await?;
    let routes = Router::new().route("/livez", get(live)).route("/readyz", get(ready)).route("/metrics", get(metrics)).with_state(shared);
    axum::serve(listener, routes).with_graceful_shutdown(shutdown.cancelled_owned()).await
}

async fn live(State(shared): State<Arc<Shared>>) -> (StatusCode, String) {
    shared.look_times.retain(|uid| shared.health.exists(uid));
    shared.deployments.retain(|uid| shared.health.exists(uid));
    shared.views.retain(|uid| shared.health.exists(uid));
    shared.clients.retain(|uid| shared.health.exists(uid));
    if let Some(intake) = &shared.intake {
        intake.webhooks.retain(|uid| shared.health.exists(uid));
    }
    match shared.health.overdue() {
        None => (StatusCode::OK, "ok\n".into()),
        Some(age) => (StatusCode::SERVICE_UNAVAILABLE, format!("work is overdue for {} s\n", age.as_secs())),
    }
}

async fn ready(State(shared): State<Arc<Shared>>) -> (StatusCode, &'static str) {
    match (shared.health.is_ready(), shared.shutdown.is_cancelled()) {
        (true, false) => (StatusCode::OK, "ok\n"),
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "the resources have not been listed yet\n"),
        (_, true) => (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n"),
    }
}

async fn metrics(State(shared): State<Arc<Shared>>) -> ([(axum::http::HeaderName, &'static str); 1], String) {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let Tally { flowing, connecting, unavailable, channels } = shared.clients.follows();
    shared.metrics.follows([("flowing", flowing), ("connecting", connecting), ("unavailable", unavailable)], channels);
    let heard = shared.intake.as_ref().map(ServedIntake::counts).unwrap_or_default();
    ([(axum::http::header::CONTENT_TYPE, kind)], shared.metrics.text(&shared.clients.requests(), &heard))
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
