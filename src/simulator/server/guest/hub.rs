//! Brings what the world has for guests to their lines, and lets the world go on when something is due.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use super::super::shared::{Shared, unpoisoned};
use crate::simulator::world::{GuestSocketId, ToGuest, World};

/// How much may wait for a guest who does not read.
const WAITING: usize = 512;
/// How often the clock is looked at while something is due: it may leap, and it may stand still.
const GLANCE: Duration = Duration::from_millis(10);

/// The lines of all guests that are connected from outside.
#[derive(Default)]
pub(in super::super) struct Hub {
    lines: Mutex<BTreeMap<GuestSocketId, mpsc::Sender<ToGuest>>>,
    due: watch::Sender<Option<Timestamp>>,
}

impl Hub {
    /// Adds a line; what it is sent.
    pub(super) fn add(&self, socket: GuestSocketId) -> mpsc::Receiver<ToGuest> {
        let (sender, receiver) = mpsc::channel(WAITING);
        unpoisoned(&self.lines).insert(socket, sender);
        receiver
    }

    pub(super) fn remove(&self, socket: GuestSocketId) {
        unpoisoned(&self.lines).remove(&socket);
    }

    /// Hands over what the world has for its guests; who has let too much wait is cut.
    pub(in super::super) fn deliver(&self, world: &mut World) {
        for (socket, outgoing) in world.guest_deliveries() {
            let mut lines = unpoisoned(&self.lines);
            for one in outgoing {
                if lines.get(&socket).is_some_and(|line| line.try_send(one).is_err()) {
                    lines.remove(&socket);
                }
            }
        }
        let due = world.next_due();
        self.due.send_if_modified(|known| std::mem::replace(known, due) != due);
    }
}

/// Looks at the world whenever something is due, so that guests hear of it without anybody asking.
pub(in super::super) fn keep_pulse(shared: &Arc<Shared>) {
    let shared = Arc::clone(shared);
    let mut due = shared.guests.due.subscribe();
    // What is due at the beginning nobody has told yet.
    shared.with_world(|_, _| ());
    tokio::spawn(async move {
        loop {
            let next = *due.borrow_and_update();
            tokio::select! {
                changed = due.changed() => if changed.is_err() { return },
                () = until(&shared, next) => shared.with_world(|_, _| ()),
                () = shared.stopping.cancelled() => return,
            }
        }
    });
}

/// Waits until the clock has come to this moment; for ever when there is none.
async fn until(shared: &Shared, moment: Option<Timestamp>) {
    let Some(moment) = moment else { return std::future::pending().await };
    while shared.now() < moment {
        tokio::time::sleep(GLANCE).await;
    }
}
