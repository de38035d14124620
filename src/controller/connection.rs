//! One GenesysConnection: whether it can be used, and its conditions.

use std::sync::Arc;
use std::time::Duration;

use kube::api::PostParams;
use kube::{Api, ResourceExt};

use super::changes::names;
use super::clients::Usable;
use super::duty::Duty;
use super::next::{Next, ReconcileError};
use super::scope::Scope;
use super::waiting::sources;
use crate::clock;
use crate::crd::{
    Checked, EventsFlow, GenesysConnection, GenesysConnectionStatus, Stamp, WebhookStanding, connection_conditions, events_flowing,
    guests_condition, webhook_condition,
};
use crate::engine::StoreError;
use crate::genesys::permissions_in;
use crate::hearing::Flow;
use crate::plan::Blocker;

/// How often a connection that can be used is checked, and one that cannot.
const RECHECK: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(10));

/// Checks one connection and reports it.
pub(super) async fn reconcile(connection: Arc<GenesysConnection>, scope: Arc<Scope>) -> Result<Next, ReconcileError> {
    if connection.metadata.deletion_timestamp.is_some() {
        return Ok(Next::OnChange);
    }
    let (duty, lacking) = Duty::of(&connection, &scope).await;
    if scope.shared.clients.has_moved(&connection) {
        // They may be ours now, and would ask only after a minute.
        scope.bells.wake_those(&scope.terminations, |termination| names(termination, &connection));
    }
    // Events are taken by every replica.
    let webhook = webhook(&connection, &scope).await;
    if !duty.is_ours() {
        scope.shared.clients.rest(&connection, &scope.bells).await;
        return Ok(Next::After(if lacking.is_none() { RECHECK.0 } else { RECHECK.1 }));
    }
    let suspended = connection.spec.suspend;
    let usable = if suspended { None } else { Some(scope.shared.clients.usable(&connection, &scope.bells).await) };
    let at_hand = usable.as_ref().and_then(|usable| usable.as_ref().ok());
    let flow = flow(&connection, at_hand);
    let client = at_hand.filter(|usable| usable.access.is_some()).map(|usable| &usable.client);
    let deployments = scope.shared.deployments.of(&connection, client).await;
    let (checked, token_expiration_time) = match usable {
        None => (Checked::NotYet("Suspended", "suspend is true: nothing is sent through this connection"), None),
        Some(Ok(usable)) => match (usable.missing_permission, usable.access) {
            (Some(missing), access) => (Checked::Blocked(missing), access.map(|access| access.token_expires)),
            (None, Some(access)) => (Checked::Good, Some(access.token_expires)),
            (None, None) => (Checked::NotYet("Unreachable", "Genesys Cloud does not answer at present; it is asked again"), None),
        },
        Some(Err(blocker)) => (Checked::Blocked(blocker), None),
    };
    let before = connection.status.clone().unwrap_or_default();
    let stamp = Stamp { previous: &before.conditions, generation: connection.metadata.generation, now: clock::now() };
    let mut conditions = connection_conditions(&checked, &stamp);
    conditions.extend(guests_condition(&deployments, &stamp));
    conditions.extend(events_flowing(&flow, &stamp));
    conditions.extend(webhook.as_ref().map(|standing| webhook_condition(standing, &stamp)));
    let status = GenesysConnectionStatus {
        observed_generation: connection.metadata.generation,
        conditions,
        token_expiration_time,
        missing_permissions: if let Checked::Blocked(blocker) = &checked { missing_permissions(blocker) } else { Vec::new() },
        deployments,
    };
    if status != before {
        let api: Api<GenesysConnection> = Api::namespaced(scope.shared.kube.clone(), &connection.namespace().unwrap_or_default());
        let written = GenesysConnection { status: Some(status), ..(*connection).clone() };
        match api.replace_status(&connection.name_any(), &PostParams::default(), &written).await {
            Ok(_) => {}
            // Somebody else wrote, or it is gone: the watch tells.
            Err(kube::Error::Api(answer)) if [404, 409].contains(&answer.code) => return Ok(Next::After(RECHECK.1)),
            Err(error) => return Err(ReconcileError::Record(StoreError::Unavailable(error.to_string()))),
        }
    }
    // A Secret is not watched, so it is asked for.
    let lacks_secret = matches!(webhook, Some(WebhookStanding::SecretUnusable(_) | WebhookStanding::SecretUnread(_)));
    let is_good = (checked == Checked::Good || suspended) && !lacks_secret;
    Ok(Next::After(if is_good { RECHECK.0 } else { RECHECK.1 }))
}

/// How the connection's webhook stands, where it has one.
async fn webhook(connection: &GenesysConnection, scope: &Scope) -> Option<WebhookStanding> {
    match &scope.shared.intake {
        Some(intake) => intake.webhooks.refresh(connection, scope).await,
        None => connection.spec.webhook().map_or_else(|standing| standing, |_| Some(WebhookStanding::NotServed)),
    }
}

/// Whether the notification service's events flow, as far as the connection's ear knows.
fn flow(connection: &GenesysConnection, usable: Option<&Usable>) -> EventsFlow {
    if !sources(connection).notification {
        return EventsFlow::NotASource;
    }
    match usable.map(|usable| usable.ear.flow()) {
        Some(Flow::Flowing) => EventsFlow::Flowing,
        Some(Flow::Stopped(fault)) => EventsFlow::Stopped(fault),
        Some(Flow::Unknown) | None => EventsFlow::NotKnown,
    }
}

/// The permission strings and scopes that a message names.
fn missing_permissions(blocker: &Blocker) -> Vec<String> {
    permissions_in(&blocker.fault.message).map(str::to_owned).take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::BlockerKind;
    use crate::termination::Fault;

    #[test]
    fn the_permissions_are_taken_from_the_message() {
        let message = "must have at least one of the following permissions assigned: [conversation:communication:view, a:b:c]";
        let blocker = Blocker { kind: BlockerKind::Permission, fault: Fault::new("missing.any.permissions", message) };
        assert_eq!(missing_permissions(&blocker), ["conversation:communication:view", "a:b:c"]);
        let scope =
            Blocker { fault: Fault::new("missing.any.permissions", "the OAuth client lacks conversations:write"), ..blocker.clone() };
        assert_eq!(missing_permissions(&scope), ["conversations:write"]);
        let other = Blocker { fault: Fault::new("x", "client x: secret 12:30 is over"), ..blocker };
        assert!(missing_permissions(&other).is_empty());
    }
}
