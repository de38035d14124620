//! The listener of the notification service, and what it is told to follow.

use std::collections::BTreeSet;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use crate::genesys::Client;
use crate::genesys::notifications::{Availability, Heard, Listener, Tally, Tempo};
use crate::termination::Fault;

/// How much may be heard and not passed on yet.
const BACKLOG: usize = 256;

/// The listener, and what it follows. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Line {
    listener: Listener,
    followed: BTreeSet<Uuid>,
    passed_on: watch::Receiver<u64>,
    _end: DropGuard,
}

/// What the listener hears, to be passed on.
pub(super) struct Receiver {
    heard: mpsc::Receiver<Heard>,
    passed_on: watch::Sender<u64>,
}

/// A question to the listener, which waits for its answer without the line.
pub(super) struct Question {
    listener: Listener,
    conversations: Vec<Uuid>,
    /// Of these, whether events flow is being found out.
    wait_for: Vec<Uuid>,
    passed_on: watch::Receiver<u64>,
}

impl Line {
    /// Starts a listener, which sends nothing before something is followed.
    pub(super) fn start(client: &Client, tempo: Tempo, shutdown: &CancellationToken) -> (Self, Receiver) {
        let (sink, heard) = mpsc::channel(BACKLOG);
        let (counter, passed_on) = watch::channel(0);
        let end = shutdown.child_token();
        let listener = Listener::start_with(client, sink, end.clone(), tempo);
        (Self { listener, followed: BTreeSet::new(), passed_on, _end: end.drop_guard() }, Receiver { heard, passed_on: counter })
    }

    /// Follows these conversations too. The answer may wait until it is known of the new ones whether their events flow.
    pub(super) fn follow(&mut self, conversations: &[Uuid], may_wait: bool) -> Question {
        let new: Vec<Uuid> = conversations.iter().copied().filter(|id| self.followed.insert(*id)).collect();
        self.listener.begin(&new);
        Question {
            listener: self.listener.clone(),
            conversations: conversations.to_vec(),
            wait_for: if may_wait { new } else { Vec::new() },
            passed_on: self.passed_on.clone(),
        }
    }

    /// Follows these conversations no more.
    pub(super) fn forget(&mut self, conversations: &[Uuid]) {
        let known: Vec<Uuid> = conversations.iter().copied().filter(|id| self.followed.remove(id)).collect();
        self.listener.forget(&known);
    }

    /// How the followed conversations stand.
    pub(super) fn tally(&self) -> Tally {
        self.listener.tally()
    }

    /// What last kept events from flowing.
    pub(super) fn fault(&self) -> Option<Fault> {
        self.listener.fault()
    }

    /// The listener, to wait for its end.
    pub(super) fn listener(&self) -> Listener {
        self.listener.clone()
    }
}

impl Receiver {
    /// Hands over what is heard, one after the other, for as long as `take` wants it.
    pub(super) async fn pass_on(mut self, mut take: impl FnMut(Heard) -> bool) {
        while let Some(heard) = self.heard.recv().await
            && take(heard)
        {
            self.passed_on.send_modify(|count| *count += 1);
        }
    }
}

impl Question {
    /// Of which conversations events flow. Every gap in them that there was until now has been passed on.
    pub(super) async fn flowing(mut self) -> BTreeSet<Uuid> {
        self.listener.settled(&self.wait_for).await;
        let flows = |id: &Uuid| self.listener.availability(*id) == Availability::Flowing;
        let flowing = self.conversations.into_iter().filter(flows).collect();
        let heard = self.listener.heard();
        match self.passed_on.wait_for(|count| *count >= heard).await {
            Ok(_) => flowing,
            // Nobody passes anything on any more.
            Err(_) => BTreeSet::new(),
        }
    }
}
