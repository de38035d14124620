//! A guest who writes: into the conversation as it is, into the old one that comes back, or into a new one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::World;
use super::behaviour::later;
use super::happening::{HappeningError, Return};
use super::record::{Conversation, LegId};
use super::sample::plain_participant;
use super::spec::{ConversationSpec, ParticipantSpec};
use super::words::Purpose;
use super::{Overrides, instant};

/// What becomes of a guest's message after the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Threading {
    /// For how many minutes after its end a conversation comes back when its guest writes again (confirmed: 0 to 4320, by
    /// default 4320, which is 72 hours).
    pub window_minutes: u32,
    /// What the guest comes back as (not known; default a new communication of the same participant).
    pub comes_as: Return,
}

impl Default for Threading {
    fn default() -> Self {
        Self { window_minutes: 4320, comes_as: Return::NewCommunication }
    }
}

impl World {
    /// Lets the guest write now; the leg that the message belongs to. It is the live one where there is one. After the end it
    /// is a new leg: of the same conversation inside the threading window, of a new conversation after it.
    ///
    /// # Errors
    /// When there is no such conversation, or it never had a guest.
    pub fn guest_writes(&mut self, conversation: Uuid, now: Timestamp) -> Result<LegId, HappeningError> {
        self.advance(now);
        let leg = self.write_in(conversation, self.now)?;
        self.advance(now);
        Ok(leg)
    }

    pub(super) fn write_in(&mut self, conversation: Uuid, at: Timestamp) -> Result<LegId, HappeningError> {
        let truth = self.truth(conversation).ok_or(HappeningError::NoConversation(conversation))?;
        if let Some(live) = truth.live_guest_legs().last() {
            return Ok(*live);
        }
        match self.threads_as(truth, at) {
            Some(comes_as) => self.come_back(conversation, comes_as, at),
            None => self.begin_anew(conversation, at),
        }
    }

    /// What a guest who writes at this moment comes back as; nothing when the window is closed, and the message begins a new
    /// conversation. One that is not over is joined however late it is.
    pub(super) fn threads_as(&self, conversation: &Conversation, at: Timestamp) -> Option<Return> {
        let Threading { window_minutes, comes_as } = self.behaviour.threading;
        let closes = ended(conversation).map(|end| later(end, u64::from(window_minutes) * 60_000));
        closes.is_none_or(|closes| at < closes).then_some(comes_as)
    }

    /// Begins a new conversation for the guest of an old one: the guest and the inbound flow.
    fn begin_anew(&mut self, old: Uuid, at: Timestamp) -> Result<LegId, HappeningError> {
        let ids = [(); 5].map(|()| self.dice.uuid());
        let [id, guest_id, guest_leg, flow_id, flow_leg] = ids;
        let kept = self.conversations.get(&old).ok_or(HappeningError::NoConversation(old))?;
        let guest = kept.truth.participants.iter().rev().find(|p| p.purpose.is_guest()).ok_or(HappeningError::NoGuest(old))?;
        let begins = Some(instant(at));
        let guest = ParticipantSpec { name: guest.name.clone(), ..plain_participant(guest_id, guest.purpose, guest_leg, begins) };
        let spec = ConversationSpec {
            id,
            story: String::new(),
            division: kept.truth.division,
            media: kept.truth.media,
            message_type: kept.truth.message_type,
            start_time: begins,
            participants: vec![guest, plain_participant(flow_id, Purpose::Workflow, flow_leg, begins)],
            overrides: Overrides::default(),
        };
        self.begin(spec, at);
        Ok(LegId { conversation: id, participant: guest_id, communication: guest_leg })
    }

    /// Puts a conversation into the world that begins at this moment, and says so.
    pub(super) fn begin(&mut self, spec: ConversationSpec, at: Timestamp) {
        let id = spec.id;
        self.put_conversation(spec, at);
        let legs = self.truth(id).map(Conversation::live_legs).unwrap_or_default();
        self.announce(&legs, false, at);
    }
}

/// When a conversation ended: when its last communication did. Nothing while one is live.
fn ended(conversation: &Conversation) -> Option<Timestamp> {
    let over = conversation.live_legs().is_empty();
    conversation.participants.iter().flat_map(|p| &p.communications).filter_map(|c| c.disconnected_time).max().filter(|_| over)
}
