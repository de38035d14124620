//! What reconciles share: as long as the process lives, and per watched namespace.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use kube::ResourceExt;
use kube::runtime::events::{Recorder, Reporter};
use kube::runtime::reflector::Store;
use tokio_util::sync::CancellationToken;

use super::Options;
use super::bells::Bells;
use super::clients::Clients;
use super::deployments::Deployments;
use super::health::Health;
use super::intake::ServedIntake;
use super::leases::{Family, Leases, Rules};
use super::look_times::LookTimes;
use super::views::Views;
use crate::crd::{GenesysConnection, WebchatTermination};
use crate::genesys::Settings;
use crate::telemetry::Metrics;

/// What all watched namespaces share.
pub(super) struct Shared {
    pub(super) kube: kube::Client,
    pub(super) clients: Arc<Clients>,
    pub(super) deployments: Deployments,
    pub(super) recorder: Recorder,
    pub(super) metrics: Arc<Metrics>,
    pub(super) health: Health,
    /// The webhook intake, where one is served.
    pub(super) intake: Option<ServedIntake>,
    pub(super) leases: Arc<Leases>,
    pub(super) look_times: LookTimes,
    pub(super) views: Views,
    pub(super) shutdown: CancellationToken,
    pub(super) identity: String,
}

impl Shared {
    /// What a process of these options shares, without an intake. The settings are those of the Genesys Cloud clients.
    pub(super) fn new(kube: kube::Client, options: &Options, settings: Settings) -> Self {
        let (metrics, shutdown) = (Arc::new(Metrics::default()), CancellationToken::new());
        let reporter = Reporter { controller: "webchat-terminator".into(), instance: Some(options.identity.clone()) };
        let family = Family::watching(&options.namespaces);
        // A write may be begun a while after it was permitted, and takes its time.
        let longest_request = settings.write_delay + settings.write_timeout;
        let rules = Rules { duration: options.lease_duration, longest_request, namespace: options.lease_namespace.clone() };
        let leases = Leases::new(&kube, &options.identity, family.clone(), &rules, shutdown.clone());
        let hosts = options.allowed_hosts.clone();
        let clients = Clients::new(kube.clone(), hosts, family, Arc::clone(&metrics), shutdown.clone(), settings);
        Self {
            clients: Arc::new(clients),
            deployments: Deployments::default(),
            recorder: Recorder::new(kube.clone(), reporter),
            metrics,
            health: Health::default(),
            intake: None,
            leases: Arc::new(leases),
            look_times: LookTimes::default(),
            views: Views::default(),
            shutdown,
            identity: options.identity.clone(),
            kube,
        }
    }
}

/// One watched namespace, or all of them.
pub(super) struct Scope {
    pub(super) shared: Arc<Shared>,
    pub(super) terminations: Store<WebchatTermination>,
    pub(super) connections: Store<GenesysConnection>,
    /// Whether `connections` is filled: before, a connection that is not there may still come.
    pub(super) connections_listed: Arc<AtomicBool>,
    /// Makes reconciles begin at once.
    pub(super) bells: Bells,
}

impl Scope {
    /// Whether an object with a uid is in one of the stores.
    pub(super) fn holds(&self, uid: &str) -> bool {
        let is = |object: Option<String>| object.as_deref() == Some(uid);
        self.terminations.find(|object| is(object.uid())).is_some() || self.connections.find(|object| is(object.uid())).is_some()
    }
}
