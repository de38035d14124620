//! What outlives every process: the record, wherever it is kept. The same deaths are tried over every store that there is.

use std::future::{Future, ready};

use super::bench::Bench;
use crate::engine::{Record, Store, StoreError};
use crate::plan::Progress;

/// Where a record outlives the processes that write it.
pub(crate) trait Keep: Sync {
    /// What one process writes with.
    type Hand: Store;

    /// A process starts, or has learned that its view is stale: it takes up what is stored.
    fn take_up(&self) -> impl Future<Output = (Progress, Self::Hand)>;

    /// What is stored, read past whoever works on it; and its version, which grows with every write.
    fn stored(&self) -> (Progress, u64);

    /// A process dies while it writes, before the new content is in place: what that leaves behind.
    fn torn(&self);
}

/// The bench's own store: text in memory, with a version.
pub(super) struct Memory<'a>(pub(super) &'a Bench);

/// One process's view of it.
pub(super) struct View<'a> {
    bench: &'a Bench,
    version: u64,
}

impl<'a> Keep for Memory<'a> {
    type Hand = View<'a>;

    fn take_up(&self) -> impl Future<Output = (Progress, View<'a>)> {
        let (progress, version) = self.0.stored();
        ready((progress, View { bench: self.0, version }))
    }

    fn stored(&self) -> (Progress, u64) {
        self.0.stored()
    }

    fn torn(&self) {}
}

impl Store for View<'_> {
    fn write(&mut self, record: Record<'_>) -> impl Future<Output = Result<(), StoreError>> + Send {
        let stored = self.bench.lock().store(self.version, record.progress, record.names_writes);
        ready(stored.map(|version| self.version = version))
    }
}
