//! The engine's ports over the bench. Every call is an await point at its ends, and may be its process's last.

use std::future::{Future, pending, poll_fn};
use std::task::Poll;

use jiff::Timestamp;
use uuid::Uuid;

use super::bench::{Bench, Call, Inner, Moment};
use super::drive::Script;
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
    /// One call to the outside. A write arrives the moment that it has leave: what may happen on the way is the residual
    /// window of one request, which no engine can close.
    async fn call<R>(&self, call: Call, act: impl FnOnce(&mut Inner) -> R) -> R {
        if !matches!(call, Call::Send(_)) {
            breathe().await;
        }
        let done = {
            let mut inner = self.lock();
            let moment = if inner.dead { Some(Moment::Before) } else { inner.begin(call) };
            inner.dead |= moment == Some(Moment::Before);
            let done = (!inner.dead).then(|| {
                let latency = inner.latency;
                inner.pass(latency);
                act(&mut inner)
            });
            inner.dead |= moment.is_some();
            done.filter(|_| moment.is_none())
        };
        let Some(done) = done else { return pending().await };
        breathe().await;
        done
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
        self.bench.call(Call::Send(write.conversation_id), move |inner| {
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

/// One process's view of the record.
pub(super) struct Writer<'a> {
    pub(super) bench: &'a Bench,
    pub(super) version: u64,
}

impl Store for Writer<'_> {
    async fn write(&mut self, record: Record<'_>) -> Result<(), StoreError> {
        let (seen, progress, names_writes) = (self.version, record.progress.clone(), record.names_writes);
        self.version = self.bench.call(Call::Record, move |inner| inner.store(seen, &progress, names_writes)).await?;
        Ok(())
    }
}
