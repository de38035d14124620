//! Brings what the world has for guests to their lines.

use std::collections::BTreeMap;
use std::sync::Mutex;

use tokio::sync::mpsc;

use super::super::shared::unpoisoned;
use crate::simulator::world::{GuestSocketId, ToGuest, World};

/// How much may wait for a guest who does not read.
const WAITING: usize = 512;
/// The lines of all guests that are connected from outside.
#[derive(Default)]
pub(in super::super) struct Hub {
    lines: Mutex<BTreeMap<GuestSocketId, mpsc::Sender<ToGuest>>>,
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
    }
}
