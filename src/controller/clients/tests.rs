//! What happens while something is awaited.

use std::convert::Infallible;

use axum::body::Body;
use axum::http::{Request, Response};
use serde_json::json;
use tokio::sync::Notify;
use uuid::Uuid;

use super::*;

#[tokio::test]
async fn what_was_noted_or_forgotten_while_a_secret_was_read_stays_so() {
    let gate = Arc::new(Notify::new());
    let opened = Arc::clone(&gate);
    let api_server = tower::service_fn(move |_: Request<kube::client::Body>| {
        let opened = Arc::clone(&opened);
        async move {
            opened.notified().await;
            let data = json!({ "clientId": "aWQ=", "clientSecret": "c2VjcmV0" });
            let secret = json!({ "metadata": { "name": "genesys" }, "type": "webchatops.dev/genesys-oauth", "data": data });
            Ok::<_, Infallible>(Response::new(Body::from(secret.to_string())))
        }
    });
    let kube = kube::Client::new(api_server, "default");
    let (clients, connection) = (clients(kube), connection());
    let (bells, ..) = Bells::hung();
    gate.notify_one();
    let entry = clients.build(&connection, &bells).await.unwrap();
    let missing = Blocker { kind: BlockerKind::Permission, fault: Fault::new("missing.any.permissions", "a:b:c") };
    let meanwhile = async {
        clients.note_permission(&connection, Some(&missing));
        gate.notify_one();
    };
    let (reread, ()) = tokio::join!(clients.reread(&connection, entry.clone()), meanwhile);
    assert!(reread.is_ok());
    assert_eq!(clients.entry("first").unwrap().missing_permission, Some(missing));
    let meanwhile = async {
        clients.retain(|_| false);
        gate.notify_one();
    };
    let (reread, ()) = tokio::join!(clients.reread(&connection, entry), meanwhile);
    assert!(reread.is_ok() && clients.entry("first").is_none());
}

#[tokio::test]
async fn whoever_waits_for_a_connection_is_told_once_that_it_has_another_oauth_client() {
    let ids = Arc::new(Mutex::new(["aWQ=", "aWQ=", "b3RoZXI="].into_iter()));
    let api_server = tower::service_fn(move |_: Request<kube::client::Body>| {
        let data = json!({ "clientId": ids.lock().unwrap().next(), "clientSecret": "c2VjcmV0" });
        let secret = json!({ "metadata": { "name": "genesys" }, "type": "webchatops.dev/genesys-oauth", "data": data });
        std::future::ready(Ok::<_, Infallible>(Response::new(Body::from(secret.to_string()))))
    });
    let clients = clients(kube::Client::new(api_server, "default"));
    let (connection, (bells, ..)) = (connection(), Bells::hung());
    assert!(!clients.has_moved(&connection), "nothing is known of it");
    let entry = clients.build(&connection, &bells).await.unwrap();
    assert!(!clients.has_moved(&connection));
    let entry = clients.reread(&connection, entry).await.unwrap();
    assert!(!clients.has_moved(&connection), "the same one");
    clients.reread(&connection, entry).await.unwrap();
    assert!(clients.has_moved(&connection));
    assert!(!clients.has_moved(&connection), "it was told");
}

fn clients(kube: kube::Client) -> Clients {
    Clients::new(kube, Vec::new(), Family::watching(&[]), Arc::default(), CancellationToken::new(), Settings::default())
}

fn connection() -> GenesysConnection {
    let connection = json!({
        "apiVersion": "webchatops.dev/v1alpha1", "kind": "GenesysConnection",
        "metadata": { "name": "main", "namespace": "chat", "uid": "first" },
        "spec": { "organizationId": Uuid::nil(), "region": "eu-central-1", "credentialsSecretRef": { "name": "genesys" } },
    });
    serde_json::from_value(connection).unwrap()
}
