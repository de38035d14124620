//! Recorded before done: the only way to a [`RecordedPlan`].

use jiff::Timestamp;

use super::{Record, Store, StoreError};
use crate::plan::{Plan, Progress, Write};

/// A plan whose record is durable. Only this can be executed.
#[derive(Debug)]
pub struct RecordedPlan {
    writes: Vec<Write>,
    recorded: Timestamp,
}

impl RecordedPlan {
    pub(super) fn writes(&self) -> &[Write] {
        &self.writes
    }

    /// When recording began: the record covers writes that begin soon after, and no later ones.
    pub(super) fn recorded(&self) -> Timestamp {
        self.recorded
    }
}

/// Makes a plan's record durable. `now` is read before the record is written.
pub(super) async fn record<S: Store>(store: &mut S, plan: Plan, now: Timestamp) -> Result<(RecordedPlan, Progress), StoreError> {
    let Plan { progress, writes, blocker, made_up: _ } = plan;
    store.write(Record { progress: &progress, blocker: blocker.as_ref(), names_writes: !writes.is_empty() }).await?;
    Ok((RecordedPlan { writes, recorded: now }, progress))
}
