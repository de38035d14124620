//! What one test plays on: a namespace with a connection, its Secret and the right to read it; a simulator; a controller.

use std::thread::sleep;
use std::time::Duration;

use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::rbac::v1::{Role, RoleBinding};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::Client;
use kube::api::{Api, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use webchat_terminator::crd::{GenesysConnection, WebchatTermination};
use webchat_terminator::simulator::world::{ConversationSpec, WorldSpec, sample};
use webchat_terminator::termination::{Session, State};

use super::genesys::Genesys;
use super::process::{Controller, Settings};
use crate::control_plane::ControlPlane;
use crate::sandbox::merged;

/// The type of the Secrets that the controller uses.
pub(super) const SECRET_TYPE: &str = "webchatops.dev/genesys-oauth";

/// Named after its namespace, of which each test has its own.
pub(super) struct Stage<'a> {
    // The controller before the simulator: it ends first.
    pub(super) controller: Controller,
    pub(super) genesys: Genesys<'a>,
    pub(super) plane: &'a ControlPlane,
    pub(super) namespace: &'a str,
    pub(super) client: Client,
}

impl<'a> Stage<'a> {
    /// Everything as it should be, and these conversations.
    pub(super) fn new(plane: &'a ControlPlane, namespace: &'a str, conversations: Vec<ConversationSpec>) -> Self {
        Self::with(plane, namespace, sample::world(conversations), &Settings::of(namespace))
    }

    /// Everything as it should be, and only reads confirm: there are moments that only they have.
    pub(super) fn polling(plane: &'a ControlPlane, namespace: &'a str, conversations: Vec<ConversationSpec>) -> Self {
        let change = json!({ "confirmation": { "sources": ["Poll"] } });
        Self::connected(plane, namespace, sample::world(conversations), &Settings::of(namespace), &change)
    }

    /// Everything as it should be, in this world, under a controller with these settings.
    pub(super) fn with(plane: &'a ControlPlane, namespace: &'a str, world: WorldSpec, settings: &Settings) -> Self {
        Self::connected(plane, namespace, world, settings, &json!({}))
    }

    fn connected(plane: &'a ControlPlane, namespace: &'a str, world: WorldSpec, settings: &Settings, change: &Value) -> Self {
        let stage = Self::bare(plane, namespace, world, settings);
        stage.grant(&["genesys"]);
        stage.put_secret("genesys", SECRET_TYPE, &good_credentials());
        stage.create_connection("main", change);
        stage
    }

    /// A namespace, a simulator and a controller, and nothing else yet.
    pub(super) fn bare(plane: &'a ControlPlane, namespace: &'a str, world: WorldSpec, settings: &Settings) -> Self {
        plane.create_namespace(namespace);
        let genesys = Genesys::serve(plane, world);
        let controller = Controller::start(plane, settings);
        Self { controller, genesys, plane, namespace, client: plane.admin_client() }
    }

    /// Lets the controller read these Secrets, as `deploy/examples/connection.yaml` has it for one.
    pub(super) fn grant(&self, secrets: &[&str]) {
        let example = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/examples/connection.yaml"));
        let documents: Vec<&str> = example.split("\n---\n").collect();
        let mut role: Role = serde_saphyr::from_str(documents[0]).unwrap();
        for rule in role.rules.iter_mut().flatten() {
            assert_eq!(rule.resource_names.as_deref(), Some(&["genesys".to_owned()][..]));
            rule.resource_names = Some(secrets.iter().map(ToString::to_string).collect());
        }
        let binding: RoleBinding = serde_saphyr::from_str(documents[1]).unwrap();
        self.put(&role, "webchat-terminator-credentials");
        self.put(&binding, "webchat-terminator-credentials");
    }

    /// Creates or replaces a Secret.
    pub(super) fn put_secret(&self, name: &str, type_: &str, data: &Value) {
        let api: Api<Secret> = self.api();
        // The type of a Secret cannot be changed.
        let _ = self.plane.block_on(api.delete(name, &kube::api::DeleteParams::default()));
        let secret = json!({ "metadata": { "name": name }, "type": type_, "stringData": data });
        self.put::<Secret>(&serde_json::from_value(secret).unwrap(), name);
    }

    /// Creates a connection to the simulator, with these fields changed.
    pub(super) fn create_connection(&self, name: &str, change: &Value) {
        self.create_connection_in(self.namespace, name, change);
    }

    /// The same in another namespace.
    pub(super) fn create_connection_in(&self, namespace: &str, name: &str, change: &Value) {
        let url = self.genesys.url();
        let spec = json!({
            "organizationId": sample::ORGANIZATION,
            "endpoints": { "api": url, "login": url },
            "credentialsSecretRef": { "name": "genesys" },
        });
        let connection = json!({
            "apiVersion": "webchatops.dev/v1alpha1", "kind": "GenesysConnection",
            "metadata": { "name": name }, "spec": merged(spec, change),
        });
        let connection: GenesysConnection = serde_json::from_value(connection).unwrap();
        let api: Api<GenesysConnection> = Api::namespaced(self.client.clone(), namespace);
        self.plane.block_on(api.create(&PostParams::default(), &connection)).unwrap();
    }

    /// Creates a termination of these conversations through connection `main`, with these fields changed.
    pub(super) fn terminate(&self, name: &str, conversations: &[ConversationSpec], change: &Value) {
        let manifest = manifest(name, conversations, change);
        self.plane.block_on(self.terminations().create(&PostParams::default(), &manifest)).unwrap();
    }

    /// Changes the spec of a termination.
    pub(super) fn change(&self, name: &str, change: &Value) {
        let patch = Patch::Merge(json!({ "spec": change }));
        self.plane.block_on(self.terminations().patch(name, &PatchParams::default(), &patch)).unwrap();
    }

    pub(super) fn terminations(&self) -> Api<WebchatTermination> {
        self.api()
    }

    /// A client for one kind in this namespace.
    pub(super) fn api<K>(&self) -> Api<K>
    where
        K: kube::Resource<DynamicType = (), Scope = kube::core::NamespaceResourceScope>,
    {
        Api::namespaced(self.client.clone(), self.namespace)
    }

    pub(super) fn look(&self, name: &str) -> WebchatTermination {
        self.plane.block_on(self.terminations().get(name)).unwrap()
    }

    /// Waits until a termination is so, for 60 s at most.
    pub(super) fn wait(&self, name: &str, what: &str, is_so: impl Fn(&WebchatTermination) -> bool) -> WebchatTermination {
        let mut seen = self.look(name);
        for _ in 0..1200 {
            if is_so(&seen) {
                return seen;
            }
            sleep(Duration::from_millis(50));
            seen = self.look(name);
        }
        panic!("waited in vain: {what}; {:#?}\n{}", seen.status, self.controller.log());
    }

    /// Waits until a condition of a termination has this status and reason.
    pub(super) fn wait_for_condition(&self, name: &str, type_: &str, status: &str, reason: &str) -> WebchatTermination {
        let what = format!("{name}: {type_} {status} {reason}");
        self.wait(name, &what, |termination| {
            condition(termination, type_).is_some_and(|condition| condition.status == status && condition.reason == reason)
        })
    }

    /// Waits until a termination is finished.
    pub(super) fn finished(&self, name: &str) -> WebchatTermination {
        self.wait(name, "Finished", |termination| condition(termination, "Finished").is_some_and(|condition| condition.status == "True"))
    }

    fn put<K>(&self, object: &K, name: &str)
    where
        K: kube::Resource<DynamicType = (), Scope = kube::core::NamespaceResourceScope>
            + serde::Serialize
            + serde::de::DeserializeOwned
            + Clone
            + std::fmt::Debug,
    {
        let mut object = serde_json::to_value(object).unwrap();
        object["apiVersion"] = json!(K::api_version(&()));
        object["kind"] = json!(K::kind(&()));
        let params = PatchParams::apply("test").force();
        let api: Api<K> = self.api();
        self.plane.block_on(api.patch(name, &params, &Patch::Apply(object))).unwrap();
    }
}

/// A termination of these conversations through connection `main`, with these fields changed.
pub(super) fn manifest(name: &str, conversations: &[ConversationSpec], change: &Value) -> WebchatTermination {
    let sessions: Vec<_> = conversations.iter().map(|conversation| json!({ "conversationId": conversation.id })).collect();
    // Without a settle window, unless a test is about it: nobody comes back.
    let spec = json!({ "connectionRef": { "name": "main" }, "sessions": sessions, "confirmTimeoutSeconds": 5, "settleSeconds": 0 });
    WebchatTermination::new(name, serde_json::from_value(merged(spec, change)).unwrap())
}

/// The usual conversations 1 to `last`.
pub(super) fn usual(last: u32) -> Vec<ConversationSpec> {
    (1..=last).map(ConversationSpec::usual).collect()
}

/// What the Secret of a connection holds.
pub(super) fn good_credentials() -> Value {
    json!({ "clientId": sample::CLIENT_ID, "clientSecret": sample::CLIENT_SECRET })
}

pub(super) fn condition<'t>(termination: &'t WebchatTermination, type_: &str) -> Option<&'t Condition> {
    termination.status.as_ref()?.conditions.iter().find(|condition| condition.type_ == type_)
}

/// The conditions of a termination, as `Type=Status:Reason`; those that are False as if they were absent where both mean the
/// same.
pub(super) fn conditions(termination: &WebchatTermination) -> Vec<String> {
    let optional = ["Reconciling", "Stalled", "Suspended"];
    let conditions = termination.status.iter().flat_map(|status| &status.conditions);
    let told = conditions.filter(|condition| !(optional.contains(&condition.type_.as_str()) && condition.status == "False"));
    told.map(|condition| format!("{}={}:{}", condition.type_, condition.status, condition.reason)).collect()
}

pub(super) fn rows(termination: &WebchatTermination) -> &[Session] {
    termination.status.as_ref().map_or(&[], |status| &status.sessions)
}

pub(super) fn states(termination: &WebchatTermination) -> Vec<State> {
    rows(termination).iter().map(|row| row.state).collect()
}

/// The message of the condition that people read first.
pub(super) fn message(termination: &WebchatTermination) -> &str {
    condition(termination, "Succeeded").map_or("", |condition| &condition.message)
}
