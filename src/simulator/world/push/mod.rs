//! Event pushes: what EventBridge does with the world's events, towards HTTP targets of one's own.
//!
//! An event becomes a delivery for every target that wants it; a delivery is attempted until it is answered 2xx, later and
//! later, a bounded number of times. It is a value: the server sends what is ready and reports how that went.

mod delivery;
mod target;

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use delivery::{Attempt, DeliveryNumber, DeliveryState, PushDelivery, PushOutcome};
pub use target::{PushShape, PushTarget, SecretHeader};

use super::World;
use super::behaviour::{Delay, later};
use super::effect::Effect;
use super::event::{Event, EventKind};
use super::happening::HappeningError;

/// How events are pushed. (At-least-once, in any order: to be assumed; the vendor retries for days, EventBridge itself for a
/// day; neither tells its steps.)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PushBehaviour {
    /// How long after its announcement an event is first sent (not known; default at once).
    pub delay_ms: Delay,
    /// How many in a thousand are never sent, each target for itself.
    pub lost_per_thousand: u16,
    /// How many in a thousand are sent twice, under the same id.
    pub duplicated_per_thousand: u16,
    /// How many in a thousand are sent later still, so that others overtake them.
    pub late_per_thousand: u16,
    /// How much later.
    pub late_by_ms: Delay,
    /// How often a delivery is attempted at all.
    pub attempts: u32,
    /// How long after the first failed attempt the second comes, in milliseconds; each later pause is twice the one before.
    pub retry_after_ms: u64,
    /// The longest such pause, in milliseconds.
    pub longest_pause_ms: u64,
    /// How long an attempt may take, in milliseconds (confirmed of EventBridge's API destinations: 5 s).
    pub timeout_ms: u64,
}

impl Default for PushBehaviour {
    fn default() -> Self {
        Self {
            delay_ms: Delay::fixed(0),
            lost_per_thousand: 0,
            duplicated_per_thousand: 0,
            late_per_thousand: 0,
            late_by_ms: Delay::fixed(0),
            attempts: 10,
            retry_after_ms: 1000,
            longest_pause_ms: 60_000,
            timeout_ms: 5000,
        }
    }
}

/// The targets and the deliveries to them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Pushes {
    targets: BTreeMap<String, PushTarget>,
    deliveries: BTreeMap<DeliveryNumber, PushDelivery>,
    ready: VecDeque<DeliveryNumber>,
    last: u64,
}

impl Pushes {
    pub(super) fn new(targets: Vec<PushTarget>) -> Self {
        Self { targets: targets.into_iter().map(|target| (target.id.clone(), target)).collect(), ..Self::default() }
    }
}

/// How many deliveries are remembered.
const REMEMBERED: usize = 10_000;

/// One attempt that is to be made now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The delivery.
    pub number: DeliveryNumber,
    /// Where to.
    pub target: PushTarget,
    /// The id of the envelope, the same for every attempt and every duplicate.
    pub envelope_id: Uuid,
    /// What is told.
    pub event: Event,
    /// The organization that the envelope names.
    pub organization: Uuid,
    /// How long the attempt may take, in milliseconds.
    pub timeout_ms: u64,
}

impl World {
    /// The targets, by id.
    pub fn push_targets(&self) -> impl Iterator<Item = &PushTarget> {
        self.pushes.targets.values()
    }

    /// Adds a target, or puts it in the place of the one with its id; what is on its way there goes to the new one.
    pub fn put_push_target(&mut self, target: PushTarget) {
        self.pushes.targets.insert(target.id.clone(), target);
    }

    /// Takes a target away, with what is on its way there; whether there was one.
    pub fn remove_push_target(&mut self, id: &str) -> bool {
        self.pushes.targets.remove(id).is_some()
    }

    /// The deliveries, oldest first.
    pub fn deliveries(&self) -> impl Iterator<Item = &PushDelivery> {
        self.pushes.deliveries.values()
    }

    /// Sends a delivery once more, as at-least-once delivery may at any time.
    ///
    /// # Errors
    /// When there is no such delivery.
    pub fn redeliver(&mut self, number: DeliveryNumber, now: Timestamp) -> Result<(), HappeningError> {
        self.advance(now);
        let known = self.pushes.deliveries.get(&number).ok_or(HappeningError::NoDelivery(number))?;
        let (target, event, envelope) = (known.target.clone(), known.event.clone(), known.envelope_id);
        self.deliver(&target, event, envelope, self.now);
        self.advance(now);
        Ok(())
    }

    /// Makes deliveries of an event, one for every target that wants it.
    pub(super) fn push(&mut self, event: &Event) {
        let how = self.behaviour.pushes;
        let wanting: Vec<String> = self.push_targets().filter(|target| target.wants(event.kind)).map(|target| target.id.clone()).collect();
        for target in wanting {
            if self.chance.per_thousand(how.lost_per_thousand) {
                self.ledger.pushes(|seen| seen.lost += 1);
                continue;
            }
            let envelope = self.chance.uuid();
            let copies = 1 + u32::from(self.chance.per_thousand(how.duplicated_per_thousand));
            self.ledger.pushes(|seen| seen.duplicated += u64::from(copies - 1));
            for _ in 0..copies {
                let mut then = how.delay_ms.after(self.now, &mut self.chance);
                if self.chance.per_thousand(how.late_per_thousand) {
                    self.ledger.pushes(|seen| seen.late += 1);
                    then = how.late_by_ms.after(then, &mut self.chance);
                }
                self.deliver(&target, event.clone(), envelope, then);
            }
        }
    }

    fn deliver(&mut self, target: &str, event: Event, envelope_id: Uuid, at: Timestamp) {
        self.pushes.last += 1;
        let number = DeliveryNumber(self.pushes.last);
        while self.pushes.deliveries.len() >= REMEMBERED {
            self.pushes.deliveries.pop_first();
        }
        let state = DeliveryState::Waiting;
        let delivery = PushDelivery { number, target: target.into(), envelope_id, event, state, attempts: Vec::new() };
        self.pushes.deliveries.insert(number, delivery);
        self.plan(at, Effect::Push(number));
    }

    /// Makes a delivery ready to be attempted.
    pub(super) fn push_due(&mut self, number: DeliveryNumber) {
        let Some(delivery) = self.pushes.deliveries.get_mut(&number) else { return };
        if self.pushes.targets.contains_key(&delivery.target) {
            delivery.state = DeliveryState::Sending;
            self.pushes.ready.push_back(number);
            self.news += 1;
        } else {
            delivery.state = DeliveryState::GivenUp;
        }
    }

    /// Takes the attempts that are to be made now; each is to be followed by [`World::push_answered`].
    pub fn take_pushes(&mut self) -> Vec<Push> {
        let ready: Vec<DeliveryNumber> = self.pushes.ready.drain(..).collect();
        ready.into_iter().filter_map(|number| self.attempt(number)).collect()
    }

    fn attempt(&self, number: DeliveryNumber) -> Option<Push> {
        let PushDelivery { target, envelope_id, event, .. } = self.pushes.deliveries.get(&number)?;
        let target = self.pushes.targets.get(target)?.clone();
        Some(Push {
            number,
            envelope_id: *envelope_id,
            event: event.clone(),
            organization: target.organization_id.unwrap_or(self.organization.id),
            target,
            timeout_ms: self.behaviour.pushes.timeout_ms,
        })
    }

    /// Notes how an attempt went, and plans the next one when there is to be one.
    pub fn push_answered(&mut self, number: DeliveryNumber, outcome: PushOutcome, now: Timestamp) {
        self.advance(now);
        let (at, how) = (self.now, self.behaviour.pushes);
        let Some(delivery) = self.pushes.deliveries.get_mut(&number) else { return };
        let done = outcome.is_success();
        self.ledger.pushes(|seen| seen.note(&outcome));
        delivery.attempts.push(Attempt { time: at, outcome });
        let made = u32::try_from(delivery.attempts.len()).unwrap_or(u32::MAX);
        if done {
            delivery.state = DeliveryState::Delivered;
            if delivery.event.kind == EventKind::CustomerEnd {
                self.ledger.told(delivery.event.leg);
            }
        } else if made >= how.attempts {
            delivery.state = DeliveryState::GivenUp;
            self.ledger.pushes(|seen| seen.given_up += 1);
        } else {
            delivery.state = DeliveryState::Waiting;
            let pause = how.retry_after_ms.saturating_mul(1 << (made - 1).min(30)).min(how.longest_pause_ms);
            self.plan(later(at, pause), Effect::Push(number));
        }
    }
}
