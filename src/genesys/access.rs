//! The token: fetched once for all, checked before it is used, renewed before it ends.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use uuid::Uuid;

use super::Credentials;
use super::counters::Outcome;
use super::grant::{self, Token};
use super::organization::{self, Refused};
use super::transport::Transport;
use crate::plan::{Blocker, BlockerKind};
use crate::termination::Setback;

/// What a check of the access led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// When the token ends, by our clock. It is renewed before.
    pub token_expires: Timestamp,
    /// The organization that it was checked to belong to.
    pub organization_id: Uuid,
}

/// Why there is no access.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// Until a person mends something.
    #[error("{}", .0.fault.message)]
    Blocked(Blocker),
    /// For now.
    #[error("{}", .0.fault.message)]
    Setback(Setback),
}

impl AccessError {
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Blocked(_) => Outcome::Barred,
            Self::Setback(_) => Outcome::Setback,
        }
    }
}

/// Keeps the token of one client.
#[derive(Debug)]
pub(super) struct Keeper {
    organization_id: Uuid,
    held: Mutex<Held>,
    /// Held by the one task that renews.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Held {
    credentials: Credentials,
    /// Counts the changes of the credentials: what began under others is not kept.
    epoch: u64,
    token: Option<Arc<Token>>,
    /// Whether the token's organization is the one that is meant.
    checked: bool,
    /// Counts the renewals that failed, with the last failure: whoever waited for it shares it.
    failures: u64,
    failure: Option<AccessError>,
}

impl Held {
    /// The token, if it may be used for everything.
    fn usable(&self) -> Option<Arc<Token>> {
        self.token.as_ref().filter(|token| self.checked && token.is_fresh()).map(Arc::clone)
    }

    fn drop_token(&mut self) {
        self.token = None;
        self.checked = false;
    }
}

impl Keeper {
    pub(super) fn new(organization_id: Uuid, credentials: Credentials) -> Self {
        let held = Held { credentials, epoch: 0, token: None, checked: false, failures: 0, failure: None };
        Self { organization_id, held: Mutex::new(held), turn: tokio::sync::Mutex::default() }
    }

    pub(super) fn organization_id(&self) -> Uuid {
        self.organization_id
    }

    pub(super) fn set_credentials(&self, credentials: Credentials) {
        let mut held = self.held();
        if !held.credentials.same_as(&credentials) {
            held.drop_token();
            held.credentials = credentials;
            held.epoch += 1;
            held.failure = None;
        }
    }

    /// Drops a token that the service has refused, unless another has taken its place already.
    pub(super) fn refused(&self, token: &Arc<Token>) {
        let mut held = self.held();
        if held.token.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, token)) {
            held.drop_token();
        }
    }

    /// A token whose organization was checked. Of many tasks that need one at the same time, one asks for it.
    ///
    /// # Errors
    /// [`AccessError`]: there is none, until a person mends something, or for now.
    pub(super) async fn token(&self, transport: &Transport) -> Result<Arc<Token>, AccessError> {
        let failures = {
            let held = self.held();
            if let Some(token) = held.usable() {
                return Ok(token);
            }
            held.failures
        };
        let _turn = self.turn.lock().await;
        {
            let held = self.held();
            if let Some(token) = held.usable() {
                return Ok(token);
            }
            if let Some(failure) = held.failure.as_ref().filter(|_| held.failures != failures) {
                return Err(failure.clone());
            }
        }
        self.renew(transport).await
    }

    async fn renew(&self, transport: &Transport) -> Result<Arc<Token>, AccessError> {
        loop {
            let (credentials, epoch, kept) = {
                let held = self.held();
                // A token that could not be checked yet is not asked for again.
                (held.credentials.clone(), held.epoch, held.token.clone().filter(|token| token.is_fresh()))
            };
            let fresh = kept.is_none();
            let result = self.obtain(transport, &credentials, epoch, kept).await;
            let mut held = self.held();
            if held.epoch != epoch {
                continue;
            }
            let error = match result {
                Ok(token) => {
                    held.token = Some(Arc::clone(&token));
                    held.checked = true;
                    held.failure = None;
                    return Ok(token);
                }
                Err(Refused::Token(_)) if !fresh => {
                    held.drop_token();
                    continue;
                }
                Err(Refused::Token(fault)) => {
                    held.drop_token();
                    AccessError::Blocked(Blocker { kind: BlockerKind::Credentials, fault })
                }
                Err(Refused::Access(error)) => error,
            };
            held.failures += 1;
            held.failure = Some(error.clone());
            return Err(error);
        }
    }

    /// Asks for a token, unless one is kept, and checks its organization.
    async fn obtain(
        &self,
        transport: &Transport,
        credentials: &Credentials,
        epoch: u64,
        kept: Option<Arc<Token>>,
    ) -> Result<Arc<Token>, Refused> {
        let token = match kept {
            Some(token) => token,
            None => {
                let token = Arc::new(grant::login(transport, credentials).await.map_err(Refused::Access)?);
                let mut held = self.held();
                if held.epoch == epoch {
                    held.token = Some(Arc::clone(&token));
                    held.checked = false;
                }
                token
            }
        };
        organization::check(transport, &token, self.organization_id).await?;
        Ok(token)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
