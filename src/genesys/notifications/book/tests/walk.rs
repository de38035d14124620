//! Random walks against a small model of the service: which topics truly are on a channel, and whose socket truly is open.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// The service as it is in truth.
#[derive(Default)]
struct Truth {
    /// The topics on each channel that exists.
    channels: BTreeMap<String, BTreeSet<String>>,
    /// The channel that each open socket listens to.
    sockets: BTreeMap<SocketId, String>,
    /// Conversations that were said to flow since they are followed.
    relied: BTreeSet<Uuid>,
    /// Those of them of which an event was lost, and which were not told since to be read.
    lost: BTreeSet<Uuid>,
}

/// One step: what happens, and to whom.
type Step = (u8, u16);

struct Walk {
    desk: Desk,
    truth: Truth,
    open: Vec<Errand>,
}

impl Walk {
    fn step(&mut self, (kind, who): Step) {
        let one = id(u128::from(who % 12));
        match kind % 12 {
            0 | 1 => self.desk.follow(&[one]),
            2 => {
                self.desk.forget(&[one]);
                self.truth.relied.remove(&one);
                self.truth.lost.remove(&one);
            }
            3..=6 if !self.open.is_empty() => {
                let errand = self.open.remove(usize::from(who) % self.open.len());
                self.settle(errand, who % 5 == 4);
            }
            7 => self.cut(who),
            8 => self.happen(one),
            9 => self.drop_channel(who),
            10 => self.desk.pass(u64::from(who % 20)),
            _ => self.desk.at = self.desk.book.wake(self.desk.now()).unwrap_or(self.desk.at),
        }
        let errands = self.desk.errands();
        self.open.extend(errands);
        self.check();
    }

    /// An errand is done, or fails.
    fn settle(&mut self, errand: Errand, fails: bool) {
        match (errand, fails) {
            (Errand::ListTopics, _) => self.desk.take(News::Listed(Served::Presumably)),
            (Errand::Create(slot), true) => self.desk.take(News::Created(slot, Err(trouble(TroubleKind::Passing, 0)))),
            (Errand::Create(slot), false) => {
                let channel = self.desk.channel();
                self.truth.channels.insert(channel.id.clone(), BTreeSet::new());
                self.desk.take(News::Created(slot, Ok(channel)));
            }
            (Errand::Open(socket, channel), fails) => match self.truth.channels.contains_key(&channel.id) {
                true if fails => self.desk.take(News::Closed(socket, Ending::Cut)),
                true => {
                    // One socket a channel: a second one takes it over. The first hears of it later.
                    self.truth.sockets.retain(|_, other| *other != channel.id);
                    self.truth.sockets.insert(socket, channel.id);
                    self.desk.take(News::Opened(socket));
                }
                false => self.desk.take(News::Closed(socket, Ending::Gone)),
            },
            (Errand::Close(socket), _) => _ = self.truth.sockets.remove(&socket),
            (Errand::Ask { ask, .. }, true) => self.desk.take(News::Answered(ask, Err(trouble(TroubleKind::Passing, 0)))),
            (Errand::Ask { ask, channel, topics, replace }, false) => match self.truth.channels.get_mut(&channel.id) {
                Some(on_it) => {
                    if replace {
                        on_it.clear();
                    }
                    on_it.extend(topics.iter().cloned());
                    assert!(on_it.len() <= MOST_TOPICS);
                    self.desk.take(News::Answered(ask, Ok(permitted(&topics))));
                }
                None => self.desk.take(News::Answered(ask, Err(trouble(TroubleKind::Gone, 0)))),
            },
        }
    }

    fn cut(&mut self, who: u16) {
        let sockets: Vec<SocketId> = self.truth.sockets.keys().copied().collect();
        if let Some(socket) = sockets.get(usize::from(who) % sockets.len().max(1)) {
            self.truth.sockets.remove(socket);
            self.desk.take(News::Closed(*socket, if who.is_multiple_of(2) { Ending::Cut } else { Ending::ByService }));
        }
    }

    /// A guest leg ends: whoever listens is told, and nobody else will ever be.
    fn happen(&mut self, conversation: Uuid) {
        let topic = &topic::names(conversation)[0];
        let listens = |channel: &String| self.truth.channels.get(channel).is_some_and(|on_it| on_it.contains(topic));
        let socket = self.truth.sockets.iter().find(|(_, channel)| listens(channel)).map(|(socket, _)| *socket);
        match socket {
            Some(socket) => self.desk.take(News::Said(socket, Frame::Event(conversation, event()))),
            None if self.truth.relied.contains(&conversation) => _ = self.truth.lost.insert(conversation),
            None => {}
        }
    }

    fn drop_channel(&mut self, who: u16) {
        let channels: Vec<String> = self.truth.channels.keys().cloned().collect();
        if let Some(channel) = channels.get(usize::from(who) % channels.len().max(1)) {
            self.truth.channels.remove(channel);
            let sockets: Vec<SocketId> =
                self.truth.sockets.iter().filter(|(_, other)| *other == channel).map(|(socket, _)| *socket).collect();
            for socket in sockets {
                self.truth.sockets.remove(&socket);
                self.desk.take(News::Said(socket, Frame::ChannelGone));
            }
        }
    }

    /// Whoever is said to flow has a socket and both topics, and is owed no catching up.
    fn check(&mut self) {
        for heard in self.desk.heard() {
            match heard {
                Heard::Event { .. } | Heard::Unavailable(_) => {}
                Heard::MayHaveMissed(conversations) => conversations.iter().for_each(|id| _ = self.truth.lost.remove(id)),
            }
        }
        for (id, followed) in &self.desk.book.followed {
            if followed.standing != Standing::Flowing {
                continue;
            }
            let topics = topic::names(*id);
            let served = self
                .truth
                .sockets
                .values()
                .any(|channel| self.truth.channels.get(channel).is_some_and(|on_it| topics.iter().all(|topic| on_it.contains(topic))));
            assert!(served, "{id} is said to flow and does not");
            assert!(!self.truth.lost.contains(id), "{id} missed an event and was not told to be read");
            self.truth.relied.insert(*id);
        }
    }

    /// Once nothing goes wrong any more, everybody flows, and nothing that was lost while followed is left untold.
    fn mend(mut self) {
        for errand in std::mem::take(&mut self.open) {
            self.settle(errand, false);
        }
        for _ in 0..200 {
            for errand in self.desk.errands() {
                self.settle(errand, false);
            }
            self.check();
            self.desk.at = self.desk.book.wake(self.desk.now()).unwrap_or(self.desk.at).min(self.desk.at + Duration::from_secs(60));
        }
        for id in self.desk.book.followed.keys() {
            assert!(self.desk.is(*id, Availability::Flowing), "{id} never flows again");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whoever_is_said_to_flow_flows_and_everybody_does_in_the_end(steps in proptest::collection::vec(any::<Step>(), 1..200)) {
        let mut walk = Walk { desk: Desk::new(), truth: Truth::default(), open: Vec::new() };
        for step in steps {
            walk.step(step);
        }
        walk.mend();
    }
}
