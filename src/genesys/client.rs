//! The client: looks at conversations, and sends external writes.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use uuid::Uuid;

use super::access::{Access, AccessError, Keeper};
use super::convert::look_at;
use super::counters::{Count, Outcome};
use super::dialect::{Dialect, MESSAGES, Request};
use super::refusal::{self, Decision};
use super::transport::{Exchange, Key, Transport};
use super::{Credentials, Endpoints, Settings, tls};
use crate::clock;
use crate::engine::{Act, Listen, Observe};
use crate::plan::{Blocker, BlockerKind, Hearing, Look, Write};
use crate::termination::{Answer, Fault, Setback};

/// A client of one organization. Clones share the token, the pause and the connections.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    transport: Transport,
    /// Whom the notification socket trusts.
    trust: Arc<rustls::ClientConfig>,
    keeper: Keeper,
    dialect: &'static Dialect,
    write_delay: Duration,
}

/// Why there can be no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// TLS cannot be set up, for instance because the machine has no certificates to trust.
    #[error("cannot set up TLS; are CA certificates installed?")]
    Tls(#[source] rustls::Error),
    /// The HTTP client cannot be set up, for instance because a proxy's address is none.
    #[error("cannot set up the HTTP client")]
    Http(#[source] reqwest::Error),
}

/// What became of a request.
pub(super) enum Verdict {
    Taken(Exchange),
    Absent,
    Declined(Fault),
    Barred(Blocker),
    Setback(Setback),
    /// It was not sent, because there is no access.
    NoAccess(Blocker),
    /// It was not sent, because it would have begun too late.
    Late,
}

impl Client {
    /// A client that speaks dialect `messages`. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn new(endpoints: Endpoints, organization_id: Uuid, credentials: Credentials, settings: Settings) -> Result<Self, ClientError> {
        let trust = tls::config(endpoints.encrypted()).map_err(ClientError::Tls)?;
        let write_delay = settings.write_delay;
        let transport = Transport::new(endpoints, settings, tls::of_requests(&trust)).map_err(ClientError::Http)?;
        let keeper = Keeper::new(organization_id, credentials);
        Ok(Self(Arc::new(Inner { transport, trust: Arc::new(trust), keeper, dialect: &MESSAGES, write_delay })))
    }

    /// Takes other credentials: the token is dropped, if they differ from the present ones.
    pub fn set_credentials(&self, credentials: Credentials) {
        self.0.keeper.set_credentials(credentials);
    }

    /// Makes sure of a token whose organization was checked. With one at hand nothing is sent.
    ///
    /// # Errors
    /// [`AccessError`]: there is no access, until a person mends something, or for now.
    pub async fn check(&self) -> Result<Access, AccessError> {
        let token = self.0.keeper.token(&self.0.transport).await?;
        Ok(Access { token_expires: token.expires, organization_id: self.0.keeper.organization_id() })
    }

    /// Until when nothing is sent because the service asked for a wait of more than three minutes, by our clock. Shorter waits
    /// are ordinary and are not told.
    #[must_use]
    pub fn parked_until(&self) -> Option<Timestamp> {
        self.0.transport.pause.parked_until()
    }

    /// Sends a request to the platform API, as everything is sent: with a token whose organization was checked.
    pub(super) async fn call(&self, request: &Request) -> Verdict {
        self.0.call(request).await
    }

    pub(super) fn endpoints(&self) -> &Endpoints {
        &self.0.transport.endpoints
    }

    pub(super) fn trust(&self) -> Arc<rustls::ClientConfig> {
        Arc::clone(&self.0.trust)
    }

    /// What was sent so far, and what came of it.
    #[must_use]
    pub fn counters(&self) -> Vec<Count> {
        self.0.transport.counters.snapshot()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Client").field("organization_id", &self.0.keeper.organization_id()).finish_non_exhaustive()
    }
}

impl Inner {
    /// Sends a request to the platform API. A 401 is answered once by renewing the token: it may have ended, or been revoked,
    /// and nothing was done.
    async fn call(&self, request: &Request) -> Verdict {
        let begun = clock::monotonic();
        let mut renewed = false;
        loop {
            let token = match self.keeper.token(&self.transport).await {
                Ok(token) => token,
                Err(AccessError::Blocked(blocker)) => return Verdict::NoAccess(blocker),
                Err(AccessError::Setback(setback)) => return Verdict::Setback(setback),
            };
            if request.operation.is_write() && self.is_late(begun) {
                return Verdict::Late;
            }
            let exchange = match self.transport.exchange(request, Key::Bearer(&token.secret)).await {
                Ok(exchange) => exchange,
                Err(setback) => return Verdict::Setback(setback),
            };
            let decision = refusal::judge(request.operation, exchange.status, &exchange.complaint, exchange.wait);
            self.transport.counters.count(request.operation, outcome(&decision));
            return match decision {
                Decision::Taken => Verdict::Taken(exchange),
                Decision::Absent => Verdict::Absent,
                Decision::Declined(fault) => Verdict::Declined(fault),
                Decision::Barred(blocker) => Verdict::Barred(blocker),
                Decision::Setback(setback) => Verdict::Setback(setback),
                Decision::TokenRefused(fault) => {
                    self.keeper.refused(&token);
                    if !renewed {
                        renewed = true;
                        continue;
                    }
                    Verdict::Barred(Blocker { kind: BlockerKind::Credentials, fault })
                }
            };
        }
    }

    fn is_late(&self, begun: Instant) -> bool {
        clock::monotonic().duration_since(begun) > self.write_delay
    }
}

impl Observe for Client {
    async fn look(&self, conversation_id: Uuid) -> Look {
        match self.0.call(&self.0.dialect.read(conversation_id)).await {
            Verdict::Taken(exchange) => look_at(conversation_id, exchange.body, exchange.date),
            Verdict::Absent => Look::Absent,
            Verdict::Barred(blocker) | Verdict::NoAccess(blocker) => Look::Barred(blocker),
            Verdict::Setback(setback) => Look::Failed(setback),
            // Neither is ever said of a read.
            Verdict::Declined(fault) => Look::Failed(Setback { fault, retry_after: None }),
            Verdict::Late => Look::Failed(Setback { fault: Fault::new("withheld", "not sent"), retry_after: None }),
        }
    }
}

impl Act for Client {
    async fn send(&self, write: &Write) -> Answer {
        match self.0.call(&self.0.dialect.write(write)).await {
            // The status says that it was taken on; the body says nothing that would be believed, so it may be broken.
            Verdict::Taken(exchange) => Answer::Accepted(exchange.correlation_id),
            Verdict::Declined(fault) => Answer::Declined(fault),
            Verdict::Barred(blocker) => Answer::Barred(blocker.fault),
            Verdict::Setback(setback) => Answer::Unsettled(setback),
            // An answer has no place for what is to be mended when it is not a permission. The look that follows says it.
            Verdict::NoAccess(_) | Verdict::Late => Answer::Withheld,
            // Never said of a write.
            Verdict::Absent => Answer::Unsettled(Setback { fault: Fault::new("not.found", "not found"), retry_after: None }),
        }
    }
}

/// The client alone hears of nothing: what it works on is polled.
impl Listen for Client {
    async fn follow(&self, _: &[Uuid]) -> Hearing {
        Hearing::default()
    }

    fn taken(&self, _: &Hearing, _: &[Uuid]) {}
}

fn outcome(decision: &Decision) -> Outcome {
    match decision {
        Decision::Taken => Outcome::Accepted,
        Decision::Absent => Outcome::Absent,
        Decision::Declined(_) => Outcome::Declined,
        Decision::TokenRefused(_) => Outcome::TokenRefused,
        Decision::Barred(_) => Outcome::Barred,
        Decision::Setback(_) => Outcome::Setback,
    }
}
