//! The client: looks at conversations, and sends external writes.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tracing::debug;
use uuid::Uuid;

use super::access::{Access, AccessError, Keeper};
use super::convert::look_at;
use super::counters::{Count, Outcome};
use super::dialect::{Dialect, Request};
use super::refusal::{self, Decision};
use super::signal::{self, Signal, Signals};
use super::transport::{Exchange, Key, Transport, Unanswered};
use super::{Credentials, Endpoints, Operation, Settings, tls};
use crate::clock;
use crate::engine::{Act, Listen, Observe};
use crate::plan::{Blocker, BlockerKind, Hearing, Look, Write};
use crate::termination::{Answer, Bar, Effect, Fault, Setback};

/// A client of one organization. Clones share the token, the pause and the connections.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    transport: Transport,
    /// Whom the notification socket trusts.
    trust: Arc<rustls::ClientConfig>,
    keeper: Keeper,
    dialect: Dialect,
    /// How guests are told, where they are.
    signals: Option<Signals>,
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
    /// The address of the guests' event streams leads where no token may be sent.
    #[error("webchat.guestSignal.streamUri: {}", .0.message)]
    EventStream(Fault),
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
    /// It was not sent, because the service asked to wait or there is no token for now.
    Unsent(Setback),
}

impl Client {
    /// A client that speaks a dialect. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn new(
        endpoints: Endpoints,
        organization_id: Uuid,
        credentials: Credentials,
        dialect: Dialect,
        settings: Settings,
    ) -> Result<Self, ClientError> {
        let signals = dialect.signals().map(|signal| Signals::new(signal, &endpoints)).transpose().map_err(ClientError::EventStream)?;
        let trust = tls::config(endpoints.encrypted()).map_err(ClientError::Tls)?;
        let write_delay = settings.write_delay;
        let transport = Transport::new(endpoints, settings, tls::of_requests(&trust)).map_err(ClientError::Http)?;
        let keeper = Keeper::new(organization_id, credentials);
        Ok(Self(Arc::new(Inner { transport, trust: Arc::new(trust), keeper, dialect, signals, write_delay })))
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

    /// The dialect that is spoken.
    #[must_use]
    pub fn dialect(&self) -> &Dialect {
        &self.0.dialect
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

    /// Where the service is.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
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
                Err(AccessError::Setback(setback)) => return Verdict::Unsent(setback),
            };
            if request.operation.is_write() && self.is_late(begun) {
                return Verdict::Late;
            }
            let exchange = match self.transport.exchange(request, Key::Bearer(&token.secret)).await {
                Ok(exchange) => exchange,
                Err(Unanswered::Unsent(setback)) => return Verdict::Unsent(setback),
                Err(Unanswered::Lost(setback)) => return Verdict::Setback(setback),
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

    /// Tells a guest, within [`signal::BOUND`], and then says goodbye to the stream. Nothing of it goes on afterwards.
    async fn tell(&self, signal: &Signal) -> Result<(), Fault> {
        let told = async {
            let token = self.keeper.token(&self.transport).await.map_err(|error| Fault::new("no.access", &error.to_string()))?;
            signal.send(&token.secret, Arc::clone(&self.trust)).await
        };
        let late = || Fault::new("timeout", "the event stream takes too long");
        let socket = tokio::time::timeout(signal::BOUND, told).await.map_err(|_| late())??;
        signal::leave(socket).await;
        Ok(())
    }

    fn is_late(&self, begun: Instant) -> bool {
        clock::monotonic().duration_since(begun) > self.write_delay
    }
}

impl Observe for Client {
    async fn look(&self, conversation_id: Uuid) -> Look {
        match self.0.call(&self.0.dialect.read(conversation_id)).await {
            Verdict::Taken(exchange) => {
                let shown = look_at(self.0.dialect.shape(), conversation_id, exchange.body, exchange.date);
                if let Some(signals) = &self.0.signals {
                    signals.note(conversation_id, shown.event_stream);
                }
                shown.look
            }
            Verdict::Absent => {
                if let Some(signals) = &self.0.signals {
                    signals.note(conversation_id, None);
                }
                Look::Absent
            }
            Verdict::Barred(blocker) | Verdict::NoAccess(blocker) => Look::Barred(blocker),
            Verdict::Setback(setback) | Verdict::Unsent(setback) => Look::Failed(setback),
            // Neither is ever said of a read.
            Verdict::Declined(fault) => Look::Failed(Setback { fault, retry_after: None }),
            Verdict::Late => Look::Failed(Setback { fault: Fault::new("withheld", "not sent"), retry_after: None }),
        }
    }
}

impl Act for Client {
    async fn send(&self, write: &Write) -> Answer {
        let begun = clock::monotonic();
        let request = match self.0.dialect.write(write) {
            Ok(request) => request,
            Err(fault) => return Answer::Declined(fault),
        };
        match self.0.call(&request).await {
            Verdict::Taken(exchange) => {
                self.signal(write, begun).await;
                // The status says that it was taken on; the body says nothing that would be believed, so it may be broken.
                Answer::Accepted(exchange.correlation_id)
            }
            Verdict::Declined(fault) => Answer::Declined(fault),
            Verdict::Barred(Blocker { kind: BlockerKind::Permission, fault }) => Answer::Barred(Bar::Permission, fault),
            // Of a write that was sent nothing else is said: its organization was checked before.
            Verdict::Barred(Blocker { kind: _, fault }) => Answer::Barred(Bar::Credentials, fault),
            Verdict::Setback(setback) => Answer::Unsettled(setback),
            Verdict::Unsent(setback) => Answer::Postponed(setback),
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

impl Client {
    /// Tells the guest of an accepted close, where guests are told. It is a part of the same write, under the same record and permit:
    /// it begins no later than the write itself might have begun, and the write is not answered before it is over.
    async fn signal(&self, write: &Write, begun: Instant) {
        let (Effect::CloseGuestLeg { participant_id, .. }, Some(signals)) = (write.effect, &self.0.signals) else { return };
        let conversation_id = write.conversation_id;
        let told = match signals.of(conversation_id, participant_id, self.endpoints()) {
            Ok(_) if self.0.is_late(begun) => Err(Fault::new("late", "the close took too long to be answered")),
            Ok(signal) => self.0.tell(&signal).await,
            Err(fault) => Err(fault),
        };
        let outcome = if told.is_ok() { Outcome::Accepted } else { Outcome::Setback };
        self.0.transport.counters.count(Operation::SignalGuest, outcome);
        match told {
            Ok(()) => debug!(%conversation_id, "the guest was told"),
            Err(fault) => debug!(%conversation_id, code = fault.code, fault = fault.message, "the guest was not told"),
        }
    }
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
