//! Receipts on their way to an endpoint.

use std::collections::HashSet;
use std::time::Duration;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue};
use webchat_terminator::receipts::{Endpoint, EndpointError, Patience, SendError, verify};

use super::endpoint;
use super::made::made;

fn patience() -> Patience {
    let (first_wait, longest_wait) = (Duration::from_millis(5), Duration::from_millis(20));
    Patience { attempts: 3, timeout: Duration::from_secs(5), first_wait, longest_wait }
}

fn to(address: std::net::SocketAddr) -> Endpoint {
    let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_static("Bearer TOKEN"))]);
    Endpoint::new(&format!("http://{address}/receipts?key=QUERY"), headers, patience()).unwrap()
}

#[tokio::test]
async fn each_receipt_is_sent_as_a_cloud_event_until_it_is_received() {
    let (address, received) = endpoint::start(vec![(503, None), (429, Some(3600)), (202, None)], |_| ()).await;
    let receipts = made("one", 4);
    let mut told = 0;
    to(address).send_all(&receipts, |_| told += 1).await.unwrap();
    assert_eq!(told, 4);
    let received = received.lock().unwrap().clone();
    assert_eq!(received.len(), 6, "the first one three times");
    for (headers, event) in &received {
        assert_eq!(headers["content-type"], "application/cloudevents+json; charset=utf-8");
        assert_eq!(headers["authorization"], "Bearer TOKEN");
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["id"], event["data"]["id"]);
    }
    let ids: HashSet<_> = received.iter().map(|(_, event)| event["id"].to_string()).collect();
    assert_eq!(ids.len(), 4, "what is sent again has the same id");
    let data: Vec<_> = received.iter().map(|(_, event)| event["data"].clone()).collect();
    assert_eq!(verify(&data).unwrap()[0].receipts, 4, "what arrives is a chain");
}

#[tokio::test]
async fn what_is_refused_is_not_sent_again() {
    for status in [400, 401, 404, 307] {
        let (address, received) = endpoint::start(vec![(202, None), (status, None)], |_| ()).await;
        let mut told = 0;
        let error = to(address).send_all(&made("one", 3), |_| told += 1).await.unwrap_err();
        assert!(told == 1 && matches!(error, SendError::Refused { status: said, .. } if said == status), "{error}");
        assert_eq!(received.lock().unwrap().len(), 2);
    }
}

#[tokio::test]
async fn patience_ends() {
    let (address, received) = endpoint::start(vec![(500, None)], |_| ()).await;
    let error = to(address).send_all(&made("one", 2), |_| panic!("none is received")).await.unwrap_err();
    assert!(error.to_string().contains("in 3 attempts: status 500"), "{error}");
    assert_eq!(received.lock().unwrap().len(), 3);
    // Nobody there: a port that was just given back.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let error = to(nobody).send_all(&made("one", 1), |_| ()).await.unwrap_err();
    assert!(matches!(error, SendError::Unavailable { attempts: 3, .. }), "{error}");
    let shown = format!("{error} {error:?} {:?}", to(nobody));
    assert!(!shown.contains("TOKEN") && !shown.contains("QUERY"), "{shown}");
}

#[test]
fn receipts_leave_this_machine_encrypted_only() {
    let new = |url: &str| Endpoint::new(url, HeaderMap::new(), patience()).map(drop);
    assert!(new("http://localhost:1/").is_ok() && new("http://[::1]:1/").is_ok());
    for url in ["http://example.com/", "http://localhost.example.com/", "ftp://example.com/", "http://127.0.0.1.example.com/"] {
        assert!(matches!(new(url), Err(EndpointError::Unencrypted)), "{url}");
    }
    for url in ["", "receipts", "https://user:word@example.com/", "https://user@example.com/", "data:,x"] {
        assert!(matches!(new(url), Err(EndpointError::Url)), "{url}");
    }
    match new("https://example.com/receipts") {
        // A machine without certificates can say no more than that.
        Ok(()) | Err(EndpointError::Tls(_)) => {}
        Err(error) => panic!("{error}"),
    }
}
