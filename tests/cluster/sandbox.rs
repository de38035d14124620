//! A namespace of one test, and requests to the API server that are strict about unknown fields.

use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::{GroupVersionKind, Request};
use serde_json::{Value, json};
use webchat_terminator::crd::{GROUP, VERSION};

use crate::control_plane::ControlPlane;

/// A valid id, different for each number.
pub(crate) fn uuid(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012x}")
}

/// The spec of a GenesysConnection that is valid.
pub(crate) fn connection_spec() -> Value {
    json!({ "organizationId": uuid(0), "region": "eu-central-1", "credentialsSecretRef": { "name": "genesys" } })
}

/// The spec of a WebchatTermination that is valid.
pub(crate) fn termination_spec() -> Value {
    json!({ "connectionRef": { "name": "main" }, "sessions": [{ "conversationId": uuid(1) }] })
}

/// The first value with the second merged in: a null removes a field.
pub(crate) fn merged(mut base: Value, change: &Value) -> Value {
    if let (Value::Object(fields), Value::Object(changes)) = (&mut base, change) {
        for (name, change) in changes {
            let field = fields.remove(name).unwrap_or_default();
            if !change.is_null() {
                fields.insert(name.clone(), merged(field, change));
            }
        }
        return base;
    }
    change.clone()
}

/// One kind in one namespace. Every refusal is the message of the API server.
pub(crate) struct Sandbox<'a> {
    plane: &'a ControlPlane,
    client: Client,
    api: Api<DynamicObject>,
    resource: ApiResource,
    namespace: &'a str,
}

impl<'a> Sandbox<'a> {
    /// The kind in a namespace that exists.
    pub(crate) fn new(plane: &'a ControlPlane, namespace: &'a str, kind: &str) -> Self {
        let client = plane.admin_client();
        let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(GROUP, VERSION, kind));
        let api = Api::namespaced_with(client.clone(), namespace, &resource);
        Self { plane, client, api, resource, namespace }
    }

    /// Creates an object and keeps it.
    pub(crate) fn create(&self, name: &str, spec: &Value) -> Result<Value, String> {
        self.post(name, spec, false)
    }

    /// Asks whether an object could be created.
    pub(crate) fn try_create(&self, spec: &Value) -> Result<Value, String> {
        self.post("tried", spec, true)
    }

    /// Merges a change into the spec.
    pub(crate) fn change(&self, name: &str, change: &Value) -> Result<Value, String> {
        let patch = Patch::Merge(json!({ "spec": change }));
        let params = PatchParams::default().validation_strict();
        readable(self.plane.block_on(self.api.patch(name, &params, &patch)))
    }

    /// Writes the whole status, as a controller does: with the resourceVersion that was read last.
    pub(crate) fn write_status(&self, name: &str, status: &Value) -> Result<Value, String> {
        self.plane.block_on(async {
            let mut object = self.api.get(name).await.map_err(|error| error.to_string())?;
            object.data["status"] = status.clone();
            readable(self.api.replace_status(name, &PostParams::default(), &object).await)
        })
    }

    fn post(&self, name: &str, spec: &Value, dry_run: bool) -> Result<Value, String> {
        let ApiResource { api_version, kind, .. } = &self.resource;
        let metadata = json!({ "name": name, "namespace": self.namespace });
        let object = json!({ "apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec });
        let params = PostParams { dry_run, field_manager: None };
        let mut request = Request::new(self.api.resource_url()).create(&params, object.to_string().into_bytes()).unwrap();
        *request.uri_mut() = format!("{}&fieldValidation=Strict", request.uri()).parse().unwrap();
        self.plane.block_on(self.client.request(request)).map_err(|error| error.to_string())
    }
}

fn readable(answer: kube::Result<DynamicObject>) -> Result<Value, String> {
    answer.map(|object| serde_json::to_value(object).unwrap()).map_err(|error| error.to_string())
}
