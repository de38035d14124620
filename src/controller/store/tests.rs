//! The crash matrix over the status: the shipped store and the real client of Kubernetes, against an API server that holds one object.
//!
//! What is played is the server alone: its versions, its conflicts, and the status as a part of the object that is written by itself.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::http::{Method, Request, Response};
use kube::api::Resource;
use kube::client::Body;
use serde_json::json;
use tower::service_fn;
use uuid::Uuid;

use super::*;
use crate::engine::crash::{Keep, every_death_over};
use crate::plan::Progress;

const NAME: &str = "incident";

/// One object, as text, behind an API server.
struct ApiServer(Mutex<String>);

impl ApiServer {
    fn begin(sessions: &[Uuid]) -> Self {
        let sessions: Vec<_> = sessions.iter().map(|id| json!({ "conversationId": id })).collect();
        let spec = json!({ "connectionRef": { "name": "main" }, "sessions": sessions });
        let mut object = WebchatTermination::new(NAME, serde_json::from_value(spec).unwrap());
        let metadata = object.meta_mut();
        metadata.namespace = Some("default".into());
        metadata.uid = Some(Uuid::from_u128(1).to_string());
        metadata.generation = Some(1);
        metadata.resource_version = Some("1".into());
        Self(Mutex::new(serde_json::to_string(&object).unwrap()))
    }

    fn object(&self) -> WebchatTermination {
        serde_json::from_str(&self.0.lock().unwrap()).unwrap()
    }

    fn version(&self) -> u64 {
        self.object().resource_version().unwrap().parse().unwrap()
    }

    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let (head, body) = request.into_parts();
        assert!(head.uri.path().contains(&format!("/namespaces/default/webchatterminations/{NAME}")), "{}", head.uri);
        if head.method == Method::PUT {
            assert!(head.uri.path().ends_with("/status"), "{}", head.uri);
            let sent: WebchatTermination = serde_json::from_slice(&body.collect_bytes().await.unwrap()).unwrap();
            let mut object = self.object();
            if sent.resource_version() != object.resource_version() {
                let status =
                    json!({ "kind": "Status", "status": "Failure", "reason": "Conflict", "message": "it was changed", "code": 409 });
                return Response::builder().status(409).body(status.to_string().into_bytes().into()).unwrap();
            }
            object.meta_mut().resource_version = Some((self.version() + 1).to_string());
            object.status = sent.status;
            *self.0.lock().unwrap() = serde_json::to_string(&object).unwrap();
        }
        Response::new(self.0.lock().unwrap().clone().into_bytes().into())
    }
}

/// The status of one object, and what the controller's processes share.
struct Cluster<'a> {
    server: Arc<ApiServer>,
    metrics: &'a Metrics,
}

impl Cluster<'_> {
    /// A new process has a new client.
    fn api(&self) -> Api<WebchatTermination> {
        let server = Arc::clone(&self.server);
        let service = service_fn(move |request: Request<Body>| {
            let server = Arc::clone(&server);
            async move { Ok::<_, Infallible>(server.answer(request).await) }
        });
        Api::namespaced(kube::Client::new(service, "default"), "default")
    }
}

impl<'a> Keep for Cluster<'a> {
    type Hand = StatusStore<'a>;

    async fn take_up(&self) -> (Progress, StatusStore<'a>) {
        let api = self.api();
        let termination = api.get(NAME).await.unwrap();
        let progress = termination.status.as_ref().map(progress_of).unwrap_or_default();
        let store = StatusStore {
            api,
            metrics: self.metrics,
            holder: "controller-0",
            order: termination.order(),
            uid: termination.uid(),
            connection_uid: None,
            organization_id: None,
            deployments: Vec::new(),
            termination,
        };
        (progress, store)
    }

    fn stored(&self) -> (Progress, u64) {
        (self.server.object().status.as_ref().map(progress_of).unwrap_or_default(), self.server.version())
    }

    fn torn(&self) {}
}

#[tokio::test]
async fn crash_after_every_effect_leads_to_the_same_end_over_the_status() {
    let metrics = Metrics::default();
    every_death_over("the status", |sessions| Cluster { server: Arc::new(ApiServer::begin(sessions)), metrics: &metrics }).await;
}

#[tokio::test]
async fn a_view_that_is_stale_writes_nothing() {
    let metrics = Metrics::default();
    let cluster = Cluster { server: Arc::new(ApiServer::begin(&[Uuid::from_u128(2)])), metrics: &metrics };
    let ((progress, mut first), (_, mut second)) = (cluster.take_up().await, cluster.take_up().await);
    let record = Record { progress: &progress, blocker: None, names_writes: true };
    first.write(record).await.unwrap();
    let stored = cluster.stored();
    assert!(matches!(second.write(record).await, Err(StoreError::Conflict)));
    assert_eq!(cluster.stored(), stored);
    first.write(record).await.unwrap();
    assert_eq!(cluster.stored().1, stored.1 + 1, "a record that writes follow is written anew, and passes a stale view");
}
