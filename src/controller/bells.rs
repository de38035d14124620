//! What makes a reconcile begin at once.

use std::sync::Arc;

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use kube::runtime::reflector::{ObjectRef, Store};
use kube::{Resource, ResourceExt};

use crate::crd::{GenesysConnection, WebchatTermination};

/// Terminations and connections that are to be reconciled at once.
#[derive(Clone, Debug)]
pub(super) struct Bells {
    terminations: UnboundedSender<ObjectRef<WebchatTermination>>,
    connections: UnboundedSender<ObjectRef<GenesysConnection>>,
}

impl Bells {
    /// Bells, and where they are heard.
    pub(super) fn hung() -> (Self, UnboundedReceiver<ObjectRef<WebchatTermination>>, UnboundedReceiver<ObjectRef<GenesysConnection>>) {
        let (terminations, heard_by_terminations) = unbounded();
        let (connections, heard_by_connections) = unbounded();
        (Self { terminations, connections }, heard_by_terminations, heard_by_connections)
    }

    /// This termination is to be reconciled.
    pub(super) fn wake(&self, termination: ObjectRef<WebchatTermination>) {
        // Nobody listens any more when we stop.
        let _ = self.terminations.unbounded_send(termination);
    }

    /// The unfinished ones of these terminations are to be reconciled.
    pub(super) fn wake_those(&self, terminations: &Store<WebchatTermination>, whom: impl Fn(&WebchatTermination) -> bool) {
        for termination in in_order(terminations).iter().filter(|termination| !termination.is_finished() && whom(termination)) {
            self.wake(ObjectRef::from(&**termination));
        }
    }

    /// The unfinished terminations, and all connections, are to be looked at: they may be ours now, or another's.
    pub(super) fn wake_all(&self, terminations: &Store<WebchatTermination>, connections: &Store<GenesysConnection>) {
        in_order(connections).iter().for_each(|connection| self.recheck(ObjectRef::from(&**connection)));
        self.wake_those(terminations, |_| true);
    }

    /// This connection is to be checked.
    pub(super) fn recheck(&self, connection: ObjectRef<GenesysConnection>) {
        let _ = self.connections.unbounded_send(connection);
    }
}

/// What a store holds. It has no order of its own, and the same happenings are to lead to the same ones.
fn in_order<K>(store: &Store<K>) -> Vec<Arc<K>>
where
    K: Resource<DynamicType = ()> + Clone + 'static,
{
    let mut all = store.state();
    all.sort_by_key(|object| (object.namespace(), object.name_any()));
    all
}
