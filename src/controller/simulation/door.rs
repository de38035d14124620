//! The door of a server. What arrives in the same millisecond is let in by its name, so that a seed always tells the same story:
//! in which order the tasks of one moment run is chance (hash maps of the runtime's have an order of their own in each process).

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::yield_now;

/// How many turns of the runtime it takes until all who arrive now have arrived, and until what one began has come to rest.
const SETTLED: usize = 6;

/// One door for everything that is outside of the controllers.
#[derive(Clone, Default)]
pub(super) struct Door(Arc<Mutex<BTreeSet<String>>>);

impl Door {
    /// Goes the way of this length, and does what is to be done inside when it is its turn. What that begins comes to rest before
    /// the next one is let in.
    pub(super) async fn enter<T>(&self, name: &str, way: Duration, inside: impl FnOnce() -> T) -> T {
        tokio::time::sleep(way).await;
        self.0.lock().unwrap().insert(name.to_owned());
        rest().await;
        while self.0.lock().unwrap().first().is_some_and(|first| first != name) {
            yield_now().await;
        }
        let done = inside();
        rest().await;
        self.0.lock().unwrap().remove(name);
        done
    }
}

async fn rest() {
    for _ in 0..SETTLED {
        yield_now().await;
    }
}
