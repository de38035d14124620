//! Manifests: from the files that were named to assignments that can be worked on.
//!
//! | file        | what it is |
//! |-------------|------------|
//! | `source`    | files, folders and standard input, bounded |
//! | `node`      | a document as a tree whose every value knows its line and column |
//! | `document`  | which kind a document is, checked and typed |
//! | `schema`    | the bounds of the resource definitions, as the API server holds them |
//! | `metadata`  | name and namespace |
//! | `nearest`   | which known word somebody may have meant |
//! | `secret`    | credentials; no message names a value |
//! | `endpoints` | which hosts may be asked |

mod document;
mod endpoints;
#[cfg(test)]
mod hostile;
pub(crate) mod metadata;
mod nearest;
mod node;
mod schema;
mod secret;
pub(crate) mod source;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use kube::ResourceExt;

use super::{Exit, Failure};
use crate::crd::{GenesysConnection, WebchatTermination};
use crate::genesys::Endpoints;
use crate::intake::KeyRing;
use crate::plan::Order;
use document::{Found, Resource};
pub(crate) use document::{Origin, not_yaml, said, twice};
pub(crate) use endpoints::check_hosts;
use secret::{Login, SecretManifest};
use source::{Bounds, Source};

/// What is to be worked on, and where.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Files {
    /// Manifests: files, folders (their *.yaml, *.yml and *.json; subfolders are not read), or - for standard input
    #[arg(short = 'f', long = "filename", value_name = "FILE", required = true, num_args = 1..)]
    filename: Vec<PathBuf>,

    /// Hosts, without scheme and port, that a GenesysConnection's endpoints may name; the credentials are sent there
    #[arg(long, value_name = "HOST", value_delimiter = ',')]
    allow_custom_endpoints: Vec<String>,
}

/// A termination with everything that it takes to carry it out.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    pub(crate) termination: WebchatTermination,
    pub(crate) connection: GenesysConnection,
    pub(crate) endpoints: Endpoints,
    pub(crate) login: Login,
    /// What callers of the connection's webhook must prove to know, where it is in the files.
    pub(crate) webhook: Option<KeyRing>,
}

impl Assignment {
    /// The order of the termination as it is recorded: a suspended connection suspends whatever names it.
    pub(crate) fn order_of(&self, recorded: &WebchatTermination) -> Order {
        let order = recorded.order();
        Order { suspended: order.suspended || self.connection.spec.suspend, ..order }
    }
}

/// What the files hold.
#[derive(Debug)]
pub(crate) struct Manifests {
    /// In the order in which they stand.
    pub(crate) assignments: Vec<Assignment>,
    /// What was passed over, for people.
    pub(crate) notes: Vec<String>,
}

impl Files {
    /// Reads and checks everything that was named. Nothing outside is touched.
    pub(crate) fn load(&self) -> Result<Manifests, Failure> {
        check_hosts(&self.allow_custom_endpoints)?;
        let sources = source::read_all(&self.filename, Bounds::MANIFESTS)?;
        let named = self.filename.iter().map(|path| source::called(path)).collect::<Vec<_>>().join(", ");
        let login = Login::of_environment(|name| std::env::var(name).ok())?;
        assemble(&sources, &named, login, &self.allow_custom_endpoints)
    }
}

/// Reads texts that are in the program.
pub(crate) fn load_embedded(name: &str, text: &str) -> Result<Manifests, Failure> {
    let source = Source { name: name.to_owned(), text: text.to_owned() };
    assemble(&[source], name, None, &[])
}

fn assemble(sources: &[Source], named: &str, login: Option<Login>, allowed: &[String]) -> Result<Manifests, Failure> {
    let mut found = Found::default();
    for source in sources {
        document::read(source, &mut found)?;
    }
    let Found { resources, mut notes } = found;
    let mut sorted = Sorted::default();
    for resource in resources {
        sorted.add(resource)?;
    }
    if sorted.terminations.is_empty() {
        return Err(Failure::new(Exit::Usage, named, "no WebchatTermination in it; write one, deploy/examples/incident.yaml shows how"));
    }
    if login.is_some() && !sorted.secrets.is_empty() {
        notes.push("the credentials are those of WCT_CLIENT_ID and WCT_CLIENT_SECRET, no Secret is used".to_owned());
    }
    let assigned = sorted.terminations.iter().map(|(origin, termination)| {
        let connection = sorted.connection_of(origin, termination)?;
        let endpoints = endpoints::reached(&connection.1, &connection.0, allowed)?;
        let login = match &login {
            Some(login) => login.clone(),
            None => sorted.login_of(connection)?,
        };
        let webhook = sorted.webhook_of(connection)?;
        Ok(Assignment { termination: termination.clone(), connection: connection.1.clone(), endpoints, login, webhook })
    });
    Ok(Manifests { assignments: assigned.collect::<Result<_, Failure>>()?, notes })
}

/// The resources by kind.
#[derive(Debug, Default)]
struct Sorted {
    connections: Vec<(Origin, GenesysConnection)>,
    secrets: Vec<(Origin, SecretManifest)>,
    terminations: Vec<(Origin, WebchatTermination)>,
}

impl Sorted {
    /// Takes a resource in, unless it is there already.
    fn add(&mut self, resource: Resource) -> Result<(), Failure> {
        let twice = |origin: &str, kind: &str, name: &str, before: Option<&str>| match before {
            None => Ok(()),
            Some(before) => {
                Err(Failure::new(Exit::Usage, origin, format_args!("{kind} {name} is at {before} already; give it another name")))
            }
        };
        match resource {
            Resource::Connection(origin, new) => {
                let known = self.connections.iter().find(|(_, known)| is_same(known, new.as_ref()));
                twice(&origin, "GenesysConnection", &new.name_any(), known.map(|(origin, _)| origin.as_str()))?;
                self.connections.push((origin, *new));
            }
            Resource::Termination(origin, new) => {
                let known = self.terminations.iter().find(|(_, known)| is_same(known, new.as_ref()));
                twice(&origin, "WebchatTermination", &new.name_any(), known.map(|(origin, _)| origin.as_str()))?;
                self.terminations.push((origin, *new));
            }
            Resource::Secret(origin, new) => {
                let known = self.secrets.iter().find(|(_, known)| known.namespace == new.namespace && known.name == new.name);
                twice(&origin, "Secret", &new.name, known.map(|(origin, _)| origin.as_str()))?;
                self.secrets.push((origin, new));
            }
        }
        Ok(())
    }

    fn connection_of(&self, origin: &str, termination: &WebchatTermination) -> Result<&(Origin, GenesysConnection), Failure> {
        let (name, namespace) = (&termination.spec.connection_ref.name, termination.namespace().unwrap_or_default());
        let named = || self.connections.iter().filter(|(_, connection)| connection.name_any() == *name);
        let here = named().find(|(_, connection)| connection.namespace().unwrap_or_default() == namespace);
        here.ok_or_else(|| {
            let said = match named().next() {
                Some((_, elsewhere)) => format!(
                    "GenesysConnection {name} is in namespace {}, not in {namespace}; put both into one namespace",
                    elsewhere.namespace().unwrap_or_default()
                ),
                None => format!("GenesysConnection {name} is not found in the given files; add its file with -f"),
            };
            Failure::new(Exit::Usage, origin, format_args!("spec.connectionRef.name: {said}"))
        })
    }

    fn login_of(&self, (origin, connection): &(Origin, GenesysConnection)) -> Result<Login, Failure> {
        let (name, namespace) = (&connection.spec.credentials_secret_ref.name, connection.namespace().unwrap_or_default());
        let named = || self.secrets.iter().filter(|(_, secret)| secret.name == *name);
        let here = named().find(|(_, secret)| secret.namespace == namespace);
        let (origin, secret) = here.ok_or_else(|| {
            let said = match named().next() {
                Some((_, elsewhere)) => {
                    format!("Secret {name} is in namespace {}, not in {namespace}; put both into one namespace", elsewhere.namespace)
                }
                None => {
                    format!(
                        "Secret {name} is not found in the given files; add its file with -f, or set WCT_CLIENT_ID and WCT_CLIENT_SECRET"
                    )
                }
            };
            Failure::new(Exit::Usage, origin, format_args!("spec.credentialsSecretRef.name: {said}"))
        })?;
        secret.login(origin)
    }

    /// The keys of the connection's webhook, if it is listened to and its Secret is here. It is only needed by whoever listens.
    fn webhook_of(&self, (_, connection): &(Origin, GenesysConnection)) -> Result<Option<KeyRing>, Failure> {
        let Ok(webhook) = connection.spec.webhook() else { return Ok(None) };
        let namespace = connection.namespace().unwrap_or_default();
        let secret = self.secrets.iter().find(|(_, secret)| secret.name == webhook.secret_ref.name && secret.namespace == namespace);
        secret.map(|(origin, secret)| secret.webhook_keys(origin)).transpose()
    }
}

fn is_same<T: ResourceExt>(one: &T, other: &T) -> bool {
    one.name_any() == other.name_any() && one.namespace() == other.namespace()
}
