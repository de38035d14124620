//! Which reconciles begin when something that is watched has changed.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kube::ResourceExt;
use kube::runtime::reflector::Store;
use kube::runtime::watcher::Event;

use super::bells::Bells;
use super::scope::Shared;
use crate::crd::{GenesysConnection, WebchatTermination};

/// What of a termination concerns its reconcile: the generation, and whether it has finished. A status that is lost after the end, as
/// when somebody puts it back to nothing, changes no generation, and nobody else would ask.
pub(super) fn concern(termination: &WebchatTermination) -> Option<u64> {
    let generation = termination.metadata.generation.and_then(|generation| u64::try_from(generation).ok())?;
    Some(generation.wrapping_mul(2) + u64::from(termination.is_finished()))
}

/// Wakes the unfinished terminations when they have been listed. Nobody waits for events for one that is gone.
pub(super) fn on_termination(
    bells: Bells,
    shared: &Arc<Shared>,
) -> impl FnMut(&Store<WebchatTermination>, &Event<WebchatTermination>) + Send + use<> {
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
pub(super) fn on_connection(
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
            let uid = connection.uid().unwrap_or_default();
            seen.remove(&uid);
            // Its sockets are closed, too.
            shared.clients.retain(|known| known != uid);
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

/// Whether a termination names a connection.
pub(super) fn names(termination: &WebchatTermination, connection: &GenesysConnection) -> bool {
    termination.namespace() == connection.namespace() && termination.spec.connection_ref.name == connection.name_any()
}

/// What of a connection concerns the terminations that name it: what its status says beside that is for people.
fn facts(connection: &GenesysConnection) -> (Option<i64>, bool, bool) {
    let conditions = connection.status.iter().flat_map(|status| &status.conditions);
    let is_ready = conditions.into_iter().any(|condition| condition.type_ == "Ready" && condition.status == "True");
    (connection.metadata.generation, connection.metadata.deletion_timestamp.is_some(), is_ready)
}

/// Keeps us from being ready until the returned is called; later calls change nothing.
pub(super) fn list_expected(shared: &Arc<Shared>) -> impl FnMut() + Send + use<> {
    shared.health.expect_list();
    let mut waiting = Some(Arc::clone(shared));
    move || waiting.take().into_iter().for_each(|shared| shared.health.listed())
}
