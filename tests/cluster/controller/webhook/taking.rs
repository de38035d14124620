//! What is taken, what is refused, and what an event creates.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use hmac::{Hmac, Mac};
use kube::ResourceExt;
use kube::api::ListParams;
use serde_json::json;
use sha2::Sha256;
use uuid::Uuid;
use webchat_terminator::clock;
use webchat_terminator::crd::WebchatTermination;
use webchat_terminator::simulator::world::{
    Delay, DeliveryNumber, DeliveryState, Happening, Overrides, PushOutcome, PushTarget, Return, sample,
};
use webchat_terminator::termination::{Source, State};

use super::{NEXT_SECRET, SECRET, is_taken, listening, of_no_interest, post, push_to, target, webhook};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;
use crate::controller::access::connection;
use crate::controller::process::{Controller, Settings};
use crate::controller::stage::{Stage, condition, rows, states, usual};

pub(super) fn cases() -> Vec<Case> {
    cases![
        a_session_is_confirmed_by_its_event,
        whoever_proves_nothing_is_refused_and_nothing_is_created,
        an_event_creates_one_termination_however_often_it_comes_and_a_revival_another,
        an_event_at_a_replica_that_another_works_for_is_to_be_sent_again_and_creates_nothing,
        strangers_at_the_served_port_are_not_waited_for,
    ]
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

fn signature(body: &str) -> String {
    let tag = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap().chain_update(body).finalize().into_bytes();
    format!("sha256={}", tag.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn a_session_is_confirmed_by_its_event(plane: &ControlPlane) {
    // Reads show the past for so long that the event comes first.
    let late = Overrides { effect_delay_ms: Some(Delay::fixed(300)), read_lag_ms: Some(3000), ..Overrides::default() };
    let conversations: Vec<_> = usual(3).into_iter().map(|conversation| conversation.overriding(late.clone())).collect();
    let stage = listening(plane, "confirmed", sample::world(conversations.clone()), &[]);
    push_to(&stage, target(&stage, "right", "main", Some(SECRET)));
    // What is pushed through another connection is none of theirs.
    stage.create_connection("other", &webhook(&[]));
    push_to(&stage, target(&stage, "other", "other", Some(SECRET)));
    stage.terminate("incident", &conversations, &json!({ "settleSeconds": 0 }));
    let done = stage.finished("incident");
    let told: Vec<_> = rows(&done).iter().map(|row| (row.state, row.confirmed_by)).collect();
    assert_eq!(told, [(State::Ended, Some(Source::Webhook)); 3]);
    let (_, metrics) = stage.controller.get("/metrics").unwrap();
    assert!(metrics.contains("webchat_terminator_intake_requests_total{outcome=\"taken\"} 3"), "{metrics}");
    stage.judge(0);
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

    // The status says that it is finished a moment before the controller hears so and stops to wait for its events.
    std::thread::sleep(Duration::from_millis(500));
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

/// Otherwise every close of ours whose event reaches the wrong replica would create a termination.
fn an_event_at_a_replica_that_another_works_for_is_to_be_sent_again_and_creates_nothing(plane: &ControlPlane) {
    let lossy = Overrides { lose_effects: Some(100), ..Overrides::default() };
    let conversations: Vec<_> = usual(1).into_iter().map(|conversation| conversation.overriding(lossy.clone())).collect();
    let stage = listening(plane, "elsewhere", sample::world(conversations.clone()), &["CustomerEnd"]);
    let_it_create(&stage);
    let other = Controller::start(plane, &Settings::listening("elsewhere"));
    stage.terminate("incident", &conversations, &json!({ "confirmTimeoutSeconds": 600, "settleSeconds": 60 }));
    stage.wait("incident", "the close is accepted", |termination| states(termination) == [State::GuestCloseAccepted]);
    let url = format!("http://{}/v1/events/elsewhere/main", other.intake.unwrap());
    push_to(&stage, PushTarget { url, ..target(&stage, "other", "main", Some(SECRET)) });
    happen(&stage, Happening::GuestLeaves { conversation_id: conversations[0].id });
    plane.wait_for("the event is answered", || !answers(&stage, "other").is_empty());
    assert!(answers(&stage, "other").iter().all(|answer| *answer == 503), "{:?}", answers(&stage, "other"));
    // It is watched for a while, and so not finished yet.
    stage.wait("incident", "reads confirm all the same", |termination| rows(termination)[0].confirmed_by == Some(Source::Poll));
    assert_eq!(created(&stage).len(), 1, "the incident itself");
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
