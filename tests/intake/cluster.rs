//! Creation through an API server, played by a service in this process: only what becomes of its answers is tried here.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::{Method, Request, Response};
use serde_json::json;
use webchat_terminator::intake::{ConnectionName, Create, CreateError, Creation, InCluster, parse, termination};

use super::bench::{CONVERSATION, ORGANIZATION, envelope};

/// An API server that answers every creation like this.
fn cluster(status: u16, reason: &'static str) -> InCluster {
    let answer = move |request: Request<kube::client::Body>| async move {
        assert_eq!(request.method(), Method::POST);
        assert_eq!(request.uri().path(), "/apis/webchatops.dev/v1alpha1/namespaces/chat/webchatterminations");
        let body = if status == 201 {
            let sent = request.into_body().collect_bytes().await.unwrap();
            String::from_utf8(sent.to_vec()).unwrap()
        } else {
            json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": "said", "code": status })
                .to_string()
        };
        Ok::<_, Infallible>(Response::builder().status(status).body(Body::from(body)).unwrap())
    };
    InCluster::new(kube::Client::new(tower::service_fn(answer), "default"))
}

#[tokio::test]
async fn what_exists_was_created_and_what_cannot_be_now_is_to_come_again() {
    let heard = parse(envelope(ORGANIZATION, CONVERSATION).to_string().as_bytes()).unwrap();
    let connection = ConnectionName { namespace: "chat".into(), name: "main".into() };
    let manifest = || termination(&connection, ORGANIZATION, &heard).unwrap();
    assert_eq!(cluster(201, "").create(manifest()).await, Ok(Creation::New));
    assert_eq!(cluster(409, "AlreadyExists").create(manifest()).await, Ok(Creation::Existed));
    assert!(matches!(cluster(409, "Conflict").create(manifest()).await, Err(CreateError::Unavailable(_))));
    assert!(matches!(cluster(503, "ServiceUnavailable").create(manifest()).await, Err(CreateError::Unavailable(_))));
    assert_eq!(cluster(403, "Forbidden").create(manifest()).await, Err(CreateError::Refused("said".into())));
}
