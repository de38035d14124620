//! `GenesysConnection`: which Genesys Cloud organization, and with which credentials.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
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
        .message("endpoints is immutable: write a new GenesysConnection"),
    validation = Rule::new("has(self.webchat) == has(oldSelf.webchat) && (!has(self.webchat) || self.webchat == oldSelf.webchat)")
        .message("webchat is immutable: write a new GenesysConnection"),
    validation = Rule::new("!has(self.region) || self.dialect == 'messages'")
        .message("no region speaks this dialect, it is for gateways: write endpoints in place of region"),
    validation = Rule::new("!has(self.webchat) || self.dialect == 'webchat'").message("webchat is only for dialect: webchat")
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

    /// How the service is spoken to. `messages` (default): web messaging, the public API. `chats`: legacy web chat, which left the public
    /// API in August 2026 and is still met behind gateways. `webchat`: the endpoints of gateways that close by `status`. Immutable.
    #[serde(default)]
    #[x_kube(validation = Rule::new("self == oldSelf").message("dialect is immutable: write a new GenesysConnection"))]
    pub dialect: Dialect,

    /// What the dialect `webchat` leaves open. Only with `dialect: webchat`. Immutable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webchat: Option<Webchat>,

    /// How the end of a guest's leg is confirmed. The first of the sources that tells wins.
    #[serde(default)]
    pub confirmation: Confirmation,

    /// The Messenger deployments whose guests are served through this connection, at most 20. Their `conversationDisconnect` is read, as far
    /// as the OAuth client is permitted to, and where it leaves the guest able to write, plan and status warn. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub deployment_ids: Vec<Uuid>,

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

    /// The base URL of the sockets, as `wss://streaming.mypurecloud.de`. No socket is opened to another host or port. What is heard there
    /// is believed, and with `webchat.guestSignal` the OAuth token is sent there. Without it: the host and port of `api`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512), regex(pattern = r"^wss?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~%/\-]*)?$"))]
    pub streaming: Option<String>,
}

/// How the service is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Dialect {
    /// Web messaging, the public API.
    #[default]
    Messages,
    /// Legacy web chat, behind gateways.
    Chats,
    /// Gateways that close by `status`.
    Webchat,
}

/// What the dialect `webchat` leaves open.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Webchat {
    /// How a guest's participant is closed. `Patch` (default): PATCH on the participant, with `status`. `Post`: POST to the
    /// participants, with `disposition`.
    #[serde(default)]
    pub participant_close: ParticipantClose,

    /// Whether the guest is told at once, on the conversation's event stream, that the chat is closed; sent right after the close of the
    /// participant, which waits for it for two seconds at most. Its loss is no error. Without it: not sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest_signal: Option<GuestSignal>,
}

/// How a guest's participant is closed in the dialect `webchat`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum ParticipantClose {
    /// PATCH on the participant, with `status`.
    #[default]
    Patch,
    /// POST to the participants, with `disposition`.
    Post,
}

/// Where the guest is told that the chat is closed.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GuestSignal {
    /// The address of a conversation's event stream, as `wss://gateway.example.com/streams/{conversationId}`; `{conversationId}` is
    /// replaced. The OAuth token is sent there, so its host and port must be those of `endpoints.streaming`. Without it: the `eventStreamUri` that the conversation's reading names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 512), regex(pattern = r"^wss?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~%/{}\-]*)?$"))]
    pub stream_uri: Option<String>,
}

/// How the end of a guest's leg is confirmed.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Confirmation {
    /// The sources that are listened to. `Notification`: the notification service. `Webhook`: the webhook intake, once `webhook` is set.
    /// `Poll`: reads; they are the backstop, and cannot be left out. Default: all of them.
    #[serde(default = "every_source")]
    #[schemars(length(min = 1, max = 3))]
    #[x_kube(
        merge_strategy = ListMerge::Set,
        validation = Rule::new("self.exists(source, source == 'Poll')").message("Poll cannot be left out: reads are the backstop of every other source")
    )]
    pub sources: Vec<ConfirmationSource>,

    /// The webhook of this connection, at `POST /v1/events/{namespace}/{name of this connection}` of the intake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
}

/// How the end of a guest's leg can be confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum ConfirmationSource {
    /// The notification service.
    Notification,
    /// The webhook intake.
    Webhook,
    /// Reads.
    Poll,
}

/// The webhook of a connection.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Webhook {
    /// The Secret whose value callers must prove to know.
    pub secret_ref: WebhookSecretRef,

    /// Events of EventBridge that create a WebchatTermination of their conversation before they are answered. `CustomerEnd`: a guest
    /// has left, and what is left of the conversation is to be closed. `CustomerStart`: whoever connects is to be ended at once.
    /// Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 2))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub create_terminations: Vec<CreateOn>,
}

/// The Secret of a webhook.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WebhookSecretRef {
    /// The name of a Secret in the same namespace, of type `webchatops.dev/webhook`, with the key `secret` (at least 32 bytes) and, while it
    /// is being rotated, `previousSecret`. The controller needs the right to `get` this very Secret, and no other.
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([a-z0-9.\-]*[a-z0-9])?$"))]
    pub name: String,
}

/// An event that creates a WebchatTermination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum CreateOn {
    /// A guest's leg ended.
    CustomerEnd,
    /// A guest's leg connected.
    CustomerStart,
}

impl Confirmation {
    /// Whether a source is listened to.
    #[must_use]
    pub fn names(&self, source: ConfirmationSource) -> bool {
        self.sources.contains(&source)
    }
}

impl Default for Confirmation {
    fn default() -> Self {
        Self { sources: every_source(), webhook: None }
    }
}

fn every_source() -> Vec<ConfirmationSource> {
    vec![ConfirmationSource::Notification, ConfirmationSource::Webhook, ConfirmationSource::Poll]
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

    /// `tests/cluster` holds the API server to the same.
    #[test]
    fn the_rules_hold_without_an_api_server() {
        let connection = |fields: serde_json::Value| {
            let mut spec = serde_json::json!({
                "organizationId": Uuid::nil(), "credentialsSecretRef": { "name": "genesys" },
                "endpoints": { "api": "https://gateway.example", "login": "https://gateway.example" },
            });
            spec.as_object_mut().unwrap().append(&mut fields.as_object().unwrap().clone());
            GenesysConnection::new("main", serde_json::from_value(spec).unwrap())
        };
        let refused = |connection: &GenesysConnection| connection.validate_cel().unwrap_err().to_string();
        assert!(refused(&connection(serde_json::json!({ "webchat": {} }))).contains("webchat is only for dialect: webchat"));
        let unread = connection(serde_json::json!({ "confirmation": { "sources": ["Notification"] } }));
        assert!(refused(&unread).contains("Poll cannot be left out"));
        let gateway = connection(serde_json::json!({ "dialect": "webchat", "webchat": { "participantClose": "Post" } }));
        assert!(gateway.validate_cel().is_ok());
        let moved = connection(serde_json::json!({ "dialect": "chats" })).validate_cel_update(&connection(serde_json::json!({})));
        assert!(moved.unwrap_err().to_string().contains("dialect is immutable"));
        let mut in_a_region = connection(serde_json::json!({ "dialect": "chats" }));
        (in_a_region.spec.endpoints, in_a_region.spec.region) = (None, Some("eu-central-1".parse().unwrap()));
        assert!(refused(&in_a_region).contains("no region speaks this dialect, it is for gateways: write endpoints in place of region"));
    }
}
