//! What the world saw, for the tests to judge by: values only, no verdicts of its own.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::event::EventKind;
use super::operation::Operation;
use super::push::PushOutcome;
use super::record::LegId;

/// Everything that was seen so far.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Witness {
    /// Requests received, by operation, refused ones included.
    pub calls: BTreeMap<Operation, u64>,
    /// How often an external write ended each leg that was live, cascades excepted. A leg never comes back to life (a guest
    /// that reconnects has a new one), so a count is 1 at most; see `repeatedCloses` for what was sent in vain.
    pub effective_closes: Vec<LegCloses>,
    /// Accepted closes aimed at a guest leg that an earlier accepted close had been aimed at.
    pub repeated_closes: u64,
    /// Wrapper closes (PATCH of the wrapper, DELETE) received while a targeted guest leg was live, refused ones included.
    pub out_of_order: u64,
    /// Forced teardowns received.
    pub teardowns: u64,
    /// External writes received after their conversation, or everything, had been marked as finished.
    pub after_finished: u64,
    /// Reads received between an accepted guest close and its effect being visible to reads, or announced: told to somebody,
    /// as a frame on an open notification socket or as a push that was answered 2xx.
    pub polls: u64,
    /// Guest legs that came into being after the world began.
    pub reconnects: u64,
    /// Every external write, in the order received.
    pub writes: Vec<Write>,
    /// What became of events.
    pub events: EventWitness,
}

/// What became of the events that announce the starts and ends of communications.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventWitness {
    /// Events let out, by kind, whether anybody listened or not.
    pub announced: BTreeMap<EventKind, u64>,
    /// Events that were never let out.
    pub lost: u64,
    /// Events that were let out twice.
    pub duplicated: u64,
    /// Events that were let out later than the rest.
    pub late: u64,
    /// Notification channels created.
    pub channels: u64,
    /// Subscriptions taken, by REST or in band.
    pub subscriptions: u64,
    /// Topics permitted in them.
    pub topics: u64,
    /// Notification sockets opened.
    pub sockets: u64,
    /// Event frames delivered.
    pub frames: u64,
    /// Other frames delivered: heartbeats, answers, notices, junk.
    pub control_frames: u64,
    /// Event frames that a channel should have had and that were lost: no socket, a mute one, or by chance.
    pub missed: u64,
    /// What became of event pushes.
    pub pushes: PushWitness,
}

/// What became of the event pushes, attempt by attempt.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PushWitness {
    /// Attempts that were answered, by status.
    pub answered: BTreeMap<u16, u64>,
    /// Attempts without an answer.
    pub unanswered: u64,
    /// Deliveries that were given up.
    pub given_up: u64,
    /// Events that were never sent to a target.
    pub lost: u64,
    /// Events that were sent twice.
    pub duplicated: u64,
    /// Events that were sent later than the rest.
    pub late: u64,
}

impl PushWitness {
    /// Notes how an attempt went.
    pub(super) fn note(&mut self, outcome: &PushOutcome) {
        match outcome {
            PushOutcome::Answered { status } => *self.answered.entry(*status).or_default() += 1,
            PushOutcome::Unanswered { .. } => self.unanswered += 1,
        }
    }
}

/// How often external writes ended one leg that was live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LegCloses {
    /// The leg.
    #[serde(flatten)]
    pub leg: LegId,
    /// Whether it is a guest's.
    pub guest: bool,
    /// How often.
    pub count: u64,
}

/// One external write.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Write {
    /// When it was received, on the world's clock.
    pub time: Timestamp,
    /// Which operation it was.
    pub operation: Operation,
    /// The conversation that it named.
    pub conversation_id: Uuid,
    /// The participant that it named.
    pub participant_id: Option<Uuid>,
    /// The communication that it named.
    pub communication_id: Option<Uuid>,
    /// The OAuth client that sent it, when it was a known one.
    pub client: Option<String>,
    /// The correlation id of the exchange.
    pub correlation_id: Option<Uuid>,
    /// The status that the service decided on; the client may not have seen it.
    pub status: u16,
    /// Whether the service took it on.
    pub accepted: bool,
    /// When its effect came about, for an accepted one: the moment for which it was planned, past or still to come.
    pub effect_time: Option<Timestamp>,
    /// The live legs that it ended, cascades excepted.
    pub ended: Vec<LegId>,
    /// Whether it was a wrapper close while a targeted guest leg was live.
    pub out_of_order: bool,
    /// Whether it came after its conversation had been marked as finished.
    pub after_finished: bool,
}

impl Write {
    /// Whether it ended something that was live.
    #[must_use]
    pub fn effective(&self) -> bool {
        !self.ended.is_empty()
    }
}

impl Witness {
    /// How often this operation was received.
    #[must_use]
    pub fn calls_of(&self, operation: Operation) -> u64 {
        self.calls.get(&operation).copied().unwrap_or(0)
    }

    /// How often an external write ended this leg.
    #[must_use]
    pub fn effective_closes_of(&self, leg: LegId) -> u64 {
        self.effective_closes.iter().filter(|c| c.leg == leg).map(|c| c.count).sum()
    }

    /// The external writes that named this conversation.
    pub fn writes_to(&self, conversation: Uuid) -> impl Iterator<Item = &Write> {
        self.writes.iter().filter(move |w| w.conversation_id == conversation)
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls: u64 = self.calls.values().sum();
        let effective: u64 = self.effective_closes.iter().map(|c| c.count).sum();
        write!(
            f,
            "{calls} calls, {} external writes, {effective} effective closes, {} repeated, {} out of order, {} after finished, \
             {} teardowns, {} polls, {} reconnects",
            self.writes.len(),
            self.repeated_closes,
            self.out_of_order,
            self.after_finished,
            self.teardowns,
            self.polls,
            self.reconnects,
        )
    }
}
