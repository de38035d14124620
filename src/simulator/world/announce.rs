//! How events get out: late, twice, not at all, as the switches say.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::World;
use super::behaviour::{Delay, later};
use super::effect::Effect;
use super::event::Event;
use super::record::LegId;

/// How events are announced, on every way out of the service. (That they may be lost, repeated and disordered is stated by
/// the vendor for the notification socket and has to be assumed of EventBridge; how often is not known.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EventBehaviour {
    /// How long after the truth an event is announced (not known; default at once).
    pub delay_ms: Delay,
    /// How many in a thousand are never announced.
    pub lost_per_thousand: u16,
    /// How many in a thousand are announced twice.
    pub duplicated_per_thousand: u16,
    /// How many in a thousand are announced later still, so that others overtake them.
    pub late_per_thousand: u16,
    /// How much later.
    pub late_by_ms: Delay,
}

/// How many events are remembered for those who look.
const REMEMBERED: usize = 1000;

impl World {
    /// The latest events that got out, oldest first, whether anybody listened or not.
    pub fn announced(&self) -> impl DoubleEndedIterator<Item = &Event> {
        self.announced.iter()
    }

    /// Announces the start or the end of these legs of one conversation. Chances come from a sequence of their own, so that
    /// events do not shift what else happens in the world.
    pub(super) fn announce(&mut self, legs: &[LegId], ended: bool, at: Timestamp) {
        for leg in legs {
            let Some(kept) = self.conversations.get(&leg.conversation) else { continue };
            let how = kept.overrides.events.unwrap_or(self.behaviour.events);
            let Some(event) = Event::of(&kept.truth, *leg, ended, self.chance.uuid(), at) else { continue };
            if self.chance.per_thousand(how.lost_per_thousand) {
                self.ledger.events(|seen| seen.lost += 1);
                continue;
            }
            self.plan_announcement(event.clone(), how, at);
            if self.chance.per_thousand(how.duplicated_per_thousand) {
                self.ledger.events(|seen| seen.duplicated += 1);
                self.plan_announcement(event, how, at);
            }
        }
    }

    fn plan_announcement(&mut self, event: Event, how: EventBehaviour, at: Timestamp) {
        let mut then = how.delay_ms.after(at, &mut self.chance);
        if self.chance.per_thousand(how.late_per_thousand) {
            self.ledger.events(|seen| seen.late += 1);
            then = later(then, self.chance.between(how.late_by_ms.min, how.late_by_ms.max));
        }
        self.plan(then, Effect::Announce(Box::new(event)));
    }

    /// Lets an event out to whoever listens.
    pub(super) fn let_out(&mut self, event: Event) {
        self.ledger.events(|seen| *seen.announced.entry(event.kind).or_default() += 1);
        self.notify_channels(&event);
        self.push(&event);
        if self.announced.len() >= REMEMBERED {
            self.announced.pop_front();
        }
        self.announced.push_back(event);
    }
}
