//! Which operation a method and a path are.

use axum::http::Method;
use uuid::Uuid;

use super::notification;
use crate::simulator::world::{Change, Family, Operation, Request};

/// Where the simulator's own API begins.
pub(super) const ADMIN: &str = "/simulator/v1";

/// Whether a path belongs to the simulator's own API.
pub(super) fn is_admin(path: &str) -> bool {
    path.strip_prefix(ADMIN).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What a path leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// The login service.
    Token,
    /// The platform API; the change is still to be read from the body.
    Platform(Request),
    /// An operation that is known, with an id that is no UUID.
    BadId(Operation),
    /// Nothing.
    Unknown,
}

/// Finds the operation; prefixes are those under which the service answers besides `/`.
pub(super) fn recognise(method: &Method, path: &str, prefixes: &[String]) -> Route {
    let (_, path) = behind(prefixes, path);
    if path == "/oauth/token" && method == Method::POST {
        return Route::Token;
    }
    let Some(rest) = path.strip_prefix("/api/v2/") else { return Route::Unknown };
    let segments: Vec<&str> = rest.split('/').collect();
    if let Some(request) = notification::recognise(method, &segments) {
        return Route::Platform(Request::Notification(request));
    }
    let found = if segments.get(1) == Some(&"messages") { messages(method, &segments) } else { neutral(method, &segments) };
    match found {
        Some((_, Some(request))) => Route::Platform(request),
        Some((operation, None)) => Route::BadId(operation),
        None => Route::Unknown,
    }
}

/// The gateway prefix of a path, which may be empty, and what comes after it.
pub(super) fn behind<'a>(prefixes: &'a [String], path: &'a str) -> (&'a str, &'a str) {
    let found = prefixes.iter().find_map(|prefix| {
        let rest = path.strip_prefix(prefix.as_str()).filter(|rest| rest.starts_with('/'))?;
        Some((prefix.as_str(), rest))
    });
    found.unwrap_or(("", path))
}

/// An operation with its request, which is missing when an id is no UUID.
type Found = Option<(Operation, Option<Request>)>;

fn neutral(method: &Method, segments: &[&str]) -> Found {
    match (method.as_str(), segments) {
        ("GET", ["tokens", "me"]) => Some((Operation::GetTokensMe, Some(Request::ReadToken))),
        ("HEAD", ["tokens", "me"]) => Some((Operation::HeadTokensMe, Some(Request::CheckToken))),
        ("DELETE", ["tokens", "me"]) => Some((Operation::DeleteTokensMe, Some(Request::RevokeToken))),
        ("GET", ["organizations", "me"]) => Some((Operation::GetOrganizationsMe, Some(Request::ReadOrganization))),
        ("GET", ["conversations", c]) => {
            let request = id(c).map(|conversation| Request::Read { conversation, family: Family::Neutral });
            Some((Operation::GetConversation, request))
        }
        ("DELETE", ["conversations", c]) => {
            Some((Operation::DeleteConversation, id(c).map(|conversation| Request::Delete { conversation })))
        }
        ("POST", ["conversations", c, "disconnect"]) => {
            Some((Operation::PostConversationDisconnect, id(c).map(|conversation| Request::Teardown { conversation })))
        }
        ("PATCH", ["conversations", c, "participants", p]) => {
            Some((Operation::PatchConversationParticipant, participant(c, p, Family::Neutral)))
        }
        _ => None,
    }
}

fn messages(method: &Method, segments: &[&str]) -> Found {
    match (method.as_str(), segments) {
        ("GET", ["conversations", _, c]) => {
            let request = id(c).map(|conversation| Request::Read { conversation, family: Family::Message });
            Some((Operation::GetConversationsMessage, request))
        }
        ("PATCH", ["conversations", _, c]) => {
            let request = id(c).map(|conversation| Request::PatchConversation { conversation, change: Change::Nothing });
            Some((Operation::PatchConversationsMessage, request))
        }
        ("PATCH", ["conversations", _, c, "participants", p]) => {
            Some((Operation::PatchConversationsMessageParticipant, participant(c, p, Family::Message)))
        }
        ("PATCH", ["conversations", _, c, "participants", p, "communications", m]) => {
            let ids = id(c).zip(id(p)).zip(id(m));
            let request = ids.map(|((conversation, participant), communication)| Request::PatchCommunication {
                conversation,
                participant,
                communication,
                change: Change::Nothing,
            });
            Some((Operation::PatchConversationsMessageParticipantCommunication, request))
        }
        _ => None,
    }
}

fn participant(conversation: &str, participant: &str, family: Family) -> Option<Request> {
    let (conversation, participant) = id(conversation).zip(id(participant))?;
    Some(Request::PatchParticipant { conversation, participant, change: Change::Nothing, family })
}

fn id(text: &str) -> Option<Uuid> {
    // Only the form with hyphens: the service does not know the others.
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}
