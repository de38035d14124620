//! Events over HTTP, as the simulator's EventBridge pushes them and as strangers would.

mod secrets;
mod taking;

use serde_json::{Value, json};
use uuid::Uuid;
use webchat_terminator::simulator::world::{EventKind, PushShape, PushTarget, SecretHeader, WorldSpec};

use super::access::wait_for_connection;
use super::http;
use super::process::Settings;
use super::stage::{SECRET_TYPE, Stage, good_credentials};
use crate::case::Case;
use crate::control_plane::ControlPlane;

pub(super) fn cases() -> Vec<Case> {
    [taking::cases(), secrets::cases()].into_iter().flatten().collect()
}

const WEBHOOK_TYPE: &str = "webchatops.dev/webhook";
const SECRET: &str = "a-webhook-secret-of-more-than-32-bytes";
const NEXT_SECRET: &str = "the-next-webhook-secret-of-more-than-32-bytes";

/// A connection `main` with a webhook, by this Secret.
fn webhook(creates: &[&str]) -> Value {
    json!({
        "confirmation": {
            "sources": ["Webhook", "Poll"],
            "webhook": { "secretRef": { "name": "webhook" }, "createTerminations": creates },
        }
    })
}

/// A stage whose connection listens and creates on these events.
fn listening<'a>(plane: &'a ControlPlane, namespace: &'a str, world: WorldSpec, creates: &[&str]) -> Stage<'a> {
    let stage = Stage::bare(plane, namespace, world, &Settings::listening(namespace));
    stage.grant(&["genesys", "webhook"]);
    stage.put_secret("genesys", SECRET_TYPE, &good_credentials());
    stage.put_secret("webhook", WEBHOOK_TYPE, &json!({ "secret": SECRET }));
    stage.create_connection("main", &webhook(creates));
    wait_for_connection(&stage, "WebhookReady", "True", "Listening");
    stage
}

/// A push target at connection `name`.
fn target(stage: &Stage<'_>, id: &str, name: &str, secret: Option<&str>) -> PushTarget {
    PushTarget {
        id: id.into(),
        url: format!("http://{}/v1/events/{}/{name}", stage.controller.intake.unwrap(), stage.namespace),
        topics: vec![EventKind::CustomerEnd.template()],
        header: secret.map(|value| SecretHeader { name: "X-Webhook-Secret".into(), value: value.into() }),
        shape: PushShape::Envelope,
        organization_id: None,
    }
}

fn push_to(stage: &Stage<'_>, target: PushTarget) {
    stage.genesys.world(|world| world.put_push_target(target));
}

/// Posts a body to a connection; the status.
fn post(stage: &Stage<'_>, name: &str, headers: &[(&str, &str)], body: &str) -> u16 {
    let path = format!("/v1/events/{}/{name}", stage.namespace);
    http::ask_with(stage.controller.intake.unwrap(), "POST", &path, headers, body).unwrap().0
}

/// Posts an event that concerns nobody, with this secret: whether it is taken.
fn is_taken(stage: &Stage<'_>, secret: &str) -> bool {
    let status = post(stage, "main", &[("X-Webhook-Secret", secret)], &of_no_interest());
    assert!([204, 401].contains(&status), "{status}");
    status == 204
}

fn of_no_interest() -> String {
    json!({ "topicName": format!("v2.detail.events.conversation.{}.acd.end", Uuid::nil()), "eventBody": {} }).to_string()
}
