//! Which operation a method and a path are.

use axum::http::Method;
use uuid::Uuid;

use super::notification;
use crate::simulator::world::{Change, DeploymentPart, Family, Operation, Request};

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

impl Route {
    /// The operation, which may be unknown.
    pub(super) const fn operation(&self) -> Operation {
        match self {
            Self::Token => Operation::PostOauthToken,
            Self::Platform(request) => request.operation(),
            Self::BadId(operation) => *operation,
            Self::Unknown => Operation::Unknown,
        }
    }
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
    let family = match segments.as_slice() {
        ["conversations", "messages", ..] => Family::Message,
        ["conversations", "chats", ..] => Family::Chat,
        ["conversations", "webchat", ..] => Family::Webchat,
        _ => Family::Neutral,
    };
    let found = if family == Family::Neutral { neutral(method, &segments) } else { of_medium(method, &segments, family) };
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
        ("GET", ["webdeployments", "deployments", d]) => {
            let request = id(d).map(|id| Request::ReadDeployment { id, part: DeploymentPart::Deployment });
            Some((Operation::GetWebdeploymentsDeployment, request))
        }
        ("GET", ["webdeployments", "configurations", c, "versions", version]) => {
            let version = if version.eq_ignore_ascii_case("draft") { 1 } else { version.parse().unwrap_or_default() };
            let request = id(c).map(|id| Request::ReadDeployment { id, part: DeploymentPart::Configuration { version } });
            Some((Operation::GetWebdeploymentsConfigurationVersion, request))
        }
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
        ("PATCH", ["conversations", c, "participants", p]) => Some((Operation::PatchConversationParticipant, participant(c, p))),
        _ => None,
    }
}

fn of_medium(method: &Method, segments: &[&str], family: Family) -> Found {
    let change = Change::Nothing;
    let conversation = segments.get(2).and_then(|c| id(c)).unwrap_or_default();
    let (request, ids) = match (method.as_str(), segments) {
        ("GET", [_, _, c]) => (Request::Read { conversation, family }, [*c].to_vec()),
        ("PATCH", [_, _, c]) => (Request::PatchConversation { conversation, change, family }, [*c].to_vec()),
        ("PATCH", [_, _, c, "participants", p]) => {
            let participant = id(p).unwrap_or_default();
            (Request::PatchParticipant { conversation, participant, change, family }, [*c, *p].to_vec())
        }
        ("POST", [_, _, c, "participants"]) if family == Family::Webchat => {
            (Request::PostParticipants { conversation, participant: Uuid::nil(), change }, [*c].to_vec())
        }
        ("PATCH", [_, _, c, "participants", p, "communications", m]) if family != Family::Webchat => {
            let (participant, communication) = (id(p).unwrap_or_default(), id(m).unwrap_or_default());
            (Request::PatchCommunication { conversation, participant, communication, change, family }, [*c, *p, *m].to_vec())
        }
        _ => return None,
    };
    let good = ids.into_iter().all(|text| id(text).is_some());
    Some((request.operation(), good.then_some(request)))
}

fn participant(conversation: &str, participant: &str) -> Option<Request> {
    let (conversation, participant) = id(conversation).zip(id(participant))?;
    Some(Request::PatchParticipant { conversation, participant, change: Change::Nothing, family: Family::Neutral })
}

/// A UUID in the form with hyphens.
pub(super) fn id(text: &str) -> Option<Uuid> {
    // Only the form with hyphens: the service does not know the others.
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}
