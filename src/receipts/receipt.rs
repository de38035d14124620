//! One receipt.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Identity, Step, canonical, step};
use crate::termination::{Fault, Leg, Reason, Session, Source, State};

/// The format of the receipts that this build makes.
pub const FORMAT: &str = "webchatops.dev/receipt/v1";

/// What became of one session, and how that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// The same for the same organization, termination and conversation.
    pub id: Uuid,
    /// The format: [`FORMAT`].
    pub format: String,
    /// Whose it is.
    #[serde(flatten)]
    pub identity: Identity,
    /// The conversation.
    pub conversation_id: Uuid,
    /// Why it had to end, in the words of whoever asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where it stands for good.
    pub state: State,
    /// Why, where the state alone does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_reason: Option<Reason>,
    /// The guest legs that were to be ended.
    pub legs: Vec<Leg>,
    /// What happened, in order.
    pub steps: Vec<Step>,
    /// What confirmed that the last guest leg closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<Source>,
    /// Accepted closes that were not confirmed in time.
    pub attempts: i32,
    /// How often a guest came back meanwhile.
    pub reconnects: i32,
    /// Whether a forced teardown was recorded.
    pub torn_down: bool,
    /// Until when the ended conversation was watched for a guest who comes back, and none came. The watch began when it was read as
    /// ended. None when it was not watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watched_until: Option<Timestamp>,
    /// The last error, kept after it was overcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<Fault>,
    /// The hash of the receipt before this one.
    pub previous_hash: String,
    /// The SHA-256 of this receipt's canonical JSON without this field.
    pub hash: String,
}

/// Why there is no receipt.
#[derive(Debug, thiserror::Error)]
pub enum NoReceipt {
    /// There is no record yet, or it does not say of which organization it is.
    #[error("the termination has no record yet, or none that names its organization and its uid")]
    NoRecord,
    /// The session is still under way.
    #[error("session {0} is not finished")]
    Unfinished(Uuid),
    /// It cannot be written as JSON.
    #[error("the receipt cannot be written: {0}")]
    Unwritable(#[from] serde_json::Error),
}

impl Receipt {
    /// The receipt of a finished session. `reason` is the one that the spec gives for the session; `previous` is the hash of the receipt
    /// before it, [`Identity::genesis`] for the first.
    ///
    /// # Errors
    /// [`NoReceipt`].
    pub fn of(identity: &Identity, session: &Session, reason: Option<&str>, previous: &str) -> Result<Self, NoReceipt> {
        let steps = step::steps(session);
        // A field that is forgotten here is one that no auditor sees.
        let Session {
            conversation_id,
            state,
            reason: state_reason,
            legs,
            attempts,
            failures: _,
            reconnects,
            torn_down,
            close_sent: _,
            resent: _,
            since,
            next_attempt_time: _,
            frozen_time: _,
            heard_time: _,
            confirmed_by,
            guest_closed_time: _,
            ended_time,
            guest_close_correlation_id: _,
            wrapper_close_correlation_id: _,
            last_error,
        } = session;
        if !state.is_final() {
            return Err(NoReceipt::Unfinished(*conversation_id));
        }
        let mut receipt = Self {
            id: identity.receipt_id(*conversation_id),
            format: FORMAT.to_owned(),
            identity: identity.clone(),
            conversation_id: *conversation_id,
            reason: reason.map(ToOwned::to_owned),
            state: *state,
            state_reason: *state_reason,
            legs: legs.clone(),
            steps,
            confirmed_by: *confirmed_by,
            attempts: *attempts,
            reconnects: *reconnects,
            torn_down: *torn_down,
            // What the record shows, not what the spec asked for: a watch can be cut short.
            watched_until: since.filter(|since| *state == State::Ended && ended_time.is_some_and(|ended| ended < *since)),
            last_error: last_error.clone(),
            previous_hash: previous.to_owned(),
            hash: String::new(),
        };
        receipt.hash = canonical::hash(&serde_json::to_value(&receipt)?);
        Ok(receipt)
    }
}
