//! One request to the platform API, parsed.

use uuid::Uuid;

use super::guest::DeploymentPart;
use super::notify::NotificationRequest;
use super::operation::Operation;
use super::words::Media;

/// Which family of paths a request uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// `/api/v2/conversations/…`, for all media.
    Neutral,
    /// `/api/v2/conversations/messages/…`.
    Message,
    /// `/api/v2/conversations/chats/…`: legacy web chat.
    Chat,
    /// `/api/v2/conversations/webchat/…`: what the original thread describes and no SDK has.
    Webchat,
}

impl Family {
    /// Whether conversations of this medium are met under these paths (that those of another answer 404 is assumed).
    pub(super) const fn shows(self, media: Media) -> bool {
        match (self, media) {
            (Self::Neutral, Media::Message | Media::Chat) | (Self::Message, Media::Message) => true,
            (Self::Chat | Self::Webchat, Media::Chat) => true,
            (Self::Message, Media::Chat) | (Self::Chat | Self::Webchat, Media::Message) => false,
        }
    }

    const fn read(self) -> Operation {
        match self {
            Self::Neutral => Operation::GetConversation,
            Self::Message => Operation::GetConversationsMessage,
            Self::Chat => Operation::GetConversationsChat,
            Self::Webchat => Operation::GetConversationsWebchat,
        }
    }

    const fn patch_participant(self) -> Operation {
        match self {
            Self::Neutral => Operation::PatchConversationParticipant,
            Self::Message => Operation::PatchConversationsMessageParticipant,
            Self::Chat => Operation::PatchConversationsChatParticipant,
            Self::Webchat => Operation::PatchConversationsWebchatParticipant,
        }
    }

    /// There is none for all media, and none in `webchat`.
    const fn patch_communication(self) -> Operation {
        match self {
            Self::Message => Operation::PatchConversationsMessageParticipantCommunication,
            Self::Chat => Operation::PatchConversationsChatParticipantCommunication,
            Self::Neutral | Self::Webchat => Operation::Unknown,
        }
    }

    /// There is none for all media.
    const fn patch_conversation(self) -> Operation {
        match self {
            Self::Message => Operation::PatchConversationsMessage,
            Self::Chat => Operation::PatchConversationsChat,
            Self::Webchat => Operation::PatchConversationsWebchat,
            Self::Neutral => Operation::Unknown,
        }
    }
}

/// What the body of a PATCH asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Change {
    /// `state: disconnected`, or in the words of `webchat` `closed`, in any case of letters.
    Disconnect,
    /// No state: accepted by the participant operations of real paths, and nothing happens.
    Nothing,
    /// A state that cannot be asked for.
    Other(String),
    /// A body that is no JSON object; the text says why.
    Unreadable(String),
}

/// One request to the platform API, parsed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Request {
    /// Asks who the token belongs to.
    ReadToken,
    /// Asks whether the token is good.
    CheckToken,
    /// Makes the token void.
    RevokeToken,
    /// Asks for the organization.
    ReadOrganization,
    /// Reads a deployment or its configuration.
    ReadDeployment {
        /// The id of the deployment, or of the configuration.
        id: Uuid,
        /// Which of the two.
        part: DeploymentPart,
    },
    /// Reads a conversation.
    Read {
        /// The conversation.
        conversation: Uuid,
        /// The shape of the answer.
        family: Family,
    },
    /// Changes a participant.
    PatchParticipant {
        /// The conversation.
        conversation: Uuid,
        /// The participant.
        participant: Uuid,
        /// What is asked for.
        change: Change,
        /// The path used.
        family: Family,
    },
    /// Changes one communication.
    PatchCommunication {
        /// The conversation.
        conversation: Uuid,
        /// The participant.
        participant: Uuid,
        /// The communication.
        communication: Uuid,
        /// What is asked for.
        change: Change,
        /// The path used.
        family: Family,
    },
    /// Changes the participant whom the body names (`POST …/webchat/{conversationId}/participants`).
    PostParticipants {
        /// The conversation.
        conversation: Uuid,
        /// The participant; nil when the body is unreadable, as the change then says.
        participant: Uuid,
        /// What is asked for.
        change: Change,
    },
    /// Changes the wrapper.
    PatchConversation {
        /// The conversation.
        conversation: Uuid,
        /// What is asked for.
        change: Change,
        /// The path used.
        family: Family,
    },
    /// Opens the event stream of a conversation (`webchat`).
    OpenStream {
        /// The conversation.
        conversation: Uuid,
    },
    /// Tells a guest that the chat is closed, over that stream: `CONVERSATION_UPDATE`.
    Signal {
        /// The conversation.
        conversation: Uuid,
        /// The participant; nil when the frame is unreadable, as the change then says.
        participant: Uuid,
        /// What is told.
        change: Change,
    },
    /// Disconnects all participants.
    Delete {
        /// The conversation.
        conversation: Uuid,
    },
    /// Tears the conversation down by force, with a system wrap-up.
    Teardown {
        /// The conversation.
        conversation: Uuid,
    },
    /// Asks the notification service for something.
    Notification(NotificationRequest),
}

impl Request {
    /// The operation that the request is.
    #[must_use]
    pub const fn operation(&self) -> Operation {
        match self {
            Self::ReadToken => Operation::GetTokensMe,
            Self::CheckToken => Operation::HeadTokensMe,
            Self::RevokeToken => Operation::DeleteTokensMe,
            Self::ReadOrganization => Operation::GetOrganizationsMe,
            Self::ReadDeployment { part: DeploymentPart::Deployment, .. } => Operation::GetWebdeploymentsDeployment,
            Self::ReadDeployment { part: DeploymentPart::Configuration { .. }, .. } => Operation::GetWebdeploymentsConfigurationVersion,
            Self::Read { family, .. } => family.read(),
            Self::PatchParticipant { family, .. } => family.patch_participant(),
            Self::PatchCommunication { family, .. } => family.patch_communication(),
            Self::PostParticipants { .. } => Operation::PostConversationsWebchatParticipants,
            Self::PatchConversation { family, .. } => family.patch_conversation(),
            Self::OpenStream { .. } => Operation::GetConversationsWebchatEventstream,
            Self::Signal { .. } => Operation::SendConversationUpdate,
            Self::Delete { .. } => Operation::DeleteConversation,
            Self::Teardown { .. } => Operation::PostConversationDisconnect,
            Self::Notification(request) => request.operation(),
        }
    }

    /// The conversation that the request is about.
    #[must_use]
    pub const fn conversation(&self) -> Option<Uuid> {
        match self {
            Self::ReadToken
            | Self::CheckToken
            | Self::RevokeToken
            | Self::ReadOrganization
            | Self::ReadDeployment { .. }
            | Self::Notification(_) => None,
            Self::Read { conversation, .. }
            | Self::PatchParticipant { conversation, .. }
            | Self::PatchCommunication { conversation, .. }
            | Self::PostParticipants { conversation, .. }
            | Self::PatchConversation { conversation, .. }
            | Self::OpenStream { conversation }
            | Self::Signal { conversation, .. }
            | Self::Delete { conversation }
            | Self::Teardown { conversation } => Some(*conversation),
        }
    }

    /// Whether the request can change a conversation (an *external write*).
    #[must_use]
    pub const fn is_write(&self) -> bool {
        self.operation().is_write()
    }

    /// The family of the path, when it is of one.
    pub(super) const fn family(&self) -> Option<Family> {
        match self {
            Self::Read { family, .. }
            | Self::PatchParticipant { family, .. }
            | Self::PatchCommunication { family, .. }
            | Self::PatchConversation { family, .. } => Some(*family),
            Self::PostParticipants { .. } | Self::OpenStream { .. } | Self::Signal { .. } => Some(Family::Webchat),
            Self::ReadToken
            | Self::CheckToken
            | Self::RevokeToken
            | Self::ReadOrganization
            | Self::ReadDeployment { .. }
            | Self::Delete { .. }
            | Self::Teardown { .. }
            | Self::Notification(_) => None,
        }
    }

    /// What the body asks for; requests without a body that matters ask for the end.
    #[must_use]
    pub fn change(&self) -> Change {
        match self {
            Self::PatchParticipant { change, .. }
            | Self::PatchCommunication { change, .. }
            | Self::PostParticipants { change, .. }
            | Self::Signal { change, .. }
            | Self::PatchConversation { change, .. } => change.clone(),
            Self::Delete { .. } | Self::Teardown { .. } => Change::Disconnect,
            Self::ReadToken
            | Self::CheckToken
            | Self::RevokeToken
            | Self::ReadOrganization
            | Self::ReadDeployment { .. }
            | Self::Notification(_)
            | Self::OpenStream { .. }
            | Self::Read { .. } => Change::Nothing,
        }
    }
}
