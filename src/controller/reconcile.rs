//! One WebchatTermination, in named steps.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use kube::runtime::reflector::{ObjectRef, Store};
use kube::{Api, ResourceExt};
use uuid::Uuid;

use super::duty::Duty;
use super::events;
use super::next::{Next, ReconcileError};
use super::permit::WatchedPermit;
use super::scope::Scope;
use super::store::StatusStore;
use super::waiting::Waiting;
use crate::clock::SystemClock;
use crate::crd::{GenesysConnection, WebchatTermination, progress_of, standing_blocker};
use crate::engine::{self, Act, Listen, Observe, Round, Shell, StoreError, Time};
use crate::plan::{Blocker, BlockerKind, Hearing, Inventory, Look, Order, Outlook, Write};
use crate::termination::{Answer, Fault, Setback};

/// How soon to look again after another writer came in between.
const AFTER_CONFLICT: Duration = Duration::from_millis(200);

/// How soon to look again while a person has to mend something. A Secret is not watched, so it is asked for.
const WHILE_BLOCKED: Duration = Duration::from_secs(10);

/// How soon to look again while the connections have not been listed yet, just after the start.
const UNTIL_LISTED: Duration = Duration::from_millis(50);

/// How soon to ask again whose it is, while another replica works on it. What changes is told.
const WHILE_ANOTHERS: Duration = Duration::from_secs(60);

/// The shortest wait between two reconciles of one object.
const FLOOR: Duration = Duration::from_millis(20);

/// Takes one termination as far as it goes now.
pub(super) async fn reconcile(watched: Arc<WebchatTermination>, scope: Arc<Scope>) -> Result<Next, ReconcileError> {
    // No client required.
    let termination = scope.shared.views.newest(watched);
    if let Some(next) = finished(&termination, &scope).await? {
        return Ok(next);
    }
    if !scope.connections_listed.load(Ordering::Relaxed) {
        return Ok(Next::After(UNTIL_LISTED));
    }
    let connection = connection_of(&termination, &scope.connections);
    let order = order_of(&termination, connection.as_deref().ok());
    // Client required from here on.
    let (duty, needed) = match (&connection, foreign(&termination, connection.as_deref().ok())) {
        (_, Some(blocker)) => (Duty::without_client(&scope), Err(blocker)),
        (Err(blocker), None) => (Duty::without_client(&scope), Err(blocker.clone())),
        (Ok(connection), None) => match Duty::of(connection, &scope).await {
            (duty, None) => (duty, Ok(connection)),
            (duty, Some(blocker)) => (duty, Err(blocker)),
        },
    };
    if !duty.is_ours() {
        return Ok(Next::After(if needed.is_err() { WHILE_BLOCKED } else { WHILE_ANOTHERS }));
    }
    let access = match needed {
        Ok(connection) => scope.shared.clients.usable(connection, &scope.bells).await,
        Err(blocker) => Err(blocker),
    };
    let mut record = record_of(&termination, connection.as_deref().ok(), order, access.as_ref().err(), &scope);
    let outcome = match &access {
        Ok(usable) => {
            let known = Inventory { standing: standing_blocker(&termination.status.clone().unwrap_or_default()), ..Inventory::default() };
            let who = Waiting::of(&termination);
            let follower = usable.ear.follower(who.clone());
            let outcome = rounds(&termination, connection.as_deref().ok(), &follower, known, &mut record, &duty, &scope).await;
            if !is_waiting(&outcome) {
                usable.ear.leave(&who);
            }
            outcome
        }
        Err(blocker) => {
            let known = Inventory { blocker: Some(blocker.clone()), ..Inventory::default() };
            rounds(&termination, connection.as_deref().ok(), &Nobody, known, &mut record, &duty, &scope).await
        }
    };
    let after = record.termination;
    events::announce(&scope.shared, &termination, &after).await;
    scope.shared.views.keep(after);
    match outcome {
        Ok(round) => Ok(next(&round)),
        Err(StoreError::Conflict) => Ok(after_conflict(&termination, &scope).await),
        Err(StoreError::Gone) => Ok(Next::OnChange),
        Err(error @ StoreError::Unavailable(_)) => Err(ReconcileError::Record(error)),
    }
}

/// Whether something more is to be heard: not when it is finished, held or gone. What is held is looked at when it goes on.
fn is_waiting(outcome: &Result<Round, StoreError>) -> bool {
    match outcome {
        Ok(round) => matches!(round.outlook, Outlook::At(_)),
        Err(StoreError::Gone) => false,
        Err(StoreError::Conflict | StoreError::Unavailable(_)) => true,
    }
}

/// A deleted termination is left alone, and so is a finished one, but for the generation that its status is about.
async fn finished(termination: &WebchatTermination, scope: &Scope) -> Result<Option<Next>, ReconcileError> {
    if termination.metadata.deletion_timestamp.is_some() {
        return Ok(Some(Next::OnChange));
    }
    let status = termination.status.clone().unwrap_or_default();
    let progress = progress_of(&status);
    if !progress.is_finished() {
        return Ok(None);
    }
    if status.observed_generation == termination.metadata.generation {
        return Ok(Some(Next::OnChange));
    }
    if !Duty::without_client(scope).is_ours() {
        return Ok(Some(Next::After(WHILE_ANOTHERS)));
    }
    let mut record = record_of(termination, None, termination.order(), None, scope);
    match record.restamp().await {
        Ok(()) | Err(StoreError::Gone) => Ok(Some(Next::OnChange)),
        Err(StoreError::Conflict) => Ok(Some(after_conflict(termination, scope).await)),
        Err(error @ StoreError::Unavailable(_)) => Err(ReconcileError::Record(error)),
    }
}

/// Somebody else has written: what is there now is read, since the watch may take its time to tell.
async fn after_conflict(termination: &WebchatTermination, scope: &Scope) -> Next {
    let api: Api<WebchatTermination> = Api::namespaced(scope.shared.kube.clone(), &termination.namespace().unwrap_or_default());
    if let Ok(Some(seen)) = api.get_opt(&termination.name_any()).await {
        scope.shared.views.keep(seen);
    }
    Next::After(AFTER_CONFLICT)
}

/// The connection that the termination names.
fn connection_of(termination: &WebchatTermination, connections: &Store<GenesysConnection>) -> Result<Arc<GenesysConnection>, Blocker> {
    let name = &termination.spec.connection_ref.name;
    let namespace = termination.namespace().unwrap_or_default();
    if let Some(connection) = connections.get(&ObjectRef::new(name).within(&namespace)) {
        return Ok(connection);
    }
    let elsewhere = connections.state().into_iter().find(|connection| connection.name_any() == *name).and_then(|c| c.namespace());
    let hint = match elsewhere {
        Some(other) => format!("there is one in namespace {other}, but a termination only uses its own namespace's"),
        None => "create it".to_owned(),
    };
    let message = format!("spec.connectionRef: GenesysConnection {namespace}/{name} does not exist: {hint}");
    Err(Blocker { kind: BlockerKind::Connection, fault: Fault::new("connection.not.found", &message) })
}

/// The order: a suspended connection suspends every termination that names it.
fn order_of(termination: &WebchatTermination, connection: Option<&GenesysConnection>) -> Order {
    let order = termination.order();
    Order { suspended: order.suspended || connection.is_some_and(|connection| connection.spec.suspend), ..order }
}

/// What blocks a termination whose record was made for another object or organization. This comes before everything else: what
/// is written for any other blocker would make the record ours.
fn foreign(termination: &WebchatTermination, connection: Option<&GenesysConnection>) -> Option<Blocker> {
    let status = termination.status.as_ref()?;
    let another_object = status.uid.is_some() && status.uid != termination.uid();
    let another_organization = status.organization_id.zip(connection).is_some_and(|(id, now)| id != now.spec.organization_id);
    if !another_object && !another_organization {
        return None;
    }
    // A fault's message is cut at 160 characters.
    let message = "the record in the status is of another object or organization (a restored backup?): delete this object and create it \
                   again; what has ended is then seen";
    Some(Blocker { kind: BlockerKind::Restored, fault: Fault::new("record.foreign", message) })
}

fn record_of<'a>(
    termination: &WebchatTermination,
    connection: Option<&GenesysConnection>,
    order: Order,
    blocker: Option<&Blocker>,
    scope: &'a Scope,
) -> StatusStore<'a> {
    let foreign = blocker.is_some_and(|blocker| blocker.kind == BlockerKind::Restored);
    let identity = if foreign { None } else { connection };
    StatusStore {
        api: Api::namespaced(scope.shared.kube.clone(), &termination.namespace().unwrap_or_default()),
        metrics: &scope.shared.metrics,
        holder: &scope.shared.identity,
        order,
        uid: if foreign { None } else { termination.uid() },
        connection_uid: identity.and_then(ResourceExt::uid),
        organization_id: identity.map(|connection| connection.spec.organization_id),
        deployments: identity.and_then(|connection| connection.status.clone()).map(|status| status.deployments).unwrap_or_default(),
        termination: termination.clone(),
    }
}

/// Runs rounds until there is something to wait for.
async fn rounds<G: Observe + Act + Listen>(
    termination: &WebchatTermination,
    connection: Option<&GenesysConnection>,
    genesys: &G,
    mut known: Inventory,
    record: &mut StatusStore<'_>,
    duty: &Duty<'_>,
    scope: &Scope,
) -> Result<Round, StoreError> {
    let permit = WatchedPermit {
        termination,
        terminations: &scope.terminations,
        views: &scope.shared.views,
        connection,
        connections: &scope.connections,
        shutdown: &scope.shared.shutdown,
        duty,
    };
    let shell = Shell { genesys, permit: &permit, time: &SystemClock };
    let order = record.order.clone();
    let uid = termination.uid().unwrap_or_default();
    let recorded = progress_of(&termination.status.clone().unwrap_or_default());
    let mut progress = scope.shared.look_times.apply(&uid, recorded);
    let mut called_off = false;
    loop {
        let standing = known.standing.clone();
        let accepted = known.answers.iter().any(|(_, answer)| matches!(answer, Answer::Accepted(_)));
        let round = if called_off {
            // With the same order, every session that may start would be begun in vain, one after the other.
            engine::take_down(&order, &progress, &known, &SystemClock, record).await?
        } else {
            engine::round(&order, &progress, known, &shell, record).await?
        };
        scope.shared.metrics.sessions_moved(&progress, &round.progress);
        note_permission(connection, round.blocker.as_ref(), accepted, scope);
        // What was sent last is for whoever leads now to find out.
        if round.outcome.answers.is_empty() || !duty.is_ours() {
            scope.shared.look_times.keep(&uid, &round.progress);
            return Ok(round);
        }
        called_off = round.outcome.is_called_off();
        progress = round.progress;
        known = Inventory { standing, ..round.outcome.into_inventory() };
    }
}

/// Tells the connection what was learned of its permissions: one is missing, or a write was accepted. Reads alone say nothing
/// about the permission to write.
fn note_permission(connection: Option<&GenesysConnection>, blocker: Option<&Blocker>, accepted: bool, scope: &Scope) {
    let missing = match blocker {
        Some(blocker) if blocker.kind == BlockerKind::Permission => Some(blocker),
        None if accepted => None,
        Some(_) | None => return,
    };
    if let Some(connection) = connection.filter(|connection| scope.shared.clients.note_permission(connection, missing)) {
        scope.bells.recheck(ObjectRef::from(connection));
    }
}

/// When to reconcile again.
fn next(round: &Round) -> Next {
    let wait = match round.outlook {
        Outlook::Finished | Outlook::Held => return Next::OnChange,
        Outlook::At(time) => Duration::try_from(time.duration_since(SystemClock.now())).unwrap_or_default(),
    };
    // A missing permission concerns the sessions that need it: they back off by themselves, and the others go on.
    let everything = round.blocker.as_ref().is_some_and(|blocker| blocker.kind != BlockerKind::Permission);
    Next::After(wait.max(if everything { WHILE_BLOCKED } else { FLOOR }))
}

/// Stands in for the service while nothing may be asked of it.
struct Nobody;

impl Observe for Nobody {
    async fn look(&self, _: Uuid) -> Look {
        Look::Failed(Setback { fault: Fault::new("not.connected", "the service was not asked"), retry_after: None })
    }
}

impl Act for Nobody {
    async fn send(&self, _: &Write) -> Answer {
        Answer::Withheld
    }
}

impl Listen for Nobody {
    async fn follow(&self, _: &[Uuid]) -> Hearing {
        Hearing::default()
    }

    fn taken(&self, _: &Hearing, _: &[Uuid]) {}
}
