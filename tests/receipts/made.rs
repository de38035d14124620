//! Terminations with finished sessions.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;
use webchat_terminator::crd::{WebchatTermination, WebchatTerminationStatus};
use webchat_terminator::receipts::{Receipt, receipts};
use webchat_terminator::termination::{Session, Source, State};

/// The receipts of a termination with this uid, of which `count` sessions have finished.
pub(super) fn made(uid: &str, count: u32) -> Vec<Receipt> {
    receipts(&termination(uid, count)).unwrap()
}

pub(super) fn termination(uid: &str, count: u32) -> WebchatTermination {
    let ids: Vec<Uuid> = (0..20).map(|number| Uuid::from_u128(0xC0_0000 + number)).collect();
    let targets: Vec<_> = ids.iter().map(|id| json!({ "conversationId": id, "reason": "incident 4711" })).collect();
    let spec = serde_json::from_value(json!({ "connectionRef": { "name": "main" }, "sessions": targets })).unwrap();
    let mut termination = WebchatTermination::new("incident", spec);
    termination.metadata.namespace = Some("chat".into());
    let start = Timestamp::from_second(1_763_812_800).unwrap();
    let sessions = ids.into_iter().zip(0..).map(|(id, number)| Session {
        state: if number < count { State::Ended } else { State::Settling },
        since: Some(start + SignedDuration::from_secs(i64::from(number) / 3)),
        confirmed_by: Some(Source::Webhook),
        guest_closed_time: Some(start),
        ..Session::pending(id)
    });
    termination.status = Some(WebchatTerminationStatus {
        organization_id: Some(Uuid::from_u128(0x0A00)),
        uid: Some(uid.to_owned()),
        sessions: sessions.collect(),
        ..WebchatTerminationStatus::default()
    });
    termination
}
