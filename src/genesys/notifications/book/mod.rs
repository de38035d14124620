//! PURE: which conversations are followed, which topics are on which channel, and what is to be done about it.
//!
//! The book is told what happens ([`News`]) and what is wanted, and says what to do ([`Errand`]) and what was heard ([`Heard`]).
//! It reads no clock and draws no random number: the [`Moment`] comes in. What it keeps to:
//!
//! * A conversation is `Flowing` only while a socket is open *and* both its topics were answered `Permitted`, in this order:
//!   events are not kept for anybody (confirmed), so what happened before both is not known.
//! * Whatever was not flowing for however short a time is told as `MayHaveMissed` once it flows again, never before: what is
//!   read before the topics flow may be outdated by the time they do.
//! * A channel that is given up is replaced by a new one, after a growing wait.

mod errand;
mod hear;
mod news;
mod slot;
mod standing;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use uuid::Uuid;

pub(super) use self::news::{Answer, Channel, Ending, Errand, News, Served, SlotId, SocketId, Trouble, TroubleKind};
use self::slot::{Link, Slot};
use self::standing::Standing;
use super::backoff::Moment;
use super::{Availability, Heard, Tally, Tempo, topic};
use crate::termination::Fault;

/// The most topics on a channel (confirmed: 1000).
const MOST_TOPICS: usize = 1_000;

/// The most conversations on a channel.
const SEATS: usize = MOST_TOPICS / topic::EACH;

/// The most channels (confirmed: 20 for a user and application; one more takes the place of the least used).
const MOST_CHANNELS: usize = 20;

/// The book of channels.
#[derive(Debug)]
pub(super) struct ChannelBook {
    tempo: Tempo,
    followed: BTreeMap<Uuid, Followed>,
    slots: Vec<Slot>,
    served: Listing,
    /// The last number that was given to a socket or a request.
    last: u64,
    heard: VecDeque<Heard>,
    /// How many things were taken from `heard`.
    popped: u64,
    errands: Vec<Errand>,
    fault: Option<Fault>,
    closed: bool,
}

/// A conversation that is followed.
#[derive(Debug)]
struct Followed {
    slot: Option<SlotId>,
    topics: Topics,
    standing: Standing,
}

/// What is known of a conversation's topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Topics {
    /// They are to be asked for.
    Due,
    /// They are asked for.
    Asked,
    /// The service said that they are on the channel.
    Permitted,
    /// The service declined one of them, and is asked again at this time.
    Rejected(Duration),
}

/// What is known of where topics flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listing {
    Unasked,
    Asked,
    Presumably,
    /// Not on sockets; it is asked again at this time.
    No(Duration),
}

impl ChannelBook {
    pub(super) fn new(tempo: Tempo) -> Self {
        Self {
            tempo,
            followed: BTreeMap::new(),
            slots: Vec::new(),
            served: Listing::Unasked,
            last: 0,
            heard: VecDeque::new(),
            popped: 0,
            errands: Vec::new(),
            fault: None,
            closed: false,
        }
    }

    /// Follows conversations. Following twice is following once.
    pub(super) fn follow(&mut self, conversations: &[Uuid], now: Moment) {
        for id in conversations {
            if !self.followed.contains_key(id) {
                let slot = self.seat(*id);
                let standing = Standing::out(now.at, false);
                self.followed.insert(*id, Followed { slot, topics: Topics::Due, standing });
            }
        }
        self.settle(now);
    }

    /// Follows conversations no more. Their topics stay on the channel until the next request that replaces them all.
    pub(super) fn forget(&mut self, conversations: &[Uuid], now: Moment) {
        for id in conversations {
            let Some(Followed { slot: Some(SlotId(index)), topics, .. }) = self.followed.remove(id) else { continue };
            let Some(slot) = self.slots.get_mut(index) else { continue };
            slot.seats.remove(id);
            match topics {
                Topics::Asked | Topics::Permitted => _ = slot.stale.insert(*id),
                Topics::Due | Topics::Rejected(_) => {}
            }
            if slot.seats.is_empty() {
                slot.idle_since = now.at;
            }
        }
        let waiting: Vec<Uuid> = self.followed.iter().filter(|(_, followed)| followed.slot.is_none()).map(|(id, _)| *id).collect();
        for id in waiting {
            let slot = self.seat(id);
            if let Some(followed) = self.followed.get_mut(&id) {
                followed.slot = slot;
            }
        }
        self.settle(now);
    }

    /// Whether events of a conversation flow.
    pub(super) fn availability(&self, conversation: Uuid) -> Availability {
        match self.followed.get(&conversation) {
            Some(followed) if !self.closed => followed.standing.availability(),
            Some(_) | None => Availability::Unavailable,
        }
    }

    /// The last thing that kept events from flowing, until they do.
    pub(super) fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// Takes the next thing that was heard.
    pub(super) fn pop(&mut self) -> Option<Heard> {
        self.heard.pop_front().inspect(|_| self.popped += 1)
    }

    /// How many things were heard since the beginning, taken or not.
    pub(super) fn heard(&self) -> u64 {
        self.popped + self.heard.len() as u64
    }

    /// How the followed conversations stand, and how many channels have an open socket.
    pub(super) fn tally(&self) -> Tally {
        let channels = self.slots.iter().filter(|slot| slot.link.is_open()).count();
        let mut tally = Tally { channels, ..Tally::default() };
        for followed in self.followed.values().filter(|_| !self.closed) {
            *match followed.standing.availability() {
                Availability::Flowing => &mut tally.flowing,
                Availability::Connecting => &mut tally.connecting,
                Availability::Unavailable => &mut tally.unavailable,
            } += 1;
        }
        tally
    }

    /// How many things were heard and not taken yet.
    pub(super) fn backlog(&self) -> usize {
        self.heard.len()
    }

    /// Ends everything: nothing is available any more.
    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// Finds a place on a channel.
    fn seat(&mut self, conversation: Uuid) -> Option<SlotId> {
        let free = self.slots.iter().position(|slot| slot.seats.len() < SEATS);
        let index = match free {
            Some(index) => index,
            None if self.slots.len() < MOST_CHANNELS => {
                self.slots.push(Slot { replace: true, ..Slot::default() });
                self.slots.len() - 1
            }
            None => return None,
        };
        let slot = self.slots.get_mut(index)?;
        slot.seats.insert(conversation);
        slot.stale.remove(&conversation);
        // Topics that nobody wants any more have to make room.
        slot.replace |= slot.taken() > SEATS;
        Some(SlotId(index))
    }

    fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Gives a slot's channel up, with its sockets. What was on it is asked for anew on the next one.
    fn abandon(&mut self, SlotId(index): SlotId) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        self.errands.extend(slot.link.sockets().into_iter().map(Errand::Close));
        slot.channel = None;
        slot.link = Link::Down;
        slot.asked = None;
        slot.stale.clear();
        slot.replace = true;
        for id in &slot.seats {
            if let Some(followed) = self.followed.get_mut(id) {
                followed.topics = Topics::Due;
            }
        }
    }
}

#[cfg(test)]
mod tests;
