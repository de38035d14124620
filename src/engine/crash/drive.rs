//! One process after the other, round after round, in virtual time, up to the end.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use jiff::{SignedDuration, Timestamp};

use super::bench::Bench;
use super::ports::{Leave, Line, Writer};
use crate::engine::{Round, Shell, StoreError, round};
use crate::plan::{Blocker, Inventory, Order, Outlook, Progress};

/// How many rounds a run may take. More means that it does not come to its end.
const MOST_ROUNDS: usize = 5_000;

/// How long whoever runs the rounds waits when a person has to mend something.
const MENDING: SignedDuration = SignedDuration::from_secs(5);

/// How long whoever runs the rounds waits when the record could not be written.
const AGAIN: SignedDuration = SignedDuration::from_millis(500);

/// Changes of an order, by milliseconds since the beginning.
pub(super) type Changes = Vec<(i64, fn(&mut Order))>;

/// What the user orders, and how he changes his mind.
pub(super) struct Script {
    pub(super) order: Order,
    pub(super) changes: Changes,
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
    number: u32,
    writer: Writer<'a>,
    progress: Progress,
    known: Inventory,
}

impl<'a> Process<'a> {
    pub(super) fn start(bench: &'a Bench, number: u32) -> Self {
        {
            let mut inner = bench.lock();
            inner.dead = false;
            inner.feed.forget(number);
        }
        let (progress, version) = bench.stored();
        Self { bench, number, writer: Writer { bench, version }, progress, known: Inventory::default() }
    }

    /// Runs one round, takes up what it led to, and says what comes next.
    pub(super) async fn round(&mut self, script: &Script) -> Outlook {
        let bench = self.bench;
        let now = bench.lock().now;
        let order = script.order_at(now);
        self.known.blocker = script.blocker_at(now);
        let leave = Leave { bench, process: self.number, script, order: &order };
        let line = Line { bench, process: self.number };
        let shell = Shell { genesys: &line, permit: &leave, time: bench };
        let known = std::mem::take(&mut self.known);
        match round(&order, &self.progress, known, &shell, &mut self.writer).await {
            Ok(Round { progress, blocker, outcome, outlook }) => {
                self.progress = progress;
                self.known = outcome.into_inventory();
                // Blocked: what is waited for is a person.
                if blocker.is_some() && outlook != Outlook::Finished { Outlook::At(self.in_a_while(MENDING)) } else { outlook }
            }
            Err(StoreError::Conflict | StoreError::Unavailable(_)) => {
                (self.progress, self.writer.version) = bench.stored();
                Outlook::At(self.in_a_while(AGAIN))
            }
            Err(StoreError::Gone) => panic!("nothing deletes the record here"),
        }
    }

    fn in_a_while(&self, wait: SignedDuration) -> Timestamp {
        self.bench.lock().now + wait
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
        let Some(outlook) = drive(bench, process.round(script)) else {
            number += 1;
            let now = {
                let mut inner = bench.lock();
                inner.died += 1;
                inner.now
            };
            bench.wait_until(now + script.restart);
            process = Process::start(bench, number);
            continue;
        };
        let now = bench.lock().now;
        let then = match outlook {
            Outlook::Finished => return bench.stored().0,
            Outlook::At(then) => Some(then),
            Outlook::Held => None,
        };
        let news = {
            let inner = bench.lock();
            let manners = inner.feed.manners;
            let silence = manners.silent_after.filter(|end| *end > inner.service_time());
            [inner.world.next_due(), silence].into_iter().flatten().min().filter(|_| manners.flows).map(|due| due - inner.skew)
        };
        match [then, script.next_change(now), news].into_iter().flatten().min() {
            Some(then) => bench.wait_until(then),
            None => return bench.stored().0,
        }
    }
    panic!("no end after {MOST_ROUNDS} rounds: {:#?}", bench.stored().0);
}
