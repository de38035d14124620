//! Everything that lives as long as the process: clients, watches, workers, signals.

use std::collections::{BTreeSet, HashMap};
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::OptionFuture;
use futures::{FutureExt, StreamExt, future};
use kube::runtime::Controller;
use kube::runtime::controller::{Action, Config};
use kube::runtime::events::{Recorder, Reporter};
use kube::runtime::reflector::{ObjectRef, Store};
use kube::runtime::watcher::Event;
use kube::{Resource, ResourceExt};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::bells::Bells;
use super::clients::Clients;
use super::deployments::Deployments;
use super::health::{self, Health};
use super::intake::ServedIntake;
use super::look_times::LookTimes;
use super::next::{Next, ReconcileError};
use super::scope::{Scope, Shared};
use super::views::Views;
use super::watch::watched;
use super::{Options, connection, reconcile};
use crate::clock;
use crate::crd::{GenesysConnection, WebchatTermination};
use crate::intake::CertificateError;
use crate::telemetry::Metrics;

/// How soon a failed reconcile is repeated.
const AFTER_ERROR: Duration = Duration::from_secs(5);

/// How long what is under way may take to come to its end, within a pod's grace period of 60 s.
const GRACE: Duration = Duration::from_secs(50);

/// How long one request to the API server may take.
const API_SERVER_TIMEOUT: Duration = Duration::from_secs(10);

/// Why the controller could not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// No way to the API server was configured.
    #[error("no Kubernetes cluster is configured (neither a kubeconfig nor a service account): {0}")]
    Config(String),
    /// The process may not handle signals.
    #[error("cannot listen for signals: {0}")]
    Signals(std::io::Error),
    /// The health address could not be served.
    #[error("cannot serve health and metrics on {0}: {1}; choose another with --health-address")]
    Health(std::net::SocketAddr, std::io::Error),
    /// The intake's address could not be bound.
    #[error("cannot take events on {0}: {1}; choose another with --intake-address")]
    Intake(std::net::SocketAddr, std::io::Error),
    /// The intake's certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

/// Runs until SIGTERM or SIGINT: then nothing new is sent, what is under way is recorded, and the process ends.
///
/// # Errors
/// [`RunError`], before anything was done.
pub async fn run(options: Options) -> Result<(), RunError> {
    let mut config = kube::Config::infer().await.map_err(|error| RunError::Config(error.to_string()))?;
    let unusable = |error: kube::Error| RunError::Config(error.to_string());
    let watching = kube::Client::try_from(config.clone()).map_err(unusable)?;
    // Writes are not repeated behind our back, and none may hang: the record's order is ours to keep.
    config.default_retry = false;
    config.read_timeout = Some(API_SERVER_TIMEOUT);
    let kube = kube::Client::try_from(config).map_err(unusable)?;
    let shutdown = CancellationToken::new();
    cancel_on_signal(shutdown.clone()).map_err(RunError::Signals)?;
    let reporter = Reporter { controller: "webchat-terminator".into(), instance: Some(options.identity.clone()) };
    let metrics = Arc::new(Metrics::default());
    let clients = Arc::new(Clients::new(kube.clone(), options.allowed_hosts.clone(), Arc::clone(&metrics), shutdown.clone()));
    let (intake, to_serve) = ServedIntake::bind(options.intake.as_ref(), &kube, &clients).await?.unzip();
    let shared = Arc::new(Shared {
        clients,
        deployments: Deployments::default(),
        recorder: Recorder::new(kube.clone(), reporter),
        metrics,
        health: Health::default(),
        intake,
        look_times: LookTimes::default(),
        views: Views::default(),
        shutdown: shutdown.clone(),
        identity: options.identity.clone(),
        kube,
    });
    info!(namespaces = ?options.namespaces, health = %options.health_address, "the controller starts");
    let workers = workers(&options, &watching, &shared);
    let served = tokio::spawn(health::serve(options.health_address, Arc::clone(&shared), shutdown.clone()));
    let taking = to_serve.zip(shared.intake.as_ref()).map(|(work, intake)| tokio::spawn(intake.serve(work, shutdown.clone())));
    let serving = async {
        match served.await {
            Ok(Err(error)) => {
                shutdown.cancel();
                Err(RunError::Health(options.health_address, error))
            }
            Ok(Ok(())) | Err(_) => Ok(()),
        }
    };
    let ((), outcome, _) = future::join3(until_stopped(workers, &shared), serving, OptionFuture::from(taking)).await;
    shared.clients.close().await;
    info!("the controller has stopped");
    outcome
}

/// Runs the workers to their end. Before everything was listed once they wait for a list that, once asked to stop, nobody
/// brings any more; nothing is under way then. Later they drain, within the grace period.
async fn until_stopped(workers: impl Future<Output = ()>, shared: &Shared) {
    let given_up = async {
        shared.shutdown.cancelled().await;
        if shared.health.is_ready() {
            tokio::time::sleep(GRACE).await;
            warn!("what is under way did not come to its end in time");
        }
    };
    future::select(Box::pin(workers), Box::pin(given_up)).await;
}

/// Listens from now on: a signal that comes while we start is not lost.
fn cancel_on_signal(shutdown: CancellationToken) -> std::io::Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::spawn(async move {
        future::select(Box::pin(interrupt.recv()), Box::pin(terminate.recv())).await;
        info!("asked to stop: nothing new is sent");
        shutdown.cancel();
    });
    Ok(())
}

/// Each namespace once: two controllers over the same objects would only get in each other's way.
fn distinct(namespaces: &[String]) -> BTreeSet<&str> {
    namespaces.iter().map(String::as_str).collect()
}

/// One pair of controllers per watched namespace, or one for all of them.
fn workers(options: &Options, watching: &kube::Client, shared: &Arc<Shared>) -> impl Future<Output = ()> + use<> {
    let scopes: Vec<Option<&str>> =
        if options.namespaces.is_empty() { vec![None] } else { distinct(&options.namespaces).into_iter().map(Some).collect() };
    let running: Vec<_> = scopes.into_iter().map(|namespace| pair(namespace, options, watching, shared)).collect();
    future::join_all(running).map(drop)
}

fn pair(namespace: Option<&str>, options: &Options, watching: &kube::Client, shared: &Arc<Shared>) -> impl Future<Output = ()> + use<> {
    let (bells, to_wake, to_recheck) = Bells::hung();
    let (terminations, termination_stream) = watched(namespace, watching, on_termination(bells.clone(), shared));
    let connections_listed = Arc::new(AtomicBool::new(false));
    let on_connection = on_connection(terminations.clone(), bells.clone(), Arc::clone(&connections_listed), shared);
    let (connections, connection_stream) = watched(namespace, watching, on_connection);
    let scope = Arc::new(Scope {
        shared: Arc::clone(shared),
        terminations: terminations.clone(),
        connections: connections.clone(),
        connections_listed,
        bells,
    });
    let config = Config::default().concurrency(options.concurrency);
    let known = Arc::clone(&scope);
    shared.health.know(move |uid| known.holds(uid));
    let first = Controller::for_stream(termination_stream, terminations)
        .with_config(config.clone())
        .reconcile_on(to_wake)
        .graceful_shutdown_on(shared.shutdown.clone().cancelled_owned())
        .run(guarded("webchattermination", reconcile::reconcile), after_error, Arc::clone(&scope))
        .for_each(|outcome| logged("webchattermination", outcome));
    let second = Controller::for_stream(connection_stream, connections)
        .with_config(config)
        .reconcile_on(to_recheck)
        .graceful_shutdown_on(shared.shutdown.clone().cancelled_owned())
        .run(guarded("genesysconnection", connection::reconcile), after_error, scope)
        .for_each(|outcome| logged("genesysconnection", outcome));
    future::join(first, second).map(drop)
}

/// Wakes the unfinished terminations when they have been listed. Nobody waits for events for one that is gone.
fn on_termination(bells: Bells, shared: &Arc<Shared>) -> impl FnMut(&Store<WebchatTermination>, &Event<WebchatTermination>) + Send + use<> {
    let mut tell = list_expected(shared);
    let shared = Arc::clone(shared);
    move |terminations, event| match event {
        Event::InitDone => {
            tell();
            bells.wake_those(terminations, |_| true);
        }
        Event::Delete(termination) => shared.clients.leave(&termination.uid().unwrap_or_default()),
        Event::Apply(_) | Event::Init | Event::InitApply(_) => {}
    }
}

/// Wakes the unfinished terminations that name a connection which has changed.
fn on_connection(
    terminations: Store<WebchatTermination>,
    bells: Bells,
    connections_listed: Arc<AtomicBool>,
    shared: &Arc<Shared>,
) -> impl FnMut(&Store<GenesysConnection>, &Event<GenesysConnection>) + Send + use<> {
    let mut tell = list_expected(shared);
    let mut seen = HashMap::new();
    let shared = Arc::clone(shared);
    move |_, event| match event {
        Event::Apply(connection) => {
            let facts = facts(connection);
            if seen.insert(connection.uid().unwrap_or_default(), facts) != Some(facts) {
                bells.wake_those(&terminations, |termination| names(termination, connection));
            }
        }
        Event::Delete(connection) => {
            seen.remove(&connection.uid().unwrap_or_default());
            shared.intake.iter().for_each(|intake| intake.webhooks.forget(connection));
            bells.wake_those(&terminations, |termination| names(termination, connection));
        }
        Event::InitDone => {
            connections_listed.store(true, Ordering::Relaxed);
            tell();
            bells.wake_those(&terminations, |_| true);
        }
        Event::Init | Event::InitApply(_) => {}
    }
}

fn names(termination: &WebchatTermination, connection: &GenesysConnection) -> bool {
    termination.namespace() == connection.namespace() && termination.spec.connection_ref.name == connection.name_any()
}

/// What of a connection concerns the terminations that name it: what its status says beside that is for people.
fn facts(connection: &GenesysConnection) -> (Option<i64>, bool, bool) {
    let conditions = connection.status.iter().flat_map(|status| &status.conditions);
    let is_ready = conditions.into_iter().any(|condition| condition.type_ == "Ready" && condition.status == "True");
    (connection.metadata.generation, connection.metadata.deletion_timestamp.is_some(), is_ready)
}

/// Keeps us from being ready until the returned is called; later calls change nothing.
fn list_expected(shared: &Arc<Shared>) -> impl FnMut() + Send + use<> {
    shared.health.expect_list();
    let mut waiting = Some(Arc::clone(shared));
    move || waiting.take().into_iter().for_each(|shared| shared.health.listed())
}

/// A reconcile that is counted and timed, and whose panic does not take the process down.
fn guarded<K, F, O>(
    controller: &'static str,
    reconcile: F,
) -> impl Fn(Arc<K>, Arc<Scope>) -> future::BoxFuture<'static, Result<Action, ReconcileError>>
where
    K: Resource<DynamicType = ()> + Send + Sync + 'static,
    F: Fn(Arc<K>, Arc<Scope>) -> O + Copy + Send + 'static,
    O: Future<Output = Result<Next, ReconcileError>> + Send,
{
    move |object, scope| {
        async move {
            let (started, uid) = (clock::monotonic(), object.uid().unwrap_or_default());
            let outcome = AssertUnwindSafe(reconcile(object, Arc::clone(&scope))).catch_unwind().await;
            let outcome = outcome.unwrap_or_else(|panic| Err(ReconcileError::Panicked(text_of(&*panic))));
            let took = clock::monotonic() - started;
            scope.shared.metrics.reconciled(controller, outcome.is_ok(), took);
            let wait = match &outcome {
                Ok(Next::After(wait)) => Some(*wait),
                Ok(Next::OnChange) => None,
                Err(_) => Some(AFTER_ERROR),
            };
            scope.shared.health.due_in(&uid, wait);
            outcome.map(|_| wait.map_or_else(Action::await_change, Action::requeue))
        }
        .boxed()
    }
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string).or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "no message".into())
}

#[expect(clippy::needless_pass_by_value, reason = "the controller hands it over by value")]
fn after_error<K: Resource<DynamicType = ()>>(object: Arc<K>, error: &ReconcileError, _: Arc<Scope>) -> Action {
    let source = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    warn!(name = object.name_any(), namespace = object.namespace().unwrap_or_default(), %error, source, "a reconcile failed and is repeated");
    Action::requeue(AFTER_ERROR)
}

async fn logged<K, E: std::fmt::Display>(controller: &str, outcome: Result<(ObjectRef<K>, Action), E>)
where
    K: Resource<DynamicType = ()>,
{
    match outcome {
        Ok((object, _)) => debug!(controller, %object, "reconciled"),
        Err(error) => debug!(controller, %error, "not reconciled"),
    }
}
