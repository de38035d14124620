//! The seams: who listens, who takes, who creates.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use uuid::Uuid;

use super::{Heard, KeyRing};
use crate::crd::WebchatTermination;
use crate::termination::EventKind;

/// The name of a GenesysConnection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConnectionName {
    /// Its namespace.
    pub namespace: String,
    /// Its name there.
    pub name: String,
}

impl fmt::Display for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// A connection that listens.
#[derive(Clone, Debug)]
pub struct Listener {
    /// The connection's organization: envelopes of another are refused.
    pub organization_id: Uuid,
    /// The secrets that are valid at present.
    pub keys: KeyRing,
    /// The kinds of event that create a termination; usually none.
    pub creates: Vec<EventKind>,
}

/// Knows which connections listen.
pub trait Directory: Send + Sync + 'static {
    /// The connection of this name, if it listens. It answers from memory: a request to somewhere else would tell by its time
    /// which connections there are.
    fn listener(&self, connection: &ConnectionName) -> Option<Arc<Listener>>;

    /// A proof for this connection did not hold: its secret may have been rotated. It is called for whatever was asked for, and takes the
    /// same time whether or not there is such a connection.
    fn doubted(&self, connection: &ConnectionName);
}

impl<D: Directory> Directory for Arc<D> {
    fn listener(&self, connection: &ConnectionName) -> Option<Arc<Listener>> {
        (**self).listener(connection)
    }

    fn doubted(&self, connection: &ConnectionName) {
        (**self).doubted(connection);
    }
}

/// Takes what was heard.
pub trait Taker: Send + Sync + 'static {
    /// Takes an event, so that it is not lost any more, or that losing it costs no more than a poll. It may be repeated, late, and out
    /// of order.
    ///
    /// # Errors
    /// [`TakeError`].
    fn take(&self, connection: &ConnectionName, heard: Heard) -> impl Future<Output = Result<(), TakeError>> + Send;
}

/// Why an event was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TakeError {
    /// Nobody here waits for anything of this conversation: there is nothing to take.
    #[error("nobody waits for an event of this conversation")]
    UnknownConversation,
    /// Another replica waits for it: it is to be sent again, and to reach that one.
    #[error("another replica waits for an event of this conversation")]
    Elsewhere,
    /// Not now: it is to be sent again.
    #[error("the event cannot be taken at present")]
    Unavailable,
}

/// Creates terminations.
pub trait Create: Send + Sync + 'static {
    /// Creates a termination, durably.
    ///
    /// # Errors
    /// [`CreateError`]; that one of this name exists is none.
    fn create(&self, termination: WebchatTermination) -> impl Future<Output = Result<Creation, CreateError>> + Send;
}

/// What became of a creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Creation {
    /// It is new.
    New,
    /// It exists: the event came before.
    Existed,
    /// Another one has its name, which ends something else.
    Another,
}

/// Why a termination was not created.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateError {
    /// Nothing is created here, or not this.
    #[error("the termination is refused: {0}")]
    Refused(String),
    /// Not now: the event is to be sent again.
    #[error("the termination cannot be created at present: {0}")]
    Unavailable(String),
}
