//! Where a connection may lead: a region, or endpoints of hosts that were allowed by name.

use super::schema::shown_text;
use crate::cli::{Exit, Failure};
use crate::crd::GenesysConnection;
use crate::genesys::Endpoints;

/// Checks that a connection's own endpoints are allowed: the credentials would be sent there.
pub(super) fn check(connection: &GenesysConnection, origin: &str, allowed: &[String]) -> Result<(), Failure> {
    let Some(endpoints) = &connection.spec.endpoints else { return Ok(()) };
    let checked = Endpoints::allowed(&endpoints.api, &endpoints.login, allowed);
    checked.map(drop).map_err(|error| Failure::new(Exit::Usage, origin, format_args!("spec.endpoints.{error}")))
}

/// Checks that hosts are named as hosts: anything else would match none.
pub(crate) fn check_hosts(hosts: &[String]) -> Result<(), Failure> {
    let is_address = |host: &str| host.starts_with('[') && host.ends_with(']');
    let is_host = |host: &str| !host.is_empty() && !host.contains(['/', '@', ' ']) && (is_address(host) || !host.contains(':'));
    match hosts.iter().find(|host| !is_host(host)) {
        None => Ok(()),
        Some(other) => {
            let said = format!("{} is not a host; write the host alone, such as api.example.com", shown_text(other));
            Err(Failure::new(Exit::Usage, "--allow-custom-endpoints", said))
        }
    }
}
