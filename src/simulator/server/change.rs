//! What the body of a request asks for.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::notification;
use super::route::id;
use crate::simulator::world::{Change, Family, Request};

/// Puts into a PATCH or a subscription what its body asks for; other requests have no body that matters (SDKs send `null` and
/// empty ones).
pub(super) fn completed(request: Request, query: &str, body: &[u8]) -> Request {
    match request {
        Request::Notification(request) => Request::Notification(notification::completed(request, query, body)),
        Request::PatchParticipant { conversation, participant, change: _, family } => {
            Request::PatchParticipant { conversation, participant, change: change(body, family), family }
        }
        Request::PatchCommunication { conversation, participant, communication, change: _, family } => {
            Request::PatchCommunication { conversation, participant, communication, change: change(body, family), family }
        }
        Request::PostParticipants { conversation, participant: _, change: _ } => {
            let (participant, change) = posted(body, conversation).unwrap_or_else(|change| (Uuid::nil(), change));
            Request::PostParticipants { conversation, participant, change }
        }
        Request::PatchConversation { conversation, change: _, family } => {
            Request::PatchConversation { conversation, change: change(body, family), family }
        }
        Request::ReadToken
        | Request::CheckToken
        | Request::RevokeToken
        | Request::ReadOrganization
        | Request::ReadDeployment { .. }
        | Request::Read { .. }
        | Request::OpenStream { .. }
        | Request::Signal { .. }
        | Request::Delete { .. }
        | Request::Teardown { .. } => request,
    }
}

fn change(body: &[u8], family: Family) -> Change {
    match fields(body) {
        Ok(fields) => match family {
            Family::Neutral | Family::Message | Family::Chat => wanted(&fields, &["state"], "disconnected"),
            Family::Webchat => wanted(&fields, &["status"], "closed"),
        },
        Err(change) => change,
    }
}

/// The participant whom the body of `POST …/participants` names, and what is to become of them. The thread has two forms of it:
/// `disposition`, and `status` with both ids; that they are called so in the body is inferred.
fn posted(body: &[u8], conversation: Uuid) -> Result<(Uuid, Change), Change> {
    let fields = fields(body)?;
    let named = |name: &str| fields.get(name).and_then(Value::as_str);
    if named("conversationId").is_some_and(|other| id(other) != Some(conversation)) {
        return Err(Change::Unreadable("conversationId in the body is not the one in the path".into()));
    }
    let participant = named("id").or(named("participantId")).and_then(id);
    let participant = participant.ok_or_else(|| Change::Unreadable("id: the participant's id is required, a UUID".into()))?;
    Ok((participant, wanted(&fields, &["disposition", "status"], "closed")))
}

/// What a frame on the event stream of a conversation asks for: the participant whose guest is to see `CLOSED`. The names of its
/// fields are inferred.
pub(super) fn signalled(frame: &[u8], conversation: Uuid) -> Request {
    let read = || {
        let fields = fields(frame)?;
        let named = |name: &str| fields.get(name).and_then(Value::as_str);
        if named("type") != Some("CONVERSATION_UPDATE") {
            return Err(Change::Unreadable("type: CONVERSATION_UPDATE is all that may be sent here".into()));
        }
        if named("conversationId").and_then(id) != Some(conversation) {
            return Err(Change::Unreadable("conversationId is not the one of this stream".into()));
        }
        let participant = named("participantId").and_then(id);
        let participant = participant.ok_or_else(|| Change::Unreadable("participantId is required, a UUID".into()))?;
        Ok((participant, wanted(&fields, &["state"], "closed")))
    };
    let (participant, change) = read().unwrap_or_else(|change| (Uuid::nil(), change));
    Request::Signal { conversation, participant, change }
}

/// The fields of a body; an empty one and `null` have none.
fn fields(body: &[u8]) -> Result<Map<String, Value>, Change> {
    if body.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Null) => Ok(Map::new()),
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            Err(Change::Unreadable("The body is no JSON object".into()))
        }
        Err(error) => Err(Change::Unreadable(format!("The body is no JSON: {error}"))),
    }
}

/// What the first of these fields that is there asks for; `ends` is the value that ends something, in any case of letters.
fn wanted(fields: &Map<String, Value>, names: &[&str], ends: &str) -> Change {
    match names.iter().find_map(|name| fields.get(*name).filter(|value| !value.is_null())) {
        None => Change::Nothing,
        Some(Value::String(text)) if text.eq_ignore_ascii_case(ends) => Change::Disconnect,
        Some(Value::String(text)) => Change::Other(text.clone()),
        Some(other) => Change::Other(other.to_string()),
    }
}
