//! What was sent, summed over all clients that there ever were.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::genesys::Client;

/// How many requests there were, by operation and outcome.
type Sums = BTreeMap<(&'static str, &'static str), u64>;

/// What was sent by clients whose connection does not exist any more.
#[derive(Debug, Default)]
pub(super) struct SentBefore(Mutex<Sums>);

impl SentBefore {
    /// A client is gone, and what it has sent still counts.
    pub(super) fn add(&self, client: &Client) {
        add_up(client, &mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// With what these have sent: operation, outcome and how many.
    pub(super) fn with<'c>(&self, clients: impl Iterator<Item = &'c Client>) -> Vec<(&'static str, &'static str, u64)> {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        clients.for_each(|client| add_up(client, &mut sums));
        sums.into_iter().map(|((operation, outcome), count)| (operation, outcome, count)).collect()
    }
}

fn add_up(client: &Client, sums: &mut Sums) {
    for count in client.counters() {
        *sums.entry((count.operation.label(), count.outcome.label())).or_default() += count.count;
    }
}
