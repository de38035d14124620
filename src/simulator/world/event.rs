//! What the service tells the world outside: one event for every start and every end of a communication.
//!
//! The body is flat, its words are in upper case, its times in milliseconds since the epoch (confirmed: the vendor's models of
//! the detail event topics). Fields that this world has no value for are left out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::record::{Communication, Conversation, LegId, Participant};
use super::words::{DisconnectType, Media, MessageType, Purpose};

/// What happened to whose leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EventKind {
    /// A guest's leg connected.
    #[serde(rename = "customer.start")]
    CustomerStart,
    /// A guest's leg ended.
    #[serde(rename = "customer.end")]
    CustomerEnd,
    /// A queue's leg connected.
    #[serde(rename = "acd.start")]
    AcdStart,
    /// A queue's leg ended.
    #[serde(rename = "acd.end")]
    AcdEnd,
    /// An agent's leg connected.
    #[serde(rename = "user.start")]
    UserStart,
    /// An agent's leg ended.
    #[serde(rename = "user.end")]
    UserEnd,
    /// A flow's leg connected.
    #[serde(rename = "flow.start")]
    FlowStart,
    /// A flow's leg ended.
    #[serde(rename = "flow.end")]
    FlowEnd,
}

/// The beginning of every detail event topic.
const PREFIX: &str = "v2.detail.events.conversation.";

impl EventKind {
    /// All kinds that this world announces.
    pub const ALL: [Self; 8] = [
        Self::CustomerStart,
        Self::CustomerEnd,
        Self::AcdStart,
        Self::AcdEnd,
        Self::UserStart,
        Self::UserEnd,
        Self::FlowStart,
        Self::FlowEnd,
    ];

    /// The end of the topic's name.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::CustomerStart => "customer.start",
            Self::CustomerEnd => "customer.end",
            Self::AcdStart => "acd.start",
            Self::AcdEnd => "acd.end",
            Self::UserStart => "user.start",
            Self::UserEnd => "user.end",
            Self::FlowStart => "flow.start",
            Self::FlowEnd => "flow.end",
        }
    }

    /// The topic for one conversation.
    #[must_use]
    pub fn topic(self, conversation: Uuid) -> String {
        format!("{PREFIX}{conversation}.{}", self.suffix())
    }

    /// The topic with a literal `{id}` in the place of the conversation.
    #[must_use]
    pub fn template(self) -> String {
        format!("{PREFIX}{{id}}.{}", self.suffix())
    }

    /// The conversation and the kind that a topic's name stands for.
    pub(super) fn of_topic(topic: &str) -> Option<(Uuid, Self)> {
        let (id, suffix) = topic.strip_prefix(PREFIX)?.split_once('.')?;
        let kind = Self::ALL.into_iter().find(|kind| kind.suffix() == suffix)?;
        (id.len() == 36).then(|| Uuid::try_parse(id).ok()).flatten().map(|id| (id, kind))
    }

    /// The kind for a leg of this purpose; other parties than these are not announced here.
    fn of(purpose: Purpose, ended: bool) -> Option<Self> {
        let (start, end) = match purpose {
            Purpose::Customer | Purpose::External => (Self::CustomerStart, Self::CustomerEnd),
            Purpose::Acd => (Self::AcdStart, Self::AcdEnd),
            Purpose::Agent | Purpose::User => (Self::UserStart, Self::UserEnd),
            Purpose::Workflow | Purpose::Botflow | Purpose::Ivr | Purpose::Voicesurveyflow => (Self::FlowStart, Self::FlowEnd),
            Purpose::Api
            | Purpose::Campaign
            | Purpose::Dialer
            | Purpose::Fax
            | Purpose::Group
            | Purpose::Inbound
            | Purpose::Manual
            | Purpose::Outbound
            | Purpose::Station
            | Purpose::Voicemail => return None,
        };
        Some(if ended { end } else { start })
    }
}

/// The body of a detail event, as the service writes it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the vendor's own field names; its models do not explain them either")]
pub struct DetailEvent {
    pub event_time: i64,
    pub conversation_id: Uuid,
    pub participant_id: Uuid,
    pub session_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disconnect_type: Option<&'static str>,
    pub media_type: &'static str,
    pub provider: &'static str,
    pub direction: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interacting_duration_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connected_duration_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_reason: Option<&'static str>,
    pub division_id: Uuid,
}

/// One event, with what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// To which leg.
    #[serde(flatten)]
    pub leg: LegId,
    /// When.
    pub time: Timestamp,
    /// The correlation id in the event's metadata.
    pub correlation_id: Uuid,
    /// What is told.
    pub body: DetailEvent,
}

impl Event {
    /// The topic that it is announced under.
    #[must_use]
    pub fn topic(&self) -> String {
        self.kind.topic(self.leg.conversation)
    }

    /// The event of a leg's start or end, when legs of its purpose are announced.
    pub(super) fn of(conversation: &Conversation, leg: LegId, ended: bool, correlation_id: Uuid, at: Timestamp) -> Option<Self> {
        let participant = conversation.participant(leg.participant)?;
        let kind = EventKind::of(participant.purpose, ended)?;
        let body = body(kind, conversation, participant, conversation.communication(leg)?, at);
        Some(Self { kind, leg, time: at, correlation_id, body })
    }
}

fn body(kind: EventKind, conversation: &Conversation, participant: &Participant, leg: &Communication, at: Timestamp) -> DetailEvent {
    let lasted = Some(at.as_millisecond() - leg.connected_time.as_millisecond());
    let (interacting, connected, exit_reason) = match kind {
        EventKind::CustomerEnd | EventKind::UserEnd => (lasted, None, None),
        EventKind::AcdEnd => (None, lasted, None),
        EventKind::FlowEnd => (None, None, Some("DISCONNECT")),
        EventKind::CustomerStart | EventKind::AcdStart | EventKind::UserStart | EventKind::FlowStart => (None, None, None),
    };
    let (media_type, provider, message_type) = match conversation.media {
        Media::Message => ("MESSAGE", "PureCloud Messaging", Some(message_type(conversation.message_type))),
        Media::Chat => ("CHAT", "PureCloud Webchat v2", None),
    };
    DetailEvent {
        event_time: at.as_millisecond(),
        conversation_id: conversation.id,
        participant_id: participant.id,
        session_id: leg.id,
        disconnect_type: leg.disconnect_type.map(disconnect_type),
        media_type,
        provider,
        direction: "INBOUND",
        message_type,
        queue_id: participant.queue_id,
        user_id: participant.user_id,
        interacting_duration_ms: interacting,
        connected_duration_ms: connected,
        exit_reason,
        division_id: conversation.division,
    }
}

const fn disconnect_type(how: DisconnectType) -> &'static str {
    match how {
        DisconnectType::Endpoint => "ENDPOINT",
        DisconnectType::Client => "CLIENT",
        DisconnectType::System => "SYSTEM",
        DisconnectType::Peer => "PEER",
    }
}

const fn message_type(platform: MessageType) -> &'static str {
    match platform {
        MessageType::Apple => "APPLE",
        MessageType::Facebook => "FACEBOOK",
        MessageType::Instagram => "INSTAGRAM",
        MessageType::Line => "LINE",
        MessageType::Open => "OPEN",
        MessageType::Sms => "SMS",
        MessageType::Twitter => "TWITTER",
        MessageType::Webmessaging => "WEBMESSAGING",
        MessageType::Whatsapp => "WHATSAPP",
        // The events' enum does not have these (confirmed).
        MessageType::Kakao | MessageType::Telegram | MessageType::Unknown => "UNKNOWN",
    }
}
