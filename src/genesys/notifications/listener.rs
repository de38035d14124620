//! The handle, and the task behind it.

mod drive;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::drive::Driver;
use super::backoff::Moment;
use super::book::ChannelBook;
use super::{Availability, Heard, Tally, Tempo};
use crate::clock;
use crate::genesys::Client;
use crate::termination::Fault;

/// Listens to the notification service for one client. Clones are handles of the same listener, which ends when it is told to
/// shut down or when nobody takes what it hears any more. Nothing is sent before a conversation is followed.
#[derive(Clone, Debug)]
pub struct Listener {
    shared: Arc<Shared>,
    /// Counts what happened; closed when the listener has ended.
    changes: watch::Receiver<u64>,
}

/// What the handles and the task share.
#[derive(Debug)]
struct Shared {
    book: Mutex<ChannelBook>,
    /// Rung when a handle changed the book.
    bell: Notify,
    origin: Instant,
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, ChannelBook> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Moment {
        Moment { at: clock::monotonic().duration_since(self.origin), salt: fastrand::u64(..) }
    }
}

impl Listener {
    /// Starts a listener on the current runtime. What it hears goes to `sink`; while that is full, the sockets wait.
    #[must_use]
    pub fn start(client: &Client, sink: mpsc::Sender<Heard>, shutdown: CancellationToken) -> Self {
        Self::start_with(client, sink, shutdown, Tempo::default())
    }

    /// The same, with a patience of its own.
    #[must_use]
    pub fn start_with(client: &Client, sink: mpsc::Sender<Heard>, shutdown: CancellationToken, tempo: Tempo) -> Self {
        let book = Mutex::new(ChannelBook::new(tempo));
        let shared = Arc::new(Shared { book, bell: Notify::new(), origin: clock::monotonic() });
        let (told, changes) = watch::channel(0);
        let driver = Driver::new(client.clone(), Arc::clone(&shared), tempo, told);
        tokio::spawn(driver.run(sink, shutdown));
        Self { shared, changes }
    }

    /// Follows conversations, and waits until it is known of each whether its events flow, no longer than [`Tempo::patience`]
    /// for all of them together. What is answered `Flowing` is subscribed: an event that happens from now on is heard.
    ///
    /// Conversations stay followed until [`Listener::forget`], also when this is not awaited to its end, and also when they are
    /// unavailable: they may flow later, which is told as [`Heard::MayHaveMissed`].
    pub async fn follow(&self, conversations: &[Uuid]) -> Vec<(Uuid, Availability)> {
        self.begin(conversations);
        self.settled(conversations).await
    }

    /// Follows conversations, and does not wait until anything is known of them.
    pub fn begin(&self, conversations: &[Uuid]) {
        self.shared.book().follow(conversations, self.shared.now());
        self.shared.bell.notify_one();
    }

    /// Waits until it is known of each of these conversations whether its events flow, no longer than [`Tempo::patience`] from
    /// when they did not. Of one that is not followed it is known.
    pub async fn settled(&self, conversations: &[Uuid]) -> Vec<(Uuid, Availability)> {
        let mut changes = self.changes.clone();
        loop {
            changes.mark_unchanged();
            let standing = self.standing(conversations);
            let waiting = standing.iter().any(|(_, availability)| *availability == Availability::Connecting);
            if !waiting || changes.changed().await.is_err() {
                return if waiting { self.standing(conversations) } else { standing };
            }
        }
    }

    /// Follows conversations no more, whoever followed them. What was heard of them before may still be on its way.
    pub fn forget(&self, conversations: &[Uuid]) {
        self.shared.book().forget(conversations, self.shared.now());
        self.shared.bell.notify_one();
    }

    /// Whether events of a conversation flow at this moment.
    #[must_use]
    pub fn availability(&self, conversation: Uuid) -> Availability {
        self.shared.book().availability(conversation)
    }

    /// How all followed conversations stand at this moment.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.shared.book().tally()
    }

    /// How many things were heard since the start, whether the sink has them already or not. Whoever was told that events flow,
    /// and then has taken as many, knows of every gap before.
    #[must_use]
    pub fn heard(&self) -> u64 {
        self.shared.book().heard()
    }

    /// What last kept events from flowing; none while all of them flow.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        self.shared.book().fault().cloned()
    }

    /// Waits until the listener has ended, with its sockets closed.
    pub async fn ended(&self) {
        let mut changes = self.changes.clone();
        while changes.changed().await.is_ok() {}
    }

    fn standing(&self, conversations: &[Uuid]) -> Vec<(Uuid, Availability)> {
        let book = self.shared.book();
        conversations.iter().map(|id| (*id, book.availability(*id))).collect()
    }
}
