//! What reconciles share: as long as the process lives, and per watched namespace.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use kube::ResourceExt;
use kube::runtime::events::Recorder;
use kube::runtime::reflector::Store;
use tokio_util::sync::CancellationToken;

use super::bells::Bells;
use super::clients::Clients;
use super::deployments::Deployments;
use super::health::Health;
use super::intake::ServedIntake;
use super::leases::Leases;
use super::look_times::LookTimes;
use super::views::Views;
use crate::crd::{GenesysConnection, WebchatTermination};
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
