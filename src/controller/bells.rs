//! What makes a reconcile begin at once.

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use kube::ResourceExt;
use kube::runtime::reflector::{ObjectRef, Store};

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
        let finished = |one: &WebchatTermination| one.status.as_ref().is_some_and(|status| status.completion_time.is_some());
        let mut all = terminations.state();
        // A store has no order of its own, and the same happenings are to lead to the same ones.
        all.sort_by_key(|termination| termination.name_any());
        for termination in all.iter().filter(|termination| !finished(termination) && whom(termination)) {
            self.wake(ObjectRef::from(&**termination));
        }
    }

    /// The unfinished terminations, and all connections, are to be looked at: they may be ours now, or another's.
    pub(super) fn wake_all(&self, terminations: &Store<WebchatTermination>, connections: &Store<GenesysConnection>) {
        let mut all = connections.state();
        all.sort_by_key(|connection| connection.name_any());
        all.iter().for_each(|connection| self.recheck(ObjectRef::from(&**connection)));
        self.wake_those(terminations, |_| true);
    }

    /// This connection is to be checked.
    pub(super) fn recheck(&self, connection: ObjectRef<GenesysConnection>) {
        let _ = self.connections.unbounded_send(connection);
    }
}
