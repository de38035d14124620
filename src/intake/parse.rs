//! A body to what it told. Pure and total: any bytes are either an event or one of the reasons why not.
//!
//! It is lenient in what does not matter (unknown fields, spelling of ids and times, how much of the envelope is left) and strict in
//! what decides: without conversation, participant, communication and the service's own time of the event nothing was heard, and
//! nothing is guessed from other fields. The time of the envelope, say, is later than the event's, and would let an old event pass for
//! a new one.

use serde_json::{Map, Value};

use super::heard::Heard;
use super::topic::{Topic, id, medium, organization, time, topic};
use crate::termination::{Event, EventKind, Source};

/// Why a body told nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unheard {
    /// The body is no JSON object.
    #[error("the body is no JSON object")]
    NotAnObject,
    /// A field is missing or is not what it should be.
    #[error("the field {0} is missing or unusable")]
    Field(&'static str),
    /// Two parts of the body contradict each other.
    #[error("the topic contradicts the rest of the body")]
    Contradiction,
    /// The envelope does not come from an event source of Genesys Cloud that names its organization.
    #[error("the envelope names no organization of Genesys Cloud")]
    Source,
    /// It is an event, but not of a guest's leg.
    #[error("the event is not of a guest's leg")]
    Other,
}

type Fields = Map<String, Value>;

/// Reads a body: an envelope of EventBridge, a frame (`topicName` and `eventBody`), or the plain body of an event.
///
/// # Errors
/// [`Unheard`].
pub fn parse(body: &[u8]) -> Result<Heard, Unheard> {
    let value: Value = serde_json::from_slice(body).map_err(|_| Unheard::NotAnObject)?;
    let whole = value.as_object().ok_or(Unheard::NotAnObject)?;
    if !whole.contains_key("detail") && !whole.contains_key("detail-type") {
        return frame(whole, None);
    }
    let organization_id = whole.get("source").and_then(Value::as_str).and_then(organization).ok_or(Unheard::Source)?;
    let detail = whole.get("detail").and_then(Value::as_object).ok_or(Unheard::Field("detail"))?;
    let heard = frame(detail, whole.get("detail-type"))?;
    Ok(Heard { organization_id: Some(organization_id), envelope_id: whole.get("id").and_then(id), ..heard })
}

/// A frame, or the plain body of an event where there is no `eventBody`.
fn frame(fields: &Fields, detail_type: Option<&Value>) -> Result<Heard, Unheard> {
    let body = match fields.get("eventBody") {
        Some(body) => body.as_object().ok_or(Unheard::Field("eventBody"))?,
        None => fields,
    };
    let topics = [detail_type, fields.get("topicName")];
    let mut named = None;
    for text in topics.into_iter().flatten() {
        let topic = topic(text.as_str().ok_or(Unheard::Field("topicName"))?).ok_or(Unheard::Other)?;
        named = Some(agree(named, topic)?);
    }
    let kind = match named {
        Some(topic) => topic.kind,
        None => kind_of(body)?,
    };
    let heard = event(body, kind)?;
    match named.and_then(|topic| topic.conversation_id) {
        Some(conversation_id) if conversation_id != heard.conversation_id => Err(Unheard::Contradiction),
        Some(_) | None => Ok(heard),
    }
}

/// The topic of the envelope and that of the frame are the same, but for the id that one of them may leave out.
fn agree(one: Option<Topic>, other: Topic) -> Result<Topic, Unheard> {
    let Some(one) = one else { return Ok(other) };
    let ids = [one.conversation_id, other.conversation_id];
    if one.kind != other.kind || matches!(ids, [Some(a), Some(b)] if a != b) {
        return Err(Unheard::Contradiction);
    }
    Ok(Topic { kind: one.kind, conversation_id: one.conversation_id.or(other.conversation_id) })
}

/// A body without a topic: only that of an end says how it came about. What does not is not taken for anything.
fn kind_of(body: &Fields) -> Result<EventKind, Unheard> {
    match body.get("disconnectType").and_then(Value::as_str) {
        Some(how) if !how.is_empty() => Ok(EventKind::Ended),
        Some(_) | None => Err(Unheard::Field("topicName")),
    }
}

fn event(body: &Fields, kind: EventKind) -> Result<Heard, Unheard> {
    let id_of = |name: &'static str| body.get(name).and_then(id).ok_or(Unheard::Field(name));
    let event = Event {
        kind,
        participant_id: id_of("participantId")?,
        communication_id: id_of("sessionId")?,
        time: body.get("eventTime").and_then(time).ok_or(Unheard::Field("eventTime"))?,
        source: Source::Webhook,
    };
    let medium = medium(body.get("mediaType"), body.get("messageType"));
    Ok(Heard { conversation_id: id_of("conversationId")?, event, medium, organization_id: None, envelope_id: None })
}
