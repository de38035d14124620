//! One conversation as the service keeps it: the wrapper, its participants, their communications.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::words::{AfterCallWork, CommunicationState, DisconnectType, Media, MessageType, Purpose};

/// One leg: a participant's one communication in one conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LegId {
    /// The conversation.
    #[serde(rename = "conversationId")]
    pub conversation: Uuid,
    /// The participant.
    #[serde(rename = "participantId")]
    pub participant: Uuid,
    /// The communication.
    #[serde(rename = "communicationId")]
    pub communication: Uuid,
}

/// One communication of a participant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Communication {
    /// Its id.
    pub id: Uuid,
    /// Its state.
    pub state: CommunicationState,
    /// When it connected.
    pub connected_time: Timestamp,
    /// When it ended.
    pub disconnected_time: Option<Timestamp>,
    /// Why it ended.
    pub disconnect_type: Option<DisconnectType>,
    /// The guest's communication that an internal leg is paired with.
    pub peer_id: Option<Uuid>,
    /// Where it stands in after-call work.
    pub after_call_work: AfterCallWork,
}

/// One participant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// Its id.
    pub id: Uuid,
    /// What it is here for.
    pub purpose: Purpose,
    /// A name for people.
    pub name: String,
    /// The user behind an agent's leg.
    pub user_id: Option<Uuid>,
    /// The queue behind an acd leg.
    pub queue_id: Option<Uuid>,
    /// When it joined.
    pub connected_time: Timestamp,
    /// When its last communication ended.
    pub end_time: Option<Timestamp>,
    /// Whether it stays in after-call work.
    pub wrap_up_required: bool,
    /// When its after-call work began.
    pub start_acw_time: Option<Timestamp>,
    /// When its after-call work ended.
    pub end_acw_time: Option<Timestamp>,
    /// The name of the wrap-up code that was applied.
    pub wrap_up: Option<String>,
    /// Its communications, oldest first.
    pub communications: Vec<Communication>,
}

impl Participant {
    /// Whether any of its communications is live.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.communications.iter().any(|c| c.state.is_live())
    }

    /// Whether it is in after-call work.
    #[must_use]
    pub fn wraps_up(&self) -> bool {
        self.start_acw_time.is_some() && self.end_acw_time.is_none()
    }
}

/// One conversation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// Its id.
    pub id: Uuid,
    /// The division that it belongs to.
    pub division: Uuid,
    /// What it is held over.
    pub media: Media,
    /// The messaging platform that the guest uses, for one that is held over messages.
    pub message_type: MessageType,
    /// When it began.
    pub start_time: Timestamp,
    /// When its last communication ended; null while one is live, and by default while an agent is in after-call work.
    pub end_time: Option<Timestamp>,
    /// Who takes part, in the order of joining.
    pub participants: Vec<Participant>,
}

impl Conversation {
    /// Finds a participant.
    #[must_use]
    pub fn participant(&self, id: Uuid) -> Option<&Participant> {
        self.participants.iter().find(|p| p.id == id)
    }

    /// All legs that are live, guests' or not.
    #[must_use]
    pub fn live_legs(&self) -> Vec<LegId> {
        self.legs(|_, c| c.state.is_live())
    }

    /// The guests' legs that are live.
    #[must_use]
    pub fn live_guest_legs(&self) -> Vec<LegId> {
        self.legs(|p, c| p.purpose.is_guest() && c.state.is_live())
    }

    /// Whether this leg is live.
    #[must_use]
    pub fn is_live(&self, leg: LegId) -> bool {
        self.communication(leg).is_some_and(|c| c.state.is_live())
    }

    /// Finds a leg's communication.
    #[must_use]
    pub fn communication(&self, leg: LegId) -> Option<&Communication> {
        self.participant(leg.participant)?.communications.iter().find(|c| c.id == leg.communication)
    }

    /// Whether a leg is a guest's.
    #[must_use]
    pub fn is_guest(&self, leg: LegId) -> bool {
        self.participant(leg.participant).is_some_and(|p| p.purpose.is_guest())
    }

    /// The legs for which the test holds.
    fn legs(&self, test: impl Fn(&Participant, &Communication) -> bool) -> Vec<LegId> {
        let of = |p: &Participant, c: &Communication| LegId { conversation: self.id, participant: p.id, communication: c.id };
        self.participants.iter().flat_map(|p| p.communications.iter().filter(|c| test(p, c)).map(move |c| of(p, c))).collect()
    }

    /// Ends one leg; whether it was live. An agent's leg that asks for it goes into after-call work.
    pub(crate) fn end_leg(&mut self, leg: LegId, how: DisconnectType, at: Timestamp) -> bool {
        let Some(participant) = self.participants.iter_mut().find(|p| p.id == leg.participant) else { return false };
        let wraps_up = participant.purpose == Purpose::Agent && participant.wrap_up_required;
        let Some(communication) = participant.communications.iter_mut().find(|c| c.id == leg.communication) else { return false };
        if !communication.state.is_live() {
            return false;
        }
        communication.state = CommunicationState::Disconnected;
        communication.disconnected_time = Some(at);
        communication.disconnect_type = Some(how);
        if wraps_up {
            communication.after_call_work = AfterCallWork::Pending;
            participant.start_acw_time = Some(at);
            participant.end_acw_time = None;
        }
        if !participant.is_live() {
            participant.end_time = Some(at);
        }
        true
    }

    /// Finishes after-call work with a wrap-up code of this name; whether there was any.
    pub(crate) fn finish_after_call_work(&mut self, participant: Uuid, code: &str, at: Timestamp) -> bool {
        let Some(participant) = self.participants.iter_mut().find(|p| p.id == participant && p.wraps_up()) else { return false };
        participant.end_acw_time = Some(at);
        participant.wrap_up = Some(code.into());
        for communication in participant.communications.iter_mut().filter(|c| c.after_call_work == AfterCallWork::Pending) {
            communication.after_call_work = AfterCallWork::Complete;
        }
        true
    }

    /// Sets `endTime` once nothing is live any more (and nobody wraps up, when that is waited for).
    pub(crate) fn settle(&mut self, waits_for_after_call_work: bool, at: Timestamp) {
        let over = self.live_legs().is_empty() && !(waits_for_after_call_work && self.participants.iter().any(Participant::wraps_up));
        if over && self.end_time.is_none() {
            self.end_time = Some(at);
        }
    }
}
