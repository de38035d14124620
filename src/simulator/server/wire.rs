//! The JSON of the platform API, written by hand from the vendor's models and on purpose not shared with any client.
//!
//! Fields that have no value are left out, as the service does (assumed).

use axum::http::header;
use axum::http::request::Parts;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::deliver::Reply;
use super::guest;
use super::notification;
use super::route::behind;
use super::shared::Shared;
use super::webchat;
use crate::simulator::world::{
    AfterCallWork, Answer, Communication, Conversation, DeploymentPart, Family, Media, Operation, OrganizationSpec, Participant, Purpose,
};

/// The header of the correlation id, in requests and in answers.
pub(super) const CORRELATION: &str = "inin-correlation-id";

/// The answer to an operation that was not refused.
///
/// Sockets of all kinds are said to be reached below `sockets`.
pub(super) fn reply(operation: Operation, answer: &Answer, sockets: &str, correlation_id: Uuid) -> Reply {
    let (status, body) = match answer {
        Answer::Token { client_id, client_name, organization } => (200, Some(token(client_id, client_name, organization))),
        Answer::Organization(organization) => (200, Some(named(organization))),
        Answer::Conversation(conversation, Family::Neutral) => (200, Some(neutral(conversation))),
        Answer::Conversation(conversation, Family::Message | Family::Chat) => (200, Some(of_medium(conversation))),
        Answer::Conversation(conversation, Family::Webchat) => (200, Some(webchat::conversation(conversation, sockets))),
        Answer::Deployment(deployment, DeploymentPart::Deployment) => (200, Some(guest::deployment(deployment))),
        Answer::Deployment(deployment, DeploymentPart::Configuration { .. }) => (200, Some(guest::configuration(deployment))),
        Answer::Notification(answer) => (200, notification::body(answer, sockets)),
        Answer::Accepted => accepted(operation),
    };
    Reply::new(status, body, correlation_id)
}

/// Statuses and bodies of operations that tell nothing (confirmed, except for the token's: not known).
fn accepted(operation: Operation) -> (u16, Option<Value>) {
    let body = match operation.ok_status() {
        202 if operation == Operation::PostConversationDisconnect => Some(json!("Accepted")),
        200 if operation.is_write() => Some(json!({})),
        _ => None,
    };
    (operation.ok_status(), body)
}

/// The URL below which a client that came this way reaches sockets: the host that it asked for, the gateway's prefix, and
/// `wss` when what is in front of the simulator says that it was asked over TLS.
pub(super) fn sockets_at(shared: &Shared, parts: &Parts) -> String {
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST.as_str()).or(parts.uri.host()).unwrap_or("localhost");
    let scheme = if text("x-forwarded-proto") == Some("https") { "wss" } else { "ws" };
    let prefix = shared.with_world(|world, _| behind(world.gateway_prefixes(), parts.uri.path()).0.to_owned());
    format!("{scheme}://{host}{prefix}")
}

fn named(organization: &OrganizationSpec) -> Value {
    json!({ "id": organization.id, "name": organization.name })
}

fn token(client_id: &str, client_name: &str, organization: &OrganizationSpec) -> Value {
    json!({
        "organization": named(organization),
        "homeOrganization": named(organization),
        "authorizedScope": [],
        "OAuthClient": { "id": client_id, "name": client_name, "organization": named(organization) },
    })
}

/// `Conversation`: state is on each communication, and there is none on the conversation or on the participant.
fn neutral(conversation: &Conversation) -> Value {
    let participants: Vec<Value> = conversation.participants.iter().map(|p| participant(p, conversation)).collect();
    present(json!({
        "id": conversation.id,
        "startTime": time(conversation.start_time),
        "endTime": conversation.end_time.map(time),
        "participants": participants,
        "conversationIds": [],
        "recordingState": "NONE",
        "divisions": divisions(conversation),
        "selfUri": format!("/api/v2/conversations/{}", conversation.id),
    }))
}

fn participant(participant: &Participant, conversation: &Conversation) -> Value {
    let communications: Vec<Value> = participant.communications.iter().map(|c| communication(c, participant, conversation)).collect();
    let (messages, chats) = match conversation.media {
        Media::Message => (communications, Vec::new()),
        Media::Chat => (Vec::new(), communications),
    };
    present(json!({
        "id": participant.id,
        "startTime": time(participant.connected_time),
        "connectedTime": time(participant.connected_time),
        "endTime": participant.end_time.map(time),
        "name": some_text(&participant.name),
        "userId": participant.user_id,
        "queueId": participant.queue_id,
        "purpose": participant.purpose,
        "wrapupRequired": participant.wrap_up_required,
        "wrapupPrompt": participant.wrap_up_required.then_some("mandatory"),
        "wrapup": participant.wrap_up.as_ref().map(|code| json!({ "code": code, "name": code })),
        "mediaRoles": ["full"],
        "attributes": {},
        "calls": [], "callbacks": [], "chats": chats, "cobrowsesessions": [], "emails": [], "screenshares": [],
        "socialExpressions": [], "videos": [],
        "messages": messages,
        "startAcwTime": participant.start_acw_time.map(time),
        "endAcwTime": participant.end_acw_time.map(time),
    }))
}

/// `Message` or `ConversationChat`: one communication.
fn communication(communication: &Communication, participant: &Participant, conversation: &Conversation) -> Value {
    let after_call_work = match communication.after_call_work {
        AfterCallWork::NotApplicable => json!({ "state": "notApplicable" }),
        AfterCallWork::Pending => json!({ "state": "pending", "startTime": participant.start_acw_time.map(time) }),
        AfterCallWork::Complete => json!({
            "state": "complete",
            "startTime": participant.start_acw_time.map(time),
            "endTime": participant.end_acw_time.map(time),
        }),
    };
    present(json!({
        "id": communication.id,
        "state": communication.state,
        "initialState": "connected",
        "held": false,
        "direction": "inbound",
        "disconnectType": communication.disconnect_type,
        "connectedTime": time(communication.connected_time),
        "disconnectedTime": communication.disconnected_time.map(time),
        "provider": provider(conversation.media),
        "type": message_type(conversation),
        "peerId": communication.peer_id,
        "messages": messages(conversation.media),
        "roomId": room(conversation),
        "afterCallWork": after_call_work,
        "afterCallWorkRequired": participant.wrap_up_required,
    }))
}

/// `MessageConversation` or `ChatConversation`: flattened, without the conversation's own times.
fn of_medium(conversation: &Conversation) -> Value {
    let participants: Vec<Value> = conversation.participants.iter().map(|p| flattened(p, conversation)).collect();
    let path = match conversation.media {
        Media::Message => "messages",
        Media::Chat => "chats",
    };
    json!({
        "id": conversation.id,
        "participants": participants,
        "otherMediaUris": [],
        "divisions": divisions(conversation),
        "selfUri": format!("/api/v2/conversations/{path}/{}", conversation.id),
    })
}

/// `MessageMediaParticipant` or `ChatMediaParticipant`: a participant together with the communication that matters, a live one before the latest.
fn flattened(participant: &Participant, conversation: &Conversation) -> Value {
    let live = participant.communications.iter().rev().find(|c| c.state.is_live());
    let shown = live.or_else(|| participant.communications.last());
    let purpose = participant.purpose;
    present(json!({
        "id": participant.id,
        "name": some_text(&participant.name),
        "startTime": time(participant.connected_time),
        "connectedTime": shown.map(|c| time(c.connected_time)),
        "endTime": participant.end_time.map(time),
        "purpose": purpose,
        "state": shown.map(|c| c.state),
        "direction": "inbound",
        "disconnectType": shown.and_then(|c| c.disconnect_type),
        "held": false,
        "wrapupRequired": participant.wrap_up_required,
        "user": participant.user_id.filter(|_| purpose == Purpose::Agent).map(|id| json!({ "id": id })),
        "queue": participant.queue_id.map(|id| json!({ "id": id })),
        "provider": provider(conversation.media),
        "peer": shown.and_then(|c| c.peer_id),
        "startAcwTime": participant.start_acw_time.map(time),
        "endAcwTime": participant.end_acw_time.map(time),
        "messages": messages(conversation.media),
        "type": message_type(conversation),
        "roomId": room(conversation),
    }))
}

/// The provider (of chats: assumed).
fn provider(media: Media) -> &'static str {
    match media {
        Media::Message => "PureCloud Messaging",
        Media::Chat => "PureCloud Webchat v2",
    }
}

/// What only messages have.
fn messages(media: Media) -> Option<Value> {
    (media == Media::Message).then(|| json!([]))
}

fn message_type(conversation: &Conversation) -> Option<Value> {
    (conversation.media == Media::Message).then(|| json!(conversation.message_type))
}

/// What only chats have (its form is made up).
fn room(conversation: &Conversation) -> Option<String> {
    (conversation.media == Media::Chat).then(|| format!("{}@conference.simulated", conversation.id))
}

fn divisions(conversation: &Conversation) -> Value {
    let id = conversation.division;
    json!([{ "division": { "id": id, "selfUri": format!("/api/v2/authorization/divisions/{id}") }, "entities": [] }])
}

/// Times as the service writes them: UTC with three digits of a second.
pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

pub(super) fn some_text(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// Leaves out the fields that have no value.
pub(super) fn present(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(fields.into_iter().filter(|(_, v)| !v.is_null()).collect::<Map<_, _>>()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => value,
    }
}
