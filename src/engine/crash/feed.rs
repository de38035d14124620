//! Events: what a notification channel would tell of the guests' legs, with what such channels do to it, and who remembers it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use uuid::Uuid;

use crate::plan::Hearing;
use crate::simulator::world::{Dice, LegId, World};
use crate::termination::{Event, EventKind, Source};

/// What a channel does to what it tells.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Manners {
    /// Whether there is a channel.
    pub(super) flows: bool,
    /// How many of a thousand events get lost, and nobody knows.
    pub(super) lost: u16,
    /// How many of a thousand events come twice, the second time after all others.
    pub(super) twice: u16,
    /// How many of a thousand times that it is asked it was cut since: what happened is lost, and that is known.
    pub(super) cut: u16,
    /// Whether it tells the newest first.
    pub(super) backwards: bool,
    /// When it falls silent for good, by the service's clock. That is noticed at once.
    pub(super) silent_after: Option<Timestamp>,
}

impl Manners {
    fn flow_at(&self, now: Timestamp) -> bool {
        self.flows && self.silent_after.is_none_or(|end| now < end)
    }
}

/// A channel, what it last saw, and what each process remembers of it.
#[derive(Clone, Debug)]
pub(super) struct Feed {
    pub(super) manners: Manners,
    live: BTreeMap<LegId, bool>,
    heard: BTreeMap<u32, Hearing>,
}

impl Feed {
    pub(super) fn new(world: &World) -> Self {
        let mut feed = Self { manners: Manners::default(), live: BTreeMap::new(), heard: BTreeMap::new() };
        feed.news(world);
        feed
    }

    /// A process that starts remembers nothing of what another one heard.
    pub(super) fn forget(&mut self, process: u32) {
        self.heard.insert(process, Hearing::default());
    }

    /// Whether a process does not follow all of these conversations yet.
    pub(super) fn has_to_ask(&self, process: u32, conversations: &[Uuid]) -> bool {
        let follows = |id| self.heard.get(&process).is_some_and(|heard| heard.flowing.contains(id));
        self.manners.flows && !conversations.iter().all(follows)
    }

    /// Follows these conversations, and tells what was heard and not taken.
    pub(super) fn follow(&mut self, process: u32, conversations: &[Uuid], world: &World, dice: &mut Dice) -> Hearing {
        self.hear(world, dice);
        let heard = self.heard.entry(process).or_default();
        if !self.manners.flow_at(world.now()) {
            return Hearing { flowing: BTreeSet::new(), ..heard.clone() };
        }
        for id in conversations {
            if heard.flowing.insert(*id) {
                heard.missed.insert(*id);
            }
        }
        heard.clone()
    }

    /// Forgets what is on record, and the gaps that a read made up for.
    pub(super) fn taken(&mut self, process: u32, hearing: &Hearing, read: &[Uuid]) {
        let heard = self.heard.entry(process).or_default();
        heard.events.drain(..hearing.events.len());
        heard.missed.retain(|id| !read.contains(id));
    }

    /// Takes in what happened since the last call, and what the channel makes of it.
    fn hear(&mut self, world: &World, dice: &mut Dice) {
        let news = self.news(world);
        let Manners { flows: _, lost, twice, cut, backwards, silent_after: _ } = self.manners;
        let flows = self.manners.flow_at(world.now());
        for heard in self.heard.values_mut() {
            if !flows || dice.per_thousand(cut) {
                heard.missed.extend(&heard.flowing);
                continue;
            }
            let mut told = news.clone();
            told.retain(|(id, _)| heard.flowing.contains(id) && !dice.per_thousand(lost));
            let again: Vec<_> = told.iter().filter(|_| dice.per_thousand(twice)).cloned().collect();
            told.extend(again);
            if backwards {
                told.reverse();
            }
            heard.events.extend(told);
        }
    }

    fn news(&mut self, world: &World) -> Vec<(Uuid, Event)> {
        let mut news = Vec::new();
        for (conversation, _) in world.conversations() {
            for participant in conversation.participants.iter().filter(|participant| participant.purpose.is_guest()) {
                for c in &participant.communications {
                    let leg = LegId { conversation: conversation.id, participant: participant.id, communication: c.id };
                    let event = |kind, time| {
                        let source = Source::Notification;
                        (conversation.id, Event { kind, participant_id: participant.id, communication_id: c.id, time, source })
                    };
                    let before = self.live.insert(leg, c.state.is_live());
                    if before.is_none() {
                        news.push(event(EventKind::Connected, c.connected_time));
                    }
                    if before != Some(false) && !c.state.is_live() {
                        news.push(event(EventKind::Ended, c.disconnected_time.unwrap_or(c.connected_time)));
                    }
                }
            }
        }
        news.sort_by_key(|(_, event)| event.time);
        news
    }
}
