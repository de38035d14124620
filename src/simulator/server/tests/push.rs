//! Event pushes as an HTTP endpoint receives them.

use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use serde_json::json;
use tokio::net::TcpListener;

use super::*;
use crate::simulator::world::{EventKind, PushShape, PushTarget, SecretHeader};

/// What an endpoint got.
type Got = Arc<Mutex<Vec<(HeaderMap, Value)>>>;

/// An endpoint that answers with these statuses, then with 200.
async fn endpoint(statuses: &'static [u16]) -> (String, Got) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let got = Got::default();
    let noted = Arc::clone(&got);
    let app = Router::new().fallback(async move |headers: HeaderMap, body: String| {
        let mut noted = noted.lock().unwrap();
        noted.push((headers, serde_json::from_str(&body).unwrap()));
        StatusCode::from_u16(statuses.get(noted.len() - 1).copied().unwrap_or(200)).unwrap()
    });
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, got)
}

/// Waits until the endpoint has got this many.
async fn gets(got: &Got, count: usize) -> Vec<(HeaderMap, Value)> {
    for _ in 0..500 {
        if got.lock().unwrap().len() >= count {
            return got.lock().unwrap().clone();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{count} pushes never came");
}

/// Waits until the log says this.
async fn log_says(simulator: &RunningSimulator, state: &str) -> Value {
    for _ in 0..500 {
        let log = send(simulator, "GET", "/simulator/v1/pushes/deliveries", &[], "").await.json();
        if log[0]["state"] == state {
            return log;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no delivery ever was {state}");
}

fn target(url: String, shape: PushShape) -> PushTarget {
    PushTarget {
        id: "hook".into(),
        url,
        topics: vec![EventKind::CustomerEnd.template()],
        header: Some(SecretHeader { name: "x-secret".into(), value: "s3cret".into() }),
        shape,
        organization_id: None,
    }
}

/// A simulator that pushes guests' ends there; its guest leaves.
async fn pushing(target: PushTarget, clock: &Clock) -> (RunningSimulator, LegId) {
    let chat = ConversationSpec::usual(1);
    let leg = chat.guest_legs()[0];
    let mut spec = sample::world(vec![chat]);
    spec.push_targets = vec![target];
    let simulator = start_with(spec, clock).await;
    let happening = json!({ "happening": { "guestLeaves": { "conversationId": leg.conversation } } });
    assert_eq!(send(&simulator, "POST", "/simulator/v1/happenings", &[], &happening.to_string()).await.status, 200);
    (simulator, leg)
}

#[tokio::test]
async fn an_event_is_pushed_in_the_envelope_with_its_secret() {
    let (url, got) = endpoint(&[]).await;
    let (simulator, leg) = pushing(target(url, PushShape::Envelope), &Clock::at_noon()).await;
    let (headers, body) = gets(&got, 1).await.remove(0);
    assert_eq!(
        (headers["x-secret"].to_str().unwrap(), headers["content-type"].to_str().unwrap()),
        ("s3cret", "application/json; charset=utf-8")
    );
    assert_eq!(body["detail-type"], "v2.detail.events.conversation.{id}.customer.end");
    assert_eq!(body["source"], format!("aws.partner/genesys.com/cloud/{}/simulated", sample::ORGANIZATION));
    assert_eq!(
        (body["version"].clone(), body["time"].clone(), body["resources"].clone()),
        ("0".into(), "2026-11-20T12:00:00Z".into(), json!([]))
    );
    let detail = &body["detail"];
    assert_eq!(detail["topicName"], EventKind::CustomerEnd.topic(leg.conversation));
    assert_eq!((detail["version"].clone(), detail["timestamp"].clone()), ("2".into(), "2026-11-20T12:00:00.000Z".into()));
    assert_eq!(detail["eventBody"]["sessionId"], leg.communication.to_string());
    assert!(detail["metadata"]["CorrelationId"].is_string());
    log_says(&simulator, "delivered").await;
    assert_eq!(simulator.witness().events.pushes.answered, [(200, 1)].into());
}

#[tokio::test]
async fn the_plain_shape_is_the_events_body_alone() {
    let (url, got) = endpoint(&[]).await;
    let (_simulator, leg) = pushing(target(url, PushShape::Plain), &Clock::at_noon()).await;
    let (_, body) = gets(&got, 1).await.remove(0);
    assert_eq!((body["conversationId"].clone(), body["disconnectType"].clone()), (leg.conversation.to_string().into(), "ENDPOINT".into()));
    assert!(body.get("detail").is_none());
}

#[tokio::test]
async fn a_push_that_is_not_taken_comes_again_until_it_is() {
    let (url, got) = endpoint(&[503, 302]).await;
    let clock = Clock::at_noon();
    let (simulator, _) = pushing(target(url, PushShape::Envelope), &clock).await;
    for (count, pause) in [(1, 1000), (2, 2000)] {
        gets(&got, count).await;
        log_says(&simulator, "waiting").await;
        clock.leap(pause);
    }
    let all = gets(&got, 3).await;
    assert!(all.iter().all(|(_, body)| body == &all[0].1), "the same each time");
    let log = log_says(&simulator, "delivered").await;
    let statuses: Vec<u64> =
        log[0]["attempts"].as_array().unwrap().iter().map(|a| a["outcome"]["answered"]["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [503, 302, 200]);
}

#[tokio::test]
async fn an_endpoint_that_is_not_there_is_noted() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", gone.local_addr().unwrap());
    drop(gone);
    let (simulator, _) = pushing(target(url, PushShape::Envelope), &Clock::at_noon()).await;
    let log = log_says(&simulator, "waiting").await;
    assert_eq!(log[0]["attempts"][0]["outcome"]["unanswered"]["why"], "not connected");
    assert_eq!(simulator.witness().events.pushes.unanswered, 1);
}

#[tokio::test]
async fn targets_are_set_shown_without_their_secret_and_taken_away() {
    let simulator = start(sample::world(vec![])).await;
    let path = "/simulator/v1/pushes/targets/hook";
    let body = json!({ "url": "http://127.0.0.1:1/", "topics": [], "header": { "name": "x", "value": "s3cret" } }).to_string();
    assert_eq!(send(&simulator, "PUT", path, &[], &body).await.status, 200);
    let shown = send(&simulator, "GET", "/simulator/v1/pushes/targets", &[], "").await;
    assert_eq!((shown.json()[0]["id"].clone(), shown.body.contains("s3cret")), ("hook".into(), false));
    assert_eq!(send(&simulator, "PUT", path, &[], r#"{"url":"ftp://x"}"#).await.status, 400);
    assert_eq!(send(&simulator, "DELETE", path, &[], "").await.status, 200);
    assert_eq!(send(&simulator, "DELETE", path, &[], "").await.status, 404);
}

#[tokio::test]
async fn a_delivery_is_repeated_on_demand_under_the_same_id() {
    let (url, got) = endpoint(&[]).await;
    let (simulator, _) = pushing(target(url, PushShape::Envelope), &Clock::at_noon()).await;
    gets(&got, 1).await;
    assert_eq!(send(&simulator, "POST", "/simulator/v1/pushes/deliveries/1/again", &[], "").await.status, 200);
    let both = gets(&got, 2).await;
    assert_eq!(both[0].1, both[1].1);
    assert_eq!(send(&simulator, "POST", "/simulator/v1/pushes/deliveries/77/again", &[], "").await.status, 400);
}
