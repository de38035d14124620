//! From an assignment to a client of the organization that it names.

use kube::ResourceExt;

use super::manifest::Assignment;
use super::{Exit, Failure};
use crate::crd::blocker_reason;
use crate::genesys::{AccessError, Client, Credentials, Endpoints, Settings};
use crate::plan::{Blocker, Inventory};

/// A client for the assignment's connection. Nothing is sent yet.
pub(super) fn client(assignment: &Assignment) -> Result<Client, Failure> {
    let spec = &assignment.connection.spec;
    let place = place(assignment);
    let endpoints = match (&spec.region, &spec.endpoints) {
        (Some(region), _) => Endpoints::of_domain(region.domain()),
        (None, Some(custom)) => Endpoints::custom(&custom.api, &custom.login)
            .map_err(|error| Failure::new(Exit::Usage, &place, format_args!("spec.endpoints: {error}; mend it")))?,
        (None, None) => return Err(Failure::new(Exit::Usage, &place, "neither region nor endpoints; set one of them")),
    };
    // What is on this machine is never behind a proxy.
    let is_local = endpoints.is_loopback();
    let settings = Settings { no_proxy: is_local, ..Settings::default() };
    let credentials = Credentials::new(assignment.login.client_id.clone(), assignment.login.client_secret.clone());
    Client::new(endpoints, spec.organization_id, credentials, settings)
        .map_err(|error| Failure::new(Exit::Internal, place, format_args!("{error}; mend this machine and try again")))
}

/// What is known before the first look: whether the credentials are taken, and belong to the organization. When the service
/// cannot be reached that is not known yet, and each look backs off by itself.
pub(super) async fn check(client: &Client) -> Inventory {
    let blocker = match client.check().await {
        Ok(_) | Err(AccessError::Setback(_)) => None,
        Err(AccessError::Blocked(blocker)) => Some(blocker),
    };
    Inventory { blocker, ..Inventory::default() }
}

/// The failure that a blocker is.
pub(super) fn blocked(assignment: &Assignment, blocker: &Blocker) -> Failure {
    let Blocker { kind, fault } = blocker;
    let said = format!("{}: {}; mend it and run the same command again", blocker_reason(*kind), fault.message);
    Failure::new(Exit::Blocked, place(assignment), said)
}

fn place(assignment: &Assignment) -> String {
    let connection = &assignment.connection;
    format!("GenesysConnection {}/{}", connection.namespace().unwrap_or_default(), connection.name_any())
}
