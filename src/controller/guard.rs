//! What stands around every reconcile: it is counted and timed, its panic is caught, its failure is repeated and logged.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt, future};
use kube::runtime::controller::Action;
use kube::runtime::reflector::ObjectRef;
use kube::{Resource, ResourceExt};
use tracing::{debug, warn};

use super::next::{Next, ReconcileError};
use super::scope::Scope;
use crate::clock;

/// How soon a failed reconcile is repeated.
const AFTER_ERROR: Duration = Duration::from_secs(5);

/// A reconcile that is counted and timed, and whose panic does not take the process down.
pub(super) fn guarded<K, F, O>(
    controller: &'static str,
    reconcile: F,
) -> impl Fn(Arc<K>, Arc<Scope>) -> future::BoxFuture<'static, Result<Action, ReconcileError>>
where
    K: Resource<DynamicType = ()> + Send + Sync + 'static,
    F: Fn(Arc<K>, Arc<Scope>) -> O + Copy + Send + 'static,
    O: Future<Output = Result<Next, ReconcileError>> + Send,
{
    move |object, scope| {
        async move {
            let (started, uid) = (clock::monotonic(), object.uid().unwrap_or_default());
            #[cfg(test)]
            let name = object.name_any();
            let outcome = AssertUnwindSafe(reconcile(object, Arc::clone(&scope))).catch_unwind();
            #[cfg(test)]
            let outcome = super::simulation::asking::on_behalf_of(name, outcome);
            let outcome = outcome.await.unwrap_or_else(|panic| Err(ReconcileError::Panicked(text_of(&*panic))));
            let took = clock::monotonic() - started;
            scope.shared.metrics.reconciled(controller, outcome.is_ok(), took);
            let wait = match &outcome {
                Ok(Next::After(wait)) => Some(*wait),
                Ok(Next::OnChange) => None,
                Err(_) => Some(AFTER_ERROR),
            };
            scope.shared.health.due_in(&uid, wait);
            outcome.map(|_| wait.map_or_else(Action::await_change, Action::requeue))
        }
        .boxed()
    }
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string).or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "no message".into())
}

#[expect(clippy::needless_pass_by_value, reason = "the controller hands it over by value")]
pub(super) fn after_error<K: Resource<DynamicType = ()>>(object: Arc<K>, error: &ReconcileError, _: Arc<Scope>) -> Action {
    let source = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    warn!(name = object.name_any(), namespace = object.namespace().unwrap_or_default(), %error, source, "a reconcile failed and is repeated");
    Action::requeue(AFTER_ERROR)
}

pub(super) async fn logged<K, E: std::fmt::Display>(controller: &str, outcome: Result<(ObjectRef<K>, Action), E>)
where
    K: Resource<DynamicType = ()>,
{
    match outcome {
        Ok((object, _)) => debug!(controller, %object, "reconciled"),
        Err(error) => debug!(controller, %error, "not reconciled"),
    }
}
