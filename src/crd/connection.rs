//! `GenesysConnection`: which Genesys Cloud organization, and with which credentials.

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{GenesysConnectionStatus, Region};

/// Which Genesys Cloud organization is meant, where it is reached, and with which OAuth client.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[kube(
    group = "webchatops.dev",
    version = "v1alpha1",
    kind = "GenesysConnection",
    namespaced,
    shortname = "gconn",
    category = "webchat",
    status = "GenesysConnectionStatus",
    derive = "PartialEq",
    cel,
    doc = "A GenesysConnection says which Genesys Cloud organization is meant, where it is reached, and with which OAuth client. \
           WebchatTerminations of the same namespace name it.",
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].status"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].reason"),
    printcolumn(name = "Region", type_ = "string", json_path = ".spec.region"),
    printcolumn(name = "Suspended", type_ = "boolean", json_path = ".spec.suspend"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Organization", type_ = "string", json_path = ".spec.organizationId", priority = 1),
    printcolumn(name = "Message", type_ = "string", json_path = ".status.conditions[?(@.type==\"Ready\")].message", priority = 1)
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(
    validation = Rule::new("has(self.region) != has(self.endpoints)").message("exactly one of region and endpoints must be set"),
    validation = Rule::new("has(self.region) == has(oldSelf.region) && (!has(self.region) || self.region == oldSelf.region)")
        .message("region is immutable: write a new GenesysConnection"),
    validation = Rule::new("has(self.endpoints) == has(oldSelf.endpoints) && (!has(self.endpoints) || self.endpoints == oldSelf.endpoints)")
        .message("endpoints is immutable: write a new GenesysConnection")
)]
pub struct GenesysConnectionSpec {
    /// The id of the Genesys Cloud organization: lower-case hexadecimal with hyphens. Every new token is checked against it. When the
    /// credentials belong to another organization, nothing is done, and the condition OrganizationMatches says so. Immutable.
    #[x_kube(validation = Rule::new("self == oldSelf").message("organizationId is immutable: write a new GenesysConnection"))]
    pub organization_id: Uuid,

    /// The region of Genesys Cloud, as `eu-central-1` (`eu_central_1` is accepted). Exactly one of `region` and `endpoints` must be set.
    /// Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,

    /// Base URLs, for a gateway or a simulator in place of a region. The controller refuses hosts that its operator has not allowed.
    /// Exactly one of `region` and `endpoints` must be set. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<Endpoints>,

    /// The Secret with the OAuth client credentials. It may be changed, and the Secret may be rotated, at any time.
    pub credentials_secret_ref: SecretRef,

    /// While true, no termination that names this connection sends anything. What is under way resumes when it is false again.
    /// Default: false.
    #[serde(default)]
    pub suspend: bool,
}

/// Where Genesys Cloud is reached, when it is not a region.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Endpoints {
    /// The base URL of the platform API, as `https://api.mypurecloud.de`; a path is kept as a prefix. `/api/v2/…` is appended. No user
    /// name, query or fragment.
    #[schemars(length(max = 512), regex(pattern = r"^https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~%/\-]*)?$"))]
    pub api: String,

    /// The base URL of the login service, as `https://login.mypurecloud.de`; a path is kept as a prefix. `/oauth/token` is appended. The
    /// credentials are sent there. No user name, query or fragment.
    #[schemars(length(max = 512), regex(pattern = r"^https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~%/\-]*)?$"))]
    pub login: String,
}

/// A Secret of the same namespace.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretRef {
    /// The name of a Secret in the same namespace, of type `webchatops.dev/genesys-oauth`, with the keys `clientId` and `clientSecret`.
    /// The controller needs the right to `get` this very Secret, and no other.
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([a-z0-9.\-]*[a-z0-9])?$"))]
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `tests/cluster` holds the API server to the same.
    #[test]
    fn a_connection_has_either_a_region_or_endpoints() {
        let valid = |where_: serde_json::Value| {
            let mut spec = serde_json::json!({ "organizationId": Uuid::nil(), "credentialsSecretRef": { "name": "genesys" } });
            spec.as_object_mut().unwrap().append(&mut where_.as_object().unwrap().clone());
            GenesysConnection::new("main", serde_json::from_value(spec).unwrap()).validate_cel().is_ok()
        };
        let endpoints = serde_json::json!({ "api": "https://api.example.com", "login": "https://login.example.com" });
        assert!(valid(serde_json::json!({ "region": "eu_central_1" })));
        assert!(valid(serde_json::json!({ "endpoints": endpoints })));
        assert!(!valid(serde_json::json!({ "region": "eu_central_1", "endpoints": endpoints })));
        assert!(!valid(serde_json::json!({})));
    }
}
