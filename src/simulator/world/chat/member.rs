//! The members of a chat, as its guests see them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::World;
use super::super::record::Participant;
use super::super::words::{CommunicationState, Purpose};

/// What a member is (confirmed: the vendor's older SDKs).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the vendor's own words, which it does not explain")]
pub enum MemberRole {
    Agent,
    Customer,
    Workflow,
    Acd,
}

/// How a member stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum MemberState {
    /// Takes part.
    Connected,
    /// Is gone: for good after a `member-leave`, else a guest may come back.
    Disconnected,
    /// An agent is being rung.
    Alerting,
}

/// One member.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChatMember {
    /// The id, which is the participant's.
    pub id: Uuid,
    /// What it is.
    pub role: MemberRole,
    /// How it stands.
    pub state: MemberState,
    /// A name for people.
    pub display_name: String,
    /// When it joined.
    pub join_date: Timestamp,
    /// When it left.
    pub leave_date: Option<Timestamp>,
}

impl World {
    /// The members of a chat, in the order of joining; parties that are none of the four roles are not shown.
    pub(super) fn chat_members(&self, conversation: Uuid) -> Vec<ChatMember> {
        let participants = self.truth(conversation).map(|c| c.participants.as_slice()).unwrap_or_default();
        participants.iter().filter_map(|p| self.chat_member_of(conversation, p)).collect()
    }

    pub(super) fn chat_member(&self, conversation: Uuid, member: Uuid) -> Option<ChatMember> {
        self.chat_member_of(conversation, self.truth(conversation)?.participant(member)?)
    }

    fn chat_member_of(&self, conversation: Uuid, participant: &Participant) -> Option<ChatMember> {
        let role = role(participant.purpose)?;
        let away = |jwt: &String| self.chats.guests.get(jwt).is_some_and(|g| g.gone.is_some());
        let gone = self.chats.of_participant(conversation, participant.id).as_ref().is_some_and(away);
        let state = participant.communications.last().map_or(CommunicationState::Disconnected, |c| c.state);
        let state = match state {
            CommunicationState::Connected | CommunicationState::Parked if !gone => MemberState::Connected,
            CommunicationState::Alerting => MemberState::Alerting,
            CommunicationState::Connected
            | CommunicationState::Parked
            | CommunicationState::Disconnected
            | CommunicationState::Terminated => MemberState::Disconnected,
        };
        Some(ChatMember {
            id: participant.id,
            role,
            state,
            display_name: participant.name.clone(),
            join_date: participant.connected_time,
            leave_date: participant.end_time,
        })
    }
}

fn role(purpose: Purpose) -> Option<MemberRole> {
    Some(match purpose {
        Purpose::Customer | Purpose::External => MemberRole::Customer,
        Purpose::Agent | Purpose::User => MemberRole::Agent,
        Purpose::Workflow | Purpose::Botflow => MemberRole::Workflow,
        Purpose::Acd => MemberRole::Acd,
        Purpose::Api
        | Purpose::Campaign
        | Purpose::Dialer
        | Purpose::Fax
        | Purpose::Group
        | Purpose::Inbound
        | Purpose::Ivr
        | Purpose::Manual
        | Purpose::Outbound
        | Purpose::Station
        | Purpose::Voicemail
        | Purpose::Voicesurveyflow => return None,
    })
}
