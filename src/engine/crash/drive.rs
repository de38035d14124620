//! One process after the other, round after round, in virtual time, up to the end.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use jiff::{SignedDuration, Timestamp};

use super::bench::Bench;
use super::keep::{Keep, Memory};
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
pub(super) struct Process<'a, K: Keep> {
    bench: &'a Bench,
    number: u32,
    keep: &'a K,
    /// None while nothing is taken up.
    writer: Option<Writer<'a, K>>,
    progress: Progress,
    known: Inventory,
}

impl<'a, K: Keep> Process<'a, K> {
    pub(super) fn start(bench: &'a Bench, keep: &'a K, number: u32) -> Self {
        let mut inner = bench.lock();
        (inner.dead, inner.dying) = (false, None);
        inner.feed.forget(number);
        Self { bench, number, keep, writer: None, progress: Progress::default(), known: Inventory::default() }
    }

    /// Runs one round, takes up what it led to, and says what comes next.
    pub(super) async fn round(&mut self, script: &Script) -> Outlook {
        let bench = self.bench;
        if self.writer.is_none() {
            let (progress, hand) = self.keep.take_up().await;
            let stored = self.keep.stored();
            bench.lock().notice(stored, false);
            self.progress = progress;
            self.writer = Some(Writer { bench, keep: self.keep, hand });
        }
        let now = bench.lock().now;
        let order = script.order_at(now);
        self.known.blocker = script.blocker_at(now);
        let leave = Leave { bench, process: self.number, script, order: &order };
        let line = Line { bench, process: self.number };
        let shell = Shell { genesys: &line, permit: &leave, time: bench };
        let known = std::mem::take(&mut self.known);
        match round(&order, &self.progress, known, &shell, self.writer.as_mut().unwrap()).await {
            Ok(Round { progress, blocker, outcome, outlook }) => {
                self.progress = progress;
                self.known = outcome.into_inventory();
                // Blocked: what is waited for is a person.
                if blocker.is_some() && outlook != Outlook::Finished { Outlook::At(self.in_a_while(MENDING)) } else { outlook }
            }
            Err(StoreError::Conflict | StoreError::Unavailable(_)) => {
                self.writer = None;
                Outlook::At(self.in_a_while(AGAIN))
            }
            Err(StoreError::Gone) => panic!("nothing deletes the record here"),
        }
    }

    fn in_a_while(&self, wait: SignedDuration) -> Timestamp {
        self.bench.lock().now + wait
    }
}

/// Runs a future to its end, unless its process dies or is dropped on the way.
async fn survive<F: Future>(bench: &Bench, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|context| {
        {
            let mut inner = bench.lock();
            inner.polls += 1;
            if inner.drop_at == Some(inner.polls) {
                return Poll::Ready(None);
            }
        }
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if bench.lock().dead => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// The same, at once: on the bench nothing waits for anything but its turn.
pub(super) fn drive<F: Future>(bench: &Bench, future: F) -> Option<F::Output> {
    at_once(survive(bench, future))
}

fn at_once<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}

/// Runs processes over the bench's own store, one after the other, until everything is final or nothing more happens by itself.
pub(super) fn run(bench: &Bench, script: &Script) -> Progress {
    at_once(run_over(bench, &Memory(bench), script))
}

/// The same over any store.
pub(super) async fn run_over<K: Keep>(bench: &Bench, keep: &K, script: &Script) -> Progress {
    let mut number = 0;
    let mut process = Process::start(bench, keep, number);
    for _ in 0..MOST_ROUNDS {
        let Some(outlook) = survive(bench, process.round(script)).await else {
            number += 1;
            let now = {
                let mut inner = bench.lock();
                inner.died += 1;
                inner.now
            };
            bench.wait_until(now + script.restart);
            process = Process::start(bench, keep, number);
            continue;
        };
        let now = bench.lock().now;
        let then = match outlook {
            Outlook::Finished => return keep.stored().0,
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
            None => return keep.stored().0,
        }
    }
    panic!("no end after {MOST_ROUNDS} rounds: {:#?}", keep.stored().0);
}
