//! A watch, and the store that it keeps.

use std::time::Duration;

use futures::{Stream, TryStreamExt, future};
use kube::core::{DeserializeGuard, NamespaceResourceScope};
use kube::runtime::reflector::{self, Store};
use kube::runtime::utils::Backoff;
use kube::runtime::watcher::{self, Event};
use kube::runtime::{PredicateConfig, WatchStreamExt};
use kube::{Api, Resource, ResourceExt};
use serde::de::DeserializeOwned;
use tracing::error;

/// The shortest and the longest wait before a broken watch is begun again. Not longer: suspend, cancel and deletion come by it.
const AGAIN: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(5));

/// How long the server lets a watch last, in seconds, before it is begun again where it stood. A watch that has gone silent is
/// given up 5 s later (by kube), so this is how long a suspension, or what is new, may go unheard. It costs a request each time.
const LASTS: u32 = 15;

/// How long nothing at all may come on a connection with a list or a watch: longer than a watch lasts in which nothing happens.
pub(super) const SILENCE: Duration = Duration::from_secs(LASTS as u64 + 10);

/// The wait before a broken watch is begun again: it doubles until the watch works.
struct Patience(Duration);

impl Iterator for Patience {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        let wait = self.0;
        self.0 = (wait * 2).min(AGAIN.1);
        Some(wait)
    }
}

impl Backoff for Patience {
    fn reset(&mut self) {
        self.0 = AGAIN.0;
    }
}

/// A watch that goes on when one object cannot be read, and a store that it keeps. Only what `concerns` makes something new of
/// triggers: our own status writes do not, but for the one that finishes a termination. `seen` is called with every event when the
/// store has taken it in.
///
/// Whoever is to act on what the store shows has to be woken by `seen`: another watch may tell earlier than this store knows,
/// and after a new list the store only shows it with the last event of that list. `Store::wait_until_ready` would not do
/// either: a store wakes only the last one of those who wait for it, and that has to be its controller.
pub(super) fn watched<K, S>(
    namespace: Option<&str>,
    client: &kube::Client,
    concerns: fn(&K) -> Option<u64>,
    mut seen: S,
) -> (Store<K>, impl Stream<Item = Result<K, watcher::Error>> + Send + use<K, S>)
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + DeserializeOwned + Clone + std::fmt::Debug + Send + Sync + 'static,
    S: FnMut(&Store<K>, &Event<K>) + Send,
{
    let api: Api<DeserializeGuard<K>> = match namespace {
        Some(namespace) => Api::namespaced(client.clone(), namespace),
        None => Api::all(client.clone()),
    };
    let (reader, writer) = reflector::store();
    let store = reader.clone();
    let stream = watcher::watcher(api, watcher::Config::default().timeout(LASTS))
        .backoff(Patience(AGAIN.0))
        .try_filter_map(|event| future::ok(readable(event)))
        .modify(|object| object.managed_fields_mut().clear())
        .reflect(writer)
        .inspect_ok(move |event| seen(&store, event))
        .applied_objects()
        .predicate_filter(concerns, PredicateConfig::default());
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
