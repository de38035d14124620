//! What guests, agents and administrators do, at once or at a time that is known.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::behaviour::{Behaviour, Overrides};
use super::effect::Effect;
use super::fault::{FaultRule, Faults};
use super::record::{AfterCallWork, Communication, CommunicationState, DisconnectType, LegId, Participant, Purpose};
use super::spec::{ClientSpec, ClientState, ConversationSpec, OrganizationSpec, SpecError};
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
        let at = self.now;
        self.come_back(conversation, comes_as, at)
    }

    pub(super) fn take_place(&mut self, happening: Happening, at: Timestamp) -> Result<Option<LegId>, HappeningError> {
        match happening {
            Happening::GuestReconnects { conversation_id, comes_as } => self.come_back(conversation_id, comes_as, at).map(Some),
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
                self.put_conversation(conversation, at);
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

    fn come_back(&mut self, conversation: Uuid, comes_as: Return, at: Timestamp) -> Result<LegId, HappeningError> {
        let kept = self.conversations.get_mut(&conversation).ok_or(HappeningError::NoConversation(conversation))?;
        let guest = kept.truth.participants.iter_mut().rev().find(|p| p.purpose.is_guest()).ok_or(HappeningError::NoGuest(conversation))?;
        let communication = connected(self.dice.uuid(), at);
        let id = communication.id;
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
        Ok(LegId { conversation, participant, communication: id })
    }

    /// Replaces how the world behaves; what is on its way keeps its time.
    pub fn set_behaviour(&mut self, behaviour: Behaviour) {
        self.behaviour = behaviour;
    }

    /// How the world behaves.
    #[must_use]
    pub fn behaviour(&self) -> &Behaviour {
        &self.behaviour
    }

    /// Replaces what goes wrong.
    pub fn set_faults(&mut self, rules: Vec<FaultRule>) {
        self.faults = Faults::new(rules);
    }

    /// What goes wrong, with what is left of each rule.
    #[must_use]
    pub fn faults(&self) -> &[FaultRule] {
        self.faults.rules()
    }

    /// Replaces where one conversation behaves differently.
    ///
    /// # Errors
    /// When there is no such conversation.
    pub fn set_overrides(&mut self, conversation: Uuid, overrides: Overrides) -> Result<(), HappeningError> {
        let kept = self.conversations.get_mut(&conversation).ok_or(HappeningError::NoConversation(conversation))?;
        kept.overrides = overrides;
        Ok(())
    }

    /// Adds an OAuth client, or replaces the one with its id; its tokens stay valid.
    pub fn put_client(&mut self, client: ClientSpec) {
        self.access.put_client(client);
    }

    /// The OAuth clients.
    pub fn clients(&self) -> impl Iterator<Item = &ClientSpec> {
        self.access.clients()
    }

    /// Rotates a client's secret: old tokens stay valid, new ones need the new secret.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn set_secret(&mut self, client: &str, secret: &str) -> Result<(), HappeningError> {
        self.client(client)?.secret = secret.into();
        Ok(())
    }

    /// Replaces a client's permissions, with effect at once.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn set_permissions(&mut self, client: &str, permissions: impl IntoIterator<Item = String>) -> Result<(), HappeningError> {
        self.client(client)?.permissions = permissions.into_iter().collect();
        Ok(())
    }

    /// Changes whether a client may have tokens.
    ///
    /// # Errors
    /// When there is no such client.
    pub fn set_client_state(&mut self, client: &str, state: ClientState) -> Result<(), HappeningError> {
        self.client(client)?.state = state;
        Ok(())
    }

    /// Makes all tokens void, or those of one client.
    pub fn revoke_tokens(&mut self, client: Option<&str>) {
        self.access.revoke_tokens(client);
    }

    /// Starts every token's rate limit afresh.
    pub fn reset_rate_limits(&mut self) {
        self.access.reset_rate_limits();
    }

    /// Changes the organization that tokens are said to belong to.
    pub fn set_organization(&mut self, organization: OrganizationSpec) {
        self.organization = organization;
    }

    /// The organization.
    #[must_use]
    pub fn organization(&self) -> &OrganizationSpec {
        &self.organization
    }

    /// Cuts every client off from the service, or lets them back in.
    pub fn set_unreachable(&mut self, unreachable: bool) {
        self.unreachable = unreachable;
    }

    /// Whether every client is cut off.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        self.unreachable
    }

    /// The path prefixes under which the service answers besides `/`.
    #[must_use]
    pub fn gateway_prefixes(&self) -> &[String] {
        &self.gateway_prefixes
    }

    fn client(&mut self, id: &str) -> Result<&mut ClientSpec, HappeningError> {
        self.access.client_mut(id).ok_or_else(|| HappeningError::NoClient(id.into()))
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
