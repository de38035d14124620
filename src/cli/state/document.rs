//! What is in a state file: the whole resource, and whose it is.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::ResourceExt;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::StateError;
use crate::cli::manifest::said;
use crate::crd::{GenesysConnection, WebchatTermination, WebchatTerminationSpec, progress_of};

/// The format that this build reads and writes.
const FORMAT: &str = "webchatops.dev/state/v1";

/// What all formats of ours have in front.
const FAMILY: &str = "webchatops.dev/state/";

/// How a file of ours begins, white space apart.
const BEGINNING: &[u8] = b"{\"format\":\"webchatops.dev/state/";

/// The content of a state file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Document {
    /// Which format this is.
    format: String,
    /// Whose sessions are ended.
    pub(crate) organization_id: Uuid,
    /// Grows with every write of the file.
    pub(crate) sequence: i64,
    /// The resource with its status, as a cluster would hold it.
    pub(crate) termination: WebchatTermination,
}

/// The format alone: it is looked at before the rest.
#[derive(Deserialize)]
struct Header {
    format: String,
}

impl Document {
    /// What the first apply of a manifest begins with: an identity, a birth, and a time after which no guest is touched.
    pub(crate) fn begin(manifest: &WebchatTermination, connection: &GenesysConnection, now: Timestamp) -> Self {
        let mut termination = manifest.clone();
        termination.metadata.uid = Some(fresh_uid().to_string());
        termination.metadata.generation = Some(1);
        let created = termination.metadata.creation_timestamp.get_or_insert(Time(now)).0;
        // A manifest that is applied again some day, without its state, must not end whoever is a guest then.
        termination.spec.legs_connected_before.get_or_insert(created);
        Self { format: FORMAT.to_owned(), organization_id: connection.spec.organization_id, sequence: 0, termination }
    }

    /// Reads a document.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, StateError> {
        if bytes.trim_ascii().is_empty() {
            return Err(StateError::Empty);
        }
        Self::check_ours(bytes)?;
        let damaged = |error: serde_json::Error| StateError::Damaged(error.to_string());
        let header: Header = serde_json::from_slice(bytes).map_err(damaged)?;
        if header.format != FORMAT {
            return Err(StateError::Format(header.format.chars().take(64).collect()));
        }
        serde_json::from_slice(bytes).map_err(damaged)
    }

    /// What does not begin as our files do was never one of them; what was cut or spoilt further on was.
    pub(crate) fn check_ours(bytes: &[u8]) -> Result<(), StateError> {
        let text: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).take(BEGINNING.len()).collect();
        let is_begun = BEGINNING.starts_with(&text);
        let names_format = || serde_json::from_slice::<Header>(bytes).is_ok_and(|header| header.format.starts_with(FAMILY));
        if is_begun || names_format() { Ok(()) } else { Err(StateError::NotOurs) }
    }

    /// Writes a document.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, StateError> {
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|error| StateError::Damaged(error.to_string()))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Takes the manifest as it is now into a document of an earlier run, by the rules that hold in the cluster.
    pub(crate) fn resume(mut self, manifest: &WebchatTermination, connection: &GenesysConnection) -> Result<Self, StateError> {
        let theirs = identify(&self.termination, self.organization_id);
        let ours = identify(manifest, connection.spec.organization_id);
        if theirs != ours {
            return Err(StateError::Foreign { theirs, ours });
        }
        let spec = asked(manifest, &self.termination);
        if spec == self.termination.spec {
            return Ok(self);
        }
        let updated = WebchatTermination { spec, ..self.termination.clone() };
        updated.validate_cel_update(&self.termination).map_err(|errors| StateError::Changed(said(&errors)))?;
        // What it came to was judged by what was asked for then, and stays.
        if progress_of(&self.termination.status.clone().unwrap_or_default()).is_finished() {
            return Ok(self);
        }
        self.termination = updated;
        self.termination.metadata.generation = self.termination.metadata.generation.map(|generation| generation.saturating_add(1));
        Ok(self)
    }
}

/// What a manifest asks for, where it is recorded already from when on guests are left alone.
pub(crate) fn asked(manifest: &WebchatTermination, recorded: &WebchatTermination) -> WebchatTerminationSpec {
    let legs_connected_before = manifest.spec.legs_connected_before.or(recorded.spec.legs_connected_before);
    WebchatTerminationSpec { legs_connected_before, ..manifest.spec.clone() }
}

/// Which termination of which organization it is, in words.
fn identify(termination: &WebchatTermination, organization: Uuid) -> String {
    format!("{}/{} of organization {organization}", termination.namespace().unwrap_or_default(), termination.name_any())
}

fn fresh_uid() -> Uuid {
    uuid::Builder::from_random_bytes(fastrand::u128(..).to_be_bytes()).into_uuid()
}
