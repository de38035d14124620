//! What guests can still do after an end, as the deployments that a connection lists have it: read once for each connection,
//! for a warning. It is nothing to wait for.

use std::collections::BTreeMap;
use std::time::Duration;

use kube::ResourceExt;

use super::connect;
use super::manifest::Assignment;
use crate::genesys::Client;
use crate::plan::{Afterwards, Deployment};
use crate::termination::Fault;

/// How long sessions wait for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// The deployments of the connections so far.
#[derive(Debug, Default)]
pub(super) struct Deployments(BTreeMap<(Option<String>, String), Vec<Deployment>>);

impl Deployments {
    /// The deployments of an assignment's connection, and the warning that they call for, once for each connection.
    pub(super) async fn of(&mut self, assignment: &Assignment, client: &Client) -> (Vec<Deployment>, Option<String>) {
        let connection = &assignment.connection;
        let key = (connection.namespace(), connection.name_any());
        if let Some(known) = self.0.get(&key) {
            return (known.clone(), None);
        }
        let ids = &connection.spec.deployment_ids;
        let late = || Fault::new("timeout", "no answer came in time");
        let read = tokio::time::timeout(PATIENCE, client.deployments(ids)).await;
        let read = read.unwrap_or_else(|_| ids.iter().map(|&id| Deployment::new(id, Err(late()))).collect());
        let afterwards = Afterwards::of(&read);
        let warning = afterwards.as_ref().and_then(Afterwards::warning).map(|said| format!("{}: {said}", connect::place(assignment)));
        self.0.insert(key, read.clone());
        (read, warning)
    }
}
