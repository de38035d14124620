//! Event pushes on the wire: each in a task of its own, a bounded number at a time.

mod envelope;

use std::sync::Arc;
use std::time::Duration;

use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::admin::{Asked, Refused, bad, merged, read};
use super::shared::Shared;
use crate::simulator::world::{DeliveryNumber, Push, PushOutcome, PushTarget, SecretHeader};

/// How many pushes are under way at most.
const AT_ONCE: usize = 64;

/// Sends what is to be pushed, until the simulator stops.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut news = shared.news();
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut client = None;
    loop {
        news.borrow_and_update();
        for push in shared.with_world(|world, _| world.take_pushes()) {
            // Made at the first push: a simulator without targets needs no TLS.
            let client = client.get_or_insert_with(client_for_all).clone();
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
            let shared = Arc::clone(&shared);
            tokio::spawn(async move {
                let outcome = tokio::select! {
                    outcome = send(client, &push) => outcome,
                    () = shared.stopping.cancelled() => return,
                };
                shared.with_world(|world, now| world.push_answered(push.number, outcome, now));
                drop(permit);
            });
        }
        tokio::select! {
            changed = news.changed() => if changed.is_err() { return },
            () = shared.stopping.cancelled() => return,
        }
    }
}

/// A client that trusts what the platform trusts; on a machine without certificates it reaches plain HTTP only.
fn client_for_all() -> Result<Client, String> {
    let builder = || ClientConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions();
    let trusting = builder().and_then(BuilderVerifierExt::with_platform_verifier);
    let builder = match trusting {
        Ok(builder) => builder,
        Err(_) => builder().map_err(|error| error.to_string())?.with_root_certificates(RootCertStore::empty()),
    };
    let tls = builder.with_no_client_auth();
    let client = Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent("Amazon/EventBridge/ApiDestinations")
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never());
    client.build().map_err(|error| error.to_string())
}

async fn send(client: Result<Client, String>, push: &Push) -> PushOutcome {
    let client = match client {
        Ok(client) => client,
        Err(why) => return PushOutcome::Unanswered { why },
    };
    let mut request = client
        .post(&push.target.url)
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .timeout(Duration::from_millis(push.timeout_ms))
        .body(envelope::body(push).to_string());
    if let Some(SecretHeader { name, value }) = &push.target.header {
        request = request.header(name, value);
    }
    match request.send().await {
        Ok(answer) => PushOutcome::Answered { status: answer.status().as_u16() },
        Err(error) if error.is_timeout() => PushOutcome::Unanswered { why: "timed out".into() },
        Err(error) if error.is_connect() => PushOutcome::Unanswered { why: "not connected".into() },
        Err(error) => PushOutcome::Unanswered { why: error.without_url().to_string() },
    }
}

/// Answers the simulator's own API where it is about pushes.
pub(super) fn admin(shared: &Shared, asked: Asked<'_>, body: &[u8]) -> Result<Value, Refused> {
    shared.with_world(|world, now| {
        match asked {
            ("GET", ["pushes", "targets"]) => return Ok(world.push_targets().map(shown).collect()),
            ("PUT", ["pushes", "targets", id]) => {
                let target: PushTarget = serde_json::from_value(merged(read(body)?, json!({ "id": id })))?;
                target.check().map_err(bad)?;
                world.put_push_target(target);
            }
            ("DELETE", ["pushes", "targets", id]) if world.remove_push_target(id) => {}
            ("GET", ["pushes", "deliveries"]) => return Ok(serde_json::to_value(world.deliveries().collect::<Vec<_>>())?),
            ("POST", ["pushes", "deliveries", number, "again"]) => {
                let number = number.parse().map_err(|_| Refused::NotFound)?;
                world.redeliver(DeliveryNumber(number), now).map_err(bad)?;
            }
            _ => return Err(Refused::NotFound),
        }
        Ok(json!({}))
    })
}

fn shown(target: &PushTarget) -> Value {
    let mut shown = json!(target);
    if target.header.is_some() {
        shown["header"]["value"] = json!("(not shown)");
    }
    shown
}
