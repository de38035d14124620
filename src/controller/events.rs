//! Kubernetes Events, on transitions only: a reason that changed is told once, to people who `kubectl describe`.

use kube::Resource;
use kube::runtime::events::{Event, EventType};
use tracing::debug;

use super::scope::Shared;
use crate::clock;
use crate::crd::{GUESTS_TURN_READ_ONLY, LEGS_CONNECTED_BEFORE_IN_FUTURE, WebchatTermination, later_guests_warning};

/// Tells what changed between two states of a termination. A failure to tell it is no failure.
pub(super) async fn announce(shared: &Shared, before: &WebchatTermination, after: &WebchatTermination) {
    if let Some((reason, message)) = warning_of(after).filter(|_| warning_of(before).is_none()) {
        publish(shared, after, EventType::Warning, reason, message).await;
    }
    let future = later_guests_warning(after, clock::now()).filter(|_| is_recorded(after) && !is_recorded(before));
    if let Some(message) = future {
        publish(shared, after, EventType::Warning, LEGS_CONNECTED_BEFORE_IN_FUTURE.into(), message).await;
    }
    let Some((reason, message)) = verdict_of(after) else { return };
    let told = verdict_of(before).map(|(reason, _)| reason);
    // Backing off comes and goes; the status shows it.
    let quiet = reason == "BackingOff" || (reason == "Progressing" && told.as_deref() == Some("BackingOff"));
    if quiet || told.as_ref() == Some(&reason) {
        return;
    }
    let good = ["Progressing", "Suspended", "AllSessionsEnded"].contains(&reason.as_str());
    publish(shared, after, if good { EventType::Normal } else { EventType::Warning }, reason, message).await;
}

/// Whether there is a record of it: the first one is made once.
fn is_recorded(termination: &WebchatTermination) -> bool {
    termination.status.as_ref().is_some_and(|status| status.uid.is_some())
}

async fn publish(shared: &Shared, about: &WebchatTermination, type_: EventType, reason: String, message: String) {
    let event = Event { type_, reason, note: Some(message), action: "Terminate".into(), secondary: None };
    if let Err(error) = shared.recorder.publish(&event, &about.object_ref(&())).await {
        debug!(%error, "an event was not published");
    }
}

/// That guests can write after the end, if their deployments let them.
fn warning_of(termination: &WebchatTermination) -> Option<(String, String)> {
    told_by(termination, GUESTS_TURN_READ_ONLY)
}

fn verdict_of(termination: &WebchatTermination) -> Option<(String, String)> {
    told_by(termination, "Succeeded")
}

fn told_by(termination: &WebchatTermination, type_: &str) -> Option<(String, String)> {
    let conditions = &termination.status.as_ref()?.conditions;
    let condition = conditions.iter().find(|condition| condition.type_ == type_)?;
    Some((condition.reason.clone(), condition.message.clone()))
}
