//! The audit log of the API server: who asked for what. It counts the writes that a test must not have seen too many of.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::start::ControlPlane;

/// Records every request for our kinds, for Secrets, Leases and Events, without bodies.
pub(super) const POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
    resources:
      - group: webchatops.dev
      - group: events.k8s.io
      - group: coordination.k8s.io
      - group: ''
        resources: [secrets]
  - level: None
";

const WRITES: [&str; 5] = ["create", "update", "patch", "delete", "deletecollection"];

/// One request that the API server answered.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`.
    pub(crate) verb: String,
    /// The user name, for a ServiceAccount `system:serviceaccount:NAMESPACE:NAME`.
    pub(crate) user: String,
    /// The plural, in lower case.
    pub(crate) resource: String,
    /// `status`, or empty.
    pub(crate) subresource: String,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// The HTTP status of the answer.
    pub(crate) code: u64,
    /// From the arrival of the request to the end of the answer, by the server's clock.
    pub(crate) took: SignedDuration,
}

impl ControlPlane {
    /// All requests so far. The server writes a request down just *after* it has answered: leave it a moment.
    pub(crate) fn requests(&self) -> Vec<Request> {
        let log = std::fs::read_to_string(self.folder().join("audit.log")).unwrap_or_default();
        log.lines().filter_map(|line| serde_json::from_str(line).ok()).map(|entry| request(&entry)).collect()
    }

    /// The writes to one object that succeeded, those to its status among them.
    pub(crate) fn writes_to(&self, resource: &str, namespace: &str, name: &str) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| {
            let Request { verb, user: _, resource: kind, subresource: _, namespace: place, name: object, code, took: _ } = request;
            WRITES.contains(&verb.as_str()) && kind == resource && place == namespace && object == name && *code < 300
        });
        requests
    }
}

fn request(entry: &Value) -> Request {
    let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let time = |pointer: &str| text(pointer).parse::<Timestamp>().unwrap_or_default();
    Request {
        verb: text("/verb"),
        user: text("/user/username"),
        resource: text("/objectRef/resource"),
        subresource: text("/objectRef/subresource"),
        namespace: text("/objectRef/namespace"),
        name: text("/objectRef/name"),
        code: entry.pointer("/responseStatus/code").and_then(Value::as_u64).unwrap_or_default(),
        took: time("/stageTimestamp").duration_since(time("/requestReceivedTimestamp")),
    }
}
