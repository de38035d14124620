//! What is kept of one connection.

use std::time::{Duration, Instant};

use crate::controller::leases::LeaseName;
use crate::controller::waiting::Waiters;
use crate::crd::GenesysConnection;
use crate::genesys::{Access, Client};
use crate::hearing::Ear;
use crate::plan::Blocker;

/// How long what blocks a connection is taken for granted: many terminations that name it ask once.
const STILL_BLOCKED: Duration = Duration::from_secs(5);

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) client: Client,
    pub(super) ear: Ear<Waiters>,
    /// The lease of whoever works with this client.
    pub(super) lease: LeaseName,
    /// The lease that its terminations know of.
    pub(super) told: LeaseName,
    /// Whether it is, or was, we.
    pub(super) used: bool,
    pub(super) secret: String,
    pub(super) read: Instant,
    pub(super) missing_permission: Option<Blocker>,
}

/// What blocked a connection: since when, in which generation.
#[derive(Debug)]
pub(super) struct Blocked {
    pub(super) since: Instant,
    pub(super) generation: Option<i64>,
    pub(super) blocker: Blocker,
}

impl Blocked {
    /// Whether it still blocks the connection.
    pub(super) fn holds_for(&self, connection: &GenesysConnection, now: Instant) -> bool {
        self.generation == connection.metadata.generation && now.saturating_duration_since(self.since) < STILL_BLOCKED
    }
}

/// Whether a connection can be used now.
#[derive(Debug)]
pub(in crate::controller) struct Usable {
    pub(in crate::controller) client: Client,
    /// Hears of the connection's conversations, looks at them and changes them.
    pub(in crate::controller) ear: Ear<Waiters>,
    /// What is known of the token; nothing while the service cannot be reached.
    pub(in crate::controller) access: Option<Access>,
    /// The missing permission that was last reported.
    pub(in crate::controller) missing_permission: Option<Blocker>,
}
