//! Between the resources and the engine's values: spec to order, status to progress, and progress to status.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::ResourceExt;

use super::conditions::{Stamp, blocker_reason, conditions};
use super::{Cancel, ForceTeardown, NotFoundPolicy, OnReconnect, WebchatTermination, WebchatTerminationSpec, WebchatTerminationStatus};
use crate::plan::{self, Blocker, BlockerKind, Order, Progress, Tally, Target, verdict};
use crate::termination::{self, Fault, Teardown};

impl WebchatTermination {
    /// Whether its record says that it has finished.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.status.as_ref().is_some_and(|status| status.completion_time.is_some())
    }

    /// What is asked for. Without `legsConnectedBefore` and without a creation time no leg is a target.
    #[must_use]
    pub fn order(&self) -> Order {
        // A field that is forgotten here is a wish of the user's that nobody heeds.
        let WebchatTerminationSpec {
            connection_ref: _,
            sessions,
            legs_connected_before,
            confirm_timeout_seconds,
            attempts_per_session,
            max_failed_sessions,
            active_deadline_seconds,
            parallelism,
            not_found_policy,
            suspend,
            cancel,
            settle_seconds,
            on_reconnect,
            force_teardown,
        } = &self.spec;
        let target = |session: &super::SessionTarget| Target {
            conversation_id: session.conversation_id,
            participant_ids: session.participant_ids.clone(),
        };
        let created = self.creation_timestamp().map(|time| time.0);
        Order {
            targets: sessions.iter().map(target).collect(),
            legs_connected_before: legs_connected_before.or(created).unwrap_or(Timestamp::MIN),
            confirm_timeout: SignedDuration::from_secs((*confirm_timeout_seconds).into()),
            attempts_per_session: *attempts_per_session,
            max_failed_sessions: *max_failed_sessions,
            active_deadline: SignedDuration::from_secs((*active_deadline_seconds).into()),
            parallelism: usize::try_from(*parallelism).unwrap_or(1),
            not_found: match not_found_policy {
                NotFoundPolicy::Fail => plan::NotFoundPolicy::Fail,
                NotFoundPolicy::Succeed => plan::NotFoundPolicy::Succeed,
            },
            suspended: *suspend,
            cancel: cancel.map(|cancel| match cancel {
                Cancel::Drain => plan::Cancel::Drain,
                Cancel::Immediate => plan::Cancel::Immediate,
            }),
            settle: SignedDuration::from_secs((*settle_seconds).into()),
            on_reconnect: match on_reconnect {
                OnReconnect::Terminate => termination::OnReconnect::Terminate,
                OnReconnect::Report => termination::OnReconnect::Report,
            },
            teardown: match force_teardown {
                ForceTeardown::Never => Teardown::Never,
                ForceTeardown::WhenStuck => Teardown::WhenStuck,
            },
        }
    }
}

/// What a status has on record.
#[must_use]
pub fn progress_of(status: &WebchatTerminationStatus) -> Progress {
    Progress {
        sessions: status.sessions.clone(),
        start_time: status.start_time,
        stop_time: status.stop_time,
        completion_time: status.completion_time,
    }
}

/// The missing permission that a status reports, if it does. See [`plan::Inventory::standing`].
#[must_use]
pub fn standing_blocker(status: &WebchatTerminationStatus) -> Option<Blocker> {
    let reported = |condition: &&Condition| condition.type_ == "Stalled" && condition.status == "True";
    let kind = BlockerKind::Permission;
    let stalled = status.conditions.iter().find(reported).filter(|condition| condition.reason == blocker_reason(kind));
    stalled.map(|condition| Blocker { kind, fault: Fault::new("missing.permissions", &condition.message) })
}

/// The status that says how far an order has come. What identifies the record (`record`, `uid`, `connectionUid`,
/// `organizationId`) is carried over; whoever writes it sets it.
#[must_use]
pub fn report(
    termination: &WebchatTermination,
    order: &Order,
    progress: &Progress,
    blocker: Option<&Blocker>,
    now: Timestamp,
) -> WebchatTerminationStatus {
    let before = termination.status.clone().unwrap_or_default();
    let generation = termination.metadata.generation;
    let stamp = Stamp { previous: &before.conditions, generation, now };
    let verdict = verdict(order, progress, blocker);
    let Tally { total, ended, already_ended, not_targeted, not_found, failed, stopped, remaining } = progress.tally();
    WebchatTerminationStatus {
        observed_generation: generation,
        conditions: conditions(&verdict, order, progress, &stamp),
        progress: Some(format!("{}/{total}", total - remaining)),
        total: Some(total),
        ended: Some(ended),
        already_ended: Some(already_ended),
        not_targeted: Some(not_targeted),
        not_found: Some(not_found),
        failed: Some(failed),
        stopped: Some(stopped),
        remaining: Some(remaining),
        start_time: progress.start_time,
        completion_time: progress.completion_time,
        stop_time: progress.stop_time,
        uid: before.uid,
        connection_uid: before.connection_uid,
        organization_id: before.organization_id,
        record: before.record,
        sessions: progress.sessions.clone(),
    }
}
