//! One connection's ear: what the notification service and the webhook tell goes to whoever waits for it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::desk::{Desk, Flow, Sources};
use super::line::{Line, Question};
use super::{Delivery, Follower};
use crate::clock;
use crate::genesys::Client;
use crate::genesys::notifications::{Heard, Tally, Tempo};
use crate::plan::Hearing;
use crate::termination::{Event, Source};

/// Those for whom an ear listens.
pub trait Audience: Send + Sync + 'static {
    /// Who follows conversations.
    type Key: Clone + Ord + fmt::Debug + Send + Sync;

    /// There is news for `key`: its next round is due now.
    fn wake(&self, key: &Self::Key);

    /// An event came by `source`, and this became of it.
    fn heard(&self, source: Source, delivery: &Delivery<Self::Key>);

    /// [`Ear::flow`] has changed.
    fn flow_changed(&self);
}

/// One connection's ear. Clones are the same ear. Nothing is sent before something is followed, and nothing but reads is sent
/// where the notification service is no source.
pub struct Ear<A: Audience>(Arc<Inner<A>>);

struct Inner<A: Audience> {
    client: Client,
    tempo: Tempo,
    shutdown: CancellationToken,
    audience: A,
    desk: Mutex<Desk<A::Key>>,
}

impl<A: Audience> Ear<A> {
    /// An ear that listens for a client, until `shutdown`.
    #[must_use]
    pub fn new(client: Client, audience: A, shutdown: &CancellationToken) -> Self {
        Self::with(client, audience, shutdown, Tempo::default())
    }

    /// The same, with a patience of its own.
    #[must_use]
    pub fn with(client: Client, audience: A, shutdown: &CancellationToken, tempo: Tempo) -> Self {
        Self(Arc::new(Inner { client, tempo, shutdown: shutdown.child_token(), audience, desk: Mutex::default() }))
    }

    /// Listens to these sources from now on; to none before this is called.
    pub fn listen_to(&self, sources: Sources) {
        let mut desk = self.0.desk();
        desk.sources = sources;
        if !sources.notification && desk.line.take().is_some() {
            desk.flow = Flow::Unknown;
            drop(desk);
            self.0.audience.flow_changed();
        }
    }

    /// One who follows conversations, and looks at them and changes them through this connection.
    #[must_use]
    pub fn follower(&self, key: A::Key) -> Follower<'_, A> {
        Follower::new(self, key)
    }

    /// `key` follows nothing any more.
    pub fn leave(&self, key: &A::Key) {
        self.0.desk().leave(key);
    }

    /// Only who is to stay still follows anything.
    pub fn retain(&self, stays: impl Fn(&A::Key) -> bool) {
        let mut desk = self.0.desk();
        let leaving: Vec<A::Key> = desk.board.followers().filter(|key| !stays(key)).cloned().collect();
        leaving.iter().for_each(|key| desk.leave(key));
    }

    /// Takes an event, in the dialect's words. Whether anybody waits for one of its conversation: otherwise it is dropped.
    pub fn deliver(&self, conversation: Uuid, event: &Event) -> bool {
        self.0.deliver(conversation, &self.0.client.dialect().heard(event.clone())) != Delivery::Unknown
    }

    /// Whether the notification service's events flow.
    #[must_use]
    pub fn flow(&self) -> Flow {
        self.0.desk().flow.clone()
    }

    /// How the conversations that the notification service is to tell of stand.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.0.desk().line.as_ref().map(Line::tally).unwrap_or_default()
    }

    /// Stops listening, and waits until the sockets are closed.
    pub async fn close(&self) {
        self.0.shutdown.cancel();
        let line = self.0.desk().line.take();
        if let Some(line) = line {
            line.listener().ended().await;
        }
    }

    /// Those for whom it listens.
    #[must_use]
    pub fn audience(&self) -> &A {
        &self.0.audience
    }

    pub(super) fn client(&self) -> &Client {
        &self.0.client
    }

    /// `key` follows these conversations and no other. Tells what was heard of them.
    pub(super) async fn follow(&self, key: &A::Key, conversations: &[Uuid]) -> Hearing {
        let question = self.0.ask(key, conversations);
        let flowing = match question {
            Some(question) => question.flowing().await,
            None => BTreeSet::new(),
        };
        self.0.judge();
        self.0.desk().board.hearing(key, &flowing)
    }

    pub(super) fn taken(&self, key: &A::Key, hearing: &Hearing, read: &[Uuid]) {
        self.0.desk().board.taken(key, hearing, read);
    }
}

impl<A: Audience> Inner<A> {
    fn desk(&self) -> MutexGuard<'_, Desk<A::Key>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes who follows what, and asks the notification service to tell of it, if it is a source.
    fn ask(self: &Arc<Self>, key: &A::Key, conversations: &[Uuid]) -> Option<Question> {
        let mut desk = self.desk();
        let left = desk.board.follow(key, conversations);
        desk.forget(&left);
        if !desk.sources.notification || conversations.is_empty() || self.shutdown.is_cancelled() {
            return None;
        }
        let may_wait = !desk.is_in_vain();
        let line = desk.line.get_or_insert_with(|| {
            let (line, heard) = Line::start(&self.client, self.tempo, &self.shutdown);
            let ear = Arc::downgrade(self);
            tokio::spawn(heard.pass_on(move |heard| take(&ear, heard)));
            line
        });
        Some(line.follow(conversations, may_wait))
    }

    fn deliver(&self, conversation: Uuid, event: &Event) -> Delivery<A::Key> {
        let mut desk = self.desk();
        let delivery = if desk.sources.include(event.source) { desk.board.deliver(conversation, event) } else { Delivery::Unknown };
        drop(desk);
        self.audience.heard(event.source, &delivery);
        if let Delivery::News(keys) = &delivery {
            self.wake(keys);
        }
        delivery
    }

    fn wake(&self, keys: &[A::Key]) {
        keys.iter().for_each(|key| self.audience.wake(key));
    }

    /// Finds out whether events flow, and tells when that has changed.
    fn judge(&self) {
        let mut desk = self.desk();
        let flow = desk.judged();
        let changed = flow != desk.flow;
        desk.flow = flow;
        drop(desk);
        if changed {
            self.audience.flow_changed();
        }
    }
}

/// Takes what the notification service tells. Whether it is still wanted.
fn take<A: Audience>(ear: &Weak<Inner<A>>, heard: Heard) -> bool {
    let Some(ear) = ear.upgrade() else { return false };
    match heard {
        Heard::Event { conversation_id, event } => _ = ear.deliver(conversation_id, &event),
        Heard::MayHaveMissed(conversations) => {
            let keys = ear.desk().board.missed(&conversations);
            ear.wake(&keys);
        }
        Heard::Unavailable(conversations) => {
            let mut desk = ear.desk();
            desk.unavailable = Some(clock::monotonic());
            let keys = desk.board.followers_of(&conversations);
            drop(desk);
            ear.wake(&keys);
        }
    }
    ear.judge();
    true
}

impl<A: Audience> Clone for Ear<A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<A: Audience> fmt::Debug for Ear<A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Ear").field("client", &self.0.client).finish_non_exhaustive()
    }
}
