//! The engine's ports over the bench. Every call is an await point at its ends, and may be its process's last.

use std::future::{Future, pending, poll_fn};
use std::task::Poll;

use jiff::Timestamp;
use uuid::Uuid;

use super::bench::{Bench, Call, Inner, Moment};
use super::drive::Script;
use super::keep::Keep;
use super::translate;
use crate::engine::{Act, Listen, Observe, Permit, Record, Store, StoreError, Time, Withheld};
use crate::plan::{Hearing, Look, Order, Write};
use crate::termination::Answer;

/// Comes back once, at once.
async fn breathe() {
    let mut breathed = false;
    poll_fn(move |context| {
        if std::mem::replace(&mut breathed, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

impl Bench {
    /// One call to the outside that takes no time to do. A write arrives the moment that it has leave: what may happen on the way
    /// is the residual window of one request, which no engine can close.
    async fn call<R>(&self, call: Call, act: impl FnOnce(&mut Inner) -> R) -> R {
        self.arrive(call, || ()).await;
        let done = act(&mut self.lock());
        self.leave().await;
        done
    }

    /// A call begins, unless its process dies of it. `torn` is what a death in its midst leaves behind.
    async fn arrive(&self, call: Call, torn: impl FnOnce()) {
        if !matches!(call, Call::Send(_)) {
            breathe().await;
        }
        let dies = {
            let mut inner = self.lock();
            inner.dying = if inner.dead { Some(Moment::Before) } else { inner.begin(call) };
            inner.dead |= inner.dying == Some(Moment::Before);
            if !inner.dead {
                let latency = inner.latency;
                inner.pass(latency);
            }
            inner.dead
        };
        if dies {
            torn();
            pending::<()>().await;
        }
    }

    /// A call ends: all of it is done, and its process learns of it, unless it dies before.
    async fn leave(&self) {
        let dies = {
            let mut inner = self.lock();
            inner.dead |= inner.dying.take().is_some();
            inner.dead
        };
        if dies {
            pending::<()>().await;
        }
        breathe().await;
    }
}

/// One process's way to the service.
pub(super) struct Line<'a> {
    pub(super) bench: &'a Bench,
    pub(super) process: u32,
}

impl Listen for Line<'_> {
    async fn follow(&self, conversations: &[Uuid]) -> Hearing {
        let (process, asked) = (self.process, conversations.to_vec());
        let follow = move |inner: &mut Inner| inner.feed.follow(process, &asked, &inner.world, &mut inner.dice);
        let has_to_ask = self.bench.lock().feed.has_to_ask(process, conversations);
        if has_to_ask { self.bench.call(Call::Follow, follow).await } else { follow(&mut self.bench.lock()) }
    }

    fn taken(&self, hearing: &Hearing, read: &[Uuid]) {
        self.bench.lock().feed.taken(self.process, hearing, read);
    }
}

impl Observe for Line<'_> {
    fn look(&self, conversation_id: Uuid) -> impl Future<Output = Look> + Send {
        self.bench.call(Call::Look(conversation_id), move |inner| translate::look(inner, conversation_id))
    }
}

impl Act for Line<'_> {
    fn send(&self, write: &Write) -> impl Future<Output = Answer> + Send {
        let write = *write;
        self.bench.call(Call::Send(write), move |inner| {
            inner.judge_write(&write);
            translate::send(inner, &write)
        })
    }
}

impl Time for Bench {
    fn now(&self) -> Timestamp {
        self.lock().now
    }

    fn salt(&self) -> u64 {
        self.lock().dice.next_bits()
    }
}

/// One round's leave to send.
pub(super) struct Leave<'a> {
    pub(super) bench: &'a Bench,
    pub(super) process: u32,
    pub(super) script: &'a Script,
    /// What the round was planned for.
    pub(super) order: &'a Order,
}

impl Permit for Leave<'_> {
    fn permit(&self, _: &Write) -> Result<(), Withheld> {
        let inner = self.bench.lock();
        if inner.leader.is_some_and(|leader| leader != self.process) {
            Err(Withheld::NotLeading)
        } else if self.script.order_at(inner.now) != *self.order {
            Err(Withheld::Stopped)
        } else {
            Ok(())
        }
    }
}

/// One process's hand on the record: whatever the store, the bench judges what is stored once a record is said to be durable.
pub(super) struct Writer<'a, K: Keep> {
    pub(super) bench: &'a Bench,
    pub(super) keep: &'a K,
    pub(super) hand: K::Hand,
}

impl<K: Keep> Store for Writer<'_, K> {
    async fn write(&mut self, record: Record<'_>) -> Result<(), StoreError> {
        let Self { bench, keep, hand } = self;
        bench.arrive(Call::Record, || keep.torn()).await;
        let before = bench.lock().version;
        let written = hand.write(record).await;
        if written.is_ok() {
            let stored = keep.stored();
            assert!(stored.1 > before || !record.names_writes, "writes follow a record that was not written anew");
            bench.lock().notice(stored, record.names_writes);
        }
        bench.leave().await;
        written
    }
}
