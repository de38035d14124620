//! Where a connection may lead: a region, or endpoints of hosts that were allowed by name.

use crate::cli::{Exit, Failure};
use crate::crd::GenesysConnection;
use crate::genesys::Endpoints;

/// Checks that a connection's own endpoints are allowed: the credentials would be sent there.
pub(super) fn check(connection: &GenesysConnection, origin: &str, allowed: &[String]) -> Result<(), Failure> {
    let Some(endpoints) = &connection.spec.endpoints else { return Ok(()) };
    let checked = Endpoints::allowed(&endpoints.api, &endpoints.login, allowed);
    checked.map(drop).map_err(|error| Failure::new(Exit::Usage, origin, format_args!("spec.endpoints.{error}")))
}
