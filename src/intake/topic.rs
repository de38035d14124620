//! Topics, organizations, times and ids, as they are written in the bodies of events.

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::heard::Medium;
use crate::termination::EventKind;

/// What the topics that matter begin with; the conversation's id follows, or the literal `{id}`.
const CONVERSATION_TOPICS: &str = "v2.detail.events.conversation.";

/// What the source of an envelope begins with; the organization's id follows, and then a suffix of the customer's choice.
const SOURCES: &str = "aws.partner/genesys.com/cloud/";

/// Times before this (2001-09-09) are none: they are seconds that were taken for milliseconds.
const EARLIEST_MILLISECOND: i64 = 1_000_000_000_000;

/// A topic of the customer's leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Topic {
    pub(super) kind: EventKind,
    /// The conversation, where the topic names it.
    pub(super) conversation_id: Option<Uuid>,
}

/// Reads a topic; none if it is another than the two that matter.
pub(super) fn topic(text: &str) -> Option<Topic> {
    let (id, kind) = text.strip_prefix(CONVERSATION_TOPICS)?.split_once('.')?;
    let kind = match kind {
        "customer.end" => EventKind::Ended,
        "customer.start" => EventKind::Connected,
        _ => return None,
    };
    Some(Topic { kind, conversation_id: Uuid::parse_str(id).ok() })
}

/// The organization that a source names.
pub(super) fn organization(source: &str) -> Option<Uuid> {
    let (organization, _suffix) = source.strip_prefix(SOURCES)?.split_once('/')?;
    Uuid::parse_str(organization).ok()
}

/// A time: milliseconds since 1970 as a number or as digits, or RFC 3339.
pub(super) fn time(value: &Value) -> Option<Timestamp> {
    let milliseconds = match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => match text.trim().parse::<i64>() {
            Ok(milliseconds) => Some(milliseconds),
            Err(_) => return text.trim().parse().ok().filter(|time: &Timestamp| time.as_millisecond() >= EARLIEST_MILLISECOND),
        },
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    milliseconds.filter(|milliseconds| *milliseconds >= EARLIEST_MILLISECOND).and_then(|it| Timestamp::from_millisecond(it).ok())
}

/// The whole milliseconds of a number like `1.763812800123E12`, as some serializers write it.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked first")]
fn whole(number: f64) -> Option<i64> {
    (number.abs() < 1e15).then_some(number as i64)
}

/// An id.
pub(super) fn id(value: &Value) -> Option<Uuid> {
    Uuid::parse_str(value.as_str()?.trim()).ok()
}

/// What kind of conversation the event's `mediaType` and `messageType` say.
pub(super) fn medium(media: Option<&Value>, message: Option<&Value>) -> Medium {
    let is = |value: Option<&Value>, word: &str| value.and_then(Value::as_str).is_some_and(|text| text.eq_ignore_ascii_case(word));
    if is(media, "MESSAGE") && is(message, "WEBMESSAGING") {
        Medium::WebMessaging
    } else if is(media, "MESSAGE") && message.is_none_or(Value::is_null) {
        Medium::UnsaidMessage
    } else if is(media, "CHAT") {
        Medium::WebChat
    } else {
        Medium::Other
    }
}
