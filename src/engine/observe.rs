//! Looks at what is due, a bounded number of conversations at a time.

use futures::stream::{self, StreamExt};
use jiff::Timestamp;
use uuid::Uuid;

use super::{Observe, Time};
use crate::plan::{Inventory, Look};

/// How many requests of one round are under way at a time.
pub(super) const AT_ONCE: usize = 10;

/// Adds a look at each of `due` to what is known already. Events and answers about a conversation are older than its look.
pub(super) async fn observe<O: Observe, T: Time>(observer: &O, time: &T, due: Vec<Uuid>, mut known: Inventory) -> Inventory {
    let looks = due.into_iter().map(|id| async move {
        let asked = time.now();
        (id, asked, observer.look(id).await)
    });
    let looks: Vec<(Uuid, Timestamp, Look)> = stream::iter(looks).buffered(AT_ONCE).collect().await;
    known.looks.extend(looks);
    known
}
