//! The closed lists of words that the service uses for conversations.

use serde::{Deserialize, Serialize};

/// What a participant is here for (the closed list of the analytics API; the REST API leaves it open).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the vendor's own words, which it does not explain")]
pub enum Purpose {
    Acd,
    Agent,
    Api,
    Botflow,
    Campaign,
    Customer,
    Dialer,
    External,
    Fax,
    Group,
    Inbound,
    Ivr,
    Manual,
    Outbound,
    Station,
    User,
    Voicemail,
    Voicesurveyflow,
    Workflow,
}

impl Purpose {
    /// Whether such a participant is a guest.
    #[must_use]
    pub fn is_guest(self) -> bool {
        self == Self::Customer || self == Self::External
    }
}

/// What a conversation is held over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Media {
    /// Messages: web messaging and the other platforms.
    #[default]
    Message,
    /// Legacy web chat, which the dialects `chats` and `webchat` speak of.
    Chat,
}

/// The messaging platform that the guest uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the vendor's own words, which are product names")]
pub enum MessageType {
    Apple,
    Facebook,
    Instagram,
    Kakao,
    Line,
    Open,
    Sms,
    Telegram,
    Twitter,
    #[default]
    Webmessaging,
    Whatsapp,
    Unknown,
}

/// The state of one communication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CommunicationState {
    /// Offered to somebody, not yet taken.
    Alerting,
    /// Going on.
    #[default]
    Connected,
    /// Set aside by an agent, still live.
    Parked,
    /// Ended.
    Disconnected,
    /// Ended, in the words of other media.
    Terminated,
}

impl CommunicationState {
    /// Whether the communication is live.
    #[must_use]
    pub fn is_live(self) -> bool {
        match self {
            Self::Alerting | Self::Connected | Self::Parked => true,
            Self::Disconnected | Self::Terminated => false,
        }
    }
}

/// Why a communication ended (the subset of the REST enum that this world produces; which one a close by a client
/// credentials token yields is not known).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DisconnectType {
    /// The guest left.
    Endpoint,
    /// A client of the API asked for it.
    Client,
    /// The system did, by force.
    System,
    /// The other side of the leg had ended.
    Peer,
}

/// Where a communication stands in after-call work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AfterCallWork {
    /// There is none to do.
    NotApplicable,
    /// The agent is at it.
    Pending,
    /// Done.
    Complete,
}
