//! The kinds of requests, whatever the dialect.

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
    /// Tells the guest, on the conversation's event stream, that the chat is closed.
    SignalGuest,
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
            Self::SignalGuest => "signal_guest",
            Self::CreateChannel => "create_channel",
            Self::ReplaceTopics => "replace_topics",
            Self::AddTopics => "add_topics",
            Self::ListTopics => "list_topics",
            Self::ReadDeployment => "read_deployment",
            Self::ReadConfiguration => "read_configuration",
        }
    }

    /// Whether it can change a conversation, or what its guest sees of it.
    #[must_use]
    pub const fn is_write(self) -> bool {
        match self {
            Self::Login | Self::ReadToken | Self::ReadConversation => false,
            Self::CreateChannel | Self::ReplaceTopics | Self::AddTopics | Self::ListTopics => false,
            Self::ReadDeployment | Self::ReadConfiguration => false,
            Self::CloseParticipant | Self::CloseCommunication | Self::CloseWrapper | Self::Teardown | Self::SignalGuest => true,
        }
    }

    /// What is done, for messages to people.
    pub(in crate::genesys) const fn doing(self) -> &'static str {
        match self {
            Self::Login => "logging in",
            Self::ReadToken => "checking the organization",
            Self::ReadConversation => "reading the conversation",
            Self::CloseParticipant | Self::CloseCommunication => "closing the guest leg",
            Self::CloseWrapper => "closing the conversation",
            Self::Teardown => "tearing the conversation down",
            Self::SignalGuest => "telling the guest",
            Self::CreateChannel => "making a notification channel",
            Self::ReplaceTopics | Self::AddTopics => "subscribing to events",
            Self::ListTopics => "asking which events there are",
            Self::ReadDeployment => "reading the deployment",
            Self::ReadConfiguration => "reading the deployment's configuration",
        }
    }
}
