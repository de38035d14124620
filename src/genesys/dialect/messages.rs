//! `messages`: web messaging, the public API (confirmed: PureCloudPlatformClientV2 269.0.0).

use reqwest::Method;

use super::{Line, Operation, Shape, Table};

/// The value that ends something; `connected` and `disconnected` are all that may be sent (confirmed: the SDK's documentation).
pub(super) const DISCONNECTED: &str = r#"{"state":"disconnected"}"#;

/// The read that is the same for all media, answered 200: the one under `/messages/` has neither `startTime` nor `endTime`.
pub(super) const READ: Line =
    Line { operation: Operation::ReadConversation, method: &Method::GET, path: "/api/v2/conversations/{c}", body: None };

/// The teardown that is the same for all media, answered 202 with a string.
pub(super) const TEARDOWN: Line =
    Line { operation: Operation::Teardown, method: &Method::POST, path: "/api/v2/conversations/{c}/disconnect", body: None };

pub(super) const TABLE: Table = Table {
    read: READ,
    // Answered 202, without a body.
    close_participant: Line {
        operation: Operation::CloseParticipant,
        method: &Method::PATCH,
        path: "/api/v2/conversations/messages/{c}/participants/{p}",
        body: Some(DISCONNECTED),
    },
    // Answered 200.
    close_communication: Some(Line {
        operation: Operation::CloseCommunication,
        method: &Method::PATCH,
        path: "/api/v2/conversations/messages/{c}/participants/{p}/communications/{m}",
        body: Some(DISCONNECTED),
    }),
    // Answered 200, with the conversation; it is not believed, a read follows.
    close_wrapper: Line {
        operation: Operation::CloseWrapper,
        method: &Method::PATCH,
        path: "/api/v2/conversations/messages/{c}",
        body: Some(DISCONNECTED),
    },
    teardown: Some(TEARDOWN),
    shape: Shape::State,
};
