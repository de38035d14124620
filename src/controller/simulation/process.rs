//! One life of the controller: what ships, over the API server and the service in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::FutureExt;
use futures::future::pending;
use tokio::task::JoinHandle;
use tower::timeout::TimeoutLayer;
use tower::{Layer, service_fn};

use super::api_server::ApiServer;
use super::service::{Line, Outside};
use crate::controller::api_server::TIMEOUT;
use crate::controller::run::{keep_leases, until_stopped, workers};
use crate::controller::scope::Shared;
use crate::controller::{Options, tidy};
use crate::genesys::Settings;
use crate::genesys::shortcut::Shortcut;

/// The host of the service.
pub(super) const HOST: &str = "127.0.0.1";

/// More than there are objects: the runtime keeps what has to wait for its turn in a hash set, and would take it up in an order that
/// no seed decides.
const CONCURRENCY: u16 = 8;

/// As it ships.
const LEASE: Duration = Duration::from_secs(30);

/// A process that runs.
pub(super) struct Process {
    pub(super) shared: Arc<Shared>,
    alive: Arc<AtomicBool>,
    workers: JoinHandle<()>,
    tidy: JoinHandle<()>,
    keeping: JoinHandle<()>,
}

impl Process {
    pub(super) fn start(number: u32, api_server: &ApiServer, outside: &Outside) -> Self {
        let alive = Arc::new(AtomicBool::new(true));
        let (watching, kube) = clients(number, api_server, &alive);
        let options = Options {
            namespaces: Vec::new(),
            allowed_hosts: vec![HOST.into()],
            health_address: ([127, 0, 0, 1], 0).into(),
            intake: None,
            concurrency: CONCURRENCY,
            lease_duration: LEASE,
            lease_namespace: None,
            identity: format!("process-{number}"),
        };
        let line = Line { process: number, alive: Arc::clone(&alive), outside: outside.clone() };
        let settings = Settings { shortcut: Some(Shortcut(Arc::new(line))), ..Settings::default() };
        let shared = Arc::new(Shared::new(kube, &options, settings));
        let work = workers(&options, &watching, &shared);
        let known = Arc::clone(&shared);
        let workers = tokio::spawn(async move { until_stopped(work, &known).await });
        let tidy = tokio::spawn(tidy::tidy(Arc::clone(&shared)));
        let keeping = keep_leases(&shared);
        Self { shared, alive, workers, tidy, keeping }
    }

    /// Dies at once: what it has sent arrives, and it hears of nothing any more.
    pub(super) fn die(self) {
        self.alive.store(false, Ordering::Relaxed);
        self.workers.abort();
        self.keeping.abort();
        self.tidy.abort();
        self.shared.shutdown.cancel();
    }

    /// Is asked to stop, and does.
    pub(super) async fn stop(self) {
        self.shared.shutdown.cancel();
        self.workers.await.unwrap();
        self.shared.clients.close().await;
        self.shared.leases.stop();
        self.keeping.await.unwrap();
        self.shared.leases.give_back().await;
        self.alive.store(false, Ordering::Relaxed);
        self.tidy.abort();
    }
}

/// A client of the API server for watches, and one with the timeout that ships for everything else.
fn clients(process: u32, api_server: &ApiServer, alive: &Arc<AtomicBool>) -> (kube::Client, kube::Client) {
    let (api_server, alive) = (api_server.clone(), Arc::clone(alive));
    let service = service_fn(move |request| {
        let answer = api_server.clone().answer(process, request);
        if alive.load(Ordering::Relaxed) { answer.boxed() } else { pending().boxed() }
    });
    let bounded = TimeoutLayer::new(TIMEOUT).layer(service.clone());
    (kube::Client::new(service, "default"), kube::Client::new(bounded, "default"))
}
