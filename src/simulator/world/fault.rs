//! What goes wrong between a client and the service, as data: rules, thrown by seed.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::dice::Dice;
use super::operation::Operation;

/// One way to go wrong, for some requests, this often.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FaultRule {
    /// The operations concerned; empty means all of them.
    #[serde(default)]
    pub operations: Vec<Operation>,
    /// The conversation concerned; without it, all requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<Uuid>,
    /// How often it fires, in a thousand matching requests; by default each time.
    #[serde(default = "always")]
    pub per_thousand: u16,
    /// How many times it fires at all; without it, for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// What happens.
    pub fault: Fault,
}

fn always() -> u16 {
    1000
}

/// What happens to a request that a rule has hit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Fault {
    /// An error answer.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The `code` of the body; by default the usual one for the status.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// The `Retry-After` header, in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_seconds: Option<u32>,
        /// Whether the request has its effect all the same.
        #[serde(default)]
        applied: bool,
    },
    /// The answer is right but comes late.
    Latency {
        /// How late, in milliseconds.
        milliseconds: u64,
    },
    /// The connection is cut without an answer.
    Cut {
        /// Whether the request has its effect all the same.
        #[serde(default)]
        applied: bool,
    },
    /// The request has its effect; the answer breaks off in the middle of its body.
    HalfBody,
    /// No answer ever comes, the connection stays open.
    Timeout {
        /// Whether the request has its effect all the same.
        #[serde(default)]
        applied: bool,
    },
}

impl Fault {
    /// One of each kind: whoever asks to wait asks for so many seconds, and what is late is so many milliseconds late.
    #[must_use]
    pub fn of_every_kind(seconds: u32, milliseconds: u64) -> [Self; 12] {
        let answer = |status, retry_after_seconds, applied| Self::Answer { status, code: None, retry_after_seconds, applied };
        [
            answer(429, Some(seconds), false),
            answer(503, None, false),
            answer(500, None, true),
            answer(408, None, false),
            answer(401, None, false),
            answer(403, None, false),
            Self::Timeout { applied: true },
            Self::Timeout { applied: false },
            Self::Cut { applied: true },
            Self::Cut { applied: false },
            Self::HalfBody,
            Self::Latency { milliseconds },
        ]
    }
}

impl Fault {
    /// Whether the request has its effect in spite of the fault.
    #[must_use]
    pub const fn applies(&self) -> bool {
        match self {
            Self::Latency { .. } | Self::HalfBody => true,
            Self::Answer { applied, .. } | Self::Cut { applied } | Self::Timeout { applied } => *applied,
        }
    }
}

/// How an answer reaches the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// At once.
    Prompt,
    /// This many milliseconds later.
    Late(u64),
    /// Not at all: the connection is cut.
    Cut,
    /// Up to the middle of its body.
    HalfBody,
    /// Not at all: the connection stays open.
    Never,
}

/// The rules with what is left of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Faults(Vec<FaultRule>);

impl Faults {
    pub(crate) fn new(rules: Vec<FaultRule>) -> Self {
        Self(rules)
    }

    pub(crate) fn rules(&self) -> &[FaultRule] {
        &self.0
    }

    /// Throws for one request; the first rule that fires decides and is used up by one.
    pub(crate) fn roll(&mut self, operation: Operation, conversation: Option<Uuid>, dice: &mut Dice) -> Option<Fault> {
        let hit = self.0.iter_mut().find(|rule| {
            let named = rule.operations.is_empty() || rule.operations.contains(&operation);
            let here = rule.conversation_id.is_none_or(|id| Some(id) == conversation);
            named && here && rule.times != Some(0) && dice.per_thousand(rule.per_thousand)
        })?;
        hit.times = hit.times.map(|left| left - 1);
        Some(hit.fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(per_thousand: u16, times: Option<u32>) -> FaultRule {
        FaultRule { operations: vec![Operation::GetConversation], conversation_id: None, per_thousand, times, fault: Fault::HalfBody }
    }

    #[test]
    fn a_rule_fires_as_often_as_it_says_and_no_more() {
        let mut faults = Faults::new(vec![rule(1000, Some(2))]);
        let mut dice = Dice::new(1);
        let fired: Vec<bool> = (0..4).map(|_| faults.roll(Operation::GetConversation, None, &mut dice).is_some()).collect();
        assert_eq!(fired, [true, true, false, false]);
    }

    #[test]
    fn a_rule_leaves_other_operations_alone() {
        let mut faults = Faults::new(vec![rule(1000, None)]);
        assert_eq!(faults.roll(Operation::DeleteConversation, None, &mut Dice::new(1)), None);
    }

    #[test]
    fn half_of_a_thousand_is_about_half() {
        let mut faults = Faults::new(vec![rule(500, None)]);
        let mut dice = Dice::new(42);
        let fired = (0..1000).filter(|_| faults.roll(Operation::GetConversation, None, &mut dice).is_some()).count();
        assert!((400..600).contains(&fired), "{fired}");
    }
}
