//! The log of deliveries.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::event::Event;

/// The number of a delivery, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeliveryNumber(pub u64);

impl fmt::Display for DeliveryNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One event on its way to one target.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PushDelivery {
    /// Its number.
    pub number: DeliveryNumber,
    /// The target's id.
    pub target: String,
    /// The id of the envelope.
    pub envelope_id: Uuid,
    /// The event.
    pub event: Event,
    /// How far it has come.
    pub state: DeliveryState,
    /// The attempts so far.
    pub attempts: Vec<Attempt>,
}

/// How far a delivery has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum DeliveryState {
    /// It will be attempted.
    Waiting,
    /// It is being attempted.
    Sending,
    /// It was answered 2xx.
    Delivered,
    /// It will not be attempted again.
    GivenUp,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// When it was over.
    pub time: Timestamp,
    /// How it went.
    pub outcome: PushOutcome,
}

/// How an attempt went.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PushOutcome {
    /// The target answered with this status.
    Answered {
        /// The status.
        status: u16,
    },
    /// There was no answer.
    Unanswered {
        /// Why, in a few words.
        why: String,
    },
}

impl PushOutcome {
    /// Whether the target has taken the event.
    #[must_use]
    pub fn is_success(&self) -> bool {
        match self {
            Self::Answered { status } => (200..300).contains(status),
            Self::Unanswered { .. } => false,
        }
    }
}
