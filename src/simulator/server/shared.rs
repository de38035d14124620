//! What all requests share: the world behind a lock, the clock, the holds.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::hold::Holds;
use crate::simulator::world::{Dice, World};

/// The state of one running simulator.
pub(super) struct Shared {
    world: Mutex<World>,
    /// The ids that the server makes come from a sequence of their own, so that they do not shift the world's chances.
    ids: Mutex<Dice>,
    now: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// When the world will do something by itself.
    due: watch::Sender<Option<Timestamp>>,
    /// How much there has been to send out of the world.
    news: watch::Sender<u64>,
    pub(super) holds: Holds,
    pub(super) admin_from_anywhere: bool,
    pub(super) stopping: CancellationToken,
}

impl Shared {
    pub(super) fn new(world: World, now: Box<dyn Fn() -> Timestamp + Send + Sync>, admin_from_anywhere: bool) -> Self {
        let ids = Mutex::new(Dice::new(0x1D5));
        Self {
            due: watch::Sender::new(world.next_due()),
            news: watch::Sender::new(world.news()),
            world: Mutex::new(world),
            ids,
            now,
            holds: Holds::default(),
            admin_from_anywhere,
            stopping: CancellationToken::new(),
        }
    }

    /// Looks at the world, or changes it, after it has advanced to the present.
    pub(super) fn with_world<T>(&self, look: impl FnOnce(&mut World, Timestamp) -> T) -> T {
        let now = (self.now)();
        let mut world = unpoisoned(&self.world);
        world.advance(now);
        let seen = look(&mut world, now);
        tell(&self.due, world.next_due());
        tell(&self.news, world.news());
        seen
    }

    /// Watches when the world will do something by itself.
    pub(super) fn due(&self) -> watch::Receiver<Option<Timestamp>> {
        self.due.subscribe()
    }

    /// Watches for something to send out of the world.
    pub(super) fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.now)()
    }

    pub(super) fn fresh_id(&self) -> Uuid {
        unpoisoned(&self.ids).uuid()
    }
}

/// Tells a value to those who watch, when it is another one.
fn tell<T: PartialEq>(channel: &watch::Sender<T>, value: T) {
    channel.send_if_modified(|told| {
        let modified = *told != value;
        *told = value;
        modified
    });
}

/// Locks; a panic elsewhere while the lock was held is no reason for a second one here.
pub(super) fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
