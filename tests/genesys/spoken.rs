//! The dialects, as the tests of the order go through them: what is spoken, and what the simulator calls it.

use webchat_terminator::genesys::{Client, Dialect, Endpoints, ParticipantClose, Settings, Webchat};
use webchat_terminator::simulator::server::RunningSimulator;
use webchat_terminator::simulator::world::{ConversationSpec, LegId, Operation, sample};

use super::{credentials, settings, start};

/// One way of speaking with the service.
pub(crate) struct Spoken {
    pub(crate) dialect: Dialect,
    pub(crate) read: Operation,
    pub(crate) close: Operation,
    pub(crate) close_wrapper: Operation,
    /// What only some dialects have a request for: the close of one communication, and the teardown.
    pub(crate) more: Option<[Operation; 2]>,
    /// What is needed to read.
    pub(crate) view: Option<&'static str>,
    /// What is needed to close the guest's leg, as the service's 403 names it.
    pub(crate) disconnect: &'static str,
}

const DISCONNECT: &str = "conversation:communication:disconnect";

const VIEW: Option<&str> = Some("conversation:communication:view");

/// Every way.
pub(crate) const EVERY: [Spoken; 4] = [
    Spoken {
        dialect: Dialect::Messages,
        read: Operation::GetConversation,
        close: Operation::PatchConversationsMessageParticipant,
        close_wrapper: Operation::PatchConversationsMessage,
        more: Some([Operation::PatchConversationsMessageParticipantCommunication, Operation::PostConversationDisconnect]),
        view: VIEW,
        disconnect: DISCONNECT,
    },
    Spoken {
        dialect: Dialect::Chats,
        read: Operation::GetConversation,
        close: Operation::PatchConversationsChatParticipant,
        close_wrapper: Operation::PatchConversationsChat,
        more: Some([Operation::PatchConversationsChatParticipantCommunication, Operation::PostConversationDisconnect]),
        view: VIEW,
        disconnect: DISCONNECT,
    },
    Spoken {
        dialect: Dialect::Webchat(Webchat { participant_close: ParticipantClose::Patch, guest_signal: None }),
        read: Operation::GetConversationsWebchat,
        close: Operation::PatchConversationsWebchatParticipant,
        close_wrapper: Operation::PatchConversationsWebchat,
        more: None,
        view: None,
        disconnect: "conversation:webchat:write",
    },
    Spoken {
        dialect: Dialect::Webchat(Webchat { participant_close: ParticipantClose::Post, guest_signal: None }),
        read: Operation::GetConversationsWebchat,
        close: Operation::PostConversationsWebchatParticipants,
        close_wrapper: Operation::PatchConversationsWebchat,
        more: None,
        view: None,
        disconnect: "conversations:write",
    },
];

impl Spoken {
    /// A conversation of the medium that is spoken of.
    pub(crate) fn chat(&self, chat: ConversationSpec) -> ConversationSpec {
        if self.dialect == Dialect::Messages { chat } else { chat.as_chat() }
    }

    /// A simulator with one such conversation, and its guest's leg.
    pub(crate) async fn one(&self, chat: ConversationSpec) -> (RunningSimulator, LegId) {
        let chat = self.chat(chat);
        let leg = chat.guest_legs()[0];
        (start(sample::world(vec![chat])).await, leg)
    }

    /// A simulator with the usual conversation number 1, and its guest's leg.
    pub(crate) async fn usual(&self) -> (RunningSimulator, LegId) {
        self.one(ConversationSpec::usual(1)).await
    }

    pub(crate) fn client(&self, simulator: &RunningSimulator) -> Client {
        self.client_with(simulator, settings())
    }

    pub(crate) fn client_with(&self, simulator: &RunningSimulator, settings: Settings) -> Client {
        let url = simulator.url();
        let endpoints = Endpoints::custom(&url, &url).unwrap();
        Client::new(endpoints, sample::ORGANIZATION, credentials(), self.dialect.clone(), settings).unwrap()
    }

    /// A leg's communication, as the readings of the dialect call it.
    pub(crate) fn communication(&self, leg: LegId) -> uuid::Uuid {
        if self.more.is_some() { leg.communication } else { leg.participant }
    }
}
