//! An event to the termination that it creates.
//!
//! The name derives from what the event is about and when it happened, so that the same event creates one termination however often it
//! comes, and a guest who comes back and leaves again, be it under the same participant and communication, gets another termination.
//! `legsConnectedBefore` is the event's time, so that the termination ends the leg of the event and those before it, and never one that
//! connected later, even when the object is created again from a late delivery.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::SignedDuration;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{ConnectionName, Heard};
use crate::crd::{GROUP, SessionTarget, WebchatTermination, WebchatTerminationSpec};
use crate::termination::EventKind;

/// The event's time has whole milliseconds, and so has the leg's: a leg of that very millisecond is meant.
const JUST_AFTER: SignedDuration = SignedDuration::from_millis(1);

/// How many bytes of the hash the name holds.
const NAMED_BYTES: usize = 20;

/// The name of the termination that an event creates: a DNS label of at most 55 characters, the same for the same organization,
/// conversation, participant, communication, kind of event and its time.
#[must_use]
pub fn name(organization_id: Uuid, heard: &Heard) -> String {
    let Heard { conversation_id, event, medium: _, organization_id: _, envelope_id: _ } = heard;
    let word = word(event.kind);
    let mut hash = Sha256::new_with_prefix(b"webchatops.dev/termination-of-event/v1\0");
    for id in [organization_id, *conversation_id, event.participant_id, event.communication_id] {
        hash.update(id.as_bytes());
    }
    hash.update(word);
    hash.update(event.time.as_millisecond().to_be_bytes());
    let mut name = format!("{word}-");
    for byte in &hash.finalize()[..NAMED_BYTES] {
        // Writing to a String cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// The termination that an event creates, for a connection of this organization.
///
/// # Errors
/// When the resource cannot be made of these values, which no event has shown so far.
pub fn termination(connection: &ConnectionName, organization_id: Uuid, heard: &Heard) -> Result<WebchatTermination, serde_json::Error> {
    let event = &heard.event;
    let word = word(event.kind);
    // From JSON, so that whatever is not said has the default that the schema gives it.
    let spec: WebchatTerminationSpec = serde_json::from_value(json!({
        "connectionRef": { "name": connection.name },
        "legsConnectedBefore": event.time.checked_add(JUST_AFTER).unwrap_or(event.time),
        "sessions": [{
            "conversationId": heard.conversation_id,
            "participantIds": [event.participant_id],
            "reason": format!("{word} at {:.3}", event.time),
        }],
    }))?;
    let mut termination = WebchatTermination::new(&name(organization_id, heard), spec);
    termination.metadata.namespace = Some(connection.namespace.clone());
    let owned = |key: &str, value: String| (format!("{GROUP}/{key}"), value);
    termination.metadata.labels = Some(BTreeMap::from([
        ("app.kubernetes.io/managed-by".into(), "webchat-terminator".into()),
        owned("created-by-event", word.into()),
    ]));
    let envelope = heard.envelope_id.map(|id| owned("event-id", id.to_string()));
    let about = [
        owned("organization-id", organization_id.to_string()),
        owned("communication-id", event.communication_id.to_string()),
        owned("event-time", event.time.to_string()),
    ];
    termination.metadata.annotations = Some(about.into_iter().chain(envelope).collect());
    Ok(termination)
}

/// Whether a termination that is there under the name of `ours` is what `ours` would be, whatever a person added to it since.
pub(super) fn is_what_it_would_be(there: &WebchatTermination, ours: &WebchatTermination) -> bool {
    let (there, ours) = (&there.spec, &ours.spec);
    let names = |session: &SessionTarget| {
        there.sessions.iter().any(|it| (it.conversation_id, &it.participant_ids) == (session.conversation_id, &session.participant_ids))
    };
    there.connection_ref == ours.connection_ref
        && there.legs_connected_before == ours.legs_connected_before
        && ours.sessions.iter().all(names)
}

fn word(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Ended => "customer-end",
        EventKind::Connected => "customer-start",
    }
}
