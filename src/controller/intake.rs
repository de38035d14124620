//! Serves the webhook intake.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

use super::clients::Clients;
use super::error::RunError;
use super::options::IntakeOptions;
use super::webhooks::Webhooks;
use crate::intake::{Bounds, Certificate, ConnectionName, Heard, InCluster, Intake, Limits, Server, TakeError, Taker, routes};

/// The intake, where one is served.
pub(super) struct ServedIntake {
    pub(super) webhooks: Arc<Webhooks>,
    intake: Arc<Intake<Arc<Webhooks>, Ears, InCluster>>,
}

/// What there is to do for an intake that has its address.
pub(super) struct Work {
    server: Server,
    doubts: mpsc::Receiver<ConnectionName>,
}

impl ServedIntake {
    /// Binds the intake's address, if it has one. Nothing is served yet.
    pub(super) async fn bind(
        options: Option<&IntakeOptions>,
        kube: &kube::Client,
        clients: &Arc<Clients>,
    ) -> Result<Option<(Self, Work)>, RunError> {
        let Some(IntakeOptions { address, certificate }) = options else { return Ok(None) };
        let certificate = match certificate {
            Some((certificate, key)) => Some(Certificate::read(certificate.clone(), key.clone()).await?),
            None => None,
        };
        let server = Server::bind(*address, certificate, Bounds::default()).await.map_err(|error| RunError::Intake(*address, error))?;
        let (webhooks, doubts) = Webhooks::new();
        let webhooks = Arc::new(webhooks);
        let ears = Ears { webhooks: Arc::clone(&webhooks), clients: Arc::clone(clients) };
        let intake = Intake::new(Arc::clone(&webhooks), ears, InCluster::new(kube.clone()), Limits::default());
        Ok(Some((Self { webhooks, intake: Arc::new(intake) }, Work { server, doubts })))
    }

    /// How many requests ended in which way so far.
    pub(super) fn counts(&self) -> Vec<(&'static str, u64)> {
        self.intake.counts().into_iter().map(|(outcome, count)| (outcome.label(), count)).collect()
    }

    /// Serves until `shutdown`.
    pub(super) fn serve(&self, work: Work, shutdown: CancellationToken) -> impl Future<Output = ()> + Send + use<> {
        let Work { server, doubts } = work;
        let (webhooks, routes) = (Arc::clone(&self.webhooks), routes(Arc::clone(&self.intake)));
        info!(address = %server.address(), "events are taken over HTTP");
        if server.is_exposed() {
            warn!(
                address = %server.address(),
                "events and their secrets come in over plain HTTP: end TLS at an ingress in front, or give --intake-tls-cert and --intake-tls-key"
            );
        }
        async move {
            tokio::select! {
                () = server.serve(routes, shutdown) => {}
                () = webhooks.look_into(doubts) => {}
            }
        }
    }
}

/// Hands events over to the ears of the connections that they came through: nobody else's conversations can be told of.
struct Ears {
    webhooks: Arc<Webhooks>,
    clients: Arc<Clients>,
}

impl Ears {
    /// Whether another replica works with this connection, on a termination that names the conversation.
    fn is_awaited_elsewhere(&self, connection: &ConnectionName, conversation: Uuid) -> bool {
        let Some(uid) = self.webhooks.uid(connection) else { return false };
        !self.clients.works_with(&uid) && self.webhooks.is_worked_on(connection, conversation)
    }
}

impl Taker for Ears {
    async fn take(&self, connection: &ConnectionName, heard: Heard) -> Result<(), TakeError> {
        let ear = self.webhooks.uid(connection).and_then(|uid| self.clients.ear(&uid));
        let is_awaited = ear.is_some_and(|ear| ear.deliver(heard.conversation_id, &heard.event));
        match is_awaited {
            true => Ok(()),
            false if self.is_awaited_elsewhere(connection, heard.conversation_id) => Err(TakeError::Elsewhere),
            false => Err(TakeError::UnknownConversation),
        }
    }
}
