//! The metadata of a manifest: its name and namespace, and what else may stand there.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::node::{Content, Node};
use super::schema::{self, Mistake, shown_text};

/// Where a resource is that does not say it, as with kubectl.
pub(crate) const DEFAULT_NAMESPACE: &str = "default";

/// Everything that may stand there; what a server sets is passed over.
const KNOWN: [&str; 16] = [
    "name",
    "namespace",
    "labels",
    "annotations",
    "generateName",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "finalizers",
    "managedFields",
    "ownerReferences",
    "selfLink",
    "clusterName",
];

/// A value for the metadata of a resource, checked.
pub(super) type Metadata = Value;

/// Checks a document's metadata, and keeps what matters here: name, namespace, time of creation, labels, annotations.
pub(super) fn check(node: &Node) -> Result<Metadata, Mistake> {
    let Some(metadata) = node.field("metadata") else {
        return Err(Mistake::new(node.place, "metadata", "missing; every resource has a metadata.name"));
    };
    let Content::Fields(fields) = &metadata.content else {
        return Err(Mistake::new(metadata.place, "metadata", "fields are expected; write `name: …` below it"));
    };
    if let Some((key, _)) = fields.iter().find(|(key, _)| !KNOWN.contains(&key.name.as_str())) {
        let known = KNOWN[..4].iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        return Err(schema::unknown(key.place, &format!("metadata.{}", key.name), &key.name, known.iter()));
    }
    let name = word(metadata, "name", 253)?.ok_or_else(|| {
        Mistake::new(metadata.place, "metadata.name", "missing; without a cluster every resource needs a name of its own")
    })?;
    let namespace = word(metadata, "namespace", 63)?.unwrap_or_else(|| DEFAULT_NAMESPACE.to_owned());
    let mut kept = json!({ "name": name, "namespace": namespace });
    // A backup from a cluster says when its object was made: guests who came later are no targets.
    if let Some(created) = metadata.field("creationTimestamp") {
        let time = created.text().filter(|text| text.parse::<Timestamp>().is_ok());
        let time = time.ok_or_else(|| {
            Mistake::new(created.place, "metadata.creationTimestamp", "not a time; write it like 2026-11-20T12:00:00Z, or leave it out")
        })?;
        kept["creationTimestamp"] = json!(time);
    }
    for field in ["labels", "annotations"] {
        if let Some(texts) = metadata.field(field) {
            kept[field] = checked_texts(texts, &format!("metadata.{field}"))?;
        }
    }
    Ok(kept)
}

/// A name as Kubernetes allows it: it becomes part of paths and messages.
fn word(metadata: &Node, field: &str, most: usize) -> Result<Option<String>, Mistake> {
    let Some(node) = metadata.field(field) else { return Ok(None) };
    let path = format!("metadata.{field}");
    let Some(text) = node.text() else {
        return Err(Mistake::new(node.place, &path, "a text is expected; put it in quotes"));
    };
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || (c == '.' && field == "name");
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let fits = text.len() <= most && text.chars().all(allowed) && edge(text.chars().next()) && edge(text.chars().last());
    if fits {
        return Ok(Some(text.to_owned()));
    }
    let said = format!("{} is not a valid name; write lower-case letters, digits and hyphens, at most {most}", shown_text(text));
    Err(Mistake::new(node.place, &path, said))
}

fn checked_texts(node: &Node, path: &str) -> Result<Value, Mistake> {
    let Content::Fields(fields) = &node.content else {
        return Err(Mistake::new(node.place, path, "fields are expected; write `name: value` lines below it"));
    };
    match fields.iter().find(|(_, value)| value.text().is_none()) {
        Some((key, value)) => Err(Mistake::new(value.place, &format!("{path}.{}", key.name), "a text is expected; put it in quotes")),
        None => Ok(node.value()),
    }
}
