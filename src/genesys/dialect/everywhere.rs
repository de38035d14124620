//! The requests that are the same in every dialect.

use reqwest::Method;

use super::{Line, Operation};

/// Asks the login service for a token (confirmed).
pub(in crate::genesys) const LOGIN: Line =
    Line { operation: Operation::Login, method: &Method::POST, path: "/oauth/token", body: Some("grant_type=client_credentials") };

/// Asks which organization a token belongs to (confirmed).
pub(in crate::genesys) const READ_TOKEN: Line =
    Line { operation: Operation::ReadToken, method: &Method::GET, path: "/api/v2/tokens/me", body: None };

/// Makes a notification channel (confirmed).
pub(in crate::genesys) const CREATE_CHANNEL: Line =
    Line { operation: Operation::CreateChannel, method: &Method::POST, path: "/api/v2/notifications/channels", body: None };

/// Puts topics on a channel, in the place of those that are there. Without `ignoreErrors` one topic that is not permitted makes the
/// service decline them all.
pub(in crate::genesys) const REPLACE_TOPICS: Line = Line {
    operation: Operation::ReplaceTopics,
    method: &Method::PUT,
    path: "/api/v2/notifications/channels/{channel}/subscriptions?ignoreErrors=true",
    body: Some(r#"[{"id":"{topic}"}]"#),
};

/// Puts more topics on a channel.
pub(in crate::genesys) const ADD_TOPICS: Line = Line { operation: Operation::AddTopics, method: &Method::POST, ..REPLACE_TOPICS };

/// Asks which topics there are, and on which transports they flow (confirmed).
pub(in crate::genesys) const LIST_TOPICS: Line = Line {
    operation: Operation::ListTopics,
    method: &Method::GET,
    path: "/api/v2/notifications/availabletopics?expand=transports",
    body: None,
};

/// Reads a deployment (confirmed: the SDK's models).
pub(in crate::genesys) const READ_DEPLOYMENT: Line = Line {
    operation: Operation::ReadDeployment,
    method: &Method::GET,
    path: "/api/v2/webdeployments/deployments/{deployment}",
    body: None,
};

/// Reads a version of a deployment's configuration (confirmed: the SDK's models).
pub(in crate::genesys) const READ_CONFIGURATION: Line = Line {
    operation: Operation::ReadConfiguration,
    method: &Method::GET,
    path: "/api/v2/webdeployments/configurations/{configuration}/versions/{version}",
    body: None,
};

/// All of them.
pub(super) const ALL: [Line; 8] =
    [LOGIN, READ_TOKEN, CREATE_CHANNEL, REPLACE_TOPICS, ADD_TOPICS, LIST_TOPICS, READ_DEPLOYMENT, READ_CONFIGURATION];
