//! Everything that lives as long as the process: clients, watches, workers, signals.

use std::collections::BTreeSet;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use futures::future::OptionFuture;
use futures::{FutureExt, StreamExt, future};
use kube::runtime::controller::Config;
use kube::runtime::{Controller, predicates};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use super::api_server::ApiServer;
use super::bells::Bells;
use super::changes::{concern, list_expected, on_connection, on_termination};
use super::guard::{after_error, guarded, logged};
use super::intake::ServedIntake;
use super::scope::{Scope, Shared};
use super::watch::watched;
use super::{Options, RunError, connection, probes, reconcile, tidy};
use crate::genesys::Settings;

/// How long what is under way may take to come to its end, within a pod's grace period of 60 s: the rest is for sockets and Leases.
const GRACE: Duration = Duration::from_secs(45);

/// Runs until SIGTERM or SIGINT: then nothing new is sent, what is under way is recorded, and the process ends.
///
/// # Errors
/// [`RunError`], before anything was done.
pub async fn run(options: Options) -> Result<(), RunError> {
    let config = kube::Config::infer().await.map_err(|error| RunError::Config(error.to_string()))?;
    let ApiServer { watching, asking: kube } = ApiServer::clients(config).map_err(|error| RunError::Config(error.to_string()))?;
    let mut shared = Shared::new(kube, &options, Settings::default());
    let shutdown = shared.shutdown.clone();
    cancel_on_signal(shutdown.clone()).map_err(RunError::Signals)?;
    let (intake, to_serve) = ServedIntake::bind(options.intake.as_ref(), &shared.kube, &shared.clients).await?.unzip();
    shared.intake = intake;
    let shared = Arc::new(shared);
    info!(namespaces = ?options.namespaces, health = %options.health_address, "the controller starts");
    let workers = workers(&options, &watching, &shared);
    let served = tokio::spawn(probes::serve(options.health_address, Arc::clone(&shared), shutdown.clone()));
    tokio::spawn(tidy::tidy(Arc::clone(&shared)));
    let keeping = keep_leases(&shared);
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
    // Nothing is under way any more: others may go on at once.
    shared.leases.stop();
    let _ = keeping.await;
    shared.leases.give_back().await;
    info!("the controller has stopped");
    outcome
}

/// Looks after the leases until they are stopped: what drains is still ours.
pub(super) fn keep_leases(shared: &Arc<Shared>) -> JoinHandle<()> {
    let mut tell = list_expected(shared);
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        // Without it nothing would be worked on any more, and nobody would notice.
        while AssertUnwindSafe(shared.leases.keep(&mut tell)).catch_unwind().await.is_err() {
            error!("looking after the leases panicked: it is begun again");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    })
}

/// Runs the workers to their end. Before everything was listed once they wait for a list that, once asked to stop, nobody
/// brings any more; nothing is under way then. Later they drain, within the grace period.
pub(super) async fn until_stopped(workers: impl Future<Output = ()>, shared: &Shared) {
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
pub(super) fn workers(options: &Options, watching: &kube::Client, shared: &Arc<Shared>) -> impl Future<Output = ()> + use<> {
    let scopes: Vec<Option<&str>> =
        if options.namespaces.is_empty() { vec![None] } else { distinct(&options.namespaces).into_iter().map(Some).collect() };
    let running: Vec<_> = scopes.into_iter().map(|namespace| pair(namespace, options, watching, shared)).collect();
    future::join_all(running).map(drop)
}

fn pair(namespace: Option<&str>, options: &Options, watching: &kube::Client, shared: &Arc<Shared>) -> impl Future<Output = ()> + use<> {
    let (bells, to_wake, to_recheck) = Bells::hung();
    let (terminations, termination_stream) = watched(namespace, watching, concern, on_termination(bells.clone(), shared));
    let connections_listed = Arc::new(AtomicBool::new(false));
    let on_connection = on_connection(terminations.clone(), bells.clone(), Arc::clone(&connections_listed), shared);
    let (connections, connection_stream) = watched(namespace, watching, predicates::generation, on_connection);
    let scope = Arc::new(Scope {
        shared: Arc::clone(shared),
        terminations: terminations.clone(),
        connections: connections.clone(),
        connections_listed,
        bells,
    });
    let config = Config::default().concurrency(options.concurrency);
    let (bells, everything) = (scope.bells.clone(), (scope.terminations.clone(), scope.connections.clone()));
    shared.leases.on_change(move || bells.wake_all(&everything.0, &everything.1));
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
