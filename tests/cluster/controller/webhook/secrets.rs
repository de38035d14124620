//! The Secret of a webhook: rotated, missing, unusable; and what is said of it.

use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};
use webchat_terminator::crd::GenesysConnection;
use webchat_terminator::simulator::world::sample;

use super::{NEXT_SECRET, SECRET, WEBHOOK_TYPE, is_taken, listening, webhook};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;
use crate::controller::access::{connection, connection_condition, wait_for_connection};
use crate::controller::process::Settings;
use crate::controller::stage::{SECRET_TYPE, Stage, good_credentials};

pub(super) fn cases() -> Vec<Case> {
    cases![
        a_rotated_webhook_secret_takes_effect_without_a_restart,
        what_is_wrong_with_a_webhook_is_told_and_the_connection_stays_ready,
        a_controller_that_serves_no_webhooks_says_so,
    ]
}

fn a_rotated_webhook_secret_takes_effect_without_a_restart(plane: &ControlPlane) {
    let stage = listening(plane, "rotating-webhook", sample::world(vec![]), &[]);
    let secrets: Api<Secret> = stage.api();
    let rotate = |change: Value| plane.block_on(secrets.patch("webhook", &PatchParams::default(), &Patch::Merge(change))).unwrap();
    assert_eq!([SECRET, NEXT_SECRET].map(|secret| is_taken(&stage, secret)), [true, false]);
    rotate(json!({ "stringData": { "secret": NEXT_SECRET, "previousSecret": SECRET } }));
    plane.wait_for("the next secret holds", || is_taken(&stage, NEXT_SECRET));
    assert!(is_taken(&stage, SECRET), "both hold meanwhile");
    rotate(json!({ "data": { "previousSecret": null } }));
    // A proof that does not hold has the Secret read again.
    plane.wait_for("the old secret holds no more", || !is_taken(&stage, "a stranger's") && !is_taken(&stage, SECRET));
    assert!(is_taken(&stage, NEXT_SECRET));
    plane.kubectl_ok(&["delete", "secret", "webhook", "-n", stage.namespace]);
    plane.wait_for("without a Secret there is no proof", || !is_taken(&stage, "a stranger's") && !is_taken(&stage, NEXT_SECRET));
    wait_for_connection(&stage, "WebhookReady", "False", "SecretUnusable");
    let asked = plane.requests().into_iter().filter(|request| request.resource == "secrets" && request.user.contains("webchat-terminator"));
    assert!(asked.map(|request| request.verb).all(|verb| verb == "get"), "Secrets are read by name and in no other way");
}

fn what_is_wrong_with_a_webhook_is_told_and_the_connection_stays_ready(plane: &ControlPlane) {
    let stage = Stage::bare(plane, "bad-webhook", sample::world(vec![]), &Settings::listening("bad-webhook"));
    stage.grant(&["genesys"]);
    stage.put_secret("genesys", SECRET_TYPE, &good_credentials());
    stage.create_connection("main", &webhook(&[]));
    let said = |words: &str| {
        plane.wait_for(words, || {
            let conditions = connection(&stage).status.unwrap_or_default().conditions;
            conditions.iter().any(|condition| condition.type_ == "WebhookReady" && condition.message.contains(words))
        });
        assert_eq!(connection_condition(&stage, "WebhookReady").unwrap(), ("False".into(), "SecretUnusable".into()));
        assert_eq!(connection_condition(&stage, "Ready").unwrap(), ("True".into(), "Connected".into()));
        assert!(!is_taken(&stage, SECRET), "{words}");
    };
    said("may not get Secret bad-webhook/webhook: grant it");
    stage.grant(&["genesys", "webhook"]);
    said("does not exist: create it with type webchatops.dev/webhook");
    stage.put_secret("webhook", "Opaque", &json!({ "secret": SECRET }));
    said("has type Opaque: only webchatops.dev/webhook is used");
    stage.put_secret("webhook", WEBHOOK_TYPE, &json!({ "other": SECRET }));
    said("has no key secret");
    stage.put_secret("webhook", WEBHOOK_TYPE, &json!({ "secret": &SECRET[..31] }));
    said("shorter than 32 bytes");
    stage.put_secret("webhook", WEBHOOK_TYPE, &json!({ "secret": SECRET }));
    wait_for_connection(&stage, "WebhookReady", "True", "Listening");
    assert!(is_taken(&stage, SECRET));
    let no_source = Patch::Merge(json!({ "spec": { "confirmation": { "sources": ["Poll"] } } }));
    let connections: Api<GenesysConnection> = stage.api();
    plane.block_on(connections.patch("main", &PatchParams::default(), &no_source)).unwrap();
    wait_for_connection(&stage, "WebhookReady", "False", "NotASource");
    assert!(!is_taken(&stage, SECRET), "what is no source is not listened to");
    plane.block_on(connections.delete("main", &DeleteParams::default())).unwrap();
}

fn a_controller_that_serves_no_webhooks_says_so(plane: &ControlPlane) {
    let stage = Stage::bare(plane, "no-intake", sample::world(vec![]), &Settings::of("no-intake"));
    stage.grant(&["genesys"]);
    stage.put_secret("genesys", SECRET_TYPE, &good_credentials());
    stage.create_connection("main", &webhook(&[]));
    wait_for_connection(&stage, "WebhookReady", "False", "NotServed");
    wait_for_connection(&stage, "Ready", "True", "Connected");
}
