//! The operations that the simulated service knows, as a table, under the names that the vendor's SDKs give them.
//!
//! The vendor has no names for what only the dialect `webchat` has (its paths are in no SDK); these are made in the same way.

use serde::{Deserialize, Serialize};

/// One operation of the platform, login or guest API.
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
    /// `GET /api/v2/webdeployments/deployments/{deploymentId}`.
    GetWebdeploymentsDeployment,
    /// `GET /api/v2/webdeployments/configurations/{configurationId}/versions/{versionId}`.
    GetWebdeploymentsConfigurationVersion,
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
    /// `GET /api/v2/conversations/chats/{conversationId}`.
    GetConversationsChat,
    /// `PATCH /api/v2/conversations/chats/{conversationId}`.
    PatchConversationsChat,
    /// `PATCH /api/v2/conversations/chats/{conversationId}/participants/{participantId}`.
    PatchConversationsChatParticipant,
    /// `PATCH /api/v2/conversations/chats/{c}/participants/{p}/communications/{communicationId}`.
    PatchConversationsChatParticipantCommunication,
    /// `GET /api/v2/conversations/webchat/{conversationId}`.
    GetConversationsWebchat,
    /// `PATCH /api/v2/conversations/webchat/{conversationId}`.
    PatchConversationsWebchat,
    /// `PATCH /api/v2/conversations/webchat/{conversationId}/participants/{participantId}`.
    PatchConversationsWebchatParticipant,
    /// `POST /api/v2/conversations/webchat/{conversationId}/participants`.
    PostConversationsWebchatParticipants,
    /// `GET` on a conversation's event stream in `webchat`, with an upgrade to WebSocket.
    GetConversationsWebchatEventstream,
    /// A `CONVERSATION_UPDATE` frame on that stream.
    SendConversationUpdate,
    /// `POST /api/v2/webchat/guest/conversations`.
    PostWebchatGuestConversations,
    /// `GET /api/v2/webchat/guest/conversations/{conversationId}/members`.
    GetWebchatGuestConversationMembers,
    /// `GET /api/v2/webchat/guest/conversations/{conversationId}/members/{memberId}`.
    GetWebchatGuestConversationMember,
    /// `DELETE /api/v2/webchat/guest/conversations/{conversationId}/members/{memberId}`.
    DeleteWebchatGuestConversationMember,
    /// `POST /api/v2/webchat/guest/conversations/{conversationId}/members/{memberId}/messages`.
    PostWebchatGuestConversationMemberMessages,
    /// `POST /api/v2/webchat/guest/conversations/{conversationId}/members/{memberId}/typing`.
    PostWebchatGuestConversationMemberTyping,
    /// `GET /api/v2/webchat/guest/conversations/{conversationId}/messages`.
    GetWebchatGuestConversationMessages,
    /// `GET /api/v2/webchat/guest/conversations/{conversationId}/mediarequests`.
    GetWebchatGuestConversationMediarequests,
    /// Any other path or method.
    Unknown,
}

/// What an operation may do to a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writes {
    /// Nothing.
    Nothing,
    /// Ends legs.
    Legs,
    /// Ends the conversation in the ordinary way.
    Wrapper,
    /// Tears the conversation down.
    ByForce,
    /// Ends nothing, and makes the guest believe so.
    Signal,
}

/// Which paths are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offered {
    /// In every world.
    Always,
    /// Where legacy web chat is.
    LegacyChats,
    /// Where the dialect `webchat` is.
    Webchat,
    /// Where either of them is: its guests are the same.
    Chats,
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
struct Row {
    offered: Offered,
    writes: Writes,
    /// The permissions of which a client needs one, as the vendor's documentation lists them ("requires ANY of").
    any: &'static [&'static str],
    /// The status of an answer that is no refusal.
    status: u16,
}

impl Row {
    /// Reads and the like.
    const PLAIN: Self = Self { offered: Offered::Always, writes: Writes::Nothing, any: &[], status: 200 };

    const fn only(self, offered: Offered) -> Self {
        Self { offered, ..self }
    }

    const fn writing(writes: Writes, status: u16) -> Self {
        Self { writes, status, ..Self::PLAIN }
    }

    const fn any(self, any: &'static [&'static str]) -> Self {
        Self { any, ..self }
    }
}

const DISCONNECT: &[&str] = &["conversation:communication:disconnect"];
const PARTICIPANT: &[&str] = &["conversation:participant:wrapup", "conversation:call:record", "conversation:communication:disconnect"];
const STREAM: &[&str] = &["conversation:webchat:write", "conversations:write"];
/// The scopes that the original thread names; they exist nowhere else.
const WEBCHAT_WRITE: &[&str] = &["conversation:webchat:write"];
const CONVERSATIONS_WRITE: &[&str] = &["conversations:write"];

impl Operation {
    /// The table. What the dialect `webchat` answers on success is inferred.
    const fn row(self) -> Row {
        use Offered::{Chats, LegacyChats, Webchat};
        use Writes::{ByForce, Legs, Signal, Wrapper};
        match self {
            Self::GetConversation => Row::PLAIN.any(&["conversation:communication:view"]),
            Self::DeleteConversation => Row::writing(Wrapper, 204).any(DISCONNECT),
            Self::PatchConversationParticipant => Row::writing(Legs, 202).any(PARTICIPANT),
            Self::PostConversationDisconnect => Row::writing(ByForce, 202).any(DISCONNECT),
            Self::PatchConversationsMessage => {
                Row::writing(Wrapper, 200).any(&["conversation:communication:disconnect", "conversation:message:park"])
            }
            Self::PatchConversationsMessageParticipant => Row::writing(Legs, 202).any(PARTICIPANT),
            Self::PatchConversationsMessageParticipantCommunication => Row::writing(Legs, 200),
            Self::GetConversationsChat => Row::PLAIN.only(LegacyChats),
            Self::PatchConversationsChat => Row::writing(Wrapper, 200).any(DISCONNECT).only(LegacyChats),
            Self::PatchConversationsChatParticipant => Row::writing(Legs, 202).any(PARTICIPANT).only(LegacyChats),
            Self::PatchConversationsChatParticipantCommunication => Row::writing(Legs, 200).only(LegacyChats),
            Self::GetConversationsWebchat => Row::PLAIN.only(Webchat),
            Self::PatchConversationsWebchat => Row::writing(Wrapper, 200).any(WEBCHAT_WRITE).only(Webchat),
            Self::PatchConversationsWebchatParticipant => Row::writing(Legs, 202).any(WEBCHAT_WRITE).only(Webchat),
            Self::PostConversationsWebchatParticipants => Row::writing(Legs, 202).any(CONVERSATIONS_WRITE).only(Webchat),
            Self::GetConversationsWebchatEventstream => Row::PLAIN.any(STREAM).only(Webchat),
            Self::SendConversationUpdate => Row::writing(Signal, 200).any(STREAM).only(Webchat),
            Self::DeleteWebchatGuestConversationMember => Row { status: 204, ..Row::PLAIN }.only(Chats),
            Self::PostWebchatGuestConversations
            | Self::GetWebchatGuestConversationMembers
            | Self::GetWebchatGuestConversationMember
            | Self::PostWebchatGuestConversationMemberMessages
            | Self::PostWebchatGuestConversationMemberTyping
            | Self::GetWebchatGuestConversationMessages
            | Self::GetWebchatGuestConversationMediarequests => Row::PLAIN.only(Chats),
            Self::GetWebdeploymentsDeployment => Row::PLAIN.any(&["webDeployments:deployment:view"]),
            Self::GetWebdeploymentsConfigurationVersion => Row::PLAIN.any(&["webDeployments:configuration:view"]),
            Self::PostOauthToken
            | Self::GetTokensMe
            | Self::HeadTokensMe
            | Self::DeleteTokensMe
            | Self::GetOrganizationsMe
            | Self::GetConversationsMessage
            | Self::PostNotificationsChannels
            | Self::GetNotificationsChannels
            | Self::HeadNotificationsChannel
            | Self::GetNotificationsChannelSubscriptions
            | Self::PutNotificationsChannelSubscriptions
            | Self::PostNotificationsChannelSubscriptions
            | Self::DeleteNotificationsChannelSubscriptions
            | Self::GetNotificationsAvailabletopics
            | Self::Unknown => Row::PLAIN,
        }
    }

    /// The permissions of which a client needs one; none means that the operation asks for no permission.
    #[must_use]
    pub const fn any_permission(self) -> &'static [&'static str] {
        self.row().any
    }

    /// The status of an answer that is no refusal.
    #[must_use]
    pub const fn ok_status(self) -> u16 {
        self.row().status
    }

    /// Whether what is accepted takes effect later: what is answered 202 does.
    #[must_use]
    pub const fn is_asynchronous(self) -> bool {
        self.row().status == 202
    }

    /// Whether the operation can change a conversation (an *external write*).
    #[must_use]
    pub const fn is_write(self) -> bool {
        !matches!(self.row().writes, Writes::Nothing)
    }

    /// Whether the operation closes a whole conversation in the ordinary way (a teardown is counted apart).
    #[must_use]
    pub const fn closes_wrapper(self) -> bool {
        matches!(self.row().writes, Writes::Wrapper)
    }

    /// Where it is served.
    pub(super) const fn offered(self) -> Offered {
        self.row().offered
    }
}
