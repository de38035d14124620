//! Holds: the next request of a kind is made to wait, so that a test can do something at exactly that moment.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::shared::unpoisoned;
use crate::simulator::world::Operation;

/// How long a request waits at most.
const LONGEST: Duration = Duration::from_secs(120);

/// Where a request is made to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Moment {
    /// It has been received; nothing has been decided about it.
    BeforeEffect,
    /// It has had its effect, or that is planned; the answer has not left.
    AfterEffect,
}

/// Which request is to wait, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct HoldSpec {
    /// The operation.
    operation: Operation,
    /// Where it waits.
    when: Moment,
    /// The conversation; without it, any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    conversation_id: Option<Uuid>,
}

/// How far a hold has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Stage {
    /// No such request has come yet.
    Armed,
    /// A request waits.
    Waiting,
    /// The request went on, or its time was over.
    Over,
}

/// What becomes of a request that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Wait,
    GoOn,
    Drop,
}

struct Hold {
    spec: HoldSpec,
    stage: Stage,
    fate: watch::Sender<Fate>,
}

/// All holds of a simulator.
#[derive(Default)]
pub(super) struct Holds(Mutex<BTreeMap<u64, Hold>>);

impl Holds {
    /// Sets up a hold for the next request that matches; its id.
    pub(super) fn set(&self, spec: HoldSpec) -> u64 {
        let mut holds = unpoisoned(&self.0);
        let id = holds.last_key_value().map_or(1, |(last, _)| last + 1);
        holds.insert(id, Hold { spec, stage: Stage::Armed, fate: watch::Sender::new(Fate::Wait) });
        id
    }

    /// How far a hold has come.
    pub(super) fn look(&self, id: u64) -> Option<(HoldSpec, Stage)> {
        unpoisoned(&self.0).get(&id).map(|hold| (hold.spec, hold.stage))
    }

    /// All holds.
    pub(super) fn all(&self) -> Vec<(u64, HoldSpec, Stage)> {
        unpoisoned(&self.0).iter().map(|(id, hold)| (*id, hold.spec, hold.stage)).collect()
    }

    /// Takes a hold away; a request that waits there goes on, or is dropped with its connection. Whether there was one.
    pub(super) fn release(&self, id: u64, drop_request: bool) -> bool {
        let Some(hold) = unpoisoned(&self.0).remove(&id) else { return false };
        let fate = if drop_request { Fate::Drop } else { Fate::GoOn };
        hold.fate.send_replace(fate);
        true
    }

    /// Lets a request pass this moment, perhaps after a wait; whether it is to go on.
    pub(super) async fn pass(&self, when: Moment, operation: Operation, conversation: Option<Uuid>, stopping: &CancellationToken) -> bool {
        let Some((id, mut fate)) = self.enter(when, operation, conversation) else { return true };
        let decided = tokio::select! {
            decided = fate.wait_for(|fate| *fate != Fate::Wait) => decided.map_or(Fate::GoOn, |fate| *fate),
            () = tokio::time::sleep(LONGEST) => Fate::GoOn,
            () = stopping.cancelled() => Fate::Drop,
        };
        if let Some(hold) = unpoisoned(&self.0).get_mut(&id) {
            hold.stage = Stage::Over;
        }
        decided != Fate::Drop
    }

    fn enter(&self, when: Moment, operation: Operation, conversation: Option<Uuid>) -> Option<(u64, watch::Receiver<Fate>)> {
        let mut holds = unpoisoned(&self.0);
        let (id, hold) = holds.iter_mut().find(|(_, hold)| {
            let HoldSpec { operation: held, when: moment, conversation_id } = hold.spec;
            hold.stage == Stage::Armed && held == operation && moment == when && conversation_id.is_none_or(|c| Some(c) == conversation)
        })?;
        hold.stage = Stage::Waiting;
        Some((*id, hold.fate.subscribe()))
    }
}
