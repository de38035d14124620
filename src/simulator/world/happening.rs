//! What guests, agents and administrators do, at once or at a time that is known.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::effect::Effect;
use super::push::DeliveryNumber;
use super::record::{Communication, LegId, Participant};
use super::spec::{ConversationSpec, SpecError};
use super::words::{AfterCallWork, CommunicationState, DisconnectType, Purpose};
use super::{Conversation, World, instant};

/// Something that happens in the world without a request to the service.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Happening {
    /// The guest comes back with a new leg; a conversation that had ended is live again (threading).
    GuestReconnects {
        /// The conversation.
        conversation_id: Uuid,
        /// What the guest comes back as.
        #[serde(default)]
        comes_as: Return,
    },
    /// The guest writes: after the end, a message brings the conversation back or begins a new one.
    GuestWrites {
        /// The conversation.
        conversation_id: Uuid,
    },
    /// The guest leaves of their own accord.
    GuestLeaves {
        /// The conversation.
        conversation_id: Uuid,
    },
    /// The agents in after-call work finish it.
    AgentFinishes {
        /// The conversation.
        conversation_id: Uuid,
    },
    /// A conversation comes into being.
    ConversationBegins {
        /// The conversation.
        conversation: ConversationSpec,
    },
    /// A conversation is no more: it answers 404 from now on.
    ConversationVanishes {
        /// The conversation.
        conversation_id: Uuid,
    },
}

/// What a guest comes back as (not known of the real service: clients must bear both).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Return {
    /// The same participant with a new communication.
    #[default]
    NewCommunication,
    /// A new participant.
    NewParticipant,
}

/// Why something cannot happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HappeningError {
    /// There is no such conversation.
    #[error("there is no conversation {0} in this world")]
    NoConversation(Uuid),
    /// There is no such OAuth client.
    #[error("there is no OAuth client {0:?} in this world")]
    NoClient(String),
    /// There is no such delivery.
    #[error("there is no delivery {0} in this world's log")]
    NoDelivery(DeliveryNumber),
    /// The conversation has no guest that could come back.
    #[error("conversation {0} never had a guest")]
    NoGuest(Uuid),
    /// The conversation cannot be made.
    #[error("the conversation cannot be made")]
    Spec(#[from] SpecError),
}

impl World {
    /// Lets something happen now; a guest's new leg when there is one.
    ///
    /// # Errors
    /// When it names what is not there.
    pub fn happen(&mut self, happening: Happening, now: Timestamp) -> Result<Option<LegId>, HappeningError> {
        self.advance(now);
        let leg = self.take_place(happening, self.now)?;
        self.advance(now);
        Ok(leg)
    }

    /// Lets something happen later.
    pub fn schedule(&mut self, happening: Happening, at: Timestamp) {
        self.plan(instant(at), Effect::Happen(happening));
    }

    /// Lets the guest come back now; the new leg.
    ///
    /// # Errors
    /// When there is no such conversation, or it never had a guest.
    pub fn guest_reconnects(&mut self, conversation: Uuid, comes_as: Return, now: Timestamp) -> Result<LegId, HappeningError> {
        self.advance(now);
        let leg = self.come_back(conversation, comes_as, self.now)?;
        self.advance(now);
        Ok(leg)
    }

    pub(super) fn take_place(&mut self, happening: Happening, at: Timestamp) -> Result<Option<LegId>, HappeningError> {
        match happening {
            Happening::GuestReconnects { conversation_id, comes_as } => self.come_back(conversation_id, comes_as, at).map(Some),
            Happening::GuestWrites { conversation_id } => self.write_in(conversation_id, at).map(Some),
            Happening::GuestLeaves { conversation_id } => {
                let legs = self.known(conversation_id)?.live_guest_legs();
                self.end(conversation_id, &legs, DisconnectType::Endpoint, None, at);
                Ok(None)
            }
            Happening::AgentFinishes { conversation_id } => {
                self.known(conversation_id)?;
                self.wrap_up(conversation_id, None, "Finished by the agent", at);
                Ok(None)
            }
            Happening::ConversationBegins { conversation } => {
                conversation.check()?;
                self.begin(conversation, at);
                Ok(None)
            }
            Happening::ConversationVanishes { conversation_id } => {
                self.known(conversation_id)?;
                self.conversations.remove(&conversation_id);
                Ok(None)
            }
        }
    }

    fn known(&self, conversation: Uuid) -> Result<&Conversation, HappeningError> {
        self.truth(conversation).ok_or(HappeningError::NoConversation(conversation))
    }

    pub(super) fn come_back(&mut self, conversation: Uuid, comes_as: Return, at: Timestamp) -> Result<LegId, HappeningError> {
        let kept = self.conversations.get_mut(&conversation).ok_or(HappeningError::NoConversation(conversation))?;
        let guest = kept.truth.participants.iter_mut().rev().find(|p| p.purpose.is_guest()).ok_or(HappeningError::NoGuest(conversation))?;
        let communication = connected(self.dice.uuid(), at);
        let id = communication.id;
        let before = guest.id;
        let participant = match comes_as {
            Return::NewCommunication => {
                guest.communications.push(communication);
                guest.end_time = None;
                guest.id
            }
            Return::NewParticipant => {
                let new = newcomer(self.dice.uuid(), guest, communication, at);
                let id = new.id;
                kept.truth.participants.push(new);
                id
            }
        };
        kept.truth.end_time = None;
        kept.remember(at);
        self.ledger.reconnected();
        let leg = LegId { conversation, participant, communication: id };
        self.guest_came_back(before, leg, at);
        self.chat_came_back(before, leg, at);
        self.announce(&[leg], false, at);
        Ok(leg)
    }
}

fn connected(id: Uuid, at: Timestamp) -> Communication {
    Communication {
        id,
        state: CommunicationState::Connected,
        connected_time: at,
        disconnected_time: None,
        disconnect_type: None,
        peer_id: None,
        after_call_work: AfterCallWork::NotApplicable,
    }
}

fn newcomer(id: Uuid, like: &Participant, communication: Communication, at: Timestamp) -> Participant {
    Participant {
        id,
        purpose: Purpose::Customer,
        name: like.name.clone(),
        user_id: None,
        queue_id: None,
        connected_time: at,
        end_time: None,
        wrap_up_required: false,
        start_acw_time: None,
        end_acw_time: None,
        wrap_up: None,
        communications: vec![communication],
    }
}
