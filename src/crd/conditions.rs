//! Conditions: what tools and people read. One table turns a verdict into them.

mod events_flow;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};

pub use events_flow::{EventsFlow, events_flowing, flow_reason};

use super::message::{backing_off, message};
use crate::plan::{Blocker, BlockerKind, Failure, Order, Progress, Verdict};

/// What a set of conditions is stamped with.
#[derive(Clone, Copy, Debug)]
pub struct Stamp<'a> {
    /// The conditions that stood before: a transition time is kept while the status stays.
    pub previous: &'a [Condition],
    /// The `metadata.generation` that they are about.
    pub generation: Option<i64>,
    /// The time now.
    pub now: Timestamp,
}

impl Stamp<'_> {
    /// One condition.
    #[must_use]
    pub fn condition(&self, type_: &str, status: Status, reason: &str, message: &str) -> Condition {
        let status = status.word();
        let unchanged = self.previous.iter().find(|condition| condition.type_ == type_ && condition.status == status);
        let since = unchanged.map_or(Time(self.now), |condition| condition.last_transition_time.clone());
        Condition {
            last_transition_time: since,
            message: message.chars().take(1024).collect(),
            observed_generation: self.generation,
            reason: reason.into(),
            status: status.into(),
            type_: type_.into(),
        }
    }
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It holds.
    True,
    /// It does not.
    False,
    /// It cannot be said yet.
    Unknown,
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

impl From<bool> for Status {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// The one CamelCase word for a verdict: in conditions, events and metrics alike.
#[must_use]
pub fn reason(verdict: &Verdict, progress: &Progress) -> &'static str {
    match verdict {
        Verdict::Working if backing_off(progress).is_some() => "BackingOff",
        Verdict::Working => "Progressing",
        Verdict::Suspended => "Suspended",
        Verdict::Blocked(blocker) => blocker_reason(blocker.kind),
        Verdict::Succeeded => "AllSessionsEnded",
        Verdict::Failed(Failure::SessionsNotFound) => "SessionsNotFound",
        Verdict::Failed(Failure::SessionsFailed) => "SessionsFailed",
        Verdict::Failed(Failure::Cancelled) => "Cancelled",
        Verdict::Failed(Failure::DeadlineExceeded) => "DeadlineExceeded",
        Verdict::Failed(Failure::FailureLimitExceeded) => "FailureLimitExceeded",
    }
}

/// The one CamelCase word for what a person has to mend.
#[must_use]
pub fn blocker_reason(kind: BlockerKind) -> &'static str {
    match kind {
        BlockerKind::Connection => "ConnectionNotReady",
        BlockerKind::Credentials => "CredentialsInvalid",
        BlockerKind::Organization => "OrganizationMismatch",
        BlockerKind::Permission => "PermissionMissing",
        BlockerKind::Restored => "RestoredInMidFlight",
    }
}

/// The conditions of a WebchatTermination.
#[must_use]
pub fn conditions(verdict: &Verdict, order: &Order, progress: &Progress, stamp: &Stamp<'_>) -> Vec<Condition> {
    let (reason, message) = (reason(verdict, progress), message(verdict, order, progress));
    let finished = matches!(verdict, Verdict::Succeeded | Verdict::Failed(_));
    let succeeded = match verdict {
        Verdict::Succeeded => Status::True,
        Verdict::Failed(_) => Status::False,
        Verdict::Working | Verdict::Suspended | Verdict::Blocked(_) => Status::Unknown,
    };
    let rows = [
        ("Succeeded", Some(succeeded)),
        ("Finished", Some(finished.into())),
        ("Ready", Some((*verdict == Verdict::Succeeded).into())),
        ("Reconciling", unless_false(*verdict == Verdict::Working, "Reconciling", stamp)),
        ("Stalled", unless_false(matches!(verdict, Verdict::Failed(_) | Verdict::Blocked(_)), "Stalled", stamp)),
        ("Suspended", unless_false(*verdict == Verdict::Suspended, "Suspended", stamp)),
        ("CredentialsReady", credentials_ready(verdict, progress)),
    ];
    rows.into_iter().filter_map(|(type_, status)| status.map(|status| stamp.condition(type_, status, reason, &message))).collect()
}

/// A condition that only matters while it holds: left out until it first does.
fn unless_false(holds: bool, type_: &str, stamp: &Stamp<'_>) -> Option<Status> {
    let stood = stamp.previous.iter().any(|condition| condition.type_ == type_);
    (holds || stood).then_some(holds.into())
}

fn credentials_ready(verdict: &Verdict, progress: &Progress) -> Option<Status> {
    let used = progress.sessions.iter().any(|session| session.since.is_some());
    match verdict {
        Verdict::Blocked(blocker) => match blocker.kind {
            BlockerKind::Credentials | BlockerKind::Organization | BlockerKind::Permission => Some(Status::False),
            BlockerKind::Connection | BlockerKind::Restored => None,
        },
        Verdict::Working | Verdict::Suspended | Verdict::Succeeded | Verdict::Failed(_) => used.then_some(Status::True),
    }
}

/// What a check of a connection showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checked {
    /// It can be used.
    Good,
    /// A person has to mend something.
    Blocked(Blocker),
    /// It could not be checked now: the reason, and a sentence.
    NotYet(&'static str, &'static str),
}

/// Whether and why a connection can be used, as its conditions. What was not checked now stands as it was last checked.
#[must_use]
pub fn connection_conditions(checked: &Checked, stamp: &Stamp<'_>) -> Vec<Condition> {
    let ready = match checked {
        Checked::Good => stamp.condition("Ready", Status::True, "Connected", "a token was obtained and belongs to the organization"),
        Checked::Blocked(blocker) => stamp.condition("Ready", Status::False, blocker_reason(blocker.kind), &blocker.fault.message),
        Checked::NotYet(reason, message) => stamp.condition("Ready", Status::False, reason, message),
    };
    let judge = |type_, kind, good: &str| match checked {
        Checked::Blocked(blocker) if blocker.kind == kind => {
            stamp.condition(type_, Status::False, blocker_reason(kind), &blocker.fault.message)
        }
        Checked::Good => stamp.condition(type_, Status::True, "Checked", good),
        Checked::Blocked(blocker) if blocker.kind > kind => stamp.condition(type_, Status::True, "Checked", good),
        Checked::Blocked(_) => stamp.condition(type_, Status::Unknown, "NotChecked", "an earlier check failed"),
        Checked::NotYet(..) => match stamp.previous.iter().find(|condition| condition.type_ == type_) {
            Some(stood) => Condition { observed_generation: stamp.generation, ..stood.clone() },
            None => stamp.condition(type_, Status::Unknown, "NotChecked", "it was not checked yet"),
        },
    };
    vec![
        ready,
        judge("CredentialsValid", BlockerKind::Credentials, "the service took the credentials"),
        judge("OrganizationMatches", BlockerKind::Organization, "the token belongs to organizationId"),
        judge("PermissionsSufficient", BlockerKind::Permission, "no request was refused for a missing permission so far"),
    ]
}

#[cfg(test)]
mod tests;
