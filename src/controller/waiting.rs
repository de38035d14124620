//! Those for whom a connection's ear listens: terminations, and the connection's own conditions.

use std::sync::Arc;

use kube::ResourceExt;
use kube::runtime::reflector::ObjectRef;

use super::bells::Bells;
use crate::crd::{ConfirmationSource, GenesysConnection, WebchatTermination};
use crate::hearing::{Audience, Delivery, Sources};
use crate::telemetry::Metrics;
use crate::termination::Source;

/// A termination that waits for events. One that is created again under the same name is another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Waiting {
    pub(super) uid: String,
    namespace: String,
    name: String,
}

impl Waiting {
    pub(super) fn of(termination: &WebchatTermination) -> Self {
        Self {
            uid: termination.uid().unwrap_or_default(),
            namespace: termination.namespace().unwrap_or_default(),
            name: termination.name_any(),
        }
    }
}

/// Wakes whoever waits for events of one connection.
pub(super) struct Waiters {
    pub(super) bells: Bells,
    pub(super) metrics: Arc<Metrics>,
    pub(super) connection: ObjectRef<GenesysConnection>,
}

impl Audience for Waiters {
    type Key = Waiting;

    fn wake(&self, Waiting { uid: _, namespace, name }: &Waiting) {
        self.bells.wake(ObjectRef::new(name).within(namespace));
    }

    fn heard(&self, source: Source, delivery: &Delivery<Waiting>) {
        let result = match delivery {
            Delivery::News(_) => "news",
            Delivery::Repeated => "repeated",
            Delivery::Unknown => "unknown",
        };
        self.metrics.event_heard(source, result);
    }

    fn flow_changed(&self) {
        self.bells.recheck(self.connection.clone());
    }
}

/// The sources of events that a connection names.
pub(super) fn sources(connection: &GenesysConnection) -> Sources {
    let confirmation = &connection.spec.confirmation;
    Sources { notification: confirmation.names(ConfirmationSource::Notification), webhook: confirmation.names(ConfirmationSource::Webhook) }
}
