//! `webchat`: gateways that close by `status`. The public API never had these endpoints.
//!
//! What users of such gateways tell: PATCH on the conversation with `{"status":"closed"}` closes it; the guest's participant is closed
//! by PATCH on the participant, or by POST to the participants with a `disposition`. The rest is inferred, and marked so. There is no
//! request for one communication alone, and no teardown; neither is replaced by another one.

use reqwest::Method;

use super::{Line, Operation, Shape, Table};

const CLOSED: &str = r#"{"status":"closed"}"#;

/// What the dialect `webchat` leaves open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Webchat {
    /// How a guest's participant is closed.
    pub participant_close: ParticipantClose,
    /// Whether the guest is told at once, on the conversation's event stream, that the chat is closed.
    pub guest_signal: Option<GuestSignal>,
}

/// How a guest's participant is closed in the dialect `webchat`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ParticipantClose {
    /// PATCH on the participant, with `status`.
    #[default]
    Patch,
    /// POST to the participants, with `disposition`.
    Post,
}

/// Where the guest is told that the chat is closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuestSignal {
    /// The address of a conversation's event stream, with `{conversationId}` to be replaced; none: the one that the conversation's
    /// reading names.
    pub stream_uri: Option<String>,
}

pub(super) const BY_PATCH: Table = Table {
    // Inferred: the read of the address that is closed.
    read: Line { operation: Operation::ReadConversation, method: &Method::GET, path: "/api/v2/conversations/webchat/{c}", body: None },
    // Inferred: "on the participant, not on the root".
    close_participant: Line {
        operation: Operation::CloseParticipant,
        method: &Method::PATCH,
        path: "/api/v2/conversations/webchat/{c}/participants/{p}",
        body: Some(CLOSED),
    },
    close_communication: None,
    close_wrapper: Line {
        operation: Operation::CloseWrapper,
        method: &Method::PATCH,
        path: "/api/v2/conversations/webchat/{c}",
        body: Some(CLOSED),
    },
    teardown: None,
    shape: Shape::Status,
};

pub(super) const BY_POST: Table = Table {
    // Inferred: that `id` names the participant.
    close_participant: Line {
        operation: Operation::CloseParticipant,
        method: &Method::POST,
        path: "/api/v2/conversations/webchat/{c}/participants",
        body: Some(r#"{"id":"{p}","disposition":"closed"}"#),
    },
    ..BY_PATCH
};

/// What is sent on a conversation's event stream: one text frame (inferred, but for the name of its type and the word `CLOSED`).
pub(in crate::genesys) const GUEST_SIGNAL: &str =
    r#"{"type":"CONVERSATION_UPDATE","conversationId":"{c}","participantId":"{p}","state":"CLOSED"}"#;
