//! Lease objects on the API server.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use kube::ResourceExt;
use kube::api::{Api, ListParams, PostParams};

use super::name::LeaseName;
use super::term::Shown;

/// The label of our leases, and its value.
const LABEL: (&str, &str) = ("app.kubernetes.io/managed-by", "webchat-terminator");

/// What came of an attempt to write a lease.
#[derive(Debug)]
pub(super) enum Written {
    /// It is as we want it.
    Done(Shown),
    /// Somebody else wrote, or it is gone, or it is there already.
    Overtaken,
    /// It is not known what became of it.
    Failed(kube::Error),
}

/// Reads and writes leases in one namespace.
#[derive(Clone, Debug)]
pub(super) struct LeaseStore {
    pub(super) api: Api<Lease>,
    pub(super) duration: Duration,
}

impl LeaseStore {
    /// All that are there. Ours are told by their names: a label can be taken off.
    pub(super) async fn list(&self) -> kube::Result<BTreeMap<String, Shown>> {
        let leases = self.api.list(&ListParams::default()).await?;
        Ok(leases.items.iter().map(|lease| (lease.name_any(), shown(lease))).collect())
    }

    /// Creates one that is `holder`'s.
    pub(super) async fn create(&self, name: &LeaseName, holder: &str, now: Timestamp) -> Written {
        let lease = self.lease(name, holder, None, 0, now);
        told(self.api.create(&PostParams::default(), &lease).await)
    }

    /// Writes who holds it; nobody, when `holder` is empty. Only if nobody has written since it was seen.
    pub(super) async fn replace(&self, name: &LeaseName, seen: &Shown, holder: &str, now: Timestamp) -> Written {
        let passes_on = i32::from(seen.holder != holder && !holder.is_empty());
        let lease = self.lease(name, holder, Some(&seen.version), seen.transitions.saturating_add(passes_on), now);
        told(self.api.replace(name.as_str(), &PostParams::default(), &lease).await)
    }

    fn lease(&self, name: &LeaseName, holder: &str, version: Option<&str>, transitions: i32, now: Timestamp) -> Lease {
        let metadata = ObjectMeta {
            name: Some(name.as_str().to_owned()),
            resource_version: version.map(str::to_owned),
            labels: Some([(LABEL.0.to_owned(), LABEL.1.to_owned())].into()),
            ..ObjectMeta::default()
        };
        let spec = LeaseSpec {
            holder_identity: Some(holder.to_owned()),
            lease_duration_seconds: Some(i32::try_from(self.duration.as_secs()).unwrap_or(i32::MAX)),
            renew_time: Some(MicroTime(now)),
            lease_transitions: Some(transitions),
            ..LeaseSpec::default()
        };
        Lease { metadata, spec: Some(spec) }
    }
}

fn told(outcome: kube::Result<Lease>) -> Written {
    match outcome {
        Ok(lease) => Written::Done(shown(&lease)),
        Err(kube::Error::Api(answer)) if [404, 409].contains(&answer.code) => Written::Overtaken,
        Err(error) => Written::Failed(error),
    }
}

fn shown(lease: &Lease) -> Shown {
    let spec = lease.spec.clone().unwrap_or_default();
    Shown {
        version: lease.resource_version().unwrap_or_default(),
        holder: spec.holder_identity.unwrap_or_default(),
        duration: Duration::from_secs(spec.lease_duration_seconds.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0)),
        transitions: spec.lease_transitions.unwrap_or(0),
    }
}
