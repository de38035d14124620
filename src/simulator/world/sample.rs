//! Conversations and worlds that tests need again and again, made of small numbers.

use jiff::Timestamp;
use uuid::Uuid;

use super::behaviour::{Overrides, Paths};
use super::record::LegId;
use super::spec::{ClientSpec, ClientState, CommunicationSpec, ConversationSpec, OrganizationSpec, ParticipantSpec, WorldSpec};
use super::words::{CommunicationState, Media, Purpose};

/// The client id of [`world`].
pub const CLIENT_ID: &str = "00000000-0000-4000-8000-00000000c11e";
/// The client secret of [`world`].
pub const CLIENT_SECRET: &str = "not-a-secret";
/// The organization of [`world`].
pub const ORGANIZATION: Uuid = Uuid::from_u128(0x0000_0000_0000_4000_8000_0000_0000_0016);

/// A readable id: the conversation's number, the participant's place, the communication's place.
fn id(conversation: u32, participant: usize, communication: usize) -> Uuid {
    let tail = (u128::from(conversation) << 16) | ((participant as u128) << 8) | communication as u128;
    Uuid::from_u128((0x5E55_4000_8000_u128 << 64) | (0x8000_u128 << 48) | tail)
}

/// A world with these conversations and one client that has every permission that matters; where one of them is a chat, the
/// paths of legacy web chat and those of `webchat` are served.
#[must_use]
pub fn world(conversations: Vec<ConversationSpec>) -> WorldSpec {
    let chats = if conversations.iter().any(|c| c.media == Media::Chat) { Paths::Served } else { Paths::Removed };
    WorldSpec {
        organization: OrganizationSpec { id: ORGANIZATION, name: "Simulated".into() },
        seed: 1,
        clients: vec![client()],
        behaviour: super::Behaviour { legacy_chats: chats, webchat: chats, ..super::Behaviour::default() },
        faults: Vec::new(),
        gateway_prefixes: vec!["/login".into(), "/platform".into()],
        deployments: vec![super::DeploymentSpec::new(super::DEFAULT_DEPLOYMENT)],
        push_targets: Vec::new(),
        conversations,
    }
}

/// The client of [`world`].
#[must_use]
pub fn client() -> ClientSpec {
    let permissions =
        ["conversation:communication:view", "conversation:communication:disconnect", "conversation:webchat:write", "conversations:write"];
    ClientSpec {
        id: CLIENT_ID.into(),
        secret: CLIENT_SECRET.into(),
        name: "test".into(),
        permissions: permissions.map(String::from).into(),
        divisions: std::collections::BTreeSet::new(),
        state: ClientState::Active,
        token_lifetime_seconds: 86_400,
    }
}

impl ConversationSpec {
    /// The usual conversation number `n`: one guest, a workflow, a queue and an agent, all connected.
    #[must_use]
    pub fn usual(n: u32) -> Self {
        Self::of(n, &[Purpose::Customer, Purpose::Workflow, Purpose::Acd, Purpose::Agent])
    }

    /// Conversation number `n` with one connected communication for each of these.
    #[must_use]
    pub fn of(n: u32, purposes: &[Purpose]) -> Self {
        let participants = purposes.iter().enumerate().map(|(place, purpose)| participant(n, place + 1, *purpose)).collect();
        Self {
            id: id(n, 0, 0),
            story: String::new(),
            division: Uuid::nil(),
            media: Media::Message,
            message_type: super::MessageType::Webmessaging,
            start_time: None,
            participants,
            overrides: Overrides::default(),
        }
    }

    /// The same as a legacy web chat.
    #[must_use]
    pub fn as_chat(mut self) -> Self {
        self.media = Media::Chat;
        self
    }

    /// The same with every communication in this state.
    #[must_use]
    pub fn all_in(mut self, state: CommunicationState) -> Self {
        for communication in self.participants.iter_mut().flat_map(|p| &mut p.communications) {
            communication.state = state;
        }
        self
    }

    /// The same with agents that must wrap up.
    #[must_use]
    pub fn with_wrap_up(mut self) -> Self {
        for agent in self.participants.iter_mut().filter(|p| p.purpose == Purpose::Agent) {
            agent.wrap_up_required = true;
        }
        self
    }

    /// The same in another division.
    #[must_use]
    pub fn in_division(mut self, division: Uuid) -> Self {
        self.division = division;
        self
    }

    /// The same, behaving differently.
    #[must_use]
    pub fn overriding(mut self, overrides: Overrides) -> Self {
        self.overrides = overrides;
        self
    }

    /// The same with this widget in front of every guest.
    #[must_use]
    pub fn with_widget(mut self, widget: &super::WidgetSpec) -> Self {
        for guest in self.participants.iter_mut().filter(|p| p.purpose.is_guest()) {
            guest.widget = Some(widget.clone());
        }
        self
    }

    /// The guests' legs, in order.
    #[must_use]
    pub fn guest_legs(&self) -> Vec<LegId> {
        self.legs_of(|purpose| purpose.is_guest())
    }

    /// The legs of participants with such a purpose, in order.
    pub fn legs_of(&self, test: impl Fn(Purpose) -> bool) -> Vec<LegId> {
        let chosen = self.participants.iter().filter(|p| test(p.purpose));
        chosen
            .flat_map(|p| p.communications.iter().map(|c| LegId { conversation: self.id, participant: p.id, communication: c.id }))
            .collect()
    }
}

fn participant(n: u32, place: usize, purpose: Purpose) -> ParticipantSpec {
    plain_participant(id(n, place, 0), purpose, id(n, place, 1), None)
}

/// A participant with one connected communication and nothing else to tell.
pub(super) fn plain_participant(id: Uuid, purpose: Purpose, communication: Uuid, connected_time: Option<Timestamp>) -> ParticipantSpec {
    let state = CommunicationState::Connected;
    ParticipantSpec {
        id,
        purpose,
        name: String::new(),
        user_id: None,
        queue_id: None,
        wrap_up_required: false,
        widget: None,
        communications: vec![CommunicationSpec { id: communication, state, connected_time, disconnected_time: None }],
    }
}
