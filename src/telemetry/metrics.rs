//! Every metric, declared in one place.
//!
//! The first group has the names of controller-runtime, so that its dashboards work; the second is our own.

use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::plan::Progress;

/// The upper bounds of a reconcile's duration, in seconds.
const SECONDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Which controller, and how it went.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reconcile {
    controller: &'static str,
    result: &'static str,
}

/// Which controller.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    controller: &'static str,
}

/// How it went.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Result {
    result: &'static str,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    state: String,
    confirmed_by: &'static str,
}

/// What was sent to Genesys Cloud, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    operation: &'static str,
    outcome: &'static str,
}

/// What came of a request to the webhook intake.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Intake {
    outcome: &'static str,
}

/// The process's metrics.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    reconciles: Family<Reconcile, Counter>,
    reconcile_errors: Family<Of, Counter>,
    reconcile_seconds: Family<Of, Histogram, fn() -> Histogram>,
    status_writes: Family<Result, Counter>,
    sessions: Family<Outcome, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::default();
        let reconciles = Family::<Reconcile, Counter>::default();
        registry.register("controller_runtime_reconcile", "Reconciles, by controller and result", reconciles.clone());
        let reconcile_errors = Family::<Of, Counter>::default();
        registry.register("controller_runtime_reconcile_errors", "Reconciles that failed, by controller", reconcile_errors.clone());
        let reconcile_seconds = Family::<Of, Histogram, fn() -> Histogram>::new_with_constructor(|| Histogram::new(SECONDS));
        registry.register("controller_runtime_reconcile_time_seconds", "How long a reconcile takes", reconcile_seconds.clone());
        let status_writes = Family::<Result, Counter>::default();
        registry.register("webchat_terminator_status_writes", "Records written to a status, by result", status_writes.clone());
        let sessions = Family::<Outcome, Counter>::default();
        registry.register("webchat_terminator_sessions", "Sessions that became final, by state and by what confirmed it", sessions.clone());
        Self { registry, reconciles, reconcile_errors, reconcile_seconds, status_writes, sessions }
    }
}

impl Metrics {
    /// A reconcile ended.
    pub fn reconciled(&self, controller: &'static str, good: bool, took: Duration) {
        let result = if good { "success" } else { "error" };
        self.reconciles.get_or_create(&Reconcile { controller, result }).inc();
        if !good {
            self.reconcile_errors.get_or_create(&Of { controller }).inc();
        }
        self.reconcile_seconds.get_or_create(&Of { controller }).observe(took.as_secs_f64());
    }

    /// A record was written to a status, or was not.
    pub fn status_written(&self, good: bool) {
        self.status_writes.get_or_create(&Result { result: if good { "success" } else { "error" } }).inc();
    }

    /// Counts the sessions that became final between two states of progress.
    pub fn sessions_finished(&self, before: &Progress, after: &Progress) {
        let was_final = |id| before.sessions.iter().any(|session| session.conversation_id == id && session.state.is_final());
        for session in after.sessions.iter().filter(|session| session.state.is_final() && !was_final(session.conversation_id)) {
            let confirmed_by = match session.confirmed_by {
                Some(crate::termination::Source::Notification) => "Notification",
                Some(crate::termination::Source::Webhook) => "Webhook",
                Some(crate::termination::Source::Poll) => "Poll",
                None => "None",
            };
            self.sessions.get_or_create(&Outcome { state: session.state.name().to_owned(), confirmed_by }).inc();
        }
    }

    /// All of them, in the OpenMetrics text format. `requests` are the ones sent to Genesys Cloud so far: operation, outcome
    /// and how many; `heard` the ones that the webhook intake received: outcome and how many.
    #[must_use]
    pub fn text(&self, requests: &[(&'static str, &'static str, u64)], heard: &[(&'static str, u64)]) -> String {
        let mut registry = Registry::default();
        let sent = Family::<Request, Counter>::default();
        registry.register("webchat_terminator_genesys_requests", "Requests to Genesys Cloud, by operation and outcome", sent.clone());
        for (operation, outcome, count) in requests {
            sent.get_or_create(&Request { operation, outcome }).inc_by(*count);
        }
        let received = Family::<Intake, Counter>::default();
        registry.register("webchat_terminator_intake_requests", "Requests to the webhook intake, by outcome", received.clone());
        for (outcome, count) in heard {
            received.get_or_create(&Intake { outcome }).inc_by(*count);
        }
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = text::encode_registry(&mut text, &self.registry);
        let _ = text::encode(&mut text, &registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::termination::{Session, Source, State};

    #[test]
    fn a_session_is_counted_once_when_it_becomes_final() {
        let metrics = Metrics::default();
        let pending = Progress { sessions: vec![Session::default()], ..Progress::default() };
        let session = Session { state: State::Ended, confirmed_by: Some(Source::Poll), ..Session::default() };
        let ended = Progress { sessions: vec![session], ..Progress::default() };
        metrics.sessions_finished(&pending, &ended);
        metrics.sessions_finished(&ended, &ended);
        let text = metrics.text(&[("read_conversation", "accepted", 3)], &[]);
        assert!(text.contains(r#"webchat_terminator_sessions_total{state="Ended",confirmed_by="Poll"} 1"#), "{text}");
    }

    #[test]
    fn the_names_are_the_ones_that_dashboards_look_for() {
        let metrics = Metrics::default();
        metrics.reconciled("webchattermination", false, Duration::from_millis(3));
        metrics.status_written(true);
        let text = metrics.text(&[("read_conversation", "accepted", 3)], &[("taken", 2)]);
        for name in [
            "controller_runtime_reconcile_total",
            "controller_runtime_reconcile_errors_total",
            "controller_runtime_reconcile_time_seconds_bucket",
            "webchat_terminator_intake_requests_total{outcome=\"taken\"} 2",
        ] {
            assert!(text.contains(name), "{name} is missing in {text}");
        }
    }
}
