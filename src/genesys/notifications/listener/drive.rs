//! The task: does what the book says, and tells it what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::Shared;
use crate::genesys::Client;
use crate::genesys::notifications::book::{Errand, News, SocketId};
use crate::genesys::notifications::{Heard, Tempo, rest, socket};

/// How much may be heard and not taken before the sockets have to wait.
const BACKLOG: usize = 256;

/// How long the sockets may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// Does what the book says.
pub(super) struct Driver {
    client: Client,
    shared: Arc<Shared>,
    tempo: Tempo,
    told: watch::Sender<u64>,
    sender: mpsc::Sender<News>,
    news: mpsc::Receiver<News>,
    tasks: JoinSet<()>,
    sockets: BTreeMap<SocketId, CancellationToken>,
}

/// Ends the book with the task, however the task ends: nobody may wait for what nobody does.
struct Last(Arc<Shared>);

impl Drop for Last {
    fn drop(&mut self) {
        self.0.book().close();
    }
}

impl Driver {
    pub(super) fn new(client: Client, shared: Arc<Shared>, tempo: Tempo, told: watch::Sender<u64>) -> Self {
        let (sender, news) = mpsc::channel(64);
        Self { client, shared, tempo, told, sender, news, tasks: JoinSet::new(), sockets: BTreeMap::new() }
    }

    /// Runs until it is told to shut down, or until nobody takes what is heard.
    pub(super) async fn run(mut self, sink: mpsc::Sender<Heard>, shutdown: CancellationToken) {
        let _last = Last(Arc::clone(&self.shared));
        while self.turn(&sink, &shutdown).await {}
        self.shared.book().close();
        self.sockets.values().for_each(CancellationToken::cancel);
        self.news.close();
        let _in_time = tokio::time::timeout(GOODBYE, async { while self.tasks.join_next().await.is_some() {} }).await;
        self.tasks.abort_all();
        debug!("the listener has ended");
    }

    /// Does what is to be done now, and waits for what comes next. Whether there is a next time.
    async fn turn(&mut self, sink: &mpsc::Sender<Heard>, shutdown: &CancellationToken) -> bool {
        let now = self.shared.now();
        let (errands, wake, backlog) = {
            let mut book = self.shared.book();
            (book.errands(now), book.wake(now), book.backlog())
        };
        self.told.send_modify(|count| *count += 1);
        for errand in errands {
            self.start(errand);
        }
        let wait = wake.map_or(Duration::from_secs(3_600), |wake| wake.saturating_sub(now.at));
        tokio::select! {
            biased;
            () = shutdown.cancelled() => false,
            () = sink.closed() => false,
            permit = sink.reserve(), if backlog > 0 => match permit {
                Ok(permit) => {
                    self.pass_on(permit, sink);
                    true
                }
                Err(_) => false,
            },
            Some(news) = self.news.recv(), if backlog < BACKLOG => {
                self.take(news);
                true
            }
            () = self.shared.bell.notified() => true,
            Some(_) = self.tasks.join_next() => true,
            () = tokio::time::sleep(wait) => true,
        }
    }

    /// Passes on what was heard, as far as there is room.
    fn pass_on(&self, permit: mpsc::Permit<'_, Heard>, sink: &mpsc::Sender<Heard>) {
        let mut next = Some(permit);
        while let Some(permit) = next {
            let Some(heard) = self.shared.book().pop() else { return };
            let heard = self.as_read(heard);
            log(&heard);
            permit.send(heard);
            next = sink.try_reserve().ok();
        }
    }

    /// Calls the leg of an event as the readings of the client's dialect call it.
    fn as_read(&self, heard: Heard) -> Heard {
        match heard {
            Heard::Event { conversation_id, event } => Heard::Event { conversation_id, event: self.client.dialect().heard(event) },
            other @ (Heard::MayHaveMissed(_) | Heard::Unavailable(_)) => other,
        }
    }

    /// Takes what news there is.
    fn take(&mut self, first: News) {
        let now = self.shared.now();
        let mut next = Some(first);
        let mut book = self.shared.book();
        while let Some(news) = next {
            match &news {
                News::Closed(id, ending) => {
                    self.sockets.remove(id);
                    info!(ending = ending.label(), "a notification socket ended");
                }
                News::Opened(_) => info!("a notification socket is open"),
                News::Created(_, Err(trouble)) | News::Answered(_, Err(trouble)) => {
                    info!(code = trouble.fault.code, fault = trouble.fault.message, "the notification service is in trouble");
                }
                News::Said(..) | News::Listed(_) | News::Created(_, Ok(_)) | News::Answered(_, Ok(_)) => {}
            }
            book.take(news, now);
            next = if book.backlog() < BACKLOG { self.news.try_recv().ok() } else { None };
        }
    }

    fn start(&mut self, errand: Errand) {
        let (client, news) = (self.client.clone(), self.sender.clone());
        match errand {
            Errand::ListTopics => self.spawn(async move { News::Listed(rest::list_topics(&client).await) }),
            Errand::Create(slot) => self.spawn(async move { News::Created(slot, rest::create_channel(&client).await) }),
            Errand::Ask { ask, channel, topics, replace } => {
                debug!(topics = topics.len(), replace, "subscribing to events");
                self.spawn(async move { News::Answered(ask, rest::ask(&client, &channel, &topics, replace).await) });
            }
            Errand::Open(id, channel) => {
                let end = CancellationToken::new();
                self.sockets.insert(id, end.clone());
                let line = socket::Line { id, uri: channel.uri, trust: client.trust(), tempo: self.tempo, news, end };
                self.tasks.spawn(socket::run(line));
            }
            Errand::Close(id) => {
                if let Some(end) = self.sockets.remove(&id) {
                    end.cancel();
                }
            }
        }
    }

    fn spawn(&mut self, errand: impl Future<Output = News> + Send + 'static) {
        let sender = self.sender.clone();
        self.tasks.spawn(async move {
            let _taken = sender.send(errand.await).await;
        });
    }
}

/// Says in the log what is not about a single event.
fn log(heard: &Heard) {
    match heard {
        Heard::Event { conversation_id, event } => debug!(%conversation_id, kind = ?event.kind, "an event was heard"),
        Heard::MayHaveMissed(conversations) => info!(conversations = conversations.len(), "events may have been missed: reading"),
        Heard::Unavailable(conversations) => warn!(conversations = conversations.len(), "events do not flow: reading instead"),
    }
}
