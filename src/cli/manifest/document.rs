//! Documents to resources: which kind each is, and whether it is what its schema says.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::JSONSchemaProps;
use kube::core::cel::ValidationErrors;
use serde::de::DeserializeOwned;
use serde_json::json;
use serde_saphyr::Options;

use super::metadata;
use super::nearest::nearest;
use super::node::{Content, Node, Place};
use super::schema::{self, Mistake, shown_text};
use super::secret::SecretManifest;
use super::source::Source;
use crate::cli::{Exit, Failure};
use crate::crd::{self, GROUP, GenesysConnection, VERSION, WebchatTermination};

/// Where a resource came from: `file:line`.
pub(crate) type Origin = String;

/// A resource that was understood.
#[derive(Debug)]
pub(super) enum Resource {
    Connection(Origin, Box<GenesysConnection>),
    Secret(Origin, SecretManifest),
    Termination(Origin, Box<WebchatTermination>),
}

/// What was found in the files.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) resources: Vec<Resource>,
    /// What was passed over, for people.
    pub(super) notes: Vec<String>,
}

/// Reads the documents of one file.
pub(super) fn read(source: &Source, found: &mut Found) -> Result<(), Failure> {
    let documents: Vec<Node> =
        serde_saphyr::from_multiple_with_options(&source.text, options()).map_err(|error| not_yaml(source, &error))?;
    if documents.is_empty() {
        found.notes.push(format!("{}: nothing in it, passed over", source.name));
    }
    for document in &documents {
        take(source, document, found, 0).map_err(|mistake| at(source, &mistake))?;
    }
    Ok(())
}

/// How deep values may be nested: each level takes up stack, and too many of them would take the process down.
pub(super) const DEPTH: usize = 48;

fn options() -> Options {
    serde_saphyr::options! { budget: serde_saphyr::budget! { max_depth: DEPTH } }
}

/// The failure that names the file, the line and the field.
fn at(source: &Source, mistake: &Mistake) -> Failure {
    let Mistake { place: Place { line, column }, path, said } = mistake;
    let place = format!("{}:{line}:{column}", source.name);
    if path.is_empty() { Failure::new(Exit::Usage, place, said) } else { Failure::new(Exit::Usage, place, format_args!("{path}: {said}")) }
}

/// The failure that a text is whose YAML cannot be read.
pub(crate) fn not_yaml(source: &Source, error: &serde_saphyr::Error) -> Failure {
    // Without the snippet: the lines around a mistake may hold a secret.
    let said = error.without_snippet().to_string();
    let (place, said) = match error.location() {
        Some(location) => {
            let (line, column) = (location.line().max(1), location.column().max(1));
            let said = said.strip_suffix(&format!(" at line {line}, column {column}")).unwrap_or(&said);
            (format!("{}:{line}:{column}", source.name), said.to_owned())
        }
        None => (source.name.clone(), said),
    };
    match twice(&said) {
        Some(said) => Failure::new(Exit::Usage, place, said),
        None => Failure::new(Exit::Usage, place, format_args!("not valid YAML: {}; fix the file and try again", unquoted(&said))),
    }
}

/// A complaint without what it quotes: that may be a secret (a client secret like 12e4567, say, is a number that is not finite).
fn unquoted(said: &str) -> String {
    let kept = said.split('`').enumerate().map(|(at, piece)| if at % 2 == 0 { piece } else { "…" });
    kept.collect::<Vec<_>>().join("`")
}

/// What is said of a key that is there twice: at the top of a document a `---` was forgotten.
pub(crate) fn twice(said: &str) -> Option<String> {
    let (key, _) = said.strip_prefix("duplicate mapping key: ")?.split_once(", set DuplicateKeyPolicy")?;
    let key: String = key.chars().take(60).collect();
    let is_top = ["apiVersion", "kind", "metadata", "spec"].contains(&key.as_str());
    let way_out = if is_top { "separate documents with a line ---" } else { "write it once" };
    Some(format!("{key} is there twice; {way_out}"))
}

/// How deep lists of resources may be nested.
const LIST_DEPTH: usize = 3;

fn take(source: &Source, node: &Node, found: &mut Found, depth: usize) -> Result<(), Mistake> {
    let Content::Fields(_) = &node.content else {
        return Err(Mistake::new(node.place, "", "not a Kubernetes resource; write apiVersion, kind, metadata and spec"));
    };
    let word = |name: &str| {
        let text = node.field(name).and_then(Node::text);
        text.ok_or_else(|| Mistake::new(node.place, name, "missing; every resource names its apiVersion and kind"))
    };
    let (version, kind) = (word("apiVersion")?, word("kind")?);
    let origin = format!("{}:{}", source.name, node.place.line);
    match (version.split_once('/').unwrap_or(("", version)), kind) {
        (("", "v1"), "List") => {
            let Some(Content::List(items)) = node.field("items").map(|items| &items.content) else {
                return Err(Mistake::new(node.place, "items", "missing; a List has items"));
            };
            if depth == LIST_DEPTH {
                return Err(Mistake::new(node.place, "items", "lists in lists in lists; write the resources one after the other"));
            }
            return items.iter().try_for_each(|item| take(source, item, found, depth + 1));
        }
        (("", "v1"), "Secret") => found.resources.push(Resource::Secret(origin, SecretManifest::read(node)?)),
        ((GROUP, VERSION), "GenesysConnection") => found.resources.push(Resource::Connection(origin, Box::new(typed(node, kind)?))),
        ((GROUP, VERSION), "WebchatTermination") => found.resources.push(Resource::Termination(origin, Box::new(typed(node, kind)?))),
        ((GROUP, VERSION), _) => {
            let said = match nearest(kind, &["GenesysConnection", "WebchatTermination"]) {
                Some(like) => format!("{} is not a kind of {GROUP}; did you mean {like}?", shown_text(kind)),
                None => format!("{} is not a kind of {GROUP}; GenesysConnection and WebchatTermination are", shown_text(kind)),
            };
            return Err(Mistake::new(node.field("kind").map_or(node.place, |kind| kind.place), "kind", said));
        }
        ((GROUP, other), _) => {
            let said = format!("{} is not known to this build; write {GROUP}/{VERSION}", shown_text(&format!("{GROUP}/{other}")));
            return Err(Mistake::new(node.field("apiVersion").map_or(node.place, |version| version.place), "apiVersion", said));
        }
        _ => found.notes.push(format!("{origin}: {} passed over: it has no part in this", shown_text(kind).trim_matches('"'))),
    }
    Ok(())
}

/// Checks a resource of ours and reads it.
fn typed<T: DeserializeOwned + Ruled>(node: &Node, kind: &str) -> Result<T, Mistake> {
    let schema = spec_schema(kind).ok_or_else(|| Mistake::new(node.place, "kind", "no schema; please report this"))?;
    let metadata = metadata::check(node)?;
    if let Content::Fields(fields) = &node.content {
        let known = ["apiVersion", "kind", "metadata", "spec", "status"].map(String::from);
        if let Some((key, _)) = fields.iter().find(|(key, _)| !known.contains(&key.name)) {
            return Err(schema::unknown(key.place, &key.name, &key.name, known.iter()));
        }
    }
    let spec = node.field("spec").ok_or_else(|| Mistake::new(node.place, "spec", "missing; it says what is wanted"))?;
    schema::check(spec, &schema, "spec")?;
    // The status is not the user's: an API server would drop it too.
    let resource = json!({ "apiVersion": format!("{GROUP}/{VERSION}"), "kind": kind, "metadata": metadata, "spec": spec.value() });
    let resource: T = serde_json::from_value(resource).map_err(|error| Mistake::new(node.place, "", format!("{error}; fix it")))?;
    resource.rules().map_err(|errors| broken(node, &errors))?;
    Ok(resource)
}

/// The complaint about the first broken rule, at the field that it is about.
fn broken(node: &Node, errors: &ValidationErrors) -> Mistake {
    let path = errors.as_slice().first().map_or("spec", |error| error.field_path.as_str());
    let place = path.split('.').fold(node, |node, name| node.field(name).unwrap_or(node)).place;
    Mistake::new(place, path, format!("{}; fix the manifest", said(errors)))
}

fn spec_schema(kind: &str) -> Option<JSONSchemaProps> {
    let definition = crd::all().into_iter().find(|definition| definition.spec.names.kind == kind)?;
    let schema = definition.spec.versions.into_iter().next()?.schema?.open_api_v3_schema?;
    schema.properties?.remove("spec")
}

/// A resource with rules in CEL.
trait Ruled {
    /// Checks them.
    fn rules(&self) -> Result<(), ValidationErrors>;
}

impl Ruled for GenesysConnection {
    fn rules(&self) -> Result<(), ValidationErrors> {
        self.validate_cel()
    }
}

impl Ruled for WebchatTermination {
    fn rules(&self) -> Result<(), ValidationErrors> {
        self.validate_cel()
    }
}

/// What the first broken rule says.
pub(crate) fn said(errors: &ValidationErrors) -> String {
    errors.as_slice().first().map_or_else(|| "a rule is broken".to_owned(), |error| error.message.clone())
}
