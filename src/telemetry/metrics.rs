//! Every metric, declared in one place.
//!
//! The first group has the names of controller-runtime, so that its dashboards work; the second is our own.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use uuid::Uuid;

use super::labels::{By, Heard, Intake, Lease, Of, Outcome, Reconcile, Request, Result, Standing};
use crate::plan::Progress;
use crate::termination::{Session, Source, State};

/// The upper bounds of a reconcile's duration, in seconds.
const SECONDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// The upper bounds of the time until a close is confirmed, in seconds.
const UNTIL_CONFIRMED: [f64; 12] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0];

/// The process's metrics.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    reconciles: Family<Reconcile, Counter>,
    reconcile_errors: Family<Of, Counter>,
    reconcile_seconds: Family<Of, Histogram, fn() -> Histogram>,
    status_writes: Family<Result, Counter>,
    sessions: Family<Outcome, Counter>,
    confirmed_seconds: Family<By, Histogram, fn() -> Histogram>,
    events: Family<Heard, Counter>,
    followed: Family<Standing, Gauge>,
    channels: Gauge,
    leads: Family<Lease, Gauge>,
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
        let confirmed_seconds = Family::<By, Histogram, fn() -> Histogram>::new_with_constructor(|| Histogram::new(UNTIL_CONFIRMED));
        let help = "From the close of a guest leg to its confirmation, by what confirmed it";
        registry.register("webchat_terminator_session_confirmed_seconds", help, confirmed_seconds.clone());
        let events = Family::<Heard, Counter>::default();
        let help = "Events of guest legs, by source and by whether they were news, repeated, or of a conversation that nobody follows";
        registry.register("webchat_terminator_events", help, events.clone());
        let followed = Family::<Standing, Gauge>::default();
        let help = "Conversations whose events are asked of the notification service, by whether they flow";
        registry.register("webchat_terminator_followed_conversations", help, followed.clone());
        let channels = Gauge::default();
        registry.register("webchat_terminator_notification_channels", "Notification channels with an open socket", channels.clone());
        let leads = Family::<Lease, Gauge>::default();
        registry.register("leader_election_master_status", "Whether this replica holds a Lease: 1, or 0 where another does", leads.clone());
        Self {
            registry,
            reconciles,
            reconcile_errors,
            reconcile_seconds,
            status_writes,
            sessions,
            confirmed_seconds,
            events,
            followed,
            channels,
            leads,
        }
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

    /// Counts the sessions that became final between two states of progress, and times those whose guests were confirmed gone.
    pub fn sessions_moved(&self, before: &Progress, after: &Progress) {
        let known: BTreeMap<Uuid, &Session> = before.sessions.iter().map(|session| (session.conversation_id, session)).collect();
        for session in &after.sessions {
            let before = known.get(&session.conversation_id).copied();
            if session.state.is_final() && !before.is_some_and(|before| before.state.is_final()) {
                let confirmed_by = session.confirmed_by.map_or("None", |source| names(source).0);
                self.sessions.get_or_create(&Outcome { state: session.state.name().to_owned(), confirmed_by }).inc();
            }
            if let Some((source, took)) = before.and_then(|before| confirmed(before, session)) {
                self.confirmed_seconds.get_or_create(&By { source: names(source).1 }).observe(took.as_secs_f64());
            }
        }
    }

    /// An event came in: it was news, repeated, or of an unknown conversation.
    pub fn event_heard(&self, source: Source, result: &'static str) {
        self.events.get_or_create(&Heard { source: names(source).1, result }).inc();
    }

    /// How many conversations are followed, by whether their events flow, and over how many channels.
    pub fn follows<const N: usize>(&self, standing: [(&'static str, usize); N], channels: usize) {
        let gauged = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        for (events, count) in standing {
            self.followed.get_or_create(&Standing { events }).set(gauged(count));
        }
        self.channels.set(gauged(channels));
    }

    /// Which leases are asked for here, and whether they are ours.
    pub fn leases(&self, standing: impl IntoIterator<Item = (String, bool)>) {
        // One that nobody asks for any more is not told of.
        self.leads.clear();
        for (name, is_ours) in standing {
            self.leads.get_or_create(&Lease { name }).set(i64::from(is_ours));
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

/// A source in the values of the status, and in those of labels.
fn names(source: Source) -> (&'static str, &'static str) {
    match source {
        Source::Notification => ("Notification", "notification"),
        Source::Webhook => ("Webhook", "webhook"),
        Source::Poll => ("Poll", "poll"),
    }
}

/// What confirmed that the guest whose close was under way has gone, and how long it took since the close was recorded, or
/// accepted where that is recorded by itself.
fn confirmed(before: &Session, after: &Session) -> Option<(Source, SignedDuration)> {
    let is_closing = matches!(before.state, State::GuestCloseRequested | State::GuestCloseAccepted) && before.confirmed_by.is_none();
    let (source, closed, since) = (after.confirmed_by?, after.guest_closed_time?, before.since?);
    is_closing.then(|| (source, closed.duration_since(since).max(SignedDuration::ZERO)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_counted_once_when_it_becomes_final() {
        let metrics = Metrics::default();
        let pending = Progress { sessions: vec![Session::default()], ..Progress::default() };
        let session = Session { state: State::Ended, confirmed_by: Some(Source::Poll), ..Session::default() };
        let ended = Progress { sessions: vec![session], ..Progress::default() };
        metrics.sessions_moved(&pending, &ended);
        metrics.sessions_moved(&ended, &ended);
        let text = metrics.text(&[("read_conversation", "accepted", 3)], &[]);
        assert!(text.contains(r#"webchat_terminator_sessions_total{state="Ended",confirmed_by="Poll"} 1"#), "{text}");
    }

    #[test]
    fn the_time_until_a_close_is_confirmed_is_told_by_what_confirmed_it() {
        let at = |second| Some(jiff::Timestamp::from_second(second).unwrap());
        let progress = |session| Progress { sessions: vec![session], ..Progress::default() };
        let closing = Session { state: State::GuestCloseRequested, since: at(10), ..Session::default() };
        let accepted = Session { state: State::GuestCloseAccepted, ..closing.clone() };
        let closed = |source| {
            let state = State::GuestLegClosed;
            progress(Session { state, since: at(13), confirmed_by: Some(source), guest_closed_time: at(13), ..Session::default() })
        };
        let metrics = Metrics::default();
        metrics.sessions_moved(&progress(closing), &closed(Source::Notification));
        metrics.sessions_moved(&progress(accepted), &closed(Source::Poll));
        // Known already; and a guest who left by himself.
        metrics.sessions_moved(&closed(Source::Poll), &closed(Source::Poll));
        metrics
            .sessions_moved(&progress(Session { state: State::GuestLegLive, since: at(10), ..Session::default() }), &closed(Source::Poll));
        let text = metrics.text(&[], &[]);
        for source in ["notification", "poll"] {
            for (what, value) in [("sum", "3.0"), ("count", "1")] {
                let line = format!("webchat_terminator_session_confirmed_seconds_{what}{{source=\"{source}\"}} {value}");
                assert!(text.contains(&line), "{line}: {text}");
            }
        }
    }

    #[test]
    fn events_and_what_is_followed_are_counted() {
        let metrics = Metrics::default();
        metrics.event_heard(Source::Webhook, "unknown");
        metrics.follows([("flowing", 501), ("unavailable", 0)], 2);
        let text = metrics.text(&[], &[]);
        for line in [
            r#"webchat_terminator_events_total{source="webhook",result="unknown"} 1"#,
            r#"webchat_terminator_followed_conversations{events="flowing"} 501"#,
            "webchat_terminator_notification_channels 2",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
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
