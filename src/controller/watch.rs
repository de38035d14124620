//! A watch, and the store that it keeps.

use futures::{Stream, TryStreamExt, future};
use kube::core::{DeserializeGuard, NamespaceResourceScope};
use kube::runtime::reflector::{self, Store};
use kube::runtime::watcher::{self, Event};
use kube::runtime::{PredicateConfig, WatchStreamExt, predicates};
use kube::{Api, Resource, ResourceExt};
use serde::de::DeserializeOwned;
use tracing::error;

/// A watch that goes on when one object cannot be read, and a store that it keeps. Only a new generation triggers: our own
/// status writes do not. `listed` is called when the store is filled for the first time.
///
/// `Store::wait_until_ready` would not do for that: a store wakes only the last one of those who wait for it, and that has
/// to be its controller.
pub(super) fn watched<K, L>(
    namespace: Option<&str>,
    client: &kube::Client,
    listed: L,
) -> (Store<K>, impl Stream<Item = Result<K, watcher::Error>> + Send + use<K, L>)
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + DeserializeOwned + Clone + std::fmt::Debug + Send + Sync + 'static,
    L: FnOnce() + Send,
{
    let api: Api<DeserializeGuard<K>> = match namespace {
        Some(namespace) => Api::namespaced(client.clone(), namespace),
        None => Api::all(client.clone()),
    };
    let (reader, writer) = reflector::store();
    let mut listed = Some(listed);
    let told = move |event: &Event<K>| {
        if matches!(event, Event::InitDone) {
            listed.take().into_iter().for_each(|listed| listed());
        }
    };
    let stream = watcher::watcher(api, watcher::Config::default())
        .default_backoff()
        .try_filter_map(|event| future::ok(readable(event)))
        .modify(|object| object.managed_fields_mut().clear())
        .reflect(writer)
        .inspect_ok(told)
        .applied_objects()
        .predicate_filter(predicates::generation, PredicateConfig::default());
    (reader, stream)
}

/// The event, unless its object cannot be read: then it is reported and passed over.
fn readable<K: Resource>(event: Event<DeserializeGuard<K>>) -> Option<Event<K>> {
    let object = |guard: DeserializeGuard<K>| match guard.0 {
        Ok(object) => Some(object),
        Err(invalid) => {
            let name = invalid.metadata.name.unwrap_or_default();
            error!(name, error = invalid.error, "an object cannot be read and is passed over: are the installed CRDs of this version?");
            None
        }
    };
    match event {
        Event::Apply(guard) => object(guard).map(Event::Apply),
        Event::Delete(guard) => object(guard).map(Event::Delete),
        Event::InitApply(guard) => object(guard).map(Event::InitApply),
        Event::Init => Some(Event::Init),
        Event::InitDone => Some(Event::InitDone),
    }
}
