//! `chats`: legacy web chat, which left the public API in August 2026 and is still met behind gateways (confirmed: the vendor's SDKs
//! up to 263.0.0).
//!
//! The read is the one of all media, not the one under `/chats/`: that one's `ChatConversation` has neither `startTime` nor
//! `endTime`, and no communications, so that neither the end of a conversation nor one of two legs of a participant could be told
//! by it. The one of all media never left the API, needs the one permission that a read needs anyway, and shows the chat in
//! `participants[].chats[]`, with the same words of state.

use reqwest::Method;

use super::messages::{DISCONNECTED, READ, TEARDOWN};
use super::{Line, Operation, Shape, Table};

pub(super) const TABLE: Table = Table {
    read: READ,
    // Answered 202, without a body.
    close_participant: Line {
        operation: Operation::CloseParticipant,
        method: &Method::PATCH,
        path: "/api/v2/conversations/chats/{c}/participants/{p}",
        body: Some(DISCONNECTED),
    },
    // Answered 200.
    close_communication: Some(Line {
        operation: Operation::CloseCommunication,
        method: &Method::PATCH,
        path: "/api/v2/conversations/chats/{c}/participants/{p}/communications/{m}",
        body: Some(DISCONNECTED),
    }),
    // Answered 200, with the conversation; it is not believed, a read follows.
    close_wrapper: Line {
        operation: Operation::CloseWrapper,
        method: &Method::PATCH,
        path: "/api/v2/conversations/chats/{c}",
        body: Some(DISCONNECTED),
    },
    teardown: Some(TEARDOWN),
    shape: Shape::State,
};
