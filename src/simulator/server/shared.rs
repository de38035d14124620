//! What all requests share: the world behind a lock, the clock, the holds.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::guest::Hub;
use super::hold::Holds;
use crate::simulator::world::{Dice, World};

/// The state of one running simulator.
pub(super) struct Shared {
    world: Mutex<World>,
    /// The ids that the server makes come from a sequence of their own, so that they do not shift the world's chances.
    ids: Mutex<Dice>,
    now: Box<dyn Fn() -> Timestamp + Send + Sync>,
    pub(super) holds: Holds,
    /// Whoever sends what the world has for guests.
    pub(super) guests: Hub,
    pub(super) admin_from_anywhere: bool,
    pub(super) stopping: CancellationToken,
}

impl Shared {
    pub(super) fn new(world: World, now: Box<dyn Fn() -> Timestamp + Send + Sync>, admin_from_anywhere: bool) -> Self {
        let ids = Mutex::new(Dice::new(0x1D5));
        Self {
            world: Mutex::new(world),
            ids,
            now,
            holds: Holds::default(),
            guests: Hub::default(),
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
        self.guests.deliver(&mut world);
        seen
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.now)()
    }

    pub(super) fn fresh_id(&self) -> Uuid {
        unpoisoned(&self.ids).uuid()
    }
}

/// Locks; a panic elsewhere while the lock was held is no reason for a second one here.
pub(super) fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
