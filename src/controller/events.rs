//! Kubernetes Events, on transitions only: a reason that changed is told once, to people who `kubectl describe`.

use kube::Resource;
use kube::runtime::events::{Event, EventType};
use tracing::debug;

use super::scope::Shared;
use crate::crd::WebchatTermination;

/// Tells what changed between two states of a termination. A failure to tell it is no failure.
pub(super) async fn announce(shared: &Shared, before: &WebchatTermination, after: &WebchatTermination) {
    let Some((reason, message)) = verdict_of(after) else { return };
    let told = verdict_of(before).map(|(reason, _)| reason);
    // Backing off comes and goes; the status shows it.
    let quiet = reason == "BackingOff" || (reason == "Progressing" && told.as_deref() == Some("BackingOff"));
    if quiet || told.as_ref() == Some(&reason) {
        return;
    }
    let good = ["Progressing", "Suspended", "AllSessionsEnded"].contains(&reason.as_str());
    let event = Event {
        type_: if good { EventType::Normal } else { EventType::Warning },
        reason,
        note: Some(message),
        action: "Terminate".into(),
        secondary: None,
    };
    if let Err(error) = shared.recorder.publish(&event, &after.object_ref(&())).await {
        debug!(%error, "an event was not published");
    }
}

fn verdict_of(termination: &WebchatTermination) -> Option<(String, String)> {
    let conditions = &termination.status.as_ref()?.conditions;
    let verdict = conditions.iter().find(|condition| condition.type_ == "Succeeded")?;
    Some((verdict.reason.clone(), verdict.message.clone()))
}
