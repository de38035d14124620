//! Whether an object is ours to work on: whether we hold its lease.

use super::leases::{LeaseName, Leases};
use super::scope::Scope;
use crate::controller::credentials;
use crate::crd::GenesysConnection;
use crate::plan::Blocker;

/// The lease that an object falls under.
pub(super) struct Duty<'a> {
    leases: &'a Leases,
    /// Not known while the Secret cannot be read: the API server's trouble does not say whose an object is.
    lease: Option<LeaseName>,
}

impl<'a> Duty<'a> {
    /// What needs no client, or has none.
    pub(super) fn without_client(scope: &'a Scope) -> Self {
        let leases = &scope.shared.leases;
        Self { leases, lease: Some(leases.family.default_lease()) }
    }

    /// What needs the client of a connection; if there is none, what keeps it from being there as well.
    pub(super) async fn of(connection: &GenesysConnection, scope: &'a Scope) -> (Self, Option<Blocker>) {
        match scope.shared.clients.lease_of(connection, &scope.bells).await {
            Ok(lease) => (Self { leases: &scope.shared.leases, lease: Some(lease) }, None),
            Err(blocker) if blocker.fault.code == credentials::UNREACHABLE => {
                (Self { leases: &scope.shared.leases, lease: None }, Some(blocker))
            }
            Err(blocker) => (Self::without_client(scope), Some(blocker)),
        }
    }

    /// Whether it is ours now, and for as long as whatever begins now may take.
    pub(super) fn is_ours(&self) -> bool {
        self.lease.as_ref().is_some_and(|lease| self.leases.leads(lease))
    }
}
