//! From an assignment to a client of the organization that it names.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Mutex, PoisonError};

use kube::ResourceExt;

use super::manifest::Assignment;
use super::{Exit, Failure, output};
use crate::controller::dialect;
use crate::crd::blocker_reason;
use crate::genesys::{AccessError, Client, ClientError, Credentials, Settings};
use crate::plan::{Blocker, BlockerKind, Inventory};

/// The clients of a command, one for each connection: what goes through the same connection logs in once.
#[derive(Debug, Default)]
pub(super) struct Clients(Mutex<BTreeMap<String, Client>>);

impl Clients {
    /// A client for the assignment's connection. Nothing is sent yet.
    pub(super) fn of(&self, assignment: &Assignment) -> Result<Client, Failure> {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match clients.entry(place(assignment)) {
            Entry::Occupied(known) => Ok(known.get().clone()),
            Entry::Vacant(free) => Ok(free.insert(client(assignment)?).clone()),
        }
    }
}

/// A client for the assignment's connection. Nothing is sent yet.
pub(super) fn client(assignment: &Assignment) -> Result<Client, Failure> {
    let spec = &assignment.connection.spec;
    let endpoints = assignment.endpoints.clone();
    // What is on this machine is never behind a proxy.
    let is_local = endpoints.is_loopback();
    let settings = Settings { no_proxy: is_local, ..Settings::default() };
    let credentials = Credentials::new(assignment.login.client_id.clone(), assignment.login.client_secret.clone());
    Client::new(endpoints, spec.organization_id, credentials, dialect(spec), settings).map_err(|error| match error {
        ClientError::EventStream(_) => Failure::new(Exit::Usage, place(assignment), format_args!("spec.{error}; fix it")),
        ClientError::Tls(_) | ClientError::Http(_) => {
            Failure::new(Exit::Internal, place(assignment), format_args!("{error}; fix this machine and try again"))
        }
    })
}

/// What is known before the first look: whether the credentials are taken, and belong to the organization. When the service
/// cannot be reached that is not known yet, and each look backs off by itself.
pub(super) async fn check(client: &Client, assignment: &Assignment) -> Inventory {
    let blocker = match client.check().await {
        Ok(_) => None,
        Err(AccessError::Setback(setback)) => {
            let asked = hosts(assignment).join(" and ");
            output::warn(&format!("{}: {} (asked: {asked})", place(assignment), setback.fault.message));
            None
        }
        Err(AccessError::Blocked(blocker)) => Some(blocker),
    };
    Inventory { blocker, ..Inventory::default() }
}

/// The failure that a blocker is.
pub(super) fn blocked(assignment: &Assignment, blocker: &Blocker) -> Failure {
    let Blocker { kind, fault } = blocker;
    let found = if *kind == BlockerKind::Credentials { format!(" (credentials of {})", assignment.login.found) } else { String::new() };
    let said = format!("{}: {}{found}; fix it and run the same command again", blocker_reason(*kind), fault.message);
    Failure::new(Exit::Blocked, place(assignment), said)
}

/// The hosts that are asked: the login's, and the API's.
pub(super) fn hosts(assignment: &Assignment) -> Vec<String> {
    let spec = &assignment.connection.spec;
    let mut hosts = match (&spec.region, &spec.endpoints) {
        (Some(region), _) => vec![format!("login.{}", region.domain()), format!("api.{}", region.domain())],
        (None, Some(custom)) => vec![bare(&custom.login), bare(&custom.api)],
        (None, None) => Vec::new(),
    };
    hosts.dedup();
    hosts
}

/// Host and port of a base URL.
fn bare(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest).to_owned()
}

pub(super) fn place(assignment: &Assignment) -> String {
    let connection = &assignment.connection;
    format!("GenesysConnection {}/{}", connection.namespace().unwrap_or_default(), connection.name_any())
}
