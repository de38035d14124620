//! Creation through an API server, played by a service in this process: only what becomes of its answers is tried here.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::{Method, Request, Response};
use serde_json::json;
use webchat_terminator::crd::WebchatTermination;
use webchat_terminator::intake::{ConnectionName, Create, CreateError, Creation, InCluster, parse, termination};

use super::bench::{CONVERSATION, ORGANIZATION, UNKNOWN, envelope};

/// An API server that answers every creation like this, and every read with this termination.
fn cluster(status: u16, reason: &'static str, there: Option<WebchatTermination>) -> InCluster {
    let answer = move |request: Request<kube::client::Body>| {
        let there = there.clone();
        async move {
            let path = "/apis/webchatops.dev/v1alpha1/namespaces/chat/webchatterminations";
            let failure = |status: u16, reason: &str| json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": "said", "code": status });
            let (status, body) = if request.method() == Method::GET {
                assert!(request.uri().path().strip_prefix(path).is_some_and(|name| name.starts_with("/customer-end-")));
                there.map_or_else(|| (404, failure(404, "NotFound")), |there| (200, serde_json::to_value(there).unwrap()))
            } else {
                assert_eq!((request.method(), request.uri().path()), (&Method::POST, path));
                let sent = request.into_body().collect_bytes().await.unwrap();
                (status, if status == 201 { serde_json::from_slice(&sent).unwrap() } else { failure(status, reason) })
            };
            Ok::<_, Infallible>(Response::builder().status(status).body(Body::from(body.to_string())).unwrap())
        }
    };
    InCluster::new(kube::Client::new(tower::service_fn(answer), "default"))
}

/// What somebody did to a termination, and how that is said.
type Change = (&'static str, fn(&mut WebchatTermination));

fn manifest() -> WebchatTermination {
    let heard = parse(envelope(ORGANIZATION, CONVERSATION).to_string().as_bytes()).unwrap();
    termination(&ConnectionName { namespace: "chat".into(), name: "main".into() }, ORGANIZATION, &heard).unwrap()
}

#[tokio::test]
async fn what_cannot_be_created_now_is_to_come_again() {
    assert_eq!(cluster(201, "", None).create(manifest()).await, Ok(Creation::New));
    assert!(matches!(cluster(409, "Conflict", None).create(manifest()).await, Err(CreateError::Unavailable(_))));
    assert!(matches!(cluster(503, "ServiceUnavailable", None).create(manifest()).await, Err(CreateError::Unavailable(_))));
    assert_eq!(cluster(403, "Forbidden", None).create(manifest()).await, Err(CreateError::Refused("said".into())));
    // It was there, and is gone before it could be read.
    assert!(matches!(cluster(409, "AlreadyExists", None).create(manifest()).await, Err(CreateError::Unavailable(_))));
}

#[tokio::test]
async fn what_exists_was_created_before_only_if_it_is_what_would_be_created() {
    let changed = |change: fn(&mut WebchatTermination)| {
        let mut there = manifest();
        change(&mut there);
        there
    };
    let same: [Change; 3] = [
        ("as it was created", |_| {}),
        ("suspended since", |there| there.spec.suspend = true),
        ("with a session added since", |there| {
            let mut another = there.spec.sessions[0].clone();
            another.conversation_id = UNKNOWN;
            there.spec.sessions.insert(0, another);
        }),
    ];
    for (what, change) in same {
        assert_eq!(cluster(409, "AlreadyExists", Some(changed(change))).create(manifest()).await, Ok(Creation::Existed), "{what}");
    }
    let others: [Change; 4] = [
        ("of another conversation", |there| there.spec.sessions[0].conversation_id = UNKNOWN),
        ("of another participant", |there| there.spec.sessions[0].participant_ids = vec![UNKNOWN]),
        ("through another connection", |there| there.spec.connection_ref.name = "other".into()),
        ("of earlier legs", |there| there.spec.legs_connected_before = Some("2001-01-01T00:00:00Z".parse().unwrap())),
    ];
    for (what, change) in others {
        assert_eq!(cluster(409, "AlreadyExists", Some(changed(change))).create(manifest()).await, Ok(Creation::Another), "{what}");
    }
}
