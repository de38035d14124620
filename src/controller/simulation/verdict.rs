//! What is right and wrong about one record.

use std::fmt;

use kube::ResourceExt;
use serde_json::Value;
use uuid::Uuid;

use crate::crd::{Cancel, WebchatTermination};
use crate::termination::{Leg, Session, State};

/// An external write, as a record names it and as a request asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// The close of a guest, by the participant and, where the record or the request says it, the communication.
    Guest { conversation: Uuid, participant: Uuid, communication: Option<Uuid> },
    /// The close of a conversation.
    Wrapper(Uuid),
    /// The forced teardown of a conversation.
    Teardown(Uuid),
}

impl Named {
    /// What a request asks for, if it is an external write.
    pub(super) fn by(method: &str, path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.strip_prefix("/api/v2/conversations/")?.split('/').collect();
        let id = |text: &str| text.parse().unwrap();
        match (method, segments.as_slice()) {
            ("GET", _) => None,
            ("POST", [conversation, "disconnect"]) => Some(Self::Teardown(id(conversation))),
            ("PATCH", ["messages", conversation]) | ("DELETE", [conversation]) => Some(Self::Wrapper(id(conversation))),
            ("PATCH", ["messages", conversation, "participants", participant]) => {
                Some(Self::Guest { conversation: id(conversation), participant: id(participant), communication: None })
            }
            ("PATCH", ["messages", conversation, "participants", participant, "communications", communication]) => {
                let communication = Some(id(communication));
                Some(Self::Guest { conversation: id(conversation), participant: id(participant), communication })
            }
            other => panic!("an unknown write: {other:?}"),
        }
    }

    /// Whether a record that names this names that request.
    pub(super) fn covers(&self, sent: &Self) -> bool {
        match (self, sent) {
            (
                Self::Guest { conversation, participant, communication },
                Self::Guest { conversation: other, participant: person, communication: leg },
            ) => (conversation, participant) == (other, person) && leg.is_none_or(|leg| *communication == Some(leg)),
            (Self::Guest { .. } | Self::Wrapper(_) | Self::Teardown(_), _) => self == sent,
        }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Guest { conversation, participant, communication } => {
                let how = if communication.is_some() { "communication" } else { "participant" };
                write!(formatter, "the close of guest {} of {} by {how}", short(*participant), short(*conversation))
            }
            Self::Wrapper(conversation) => write!(formatter, "the close of wrapper {}", short(*conversation)),
            Self::Teardown(conversation) => write!(formatter, "the teardown of {}", short(*conversation)),
        }
    }
}

fn short(id: Uuid) -> String {
    id.to_string().split_off(24)
}

fn sessions(termination: &WebchatTermination) -> &[Session] {
    termination.status.as_ref().map(|status| status.sessions.as_slice()).unwrap_or_default()
}

fn is_ours(termination: &WebchatTermination) -> bool {
    termination.status.as_ref().is_none_or(|status| status.uid.is_none() || status.uid == termination.uid())
}

fn named_by(session: &Session) -> Option<Named> {
    let conversation = session.conversation_id;
    if session.state == State::GuestCloseRequested {
        let leg = session.open_leg()?;
        return Some(Named::Guest { conversation, participant: leg.participant_id, communication: Some(leg.communication_id) });
    }
    if session.state == State::WrapperCloseRequested {
        return Some(Named::Wrapper(conversation));
    }
    (session.state == State::TeardownRequested).then_some(Named::Teardown(conversation))
}

/// What a record names.
pub(super) fn named(termination: &WebchatTermination) -> Vec<Named> {
    if !is_ours(termination) {
        return Vec::new();
    }
    sessions(termination).iter().filter_map(named_by).collect()
}

/// The conversations that this record is the first to report as ended.
pub(super) fn newly_ended(before: &WebchatTermination, after: &WebchatTermination) -> Vec<Uuid> {
    let ended = |state: State| matches!(state, State::Ended | State::AlreadyEnded);
    let was = |id: Uuid| sessions(before).iter().any(|session| session.conversation_id == id && ended(session.state));
    sessions(after).iter().filter(|session| ended(session.state)).map(|session| session.conversation_id).filter(|id| !was(*id)).collect()
}

/// What is wrong with a record that comes after another one.
pub(super) fn of_record(before: &WebchatTermination, after: &WebchatTermination) -> Vec<String> {
    let mut wrong = Vec::new();
    let name = after.name_any();
    let of = |id: Uuid, sessions: &[Session]| sessions.iter().find(|session| session.conversation_id == id).cloned();
    for session in sessions(before).iter().filter(|session| session.state.is_final()) {
        if of(session.conversation_id, sessions(after)).as_ref() != Some(session) {
            wrong.push(format!("invariant 6: {name}: a final row has changed or is lost: {session:?}"));
        }
    }
    let end = |termination: &WebchatTermination| termination.status.as_ref().and_then(|status| status.completion_time);
    if end(before).is_some() && (end(before), sessions(before)) != (end(after), sessions(after)) {
        wrong.push(format!("invariant 5: {name} was finished, and has changed"));
    }
    if !is_ours(before) && (sessions(before) != sessions(after) || is_ours(after)) {
        wrong.push(format!("{name}: the record of another object was worked on"));
    }
    // Told from the spec, as a user reads it: what ships is not asked what it thinks that this means.
    let created = after.creation_timestamp().map(|time| time.0);
    let bound = after.spec.legs_connected_before.or(created).unwrap();
    for session in sessions(after) {
        let old = of(session.conversation_id, sessions(before)).unwrap_or_default();
        let late = session.legs.iter().any(|leg| leg.connected_time >= bound && !old.legs.contains(leg));
        if session.reconnects == 0 && late {
            wrong.push(format!("invariant 8: {name}: a leg is to be closed that connected later than it may have: {session:?}"));
        }
        let Some(now_named) = named_by(session).filter(|named| named_by(&old).as_ref() != Some(named)) else { continue };
        // What is half closed is brought to its end: a guest may have gone although nothing was recorded of her close. So may one
        // whose close was on record: nobody knows whether it was sent.
        let half_closed = |legs: &[Leg]| legs.iter().any(|leg| leg.closed);
        let touched = old.close_sent || half_closed(&old.legs) || (named_by(&old).is_some() && half_closed(&session.legs));
        let begins = matches!(now_named, Named::Guest { .. }) && !touched;
        let stopped = after.spec.suspend || after.spec.cancel.is_some();
        if after.spec.cancel == Some(Cancel::Immediate) || (stopped && begins) {
            wrong.push(format!("invariant 3: {name} was stopped, and {now_named} is begun: {old:?} -> {session:?}"));
        }
    }
    wrong
}

/// Whether a record says that no further session is begun, for whatever reason.
pub(super) fn stands_still(termination: &WebchatTermination) -> bool {
    let conditions = termination.status.as_ref().map(|status| status.conditions.as_slice()).unwrap_or_default();
    let holds = |type_| conditions.iter().any(|condition| condition.type_ == type_ && condition.status == "True");
    holds("Suspended") || holds("Stalled") || termination.is_finished() || termination.spec.cancel.is_some()
}

/// A record in a line.
pub(super) fn summary(termination: &WebchatTermination) -> String {
    let rows: Vec<String> = sessions(termination)
        .iter()
        .map(|session| {
            let reason = session.reason.map(|reason| format!("({reason:?})")).unwrap_or_default();
            format!("{} {:?}{reason}", short(session.conversation_id), session.state)
        })
        .collect();
    let status = serde_json::to_value(&termination.status).unwrap();
    format!("{} {}: {}", termination.name_any(), conditions(&serde_json::json!({ "status": status })), rows.join(", "))
}

/// The reasons of an object's conditions.
pub(super) fn conditions(object: &Value) -> String {
    let all = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let told = |type_: &str| all.iter().find(|one| one["type"] == type_).map(|one| format!("{type_}={}", one["reason"].as_str().unwrap()));
    ["Succeeded", "Ready", "CredentialsValid"].iter().filter_map(|type_| told(type_)).collect::<Vec<_>>().join(" ")
}
