//! The command's ear: events end the wait of the work loop.

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::manifest::Assignment;
use super::stop::Stop;
use crate::crd::{ConfirmationSource, flow_reason};
use crate::genesys::Client;
use crate::hearing::{Audience, Delivery, Ear, Flow, Sources};
use crate::termination::Source;

/// Rung when there is news. There is one who hears it.
#[derive(Debug, Default)]
pub(super) struct Doorbell(Notify);

impl Doorbell {
    /// Waits until there is news; news since the last wait counts.
    pub(super) async fn rung(&self) {
        self.0.notified().await;
    }
}

impl Audience for Doorbell {
    type Key = ();

    fn wake(&self, (): &()) {
        self.0.notify_one();
    }

    fn heard(&self, _: Source, _: &Delivery<()>) {}

    // The round that comes next tells it.
    fn flow_changed(&self) {}
}

/// An ear for an assignment's connection, until somebody asks to stop. Nothing is sent yet.
pub(super) fn ear(client: Client, assignment: &Assignment, stop: &Stop) -> Ear<Doorbell> {
    let confirmation = &assignment.connection.spec.confirmation;
    let shutdown = CancellationToken::new();
    let ear = Ear::new(client, Doorbell::default(), &shutdown);
    ear.listen_to(Sources {
        notification: confirmation.names(ConfirmationSource::Notification),
        webhook: confirmation.names(ConfirmationSource::Webhook),
    });
    let stop = stop.clone();
    tokio::spawn(async move {
        stop.asked(1).await;
        shutdown.cancel();
    });
    ear
}

/// Says that events do not flow, when that is news: once until they flow again, whatever reason comes after the first.
#[derive(Debug, Default)]
pub(super) struct Notices {
    told: bool,
}

impl Notices {
    /// What there is to say of the flow of events.
    pub(super) fn of(&mut self, flow: Flow) -> Option<String> {
        match flow {
            Flow::Stopped(fault) if !self.told => {
                self.told = true;
                Some(format!("events do not flow ({}: {}): polling takes over", flow_reason(&fault), fault.message))
            }
            Flow::Flowing => {
                self.told = false;
                None
            }
            Flow::Stopped(_) | Flow::Unknown => None,
        }
    }
}
