//! What outlives every process: the clock, the record with its version, and the simulated world.

use std::sync::{Mutex, MutexGuard};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::feed::Feed;
use crate::engine::StoreError;
use crate::plan::{Order, Progress, Write};
use crate::simulator::world::{Dice, World};
use crate::termination::{Effect, Session, State};

/// Where a process dies: at the beginning or at the end of one of its calls to the outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Death {
    /// Which call, counted over all processes.
    pub(super) call: usize,
    /// Before it does anything, or after it has done all of it and before anybody knows.
    pub(super) moment: Moment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    Before,
    After,
}

/// What a call to the outside was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    Follow,
    Look(Uuid),
    Record,
    Send(Write),
}

/// What a process asks of the store goes wrong once in a while.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StoreFaults {
    /// How many of a thousand writes are refused.
    pub(super) refused: u16,
    /// How many of a thousand writes are made, and nobody is told.
    pub(super) untold: u16,
}

/// The part of the bench that changes.
pub(super) struct Inner {
    pub(super) world: World,
    pub(super) now: Timestamp,
    /// How far the service's clock is ahead of ours.
    pub(super) skew: SignedDuration,
    /// How long every call takes.
    pub(super) latency: SignedDuration,
    pub(super) dice: Dice,
    pub(super) calls: Vec<Call>,
    pub(super) deaths: Vec<Death>,
    pub(super) dead: bool,
    /// At which end of its present call the process dies.
    pub(super) dying: Option<Moment>,
    /// How many processes died or were dropped.
    pub(super) died: usize,
    pub(super) polls: usize,
    pub(super) drop_at: Option<usize>,
    pub(super) store_faults: StoreFaults,
    /// The process that may act, if only one may.
    pub(super) leader: Option<u32>,
    /// How many records came from a view that was stale.
    pub(super) conflicts: usize,
    /// How many sessions were under way at the most.
    pub(super) most_under_way: usize,
    pub(super) feed: Feed,
    /// How many writes were held against the record.
    pub(super) judged_writes: usize,
    /// How often a final session was held against the record before.
    pub(super) judged_results: usize,
    /// Whether the record was written as one that writes follow.
    covers_writes: bool,
    /// The record as a process that starts reads it: it has been text.
    record: Progress,
    pub(super) version: u64,
    parallelism: usize,
}

/// What outlives every process.
pub(super) struct Bench(Mutex<Inner>);

impl Bench {
    pub(super) fn new(world: World, order: &Order, now: Timestamp) -> Self {
        let feed = Feed::new(&world);
        let inner = Inner {
            world,
            now,
            skew: SignedDuration::ZERO,
            latency: SignedDuration::from_millis(20),
            dice: Dice::new(7),
            calls: Vec::new(),
            deaths: Vec::new(),
            dead: false,
            dying: None,
            died: 0,
            polls: 0,
            drop_at: None,
            store_faults: StoreFaults::default(),
            leader: None,
            conflicts: 0,
            most_under_way: 0,
            feed,
            judged_writes: 0,
            judged_results: 0,
            covers_writes: false,
            record: Progress::default(),
            version: 0,
            parallelism: order.parallelism,
        };
        Self(Mutex::new(inner))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// The record and its version.
    pub(super) fn stored(&self) -> (Progress, u64) {
        let inner = self.lock();
        (inner.record.clone(), inner.version)
    }

    /// Lets time pass, never backwards.
    pub(super) fn wait_until(&self, then: Timestamp) {
        let mut inner = self.lock();
        inner.now = inner.now.max(then);
        let service_time = inner.service_time();
        inner.world.advance(service_time);
    }
}

impl Inner {
    pub(super) fn service_time(&self) -> Timestamp {
        self.now + self.skew
    }

    pub(super) fn pass(&mut self, time: SignedDuration) {
        self.now += time;
        let service_time = self.service_time();
        self.world.advance(service_time);
    }

    /// Counts a call and tells whether its process dies at one of its ends.
    pub(super) fn begin(&mut self, call: Call) -> Option<Moment> {
        let number = self.calls.len();
        self.calls.push(call);
        self.deaths.iter().find(|death| death.call == number).map(|death| death.moment)
    }

    /// Makes a record durable when it comes from the view that is stored.
    pub(super) fn store(&mut self, seen: u64, progress: &Progress, names_writes: bool) -> Result<u64, StoreError> {
        if self.dice.per_thousand(self.store_faults.refused) {
            return Err(StoreError::Unavailable("refused".into()));
        }
        if seen != self.version {
            self.conflicts += 1;
            return Err(StoreError::Conflict);
        }
        if names_writes || !progress.says_the_same_as(&self.record) {
            self.judge_record(progress);
            self.record = read_back(&write_down(progress));
            self.covers_writes = names_writes;
            self.version += 1;
        }
        if self.dice.per_thousand(self.store_faults.untold) {
            return Err(StoreError::Unavailable("the answer was lost".into()));
        }
        Ok(self.version)
    }

    /// Takes notice of what another store than the bench's own has stored by now.
    pub(super) fn notice(&mut self, (progress, version): (Progress, u64), names_writes: bool) {
        if version != self.version {
            self.judge_record(&progress);
            (self.record, self.version, self.covers_writes) = (progress, version, names_writes);
        }
    }

    /// What must hold of every record: what was final stays as it was, and no more is under way than may be.
    fn judge_record(&mut self, next: &Progress) {
        let last = &self.record;
        for session in last.sessions.iter().filter(|session| session.state.is_final()) {
            let kept = next.sessions.iter().find(|other| other.conversation_id == session.conversation_id);
            assert_eq!(kept, Some(session), "a final record was changed or lost");
            self.judged_results += 1;
        }
        assert!(!last.is_finished() || next == last, "something was recorded after the end: {last:?} -> {next:?}");
        // A guest who leaves or comes back by herself takes no leave to do so: what we have begun counts, and what is over does not.
        let over = |session: &Session| session.state.is_final() || session.state == State::Settling;
        let begun = |session: &&Session| session.close_sent && session.reconnects == 0 && !over(session);
        let under_way = next.sessions.iter().filter(begun).count();
        self.most_under_way = self.most_under_way.max(under_way);
        assert!(under_way <= self.parallelism, "{under_way} sessions are under way");
        for session in next.sessions.iter().filter(|session| session.state.is_final()) {
            self.world.mark_finished(Some(session.conversation_id));
        }
        if next.is_finished() {
            self.world.mark_finished(None);
        }
    }

    /// What must hold of every write: the record that is stored now names it.
    pub(super) fn judge_write(&mut self, write: &Write) {
        let session = self.record.sessions.iter().find(|session| session.conversation_id == write.conversation_id);
        assert!(session.is_some_and(|session| names(session, write.effect)), "the record does not name {write}: {session:?}");
        assert!(self.covers_writes, "the record was not written for {write}");
        self.judged_writes += 1;
    }
}

fn names(session: &Session, effect: Effect) -> bool {
    match effect {
        Effect::CloseGuestLeg { communication_id, .. } => {
            session.state == State::GuestCloseRequested && session.open_leg().is_some_and(|leg| leg.communication_id == communication_id)
        }
        Effect::CloseWrapper => session.state == State::WrapperCloseRequested,
        Effect::Teardown => session.state == State::TeardownRequested,
    }
}

type Times = (Option<Timestamp>, Option<Timestamp>, Option<Timestamp>);

fn write_down(progress: &Progress) -> String {
    let Progress { sessions, start_time, stop_time, completion_time } = progress;
    serde_json::to_string(&(sessions, (start_time, stop_time, completion_time))).unwrap()
}

fn read_back(record: &str) -> Progress {
    let (sessions, (start_time, stop_time, completion_time)): (Vec<Session>, Times) = serde_json::from_str(record).unwrap();
    Progress { sessions, start_time, stop_time, completion_time }
}
