//! Events: what a notification channel would tell of the guests' legs, with what such channels do to it.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::simulator::world::{Dice, LegId, World};
use crate::termination::{Event, EventKind, Source};

/// A channel and what it last saw.
#[derive(Clone, Debug)]
pub(super) struct Feed {
    /// Whether there is one.
    pub(super) flows: bool,
    /// How many of a thousand events get lost.
    pub(super) lost: u16,
    /// How many of a thousand events come twice, the second time after all others.
    pub(super) twice: u16,
    live: BTreeMap<LegId, bool>,
}

impl Feed {
    pub(super) fn new(world: &World) -> Self {
        let mut feed = Self { flows: false, lost: 0, twice: 0, live: BTreeMap::new() };
        feed.news(world);
        feed
    }

    /// What happened since the last call, oldest first, and what the channel makes of it.
    pub(super) fn events(&mut self, world: &World, dice: &mut Dice) -> Vec<(Uuid, Event)> {
        let mut news = self.news(world);
        news.retain(|_| self.flows && !dice.per_thousand(self.lost));
        let again: Vec<_> = news.iter().filter(|_| dice.per_thousand(self.twice)).cloned().collect();
        news.extend(again);
        news
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
