//! What is reported of a resource. A stored format: every field is optional, and unknown fields are let pass, so that an
//! older and a newer controller can read each other's.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::plan::Deployment;
use crate::termination::Session;

/// What is known of a GenesysConnection.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GenesysConnectionStatus {
    /// The `metadata.generation` that this status is about; -1 before the controller has seen the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,

    /// Ready: terminations can use the connection. CredentialsValid: the OAuth client got a token. OrganizationMatches: the token is of
    /// the organization of the spec. PermissionsSufficient: no request was refused for a missing permission. GuestsTurnReadOnly, where
    /// deployments are listed: no guest can go on writing once the conversation was ended. EventsFlowing: the notification service tells
    /// of the conversations that were followed last; while False, polling takes over. WebhookReady, where there is a webhook: its events
    /// are taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,

    /// When the access token in use ends. The token itself is never reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_expiration_time: Option<Timestamp>,

    /// The permissions that the service said the OAuth client lacks, as `conversation:communication:disconnect`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(max = 128)))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub missing_permissions: Vec<String>,

    /// What the deployments of the spec tell guests whose conversation is ended, as last read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 20))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub deployments: Vec<Deployment>,
}

/// How far a WebchatTermination has come.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebchatTerminationStatus {
    /// The `metadata.generation` that this status is about; -1 before the controller has seen the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,

    /// Succeeded: Unknown until the end, then whether every session ended. Finished: True at either end, and nothing more is sent; this
    /// is the one to wait for. Ready, Reconciling, Stalled: for tools that judge health. Suspended: nothing new is started. CredentialsReady: the service
    /// takes the credentials, for the right organization, with the permissions needed. GuestsTurnReadOnly, only while False: a deployment of
    /// the connection lets guests write on after the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,

    /// Sessions that are done, of all, as `12/15`. Failed ones are done too; ones that have ended and are still watched are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 16))]
    pub progress: Option<String>,

    /// How many sessions there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub total: Option<i32>,

    /// How many were ended by this termination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub ended: Option<i32>,

    /// How many had already ended at the first look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub already_ended: Option<i32>,

    /// How many had no guest who was to be ended, but another one, who was left alone: connected after `legsConnectedBefore`, or not in
    /// `participantIds`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub not_targeted: Option<i32>,

    /// How many the service did not know at the first look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub not_found: Option<i32>,

    /// How many could not be ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub failed: Option<i32>,

    /// How many were given up because the termination was stopped (cancelled, past its deadline, too many failures).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub stopped: Option<i32>,

    /// How many are not done yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub remaining: Option<i32>,

    /// When the controller took the termination up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Timestamp>,

    /// When it finished, whether it succeeded or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion_time: Option<Timestamp>,

    /// When it was first seen that no further session may be started: suspended, cancelled, past the deadline, too many failures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_time: Option<Timestamp>,

    /// The `metadata.uid` of the object that this status was written for. Another one means that it was restored from a backup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub uid: Option<String>,

    /// The `metadata.uid` of the GenesysConnection in use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub connection_uid: Option<String>,

    /// The organization whose sessions are ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<Uuid>,

    /// Who wrote the record, and for which time: it keeps two controllers from both acting on the same one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordStatus>,

    /// Each session's record, in the order of the spec. Written before anything is sent for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    #[x_kube(merge_strategy = ListMerge::Atomic)]
    pub sessions: Vec<Session>,
}

/// Who wrote a record, and for which time.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordStatus {
    /// The identity of the writing process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub holder: Option<String>,

    /// Grows each time that another process takes the record over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub epoch: Option<i64>,

    /// Grows with every write of the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0))]
    pub sequence: Option<i64>,
}
