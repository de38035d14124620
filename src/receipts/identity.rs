//! Whose receipts they are.

use kube::ResourceExt;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::canonical;
use crate::crd::WebchatTermination;

/// The termination that receipts are of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The organization whose sessions were ended.
    pub organization_id: Uuid,
    /// The termination's `metadata.uid` when its record was made. A state file of the command line has one too.
    pub termination_uid: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The name of its connection.
    pub connection: String,
}

impl Identity {
    /// The identity that a termination's record was made under. None before there is a record.
    #[must_use]
    pub fn of(termination: &WebchatTermination) -> Option<Self> {
        let status = termination.status.as_ref()?;
        Some(Self {
            organization_id: status.organization_id?,
            // An object that was restored from a backup has another uid than its record: the sessions are those of the record.
            termination_uid: status.uid.clone().or_else(|| termination.uid())?,
            namespace: termination.namespace().unwrap_or_default(),
            name: termination.name_any(),
            connection: termination.spec.connection_ref.name.clone(),
        })
    }

    /// The hash that the first receipt of a chain holds as the one before: it binds the chain to its termination.
    #[must_use]
    pub fn genesis(&self) -> String {
        genesis(self.organization_id, &self.termination_uid)
    }

    /// The id of a session's receipt.
    #[must_use]
    pub fn receipt_id(&self, conversation_id: Uuid) -> Uuid {
        receipt_id(self.organization_id, &self.termination_uid, conversation_id)
    }
}

pub(super) fn genesis(organization_id: Uuid, termination_uid: &str) -> String {
    canonical::hash(&json!({ "organizationId": organization_id, "terminationUid": termination_uid }))
}

/// A UUID of version 8 made of a SHA-256, as RFC 9562 shows it: what version 5 is with SHA-1.
pub(super) fn receipt_id(organization_id: Uuid, termination_uid: &str, conversation_id: Uuid) -> Uuid {
    let digest = Sha256::new_with_prefix(b"webchatops.dev/receipt/v1\0")
        .chain_update(organization_id.as_bytes())
        .chain_update(conversation_id.as_bytes())
        .chain_update(termination_uid)
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
