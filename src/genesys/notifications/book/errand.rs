//! What is to be done now, and when to look again.

use std::time::Duration;

use uuid::Uuid;

use super::news::{AskId, Errand, SlotId, SocketId};
use super::slot::{Asked, Link, Slot};
use super::standing::Standing;
use super::{ChannelBook, Listing, SEATS, Topics};
use crate::genesys::notifications::backoff::Moment;
use crate::genesys::notifications::topic;

impl ChannelBook {
    /// Says what is to be done now. What it says is under way from then on.
    pub(in crate::genesys::notifications) fn errands(&mut self, now: Moment) -> Vec<Errand> {
        self.settle(now);
        for followed in self.followed.values_mut() {
            if matches!(followed.topics, Topics::Rejected(again) if again <= now.at) {
                followed.topics = Topics::Due;
            }
        }
        match self.served {
            Listing::No(again) if again > now.at => {}
            Listing::Unasked | Listing::No(_) if !self.followed.is_empty() => {
                // While it is asked again, the old answer stands: nobody is told that events flow.
                self.served = if self.served == Listing::Unasked { Listing::Asked } else { Listing::No(now.at + self.tempo.recheck) };
                self.errands.push(Errand::ListTopics);
            }
            Listing::Unasked | Listing::Asked | Listing::Presumably | Listing::No(_) => {}
        }
        let elsewhere = matches!(self.served, Listing::No(_));
        for index in 0..self.slots.len() {
            self.expire(index, now);
            if self.slots[index].seats.is_empty() {
                self.rest(index, now);
            } else if !elsewhere {
                self.connect(index, now);
                self.ask(index, now);
            }
        }
        self.settle(now);
        std::mem::take(&mut self.errands)
    }

    /// When to look again, if nothing happens before.
    pub(in crate::genesys::notifications) fn wake(&self, now: Moment) -> Option<Duration> {
        let patience = |standing| match standing {
            Standing::Out { since, told: false, .. } => Some(since + self.tempo.patience),
            Standing::Out { told: true, .. } | Standing::Flowing => None,
        };
        let of_topics = |topics| match topics {
            Topics::Rejected(again) => Some(again),
            Topics::Due | Topics::Asked | Topics::Permitted => None,
        };
        let followed = self.followed.values().flat_map(|f| [patience(f.standing), of_topics(f.topics)]).flatten();
        let slots = self.slots.iter().flat_map(|slot| self.moments(slot));
        let listing = match self.served {
            Listing::No(again) => Some(again),
            Listing::Unasked | Listing::Asked | Listing::Presumably => None,
        };
        followed.chain(slots).chain(listing).filter(|at| *at > now.at).min()
    }

    fn moments(&self, slot: &Slot) -> Vec<Duration> {
        let mut moments = vec![slot.link_backoff.until(), slot.ask_backoff.until()];
        moments.extend(slot.channel.iter().flat_map(|held| [held.renew, held.expires]));
        if slot.seats.is_empty() {
            moments.push(slot.idle_since + self.tempo.idle);
        }
        moments
    }

    /// Gives up a channel whose time is over.
    fn expire(&mut self, index: usize, now: Moment) {
        if self.slots[index].channel.as_ref().is_some_and(|held| held.expires <= now.at) {
            self.abandon(SlotId(index));
        }
    }

    /// Closes the socket of a channel that nobody needs. The channel is kept for whoever comes next, as long as it lives.
    fn rest(&mut self, index: usize, now: Moment) {
        let slot = &mut self.slots[index];
        if now.at >= slot.idle_since + self.tempo.idle {
            self.errands.extend(slot.link.sockets().into_iter().map(Errand::Close));
            slot.link = Link::Down;
        }
    }

    /// Makes a channel and opens its socket, as far as they are missing.
    fn connect(&mut self, index: usize, now: Moment) {
        let number = SocketId(self.number());
        let slot = &mut self.slots[index];
        if slot.link_backoff.blocks(now) {
            return;
        }
        let Some(held) = &slot.channel else {
            if !slot.creating {
                slot.creating = true;
                self.errands.push(Errand::Create(SlotId(index)));
            }
            return;
        };
        slot.link = match slot.link {
            Link::Down => Link::Opening(number),
            Link::Open { socket, closing: true } => Link::Handover { old: socket, new: number },
            Link::Open { closing: false, .. } | Link::Opening(_) | Link::Handover { .. } => return,
        };
        self.errands.push(Errand::Open(number, held.channel.clone()));
    }

    /// Asks for the topics that are due, in one request. Nothing is asked before the socket is open: events between the answer
    /// and the socket would be lost.
    fn ask(&mut self, index: usize, now: Moment) {
        let ask = AskId(self.number());
        let slot = &mut self.slots[index];
        let Some(held) = slot.channel.as_ref().filter(|_| slot.link.is_open() && slot.asked.is_none() && !slot.ask_backoff.blocks(now))
        else {
            return;
        };
        let due = |id: &&Uuid| self.followed.get(id).is_some_and(|followed| followed.topics == Topics::Due);
        let added: Vec<Uuid> = slot.seats.iter().filter(due).copied().collect();
        let renew = held.renew <= now.at;
        if added.is_empty() && !renew {
            return;
        }
        let replace = slot.replace || renew || slot.taken() > SEATS;
        let conversations = if replace { slot.seats.iter().copied().collect() } else { added };
        let topics = conversations.iter().flat_map(|id| topic::names(*id)).collect();
        for id in &conversations {
            if let Some(followed) = self.followed.get_mut(id).filter(|followed| followed.topics == Topics::Due) {
                followed.topics = Topics::Asked;
            }
        }
        let channel = held.channel.clone();
        if replace {
            slot.replace = false;
            slot.stale.clear();
        }
        slot.asked = Some(Asked { ask, conversations, replace, void: false });
        self.errands.push(Errand::Ask { ask, channel, topics, replace });
    }
}
