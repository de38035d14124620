//! One process after the other, round after round, in virtual time, up to the end.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use jiff::{SignedDuration, Timestamp};

use super::bench::Bench;
use super::ports::{Leave, Writer};
use crate::engine::{Round, Shell, StoreError, round};
use crate::plan::{Blocker, Inventory, Order, Outlook, Progress};

/// How many rounds a run may take. More means that it does not come to its end.
const MOST_ROUNDS: usize = 5_000;

/// How long whoever runs the rounds waits when a person has to mend something.
const MENDING: SignedDuration = SignedDuration::from_secs(5);

/// What the user orders, and how he changes his mind.
pub(super) struct Script {
    pub(super) order: Order,
    /// Changes of the order, by milliseconds since the beginning.
    pub(super) changes: Vec<(i64, fn(&mut Order))>,
    /// What keeps everything from being looked at, and until when, in milliseconds since the beginning.
    pub(super) blocked: Option<(Blocker, i64)>,
    /// How long it takes until a new process takes the place of a dead one.
    pub(super) restart: SignedDuration,
    pub(super) begin: Timestamp,
}

impl Script {
    pub(super) fn at(&self, milliseconds: i64) -> Timestamp {
        self.begin + SignedDuration::from_millis(milliseconds)
    }

    pub(super) fn order_at(&self, now: Timestamp) -> Order {
        let mut order = self.order.clone();
        self.changes.iter().filter(|(from, _)| self.at(*from) <= now).for_each(|(_, change)| change(&mut order));
        order
    }

    fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        self.changes.iter().map(|(from, _)| self.at(*from)).filter(|from| *from > now).min()
    }

    fn blocker_at(&self, now: Timestamp) -> Option<Blocker> {
        self.blocked.as_ref().filter(|(_, until)| now < self.at(*until)).map(|(blocker, _)| blocker.clone())
    }
}

/// One life of the controller.
pub(super) struct Process<'a> {
    bench: &'a Bench,
    writer: Writer<'a>,
    leave: Leave<'a>,
    progress: Progress,
    known: Inventory,
}

/// How a round went.
pub(super) enum Went {
    /// The process came back from it.
    On(Outlook),
    /// The process is dead.
    Died,
}

impl<'a> Process<'a> {
    pub(super) fn start(bench: &'a Bench, process: u32) -> Self {
        bench.lock().dead = false;
        let (progress, version) = bench.stored();
        let (writer, leave) = (Writer { bench, version }, Leave { bench, process });
        Self { bench, writer, leave, progress, known: Inventory::default() }
    }

    /// The next round, not yet begun.
    pub(super) fn next_round(&mut self, order: &Order) -> impl Future<Output = Result<Round, StoreError>> {
        let known = std::mem::take(&mut self.known);
        let (bench, leave, progress, writer) = (self.bench, &self.leave, &self.progress, &mut self.writer);
        async move { round(order, progress, known, &Shell { genesys: bench, permit: leave, time: bench }, writer).await }
    }

    /// Runs one round and takes up what it led to.
    pub(super) fn run_round(&mut self, script: &Script) -> Went {
        let now = self.bench.lock().now;
        let order = script.order_at(now);
        {
            let inner = &mut *self.bench.lock();
            self.known.events.extend(inner.feed.events(&inner.world, &mut inner.dice));
        }
        self.known.blocker = script.blocker_at(now);
        let Some(result) = drive(self.bench, self.next_round(&order)) else { return Went::Died };
        let now = self.bench.lock().now;
        match result {
            Ok(Round { progress, blocker, outcome, outlook }) => {
                self.progress = progress;
                self.known = outcome.into_inventory();
                // Blocked: what waits is not the sessions' time but a person.
                Went::On(if blocker.is_some() && outlook != Outlook::Finished { Outlook::At(now + MENDING) } else { outlook })
            }
            Err(StoreError::Conflict | StoreError::Unavailable(_)) => {
                (self.progress, self.writer.version) = self.bench.stored();
                Went::On(Outlook::At(now + SignedDuration::from_millis(500)))
            }
            Err(StoreError::Gone) => panic!("nothing deletes the record here"),
        }
    }
}

/// Polls a future to its end, unless its process dies or is dropped on the way.
pub(super) fn drive<F: Future>(bench: &Bench, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    loop {
        {
            let mut inner = bench.lock();
            inner.polls += 1;
            if inner.drop_at == Some(inner.polls) {
                return None;
            }
        }
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return Some(output);
        }
        if bench.lock().dead {
            return None;
        }
    }
}

/// Runs processes, one after the other, until everything is final or nothing more happens by itself.
pub(super) fn run(bench: &Bench, script: &Script) -> Progress {
    let mut number = 0;
    let mut process = Process::start(bench, number);
    for _ in 0..MOST_ROUNDS {
        let went = process.run_round(script);
        let now = bench.lock().now;
        let then = match went {
            Went::Died => {
                number += 1;
                bench.lock().died += 1;
                bench.wait_until(now + script.restart);
                process = Process::start(bench, number);
                continue;
            }
            Went::On(Outlook::Finished) => return bench.stored().0,
            Went::On(Outlook::At(then)) => Some(then),
            Went::On(Outlook::Held) => None,
        };
        let news = {
            let inner = bench.lock();
            inner.world.next_due().filter(|_| inner.feed.flows).map(|due| due - inner.skew)
        };
        match [then, script.next_change(now), news].into_iter().flatten().min() {
            Some(then) => bench.wait_until(then),
            None => return bench.stored().0,
        }
    }
    panic!("no end after {MOST_ROUNDS} rounds: {:#?}", bench.stored().0);
}
