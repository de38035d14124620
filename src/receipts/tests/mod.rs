//! Receipts and their chains.

mod chain;
mod golden;
#[cfg(feature = "cli")]
mod hostile;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use crate::crd::{WebchatTermination, WebchatTerminationSpec, WebchatTerminationStatus};
use crate::termination::{Leg, Session, Source, State};

pub(super) const ORGANIZATION: Uuid = Uuid::from_u128(0x0A00);
pub(super) const UID: &str = "9d3c2f7e-0000-4000-8000-000000000001";

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_763_812_800).unwrap() + SignedDuration::from_secs(seconds)
}

pub(super) fn conversation(number: u128) -> Uuid {
    Uuid::from_u128(0xC0_0000 + number)
}

/// A session that ended, final at `seconds`.
pub(super) fn ended(number: u128, seconds: i64) -> Session {
    Session {
        state: State::Ended,
        legs: vec![Leg {
            participant_id: Uuid::from_u128(0x10_0000 + number),
            communication_id: Uuid::from_u128(0x11_0000 + number),
            connected_time: at(-600),
            closed: true,
        }],
        since: Some(at(seconds)),
        frozen_time: Some(at(seconds - 40)),
        confirmed_by: Some(Source::Webhook),
        guest_closed_time: Some(at(seconds - 35)),
        ended_time: Some(at(seconds - 30)),
        guest_close_correlation_id: Some("5f1c-guest".into()),
        wrapper_close_correlation_id: Some("5f1c-wrapper".into()),
        ..Session::pending(conversation(number))
    }
}

/// A session that had ended before the first look, at `seconds`.
pub(super) fn seen(number: u128, seconds: i64) -> Session {
    let looked = Some(at(seconds));
    let confirmed_by = Some(Source::Poll);
    Session { state: State::AlreadyEnded, since: looked, ended_time: looked, confirmed_by, ..Session::pending(conversation(number)) }
}

/// A termination with this record.
pub(super) fn termination(sessions: Vec<Session>) -> WebchatTermination {
    let targets: Vec<_> =
        sessions.iter().map(|it| json!({ "conversationId": it.conversation_id, "reason": "incident 4711, „Grüße“" })).collect();
    let spec: WebchatTerminationSpec = serde_json::from_value(json!({ "connectionRef": { "name": "main" }, "sessions": targets })).unwrap();
    let mut termination = WebchatTermination::new("incident", spec);
    termination.metadata.namespace = Some("chat".into());
    termination.metadata.uid = Some(UID.into());
    termination.status = Some(WebchatTerminationStatus {
        organization_id: Some(ORGANIZATION),
        uid: Some(UID.into()),
        sessions,
        ..WebchatTerminationStatus::default()
    });
    termination
}
