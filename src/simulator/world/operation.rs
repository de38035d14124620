//! The operations that the simulated service knows, under the names that the vendor's SDKs give them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::notify::NotificationRequest;

/// One operation of the platform or login API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Operation {
    /// `POST /oauth/token`.
    PostOauthToken,
    /// `GET /api/v2/tokens/me`.
    GetTokensMe,
    /// `HEAD /api/v2/tokens/me`.
    HeadTokensMe,
    /// `DELETE /api/v2/tokens/me`.
    DeleteTokensMe,
    /// `GET /api/v2/organizations/me`.
    GetOrganizationsMe,
    /// `GET /api/v2/conversations/{conversationId}`.
    GetConversation,
    /// `DELETE /api/v2/conversations/{conversationId}`.
    DeleteConversation,
    /// `PATCH /api/v2/conversations/{conversationId}/participants/{participantId}`.
    PatchConversationParticipant,
    /// `POST /api/v2/conversations/{conversationId}/disconnect`.
    PostConversationDisconnect,
    /// `GET /api/v2/conversations/messages/{conversationId}`.
    GetConversationsMessage,
    /// `PATCH /api/v2/conversations/messages/{conversationId}`.
    PatchConversationsMessage,
    /// `PATCH /api/v2/conversations/messages/{conversationId}/participants/{participantId}`.
    PatchConversationsMessageParticipant,
    /// `PATCH /api/v2/conversations/messages/{c}/participants/{p}/communications/{communicationId}`.
    PatchConversationsMessageParticipantCommunication,
    /// `POST /api/v2/notifications/channels`.
    PostNotificationsChannels,
    /// `GET /api/v2/notifications/channels`.
    GetNotificationsChannels,
    /// `HEAD /api/v2/notifications/channels/{channelId}`.
    HeadNotificationsChannel,
    /// `GET /api/v2/notifications/channels/{channelId}/subscriptions`.
    GetNotificationsChannelSubscriptions,
    /// `PUT /api/v2/notifications/channels/{channelId}/subscriptions`.
    PutNotificationsChannelSubscriptions,
    /// `POST /api/v2/notifications/channels/{channelId}/subscriptions`.
    PostNotificationsChannelSubscriptions,
    /// `DELETE /api/v2/notifications/channels/{channelId}/subscriptions`.
    DeleteNotificationsChannelSubscriptions,
    /// `GET /api/v2/notifications/availabletopics`.
    GetNotificationsAvailabletopics,
    /// Any other path or method.
    Unknown,
}

impl Operation {
    /// The permissions of which a client needs one; none means that the operation asks for no permission.
    ///
    /// As the vendor's documentation lists them ("requires ANY of").
    #[must_use]
    pub const fn any_permission(self) -> &'static [&'static str] {
        match self {
            Self::GetConversation => &["conversation:communication:view"],
            Self::DeleteConversation | Self::PostConversationDisconnect => &["conversation:communication:disconnect"],
            Self::PatchConversationParticipant | Self::PatchConversationsMessageParticipant => {
                &["conversation:participant:wrapup", "conversation:call:record", "conversation:communication:disconnect"]
            }
            Self::PatchConversationsMessage => &["conversation:communication:disconnect", "conversation:message:park"],
            Self::PostOauthToken
            | Self::GetTokensMe
            | Self::HeadTokensMe
            | Self::DeleteTokensMe
            | Self::GetOrganizationsMe
            | Self::GetConversationsMessage
            | Self::PatchConversationsMessageParticipantCommunication
            | Self::PostNotificationsChannels
            | Self::GetNotificationsChannels
            | Self::HeadNotificationsChannel
            | Self::GetNotificationsChannelSubscriptions
            | Self::PutNotificationsChannelSubscriptions
            | Self::PostNotificationsChannelSubscriptions
            | Self::DeleteNotificationsChannelSubscriptions
            | Self::GetNotificationsAvailabletopics
            | Self::Unknown => &[],
        }
    }

    /// Whether the operation closes a whole conversation in the ordinary way (a teardown is counted apart).
    #[must_use]
    pub const fn closes_wrapper(self) -> bool {
        matches!(self, Self::PatchConversationsMessage | Self::DeleteConversation)
    }
}

/// Which of the two families of paths a request uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// `/api/v2/conversations/…`, for all media.
    Neutral,
    /// `/api/v2/conversations/messages/…`.
    Message,
}

/// What the body of a PATCH asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Change {
    /// `state: disconnected`, in any case of letters.
    Disconnect,
    /// No state: accepted by the participant operation, and nothing happens.
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
    },
    /// Changes the wrapper.
    PatchConversation {
        /// The conversation.
        conversation: Uuid,
        /// What is asked for.
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
            Self::Read { family: Family::Neutral, .. } => Operation::GetConversation,
            Self::Read { family: Family::Message, .. } => Operation::GetConversationsMessage,
            Self::PatchParticipant { family: Family::Neutral, .. } => Operation::PatchConversationParticipant,
            Self::PatchParticipant { family: Family::Message, .. } => Operation::PatchConversationsMessageParticipant,
            Self::PatchCommunication { .. } => Operation::PatchConversationsMessageParticipantCommunication,
            Self::PatchConversation { .. } => Operation::PatchConversationsMessage,
            Self::Delete { .. } => Operation::DeleteConversation,
            Self::Teardown { .. } => Operation::PostConversationDisconnect,
            Self::Notification(request) => request.operation(),
        }
    }

    /// The conversation that the request is about.
    #[must_use]
    pub const fn conversation(&self) -> Option<Uuid> {
        match self {
            Self::ReadToken | Self::CheckToken | Self::RevokeToken | Self::ReadOrganization | Self::Notification(_) => None,
            Self::Read { conversation, .. }
            | Self::PatchParticipant { conversation, .. }
            | Self::PatchCommunication { conversation, .. }
            | Self::PatchConversation { conversation, .. }
            | Self::Delete { conversation }
            | Self::Teardown { conversation } => Some(*conversation),
        }
    }

    /// Whether the request can change a conversation (an *external write*).
    #[must_use]
    pub const fn is_write(&self) -> bool {
        match self {
            Self::ReadToken | Self::CheckToken | Self::RevokeToken | Self::ReadOrganization | Self::Read { .. } | Self::Notification(_) => {
                false
            }
            Self::PatchParticipant { .. }
            | Self::PatchCommunication { .. }
            | Self::PatchConversation { .. }
            | Self::Delete { .. }
            | Self::Teardown { .. } => true,
        }
    }

    /// What the body asks for; requests without a body that matters ask for the end.
    #[must_use]
    pub fn change(&self) -> Change {
        match self {
            Self::PatchParticipant { change, .. } | Self::PatchCommunication { change, .. } | Self::PatchConversation { change, .. } => {
                change.clone()
            }
            Self::Delete { .. } | Self::Teardown { .. } => Change::Disconnect,
            Self::ReadToken | Self::CheckToken | Self::RevokeToken | Self::ReadOrganization | Self::Read { .. } | Self::Notification(_) => {
                Change::Nothing
            }
        }
    }
}
