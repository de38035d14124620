//! What is known of a connection's deployments: read now and then, kept in its status, told to the terminations that name it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use kube::ResourceExt;
use uuid::Uuid;

use crate::clock;
use crate::crd::GenesysConnection;
use crate::genesys::Client;
use crate::plan::Deployment;
use crate::termination::Fault;

/// How long a reading is taken for granted, and how long one that failed: whoever grants a permission wants to see it work.
const REREAD: (Duration, Duration) = (Duration::from_secs(600), Duration::from_secs(60));

/// When the deployments of each connection were last read, by its uid.
#[derive(Debug, Default)]
pub(super) struct Deployments(Mutex<HashMap<String, Reading>>);

#[derive(Debug)]
struct Reading {
    ids: Vec<Uuid>,
    due: Instant,
}

impl Deployments {
    /// What is known of the deployments that a connection lists. They are read with `client`, if there is one, when the list has
    /// changed or it is time; else what the status says stands.
    pub(super) async fn of(&self, connection: &GenesysConnection, client: Option<&Client>) -> Vec<Deployment> {
        let ids = &connection.spec.deployment_ids;
        let uid = connection.uid().unwrap_or_default();
        match client.filter(|_| !ids.is_empty() && self.is_due(&uid, ids)) {
            Some(client) => {
                let deployments = client.deployments(ids).await;
                let failed = deployments.iter().any(|deployment| deployment.error.is_some());
                let due = clock::monotonic() + if failed { REREAD.1 } else { REREAD.0 };
                self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(uid, Reading { ids: ids.clone(), due });
                deployments
            }
            None => ids.iter().map(|&id| reported(connection, id)).collect(),
        }
    }

    /// Forgets the connections that do not exist any more.
    pub(super) fn retain(&self, exists: impl Fn(&str) -> bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|uid, _| exists(uid));
    }

    fn is_due(&self, uid: &str, ids: &[Uuid]) -> bool {
        let readings = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        readings.get(uid).is_none_or(|reading| reading.ids != ids || reading.due <= clock::monotonic())
    }
}

/// What the status of a connection says of a deployment.
fn reported(connection: &GenesysConnection, id: Uuid) -> Deployment {
    let known = connection.status.iter().flat_map(|status| &status.deployments).find(|deployment| deployment.id == id);
    known.cloned().unwrap_or_else(|| Deployment::new(id, Err(Fault::new("not.read", "it was not read yet"))))
}
