//! Events over HTTP, as the simulator's EventBridge pushes them and as strangers would.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use hmac::{Hmac, Mac};
use k8s_openapi::api::core::v1::Secret;
use kube::ResourceExt;
use kube::api::{Api, ListParams, Patch, PatchParams};
use serde_json::{Value, json};
use sha2::Sha256;
use uuid::Uuid;
use webchat_terminator::clock;
use webchat_terminator::crd::WebchatTermination;
use webchat_terminator::simulator::world::{
    DeliveryNumber, DeliveryState, EventKind, Happening, PushOutcome, PushShape, PushTarget, Return, SecretHeader, WorldSpec, sample,
};

use super::access::{connection, connection_condition, wait_for_connection};
use super::http;
use super::process::Settings;
use super::stage::{SECRET_TYPE, Stage, condition, good_credentials, usual};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![
        whoever_proves_nothing_is_refused_and_nothing_is_created,
        an_event_creates_one_termination_however_often_it_comes_and_a_revival_another,
        a_rotated_webhook_secret_takes_effect_without_a_restart,
        what_is_wrong_with_a_webhook_is_told_and_the_connection_stays_ready,
        a_controller_that_serves_no_webhooks_says_so,
        strangers_at_the_served_port_are_not_waited_for,
    ]
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

/// Lets the controller create terminations in the stage's namespace, as `deploy/` and its example have it.
fn let_it_create(stage: &Stage<'_>) {
    let example = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/examples/webhook.yaml"));
    let binding = example.split("\n---\n").find(|document| document.contains("name: webchat-terminator-create")).unwrap();
    let role = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/intake/rbac.yaml"));
    stage.plane.apply_manifests(role);
    let metadata = format!("metadata:\n  namespace: {}", stage.namespace);
    stage.plane.apply_manifests(&binding.replacen("metadata:", &metadata, 1));
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

fn happen(stage: &Stage<'_>, happening: Happening) {
    stage.genesys.world(|world| world.happen(happening, clock::now())).unwrap();
}

/// The statuses with which a target's pushes were answered so far.
fn answers(stage: &Stage<'_>, target: &str) -> Vec<u16> {
    let outcomes = stage.genesys.world(|world| {
        let to_it = world.deliveries().filter(|delivery| delivery.target == target);
        to_it.flat_map(|delivery| delivery.attempts.iter().map(|attempt| attempt.outcome.clone())).collect::<Vec<_>>()
    });
    let status = |outcome| match outcome {
        PushOutcome::Answered { status } => status,
        PushOutcome::Unanswered { why } => panic!("{target}: {why}"),
    };
    outcomes.into_iter().map(status).collect()
}

fn created(stage: &Stage<'_>) -> Vec<WebchatTermination> {
    stage.plane.block_on(stage.terminations().list(&ListParams::default())).unwrap().items
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

fn signature(body: &str) -> String {
    let tag = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(body).finalize().into_bytes();
    format!("sha256={}", tag.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn whoever_proves_nothing_is_refused_and_nothing_is_created(plane: &ControlPlane) {
    let conversations = usual(1);
    let stage = listening(plane, "strangers", sample::world(conversations.clone()), &["CustomerEnd", "CustomerStart"]);
    let_it_create(&stage);
    push_to(&stage, target(&stage, "wrong", "main", Some(NEXT_SECRET)));
    push_to(&stage, target(&stage, "missing", "main", None));
    push_to(&stage, target(&stage, "absent", "absent", Some(SECRET)));
    push_to(&stage, PushTarget { organization_id: Some(Uuid::from_u128(7)), ..target(&stage, "foreign", "main", Some(SECRET)) });
    happen(&stage, Happening::GuestLeaves { conversation_id: conversations[0].id });
    for (id, status) in [("wrong", 401), ("missing", 401), ("absent", 401), ("foreign", 403)] {
        plane.wait_for(id, || !answers(&stage, id).is_empty());
        assert!(answers(&stage, id).iter().all(|answer| *answer == status), "{id}: {:?}", answers(&stage, id));
    }
    // A signature is of one body, as often as that comes.
    let (signed, other) = (of_no_interest(), of_no_interest().replace("acd.end", "customer.end"));
    let proof = signature(&signed);
    let replayed = [&signed, &signed, &other].map(|body| post(&stage, "main", &[("X-Signature-256", &proof)], body));
    assert_eq!(replayed, [204, 204, 401]);
    assert!(created(&stage).is_empty(), "{:?}", created(&stage));

    let (_, metrics) = stage.controller.get("/metrics").unwrap();
    let count = |outcome: &str| -> u64 {
        let name = format!("webchat_terminator_intake_requests_total{{outcome=\"{outcome}\"}} ");
        metrics.lines().find_map(|line| line.strip_prefix(&name)).unwrap_or_else(|| panic!("{name}: {metrics}")).parse().unwrap()
    };
    assert!(count("unauthorized") >= 4, "{metrics}");
    assert!(count("other_organization") >= 1, "{metrics}");
    assert_eq!((count("other_event"), count("created"), count("taken")), (2, 0, 0));
    for path in ["/livez", "/readyz"] {
        assert_eq!(stage.controller.get(path), Some((200, "ok\n".into())), "{path}");
    }
    let told = format!("{}{metrics}{:?}", stage.controller.log(), connection(&stage));
    assert!(!told.contains(SECRET) && !told.contains(&proof), "{told}");
}

fn an_event_creates_one_termination_however_often_it_comes_and_a_revival_another(plane: &ControlPlane) {
    let mut conversations = usual(1);
    let conversation_id = conversations[0].id;
    // The guest takes nobody along, so that something is left to be closed.
    conversations[0].overrides.no_cascade = Some(true);
    let mut world = sample::world(conversations);
    world.behaviour.pushes.duplicated_per_thousand = 1000;
    let stage = listening(plane, "creating", world, &["CustomerEnd"]);
    push_to(&stage, target(&stage, "right", "main", Some(SECRET)));
    let delivered = |number: u64| {
        stage.genesys.world(|world| {
            world.deliveries().any(|delivery| delivery.number == DeliveryNumber(number) && delivery.state == DeliveryState::Delivered)
        })
    };
    // Without the right to create, nothing is answered as taken, and it comes again.
    happen(&stage, Happening::GuestLeaves { conversation_id });
    plane.wait_for("the creation is refused", || answers(&stage, "right").contains(&503));
    assert!(created(&stage).is_empty());
    let_it_create(&stage);
    plane.wait_for("both deliveries are taken", || delivered(1) && delivered(2));
    stage.genesys.world(|world| world.redeliver(DeliveryNumber(1), clock::now())).unwrap();
    plane.wait_for("it is taken once more", || delivered(3));
    let first = created(&stage);
    assert_eq!(first.len(), 1, "{first:?}");
    let first = &first[0];
    let envelope = stage.genesys.world(|world| world.deliveries().next().unwrap().envelope_id);
    assert_eq!(first.annotations()["webchatops.dev/event-id"], envelope.to_string());
    assert_eq!(first.labels()["app.kubernetes.io/managed-by"], "webchat-terminator");
    assert!(first.spec.legs_connected_before.is_some());
    let done = stage.finished(&first.name_any());
    assert_eq!(condition(&done, "Succeeded").unwrap().status, "True", "{:?}", done.status);

    stage.genesys.world(|world| world.guest_reconnects(conversation_id, Return::NewCommunication, clock::now())).unwrap();
    happen(&stage, Happening::GuestLeaves { conversation_id });
    plane.wait_for("the revival's end creates another", || created(&stage).len() == 2);
    for termination in created(&stage) {
        let done = stage.finished(&termination.name_any());
        assert_eq!(condition(&done, "Succeeded").unwrap().status, "True", "{:?}", done.status);
    }
    stage.judge(0);
    assert_eq!(created(&stage).len(), 2);
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
    let connections: Api<webchat_terminator::crd::GenesysConnection> = stage.api();
    plane.block_on(connections.patch("main", &PatchParams::default(), &no_source)).unwrap();
    wait_for_connection(&stage, "WebhookReady", "False", "NotASource");
    assert!(!is_taken(&stage, SECRET), "what is no source is not listened to");
    plane.block_on(connections.delete("main", &kube::api::DeleteParams::default())).unwrap();
}

fn a_controller_that_serves_no_webhooks_says_so(plane: &ControlPlane) {
    let stage = Stage::bare(plane, "no-intake", sample::world(vec![]), &Settings::of("no-intake"));
    stage.grant(&["genesys"]);
    stage.put_secret("genesys", SECRET_TYPE, &good_credentials());
    stage.create_connection("main", &webhook(&[]));
    wait_for_connection(&stage, "WebhookReady", "False", "NotServed");
    wait_for_connection(&stage, "Ready", "True", "Connected");
}

fn strangers_at_the_served_port_are_not_waited_for(plane: &ControlPlane) {
    let stage = listening(plane, "trickle", sample::world(vec![]), &[]);
    let address = stage.controller.intake.unwrap();
    let mut trickle = TcpStream::connect(address).unwrap();
    trickle.write_all(b"POST /v1/events/trickle/main HTTP/1.1\r\n").unwrap();
    let begun = clock::monotonic();
    while trickle.write_all(b"x-and-so-on: 1\r\n").is_ok() {
        assert!(begun.elapsed() < Duration::from_secs(40), "it was let go on");
        std::thread::sleep(Duration::from_millis(100));
    }
    let long = " ".repeat(70 << 10);
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let head =
        format!("POST /v1/events/trickle/main HTTP/1.1\r\nhost: x\r\nx-webhook-secret: {SECRET}\r\ncontent-type: application/json\r\n");
    let _early = stream.write_all(format!("{head}content-length: {}\r\n\r\n{long}", long.len()).as_bytes());
    let mut answer = String::new();
    let _cut = stream.read_to_string(&mut answer);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(is_taken(&stage, SECRET), "and all others are served");
}
