//! What guests can still do after an end, as the deployments that a connection lists have it: read once for each connection,
//! for a warning. It is nothing to wait for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use uuid::Uuid;

use super::connect;
use super::manifest::Assignment;
use crate::genesys::Client;
use crate::plan::{Afterwards, Deployment};
use crate::termination::Fault;

/// How long sessions wait for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// The deployments of the connections so far.
#[derive(Debug, Default)]
pub(super) struct Deployments(Mutex<BTreeMap<String, Arc<OnceCell<Vec<Deployment>>>>>);

/// A warning of guests who can write after the end.
#[derive(Debug)]
pub(super) struct Warning {
    pub(super) text: String,
    /// Whether it is told for the first time.
    pub(super) is_news: bool,
}

impl Deployments {
    /// The deployments of an assignment's connection, and the warning that they call for: the same for all that use the connection.
    pub(super) async fn of(&self, assignment: &Assignment, client: &Client) -> (Vec<Deployment>, Option<Warning>) {
        let place = connect::place(assignment);
        // Whoever asks the same meanwhile waits, and nobody else.
        let cell = self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(place.clone()).or_default().clone();
        let mut is_news = false;
        let read = cell.get_or_init(|| async {
            is_news = true;
            read(client, &assignment.connection.spec.deployment_ids).await
        });
        let read = read.await.clone();
        let afterwards = Afterwards::of(&read);
        let warning = afterwards.as_ref().and_then(Afterwards::warning).map(|said| Warning { text: format!("{place}: {said}"), is_news });
        (read, warning)
    }
}

async fn read(client: &Client, ids: &[Uuid]) -> Vec<Deployment> {
    let late = || Fault::new("timeout", "no answer came in time");
    let read = tokio::time::timeout(PATIENCE, client.deployments(ids)).await;
    read.unwrap_or_else(|_| ids.iter().map(|&id| Deployment::new(id, Err(late()))).collect())
}
