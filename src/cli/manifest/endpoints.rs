//! Where a connection may lead: a region, or endpoints of hosts that were allowed by name.

use super::schema::shown_text;
use crate::cli::{Exit, Failure};
use crate::controller::endpoints;
use crate::crd::GenesysConnection;
use crate::genesys::Endpoints;

/// Where a connection leads. Endpoints of its own must be on hosts that were allowed: the credentials are sent there.
pub(super) fn reached(connection: &GenesysConnection, origin: &str, allowed: &[String]) -> Result<Endpoints, Failure> {
    endpoints(&connection.spec, allowed).map_err(|why| Failure::new(Exit::Usage, origin, why))
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
