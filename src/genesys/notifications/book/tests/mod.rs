//! The book against scripted services: every misbehaviour, without a socket.

mod flowing;
mod limits;
mod refused;
mod trouble;
mod walk;

use std::time::Duration;

use uuid::Uuid;

use super::news::{AskId, SlotId};
use super::*;
use crate::genesys::notifications::frame::Frame;
use crate::termination::{Event, EventKind, Source};

/// A book, its time, and a service that does as the test says.
struct Desk {
    book: ChannelBook,
    at: Duration,
    channels: u32,
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn ids(range: std::ops::Range<u128>) -> Vec<Uuid> {
    range.map(id).collect()
}

fn trouble(kind: TroubleKind, wait: u64) -> Trouble {
    Trouble { kind, fault: Fault::new("some.code", "some fault"), wait: Duration::from_secs(wait) }
}

fn permitted(topics: &[String]) -> Vec<Answer> {
    topics.iter().map(|topic| Answer { topic: topic.clone(), permitted: true, reason: None }).collect()
}

fn event() -> Event {
    let time = "2026-11-22T12:00:00Z".parse().unwrap();
    Event { kind: EventKind::Ended, participant_id: id(1), communication_id: id(2), time, source: Source::Notification }
}

impl Desk {
    fn new() -> Self {
        Self { book: ChannelBook::new(Tempo::default()), at: Duration::from_secs(1000), channels: 0 }
    }

    /// A desk where these conversations flow.
    fn flowing(conversations: &[Uuid]) -> Self {
        let mut desk = Self::new();
        desk.follow(conversations);
        desk.serve();
        assert!(conversations.iter().all(|id| desk.is(*id, Availability::Flowing)));
        assert_eq!(desk.heard(), []);
        desk
    }

    fn now(&self) -> Moment {
        Moment { at: self.at, salt: 999 }
    }

    fn pass(&mut self, seconds: u64) {
        self.at += Duration::from_secs(seconds);
    }

    fn follow(&mut self, conversations: &[Uuid]) {
        self.book.follow(conversations, self.now());
    }

    fn forget(&mut self, conversations: &[Uuid]) {
        self.book.forget(conversations, self.now());
    }

    fn take(&mut self, news: News) {
        self.book.take(news, self.now());
    }

    fn errands(&mut self) -> Vec<Errand> {
        self.book.errands(self.now())
    }

    /// The next errands, without the question for the topics, which is answered.
    fn next(&mut self) -> Vec<Errand> {
        let mut errands = self.errands();
        if errands.contains(&Errand::ListTopics) {
            self.take(News::Listed(Served::Presumably));
            errands.retain(|errand| *errand != Errand::ListTopics);
        }
        errands
    }

    /// Does one errand as a service in good order does it. Those who close sockets are not told of it.
    fn obey(&mut self, errand: Errand) {
        match errand {
            Errand::ListTopics => self.take(News::Listed(Served::Presumably)),
            Errand::Create(slot) => {
                let channel = self.channel();
                self.take(News::Created(slot, Ok(channel)));
            }
            Errand::Open(socket, _) => self.take(News::Opened(socket)),
            Errand::Close(_) => {}
            Errand::Ask { ask, topics, .. } => self.take(News::Answered(ask, Ok(permitted(&topics)))),
        }
    }

    fn channel(&mut self) -> Channel {
        self.channels += 1;
        let id = format!("channel-{}", self.channels);
        Channel { uri: format!("wss://streaming.example/channels/{id}"), id, life: Duration::from_secs(86_400) }
    }

    /// Does what is to be done until there is nothing more; what was done.
    fn serve(&mut self) -> Vec<Errand> {
        let mut done = Vec::new();
        loop {
            let errands = self.errands();
            if errands.is_empty() {
                return done;
            }
            for errand in errands {
                done.push(errand.clone());
                self.obey(errand);
            }
        }
    }

    /// Lets time pass until something is to be done, and does it, up to a time.
    fn serve_for(&mut self, seconds: u64) -> Vec<Errand> {
        let end = self.at + Duration::from_secs(seconds);
        let mut done = self.serve();
        while let Some(wake) = self.book.wake(self.now()).filter(|wake| *wake <= end) {
            self.at = wake;
            done.extend(self.serve());
        }
        self.at = end;
        done.extend(self.serve());
        done
    }

    fn heard(&mut self) -> Vec<Heard> {
        std::iter::from_fn(|| self.book.pop()).collect()
    }

    fn is(&self, conversation: Uuid, availability: Availability) -> bool {
        self.book.availability(conversation) == availability
    }

    /// The open socket of a slot.
    fn socket(&self, slot: usize) -> SocketId {
        self.book.slots[slot].link.sockets()[0]
    }

    fn say(&mut self, frame: Frame) {
        let socket = self.socket(0);
        self.take(News::Said(socket, frame));
    }

    fn close(&mut self, ending: Ending) {
        let socket = self.socket(0);
        self.take(News::Closed(socket, ending));
    }
}

fn missed(conversations: &[Uuid]) -> Vec<Heard> {
    vec![Heard::MayHaveMissed(conversations.to_vec())]
}

/// What errands are, in a word each.
fn words(errands: &[Errand]) -> Vec<&'static str> {
    let word = |errand: &Errand| match errand {
        Errand::ListTopics => "list",
        Errand::Create(_) => "create",
        Errand::Open(..) => "open",
        Errand::Close(_) => "close",
        Errand::Ask { replace: true, .. } => "replace",
        Errand::Ask { replace: false, .. } => "add",
    };
    errands.iter().map(word).collect()
}

/// The topics of the only request among errands.
fn asked(errands: &[Errand]) -> (AskId, Vec<String>) {
    let [Errand::Ask { ask, topics, .. }] = errands else { panic!("not one request: {:?}", words(errands)) };
    (*ask, topics.clone())
}

fn created(errands: &[Errand]) -> SlotId {
    let [Errand::Create(slot)] = errands else { panic!("no channel asked for: {:?}", words(errands)) };
    *slot
}
