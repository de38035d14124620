//! The dialects of the API as small tables: which request is which operation.

use std::borrow::Cow;

use reqwest::Method;
use uuid::Uuid;

use crate::plan::Write;
use crate::termination::{Address, Effect};

/// One kind of request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Asks for a token.
    Login,
    /// Asks which organization a token belongs to.
    ReadToken,
    /// Reads a conversation.
    ReadConversation,
    /// Closes a guest leg by its participant.
    CloseParticipant,
    /// Closes a guest leg by its communication.
    CloseCommunication,
    /// Closes a conversation.
    CloseWrapper,
    /// Tears a conversation down by force.
    Teardown,
    /// Makes a notification channel.
    CreateChannel,
    /// Puts topics on a notification channel in the place of all that were on it.
    ReplaceTopics,
    /// Puts more topics on a notification channel.
    AddTopics,
    /// Asks which topics there are, and on which transports they flow.
    ListTopics,
    /// Reads a deployment.
    ReadDeployment,
    /// Reads a version of a deployment's configuration.
    ReadConfiguration,
}

impl Operation {
    /// Its name as a metric's label, and in logs.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::ReadToken => "read_token",
            Self::ReadConversation => "read_conversation",
            Self::CloseParticipant => "close_participant",
            Self::CloseCommunication => "close_communication",
            Self::CloseWrapper => "close_wrapper",
            Self::Teardown => "teardown",
            Self::CreateChannel => "create_channel",
            Self::ReplaceTopics => "replace_topics",
            Self::AddTopics => "add_topics",
            Self::ListTopics => "list_topics",
            Self::ReadDeployment => "read_deployment",
            Self::ReadConfiguration => "read_configuration",
        }
    }

    /// Whether it can change a conversation.
    #[must_use]
    pub const fn is_write(self) -> bool {
        match self {
            Self::Login | Self::ReadToken | Self::ReadConversation => false,
            Self::CreateChannel | Self::ReplaceTopics | Self::AddTopics | Self::ListTopics => false,
            Self::ReadDeployment | Self::ReadConfiguration => false,
            Self::CloseParticipant | Self::CloseCommunication | Self::CloseWrapper | Self::Teardown => true,
        }
    }

    /// What is done, for messages to people.
    pub(super) const fn doing(self) -> &'static str {
        match self {
            Self::Login => "logging in",
            Self::ReadToken => "checking the organization",
            Self::ReadConversation => "reading the conversation",
            Self::CloseParticipant | Self::CloseCommunication => "closing the guest leg",
            Self::CloseWrapper => "closing the conversation",
            Self::Teardown => "tearing the conversation down",
            Self::CreateChannel => "making a notification channel",
            Self::ReplaceTopics | Self::AddTopics => "subscribing to events",
            Self::ListTopics => "asking which events there are",
            Self::ReadDeployment => "reading the deployment",
            Self::ReadConfiguration => "reading the deployment's configuration",
        }
    }
}

/// One line of a dialect's table.
#[derive(Clone, Copy, Debug)]
struct Line {
    method: &'static Method,
    /// With `{c}`, `{p}` and `{m}` for the conversation, the participant and the communication.
    path: &'static str,
    body: Option<&'static str>,
}

/// The requests of one dialect.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dialect {
    read: Line,
    close_participant: Line,
    close_communication: Line,
    close_wrapper: Line,
    teardown: Line,
}

/// One request to the platform API, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) operation: Operation,
    pub(super) method: &'static Method,
    pub(super) path: String,
    pub(super) body: Option<Cow<'static, str>>,
}

/// The value that ends something; `connected` and `disconnected` are all that may be sent (confirmed: the SDK's documentation).
const DISCONNECTED: &str = r#"{"state":"disconnected"}"#;

/// Web messaging, the public API (confirmed: PureCloudPlatformClientV2 269.0.0). The read is the one that is the same for all
/// media: the one under `/messages/` has neither `startTime` nor `endTime`.
pub(super) const MESSAGES: Dialect = Dialect {
    read: Line { method: &Method::GET, path: "/api/v2/conversations/{c}", body: None },
    // Answered 202, without a body.
    close_participant: Line {
        method: &Method::PATCH,
        path: "/api/v2/conversations/messages/{c}/participants/{p}",
        body: Some(DISCONNECTED),
    },
    // Answered 200.
    close_communication: Line {
        method: &Method::PATCH,
        path: "/api/v2/conversations/messages/{c}/participants/{p}/communications/{m}",
        body: Some(DISCONNECTED),
    },
    // Answered 200, with the conversation; it is not believed, a read follows.
    close_wrapper: Line { method: &Method::PATCH, path: "/api/v2/conversations/messages/{c}", body: Some(DISCONNECTED) },
    // Answered 202, with a string.
    teardown: Line { method: &Method::POST, path: "/api/v2/conversations/{c}/disconnect", body: None },
};

impl Dialect {
    /// The request that reads a conversation.
    pub(super) fn read(&self, conversation_id: Uuid) -> Request {
        self.read.request(Operation::ReadConversation, conversation_id, Uuid::nil(), Uuid::nil())
    }

    /// The request that is an external write.
    pub(super) fn write(&self, write: &Write) -> Request {
        let Write { conversation_id: c, effect } = *write;
        match effect {
            Effect::CloseGuestLeg { participant_id: p, communication_id: m, address: Address::Participant } => {
                self.close_participant.request(Operation::CloseParticipant, c, p, m)
            }
            Effect::CloseGuestLeg { participant_id: p, communication_id: m, address: Address::Communication } => {
                self.close_communication.request(Operation::CloseCommunication, c, p, m)
            }
            Effect::CloseWrapper => self.close_wrapper.request(Operation::CloseWrapper, c, Uuid::nil(), Uuid::nil()),
            Effect::Teardown => self.teardown.request(Operation::Teardown, c, Uuid::nil(), Uuid::nil()),
        }
    }
}

impl Line {
    fn request(&self, operation: Operation, conversation: Uuid, participant: Uuid, communication: Uuid) -> Request {
        let path = self.path.replace("{c}", &conversation.to_string()).replace("{p}", &participant.to_string());
        let path = path.replace("{m}", &communication.to_string());
        Request { operation, method: self.method, path, body: self.body.map(Cow::Borrowed) }
    }
}

/// The request that asks which organization a token belongs to.
pub(super) fn read_token() -> Request {
    Request { operation: Operation::ReadToken, method: &Method::GET, path: "/api/v2/tokens/me".into(), body: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_effect_is_its_own_request() {
        let [c, p, m] = [1, 2, 3].map(Uuid::from_u128);
        let leg = |address| Effect::CloseGuestLeg { participant_id: p, communication_id: m, address };
        let body = Some(r#"{"state":"disconnected"}"#);
        for (effect, method, path, body) in [
            (leg(Address::Participant), "PATCH", format!("/api/v2/conversations/messages/{c}/participants/{p}"), body),
            (leg(Address::Communication), "PATCH", format!("/api/v2/conversations/messages/{c}/participants/{p}/communications/{m}"), body),
            (Effect::CloseWrapper, "PATCH", format!("/api/v2/conversations/messages/{c}"), body),
            (Effect::Teardown, "POST", format!("/api/v2/conversations/{c}/disconnect"), None),
        ] {
            let request = MESSAGES.write(&Write { conversation_id: c, effect });
            assert_eq!((request.method.as_str(), request.path, request.body.as_deref()), (method, path, body));
            assert!(request.operation.is_write());
        }
        let read = MESSAGES.read(c);
        assert_eq!((read.method.as_str(), read.path), ("GET", format!("/api/v2/conversations/{c}")));
        assert!(!read.operation.is_write());
    }
}
