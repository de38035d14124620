//! `WebchatTermination`: which sessions must end, and how.

use jiff::Timestamp;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::WebchatTerminationStatus;

/// Which sessions must end, and how.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[kube(
    group = "webchatops.dev",
    version = "v1alpha1",
    kind = "WebchatTermination",
    namespaced,
    shortname = "wct",
    category = "webchat",
    status = "WebchatTerminationStatus",
    derive = "PartialEq",
    cel,
    selectable = ".spec.connectionRef.name",
    doc = "A WebchatTermination says which web messaging sessions must end. Of each, the guest's leg is closed first; when that is \
           confirmed, the conversation. It runs once: when the condition Finished is True, nothing more is sent. Ended sessions are \
           never brought back, and deleting this object only stops what has not started.",
    printcolumn(name = "Succeeded", type_ = "string", json_path = ".status.conditions[?(@.type==\"Succeeded\")].status"),
    printcolumn(name = "Done", type_ = "string", json_path = ".status.progress"),
    printcolumn(name = "Failed", type_ = "integer", json_path = ".status.failed"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type==\"Succeeded\")].reason"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Connection", type_ = "string", json_path = ".spec.connectionRef.name", priority = 1),
    printcolumn(name = "Started", type_ = "date", json_path = ".status.startTime", priority = 1),
    printcolumn(name = "Finished", type_ = "date", json_path = ".status.completionTime", priority = 1),
    printcolumn(name = "Message", type_ = "string", json_path = ".status.conditions[?(@.type==\"Succeeded\")].message", priority = 1),
    validation = Rule::new(
        "self.spec.sessions == oldSelf.spec.sessions || !has(oldSelf.status) || !has(oldSelf.status.conditions) || \
         !oldSelf.status.conditions.exists(c, c.type == 'Finished' && c.status == 'True')"
    ).message("the termination is finished, its sessions can no longer change: write a new WebchatTermination")
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[x_kube(validation = Rule::new(
    "!has(oldSelf.cancel) || (has(self.cancel) && (self.cancel == oldSelf.cancel || self.cancel == 'Immediate'))"
).message("cancel can be neither taken back nor softened: write a new WebchatTermination"))]
pub struct WebchatTerminationSpec {
    /// The GenesysConnection, of the same namespace, through which the sessions are ended. Immutable.
    #[x_kube(validation = Rule::new("self == oldSelf").message("connectionRef is immutable: write a new WebchatTermination"))]
    pub connection_ref: ConnectionRef,

    /// The sessions to end, 1 to 100, each conversation once. Sessions can be added until the termination has finished; none can be
    /// changed or removed. Keep one writer for this list, or use server-side apply.
    #[schemars(length(min = 1, max = 100))]
    #[x_kube(
        merge_strategy = ListMerge::Map(vec!["conversationId".into()]),
        validation = Rule::new("self == oldSelf || oldSelf.all(o, o in self)")
            .message("sessions can be added, not changed or removed: use suspend or cancel to stop")
    )]
    pub sessions: Vec<SessionTarget>,

    /// Guest legs that connected at this time or later are never ended (RFC 3339). Without it: the creation time of this object. Set
    /// it in manifests that are kept, so that creating the object again later ends nothing new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legs_connected_before: Option<Timestamp>,

    /// How many seconds an accepted close may wait for its confirmation before it counts as a failed attempt. 1 to 600, default 30.
    #[serde(default = "confirm_timeout_seconds")]
    #[schemars(range(min = 1, max = 600))]
    pub confirm_timeout_seconds: i32,

    /// How many attempts each session has. Only an accepted close that is not confirmed in time uses one up; errors of the network,
    /// of the service and of authorization do not. 1 to 20, default 5.
    #[serde(default = "attempts_per_session")]
    #[schemars(range(min = 1, max = 20))]
    pub attempts_per_session: i32,

    /// When more sessions than this have failed, no further session is started; sessions whose guest leg is closed are still brought
    /// to their end. 0 to 100. Without it: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub max_failed_sessions: Option<i32>,

    /// How many seconds the whole termination may take, from its start or from its last resumption after a suspension. Then no
    /// further session is started, and the termination finishes with what it has. 1 to 86400 (one day), default 3600 (one hour).
    #[serde(default = "active_deadline_seconds")]
    #[schemars(range(min = 1, max = 86400))]
    pub active_deadline_seconds: i32,

    /// How many sessions are worked on at the same time. 1 to 100, default 10.
    #[serde(default = "parallelism")]
    #[schemars(range(min = 1, max = 100))]
    pub parallelism: i32,

    /// What a conversation counts as that the service does not know at the first look. `Fail` (default): not found, and the
    /// termination does not succeed. `Succeed`: not found, and nothing to do. A conversation that was seen and is then gone counts as
    /// ended either way.
    #[serde(default)]
    pub not_found_policy: NotFoundPolicy,

    /// How many seconds an ended conversation is watched for a guest who comes back. Until then the session counts as not done, and of
    /// what comes after nothing is said. A change holds for the windows that open after it; a longer one also for those that are
    /// open. 0 to 3600, default 30.
    #[serde(default = "settle_seconds")]
    #[schemars(range(min = 0, max = 3600))]
    pub settle_seconds: i32,

    /// What is done with a guest who comes back while their session is being ended or watched. `Terminate` (default): the guest is ended
    /// again, at most three times. `Report`: the guest is left alone, and the session fails with the reason GuestReturned.
    #[serde(default)]
    pub on_reconnect: OnReconnect,

    /// Whether a conversation may be torn down by force whose guest or wrapper the service refuses to close, or whose accepted closes were
    /// never confirmed. `Never` (default). `WhenStuck`: as the last step, once; it gives the conversation a system wrap-up code, and
    /// Genesys discourages it as a habit. It is recorded per session (`tornDown`).
    #[serde(default)]
    pub force_teardown: ForceTeardown,

    /// While true, no further session is started; sessions whose guest leg is closed are still brought to their end. Default: false.
    #[serde(default)]
    pub suspend: bool,

    /// How the termination is stopped for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel: Option<Cancel>,
}

/// A GenesysConnection of the same namespace.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConnectionRef {
    /// The name of a GenesysConnection in the same namespace.
    #[schemars(length(min = 1, max = 253), regex(pattern = r"^[a-z0-9]([a-z0-9.\-]*[a-z0-9])?$"))]
    pub name: String,
}

/// One session to end.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionTarget {
    /// The id of the conversation: lower-case hexadecimal with hyphens.
    pub conversation_id: Uuid,

    /// The guest participants to end, 1 to 4. One that is not a guest is an error of this session, and nothing is sent for it.
    /// Without it: every guest who is live.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1, max = 4))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub participant_ids: Vec<Uuid>,

    /// Why this session must end, for people and for the record. It is not sent to the guest. At most 128 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 128))]
    pub reason: Option<String>,
}

/// What a conversation counts as that the service does not know at the first look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum NotFoundPolicy {
    /// A failure.
    #[default]
    Fail,
    /// Nothing to do.
    Succeed,
}

/// What is done with a guest who comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum OnReconnect {
    /// The guest is ended again, at most three times.
    #[default]
    Terminate,
    /// The guest is left alone, and the session fails.
    Report,
}

/// Whether a conversation may be torn down by force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum ForceTeardown {
    /// Never.
    #[default]
    Never,
    /// As the last step.
    WhenStuck,
}

/// Stops the termination for good. `Drain`: no further session is started; sessions whose guest leg is closed are brought to
/// their end. `Immediate`: nothing more is sent, and such sessions stay half closed. Cannot be taken back; `Drain` can
/// become `Immediate`. Without it: not cancelled.
// The text is that of the field in the schema: an optional enum's own text takes the place of its field's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum Cancel {
    /// What is half closed is brought to its end.
    Drain,
    /// Nothing more is sent.
    Immediate,
}

fn confirm_timeout_seconds() -> i32 {
    30
}

fn attempts_per_session() -> i32 {
    5
}

fn settle_seconds() -> i32 {
    30
}

fn active_deadline_seconds() -> i32 {
    3600
}

fn parallelism() -> i32 {
    10
}

#[cfg(test)]
mod tests {
    use super::*;

    fn termination(sessions: &[u128], cancel: Option<Cancel>) -> WebchatTermination {
        let sessions: Vec<_> = sessions.iter().map(|id| serde_json::json!({ "conversationId": Uuid::from_u128(*id) })).collect();
        let spec = serde_json::json!({ "connectionRef": { "name": "main" }, "sessions": sessions });
        let spec = WebchatTerminationSpec { cancel, ..serde_json::from_value(spec).unwrap() };
        WebchatTermination::new("tried", spec)
    }

    /// `tests/cluster` holds the API server to the same.
    #[test]
    fn the_rules_hold_without_an_api_server() {
        let one = termination(&[1], None);
        assert!(one.validate_cel().is_ok());
        assert!(termination(&[2, 1], None).validate_cel_update(&one).is_ok());
        let refused = termination(&[2], None).validate_cel_update(&one).unwrap_err().to_string();
        assert!(refused.contains("sessions can be added, not changed or removed"), "{refused}");
        let cancelled = termination(&[1], Some(Cancel::Drain));
        assert!(cancelled.validate_cel_update(&one).is_ok());
        assert!(termination(&[1], Some(Cancel::Immediate)).validate_cel_update(&cancelled).is_ok());
        assert!(one.validate_cel_update(&cancelled).is_err());
    }

    #[test]
    fn an_unknown_field_of_a_manifest_is_refused_by_name() {
        let refused = serde_json::from_str::<WebchatTerminationSpec>(r#"{"session": []}"#).unwrap_err().to_string();
        assert!(refused.contains("unknown field `session`, expected one of `connectionRef`, `sessions`"), "{refused}");
    }
}
