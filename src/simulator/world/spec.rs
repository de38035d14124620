//! What a world is made of, as a person writes it down (YAML, camelCase, unknown fields refused).

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::behaviour::{Behaviour, Overrides};
use super::fault::FaultRule;
use super::guest::{DeploymentSpec, WidgetSpec, default_deployments};
use super::push::PushTarget;
use super::words::{CommunicationState, Media, MessageType, Purpose};

/// A whole world: one organization, the OAuth clients that may enter it, and its conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorldSpec {
    /// The organization that tokens belong to.
    pub organization: OrganizationSpec,
    /// Where chance starts; equal seeds and equal requests give equal worlds.
    #[serde(default)]
    pub seed: u64,
    /// The OAuth clients (client credentials grant) that may ask for tokens.
    #[serde(default)]
    pub clients: Vec<ClientSpec>,
    /// How the service behaves where it has a choice or where the real one is not known.
    #[serde(default)]
    pub behaviour: Behaviour,
    /// What goes wrong, how often; the first rule that fires decides.
    #[serde(default)]
    pub faults: Vec<FaultRule>,
    /// Path prefixes under which the whole service answers besides `/`, as an API gateway in front of it would have them.
    #[serde(default = "default_prefixes")]
    pub gateway_prefixes: Vec<String>,
    /// The web messaging deployments; without any there is one, on which guests are not told when a conversation is ended.
    #[serde(default = "default_deployments")]
    pub deployments: Vec<DeploymentSpec>,
    /// Where events are pushed to, as EventBridge would.
    #[serde(default)]
    pub push_targets: Vec<PushTarget>,
    /// The conversations that exist when the world begins.
    #[serde(default)]
    pub conversations: Vec<ConversationSpec>,
}

/// The prefixes that the vendor's SDKs use in their gateway examples.
fn default_prefixes() -> Vec<String> {
    vec!["/login".into(), "/platform".into()]
}

/// An organization as `GET /api/v2/tokens/me` and `GET /api/v2/organizations/me` name it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OrganizationSpec {
    /// The id that clients compare with the one they expect.
    pub id: Uuid,
    /// A name for people.
    pub name: String,
}

/// One OAuth client of the grant type client credentials.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ClientSpec {
    /// The client id; a UUID on the real service, any text here.
    pub id: String,
    /// The client secret, in clear text: nothing in a simulated world is worth protecting.
    pub secret: String,
    /// A name for people.
    #[serde(default)]
    pub name: String,
    /// The permission strings of the client's roles, such as `conversation:communication:disconnect`.
    #[serde(default)]
    pub permissions: BTreeSet<String>,
    /// The divisions whose conversations the client may see; empty means all of them.
    #[serde(default)]
    pub divisions: BTreeSet<Uuid>,
    /// Whether the client may have tokens.
    #[serde(default)]
    pub state: ClientState,
    /// How long a token lives, in seconds; the real service allows 300 to 172 800 and defaults to 86 400.
    #[serde(default = "default_lifetime")]
    pub token_lifetime_seconds: u32,
}

fn default_lifetime() -> u32 {
    86_400
}

/// Whether an OAuth client may have tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClientState {
    /// Gives tokens.
    #[default]
    Active,
    /// Gives no token, and the tokens that it gave are void (confirmed of the real service).
    Disabled,
    /// Gives no token; the tokens that it gave live on (not known of the real service).
    Inactive,
}

/// One conversation (the *wrapper*) and its legs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConversationSpec {
    /// The conversation's id.
    pub id: Uuid,
    /// What this conversation is here to show, in one sentence; the demo prints it.
    #[serde(default)]
    pub story: String,
    /// The division that the conversation belongs to; nil stands for the home division.
    #[serde(default)]
    pub division: Uuid,
    /// What it is held over: `message`, or `chat` for the dialects `chats` and `webchat`.
    #[serde(default)]
    pub media: Media,
    /// The messaging platform that the guest uses, for one that is held over messages.
    #[serde(default)]
    pub message_type: MessageType,
    /// When it began; by default the first leg's `connectedTime`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Timestamp>,
    /// Who takes part.
    pub participants: Vec<ParticipantSpec>,
    /// Where this conversation behaves differently from the rest of the world.
    #[serde(default)]
    pub overrides: Overrides,
}

/// One participant of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ParticipantSpec {
    /// The participant's id.
    pub id: Uuid,
    /// What the participant is here for; `customer` and `external` are guests.
    pub purpose: Purpose,
    /// A name for people.
    #[serde(default)]
    pub name: String,
    /// The user behind an agent's leg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Uuid>,
    /// The queue behind an acd leg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_id: Option<Uuid>,
    /// Whether this participant stays in after-call work when the communication ends (agents only).
    #[serde(default)]
    pub wrap_up_required: bool,
    /// The widget in front of a guest; without it, a person or a test can take the guest's place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub widget: Option<WidgetSpec>,
    /// The participant's communications, oldest first.
    pub communications: Vec<CommunicationSpec>,
}

/// One communication of a participant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CommunicationSpec {
    /// The communication's id (events call it `sessionId`).
    pub id: Uuid,
    /// Its state when the world begins.
    #[serde(default)]
    pub state: CommunicationState,
    /// When it connected; by default ten minutes before the world begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected_time: Option<Timestamp>,
    /// When it ended, for one that has; by default one minute after it connected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disconnected_time: Option<Timestamp>,
}

/// What is wrong with a [`WorldSpec`] that parses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// Two conversations carry one id.
    #[error("conversation {0} is there twice; give every conversation an id of its own")]
    DuplicateConversation(Uuid),
    /// Two participants or two communications of one conversation carry one id.
    #[error("conversation {conversation}: the id {id} is there twice; give every participant and communication an id of its own")]
    DuplicateLeg {
        /// The conversation.
        conversation: Uuid,
        /// The id that repeats.
        id: Uuid,
    },
    /// Two OAuth clients carry one id.
    #[error("OAuth client {0} is there twice; give every client an id of its own")]
    DuplicateClient(String),
    /// Two deployments carry one id.
    #[error("deployment {0} is there twice; give every deployment an id of its own")]
    DuplicateDeployment(Uuid),
    /// A widget names a deployment that is not there.
    #[error("conversation {conversation}: the widget's deployment {deployment} is not there; add it to the world's deployments")]
    NoDeployment {
        /// The conversation.
        conversation: Uuid,
        /// The deployment.
        deployment: Uuid,
    },
    /// A push target that cannot be.
    #[error("push target {id}: {mistake}")]
    BadTarget {
        /// The target's id.
        id: String,
        /// What is wrong with it.
        mistake: String,
    },
    /// A gateway prefix that is no path.
    #[error("gateway prefix {0:?} is no path; write it like /platform")]
    BadPrefix(String),
}

impl WorldSpec {
    /// Checks what the types cannot: ids that repeat, prefixes that are no paths.
    ///
    /// # Errors
    /// The first mistake found.
    pub fn check(&self) -> Result<(), SpecError> {
        let mut seen = BTreeSet::new();
        for client in &self.clients {
            if !seen.insert(client.id.as_str()) {
                return Err(SpecError::DuplicateClient(client.id.clone()));
            }
        }
        for prefix in &self.gateway_prefixes {
            if !prefix.starts_with('/') || prefix.ends_with('/') {
                return Err(SpecError::BadPrefix(prefix.clone()));
            }
        }
        let mut deployments = BTreeSet::new();
        for deployment in &self.deployments {
            if !deployments.insert(deployment.id) {
                return Err(SpecError::DuplicateDeployment(deployment.id));
            }
        }
        self.push_targets.iter().try_for_each(PushTarget::check)?;
        let mut ids = BTreeSet::new();
        for conversation in &self.conversations {
            if !ids.insert(conversation.id) {
                return Err(SpecError::DuplicateConversation(conversation.id));
            }
            conversation.check()?;
            let widgets = conversation.participants.iter().filter_map(|p| p.widget.as_ref());
            if let Some(deployment) = widgets.filter_map(|w| w.deployment_id).find(|id| !deployments.contains(id)) {
                return Err(SpecError::NoDeployment { conversation: conversation.id, deployment });
            }
        }
        Ok(())
    }
}

impl ConversationSpec {
    /// Checks that no id of a participant or a communication repeats.
    ///
    /// # Errors
    /// [`SpecError::DuplicateLeg`] with the id that does.
    pub fn check(&self) -> Result<(), SpecError> {
        let mut ids = BTreeSet::new();
        let all = self.participants.iter().flat_map(|p| std::iter::once(p.id).chain(p.communications.iter().map(|c| c.id)));
        for id in all {
            if !ids.insert(id) {
                return Err(SpecError::DuplicateLeg { conversation: self.id, id });
            }
        }
        Ok(())
    }
}
