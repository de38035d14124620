//! The seams between the engine and the world.

use std::future::Future;

use jiff::Timestamp;
use uuid::Uuid;

use crate::plan::{Blocker, Hearing, Look, Progress, Write};
use crate::termination::Answer;

/// Looks at conversations. It cannot change one.
pub trait Observe: Sync {
    /// Reads one conversation.
    fn look(&self, conversation_id: Uuid) -> impl Future<Output = Look> + Send;
}

/// Hears of guest legs that end or connect.
pub trait Listen: Sync {
    /// Follows these conversations from now on, before anything is sent, and tells what is known and was not taken yet. A
    /// conversation that was not followed before is `missed`: what happened until now was not heard.
    fn follow(&self, conversations: &[Uuid]) -> impl Future<Output = Hearing> + Send;

    /// What `hearing` told is on record now, and so is what makes up for the gaps in these conversations: neither need be told
    /// again. A gap that opened after `hearing` was told stays.
    fn taken(&self, hearing: &Hearing, made_up: &[Uuid]);
}

/// Sends external writes.
pub trait Act: Sync {
    /// Sends one write and says how it was answered. Every write that there is may be repeated without harm.
    fn send(&self, write: &Write) -> impl Future<Output = Answer> + Send;
}

/// Says, right before each send, whether it may still be sent.
pub trait Permit: Sync {
    /// Asks for leave to send a write.
    ///
    /// # Errors
    /// Why it may not be sent: since it was recorded, work was suspended, cancelled, deleted, or handed to another.
    fn permit(&self, write: &Write) -> Result<(), Withheld>;
}

/// Why a recorded write was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// The termination was suspended, cancelled or deleted, or the process is shutting down.
    #[error("the termination was suspended, cancelled or deleted, or the process is shutting down")]
    Stopped,
    /// Somebody else may act on the termination now.
    #[error("somebody else may act on the termination now")]
    NotLeading,
    /// The record is too old to cover a write that begins now.
    #[error("the record is too old to cover a write that begins now")]
    RecordExpired,
}

/// What is made durable.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// How far the order has come. It names every write of the plan.
    pub progress: &'a Progress,
    /// What keeps work from going on, if anything does.
    pub blocker: Option<&'a Blocker>,
    /// Whether external writes follow: then it must be written even if it says nothing new, so that no two actors can pass
    /// with the same content.
    pub names_writes: bool,
}

/// Makes records durable, one after the other, and notices when somebody else has written in between.
pub trait Store: Send {
    /// Makes a record durable. A record that names no write and says nothing new need not be written.
    ///
    /// # Errors
    /// [`StoreError`]; nothing may then be sent.
    fn write(&mut self, record: Record<'_>) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Why a record is not durable, or not known to be.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else wrote since we read: our view is stale. Read again.
    #[error("the record was changed by another writer since it was read")]
    Conflict,
    /// The resource is gone.
    #[error("the resource is gone")]
    Gone,
    /// It could not be written.
    #[error("cannot write the record: {0}")]
    Unavailable(String),
}

/// Tells the time and draws random numbers.
pub trait Time: Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
    /// A fresh random number; it jitters back-offs and decides nothing else.
    fn salt(&self) -> u64;
}
