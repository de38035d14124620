//! Looks at what is due, a bounded number of conversations at a time.

use futures::stream::{self, StreamExt};
use uuid::Uuid;

use super::Observe;
use crate::plan::{Inventory, Look};

/// How many requests of one round are under way at a time.
pub(super) const AT_ONCE: usize = 10;

/// Adds a look at each of `due` to what is known already. Events and answers about a conversation are older than its look.
pub(super) async fn observe<O: Observe>(observer: &O, due: Vec<Uuid>, mut known: Inventory) -> Inventory {
    let looks = stream::iter(due.into_iter().map(|id| async move { (id, observer.look(id).await) }));
    let looks: Vec<(Uuid, Look)> = looks.buffered(AT_ONCE).collect().await;
    known.looks.extend(looks);
    known
}
