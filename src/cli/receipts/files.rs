//! Terminations from files: with their status, as `wct apply -o json` and `kubectl get -o json` print them; or manifests, whose record is
//! in the state file that `wct apply` keeps for them.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::book::Book;
use crate::cli::manifest::metadata::DEFAULT_NAMESPACE;
use crate::cli::manifest::not_yaml;
use crate::cli::manifest::source::{self, Bounds, Source};
use crate::cli::{Exit, Failure, state};
use crate::crd::{GROUP, WebchatTermination};

/// Where records are read that are in no cluster.
#[derive(Debug, clap::Args)]
pub(super) struct Recorded {
    /// Resources as wct apply and kubectl get print them with -o json or yaml, or manifests, whose state files are looked for: files,
    /// folders, or - for standard input
    #[arg(short = 'f', long = "filename", value_name = "FILE", num_args = 1.., conflicts_with_all = ["names", "namespace", "all_namespaces", "selector"])]
    filename: Vec<PathBuf>,

    /// State files of wct apply
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["names", "namespace", "all_namespaces", "selector"])]
    state: Vec<PathBuf>,
}

impl Recorded {
    /// Whether no file is named.
    pub(super) fn is_empty(&self) -> bool {
        self.filename.is_empty() && self.state.is_empty()
    }

    /// Enters what the files hold.
    pub(super) fn read(&self, book: &mut Book) -> Result<(), Failure> {
        let mut found = Found::default();
        for source in source::read_all(&self.filename, Bounds::RESULTS)? {
            for document in documents(&source)? {
                found.take(document, &source.name)?;
            }
        }
        if !self.filename.is_empty() && found.terminations.is_empty() {
            let named = self.filename.iter().map(|path| source::called(path)).collect::<Vec<_>>().join(", ");
            let said = "no WebchatTermination in it; name what wct apply -o json or kubectl get wct -o json printed";
            return Err(Failure::new(Exit::Usage, named, said));
        }
        found.terminations.iter().try_for_each(|(origin, termination)| found.enter(origin, termination, book))?;
        for path in &self.state {
            let termination = state::recorded(path)?.ok_or_else(|| {
                let said = "it does not exist; name the file that wct apply --state wrote";
                Failure::new(Exit::State, format_args!("state file {}", path.display()), said)
            })?;
            book.enter(&termination)?;
        }
        Ok(())
    }
}

/// The documents of a file.
fn documents(source: &Source) -> Result<Vec<Value>, Failure> {
    // Large lists come as JSON, which needs no parser of YAML.
    if source.text.trim_start().starts_with('{') {
        let documents: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&source.text).into_iter().collect();
        if let Ok(documents) = documents {
            return Ok(documents);
        }
    }
    serde_saphyr::from_multiple(&source.text).map_err(|error| not_yaml(source, &error))
}

/// What the files hold.
#[derive(Default)]
struct Found {
    /// With the file that each is in.
    terminations: Vec<(String, WebchatTermination)>,
    /// The organizations of the connections, by namespace and name.
    organizations: Vec<(String, String, Uuid)>,
}

/// As much as tells what a document is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    #[serde(default)]
    api_version: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    items: Option<Vec<Value>>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    namespace: Option<String>,
}

impl Found {
    /// Takes a document in, if it has to do with this.
    fn take(&mut self, mut document: Value, origin: &str) -> Result<(), Failure> {
        let wrong = |said: String| Failure::new(Exit::Usage, origin, said);
        let header = Header::deserialize(&document)
            .map_err(|error| wrong(format!("not a Kubernetes resource ({error}); name what kubectl get -o json printed")))?;
        if let (Some(_), true) = (&header.items, header.kind.ends_with("List")) {
            let Some(Value::Array(items)) = document.get_mut("items").map(Value::take) else { return Ok(()) };
            return items.into_iter().try_for_each(|item| self.take(item, origin));
        }
        let (name, namespace) = (header.metadata.name.unwrap_or_default(), header.metadata.namespace);
        let namespace = namespace.unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned());
        match (header.api_version.split_once('/').map(|(group, _)| group), header.kind.as_str()) {
            (Some(GROUP), "WebchatTermination") => {
                let read = serde_json::from_value::<WebchatTermination>(document);
                let mut termination = read.map_err(|error| {
                    wrong(format!("WebchatTermination {namespace}/{name}: {error}; use the version of wct that wrote it"))
                })?;
                termination.metadata.namespace = Some(namespace);
                self.terminations.push((origin.to_owned(), termination));
            }
            (Some(GROUP), "GenesysConnection") => {
                let organization = document.pointer("/spec/organizationId").and_then(Value::as_str).and_then(|id| id.parse().ok());
                self.organizations.extend(organization.map(|organization| (namespace, name, organization)));
            }
            // Secrets and whatever else goes along.
            (Some(_) | None, _) => {}
        }
        Ok(())
    }

    /// Enters a termination with its status; of a manifest, what its state file holds.
    fn enter(&self, origin: &str, termination: &WebchatTermination, book: &mut Book) -> Result<(), Failure> {
        if termination.status.is_some() {
            return book.enter(termination);
        }
        let namespace = termination.metadata.namespace.clone().unwrap_or_default();
        let name = termination.metadata.name.clone().unwrap_or_default();
        let place = format!("{origin}: WebchatTermination {namespace}/{name}");
        let connection = &termination.spec.connection_ref.name;
        let organization = self.organizations.iter().find(|(there, called, _)| (there, called) == (&namespace, connection));
        let Some((_, _, organization)) = organization else {
            let said =
                format!("it has no status; add the file of GenesysConnection {connection} with -f, or name its state file with --state");
            return Err(Failure::new(Exit::Usage, place, said));
        };
        let path = state::default_path(*organization, &namespace, &name)?;
        match state::recorded(&path)? {
            Some(recorded) => book.enter(&recorded),
            None => {
                book.note(format!("{namespace}/{name}: no state file {}, so there is no receipt", path.display()));
                Ok(())
            }
        }
    }
}
