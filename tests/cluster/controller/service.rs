//! The process as a citizen of the cluster: it stops in time, answers probes, tells what happened once, and keeps secrets.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::api::events::v1::Event;
use kube::api::{Api, ListParams};
use serde_json::json;
use webchat_terminator::clock;
use webchat_terminator::crd::GenesysConnection;
use webchat_terminator::simulator::world::{Operation, sample};
use webchat_terminator::termination::State;

use super::genesys::Moment;
use super::process::Settings;
use super::stage::{SECRET_TYPE, Stage, states, usual};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;
use crate::marked::Marked;

pub(crate) fn cases() -> Vec<Case> {
    cases![
        asked_to_stop_while_a_request_is_on_its_way_it_ends_in_time_and_the_next_one_goes_on,
        probes_and_metrics_answer,
        events_are_told_on_transitions_only,
        a_secret_and_a_token_appear_nowhere,
    ]
}

/// `terminationGracePeriodSeconds` of the Deployment.
const GRACE: Duration = Duration::from_secs(60);

fn asked_to_stop_while_a_request_is_on_its_way_it_ends_in_time_and_the_next_one_goes_on(plane: &ControlPlane) {
    let mut conversations = usual(3);
    conversations[0].overrides.no_cascade = Some(true);
    let stage = Stage::new(plane, "stopped", conversations.clone());
    let hold = stage.genesys.hold(Operation::PatchConversationsMessageParticipant, Moment::AfterEffect, conversations[0].id);
    stage.terminate("incident", &conversations, &json!({ "parallelism": 1 }));
    hold.wait();
    let before = stage.genesys.witness().writes.len();
    let asked = clock::monotonic();
    let ended = stage.controller.terminate(GRACE).expect("it ends within the grace period");
    let took = clock::monotonic() - asked;
    eprintln!("stopped: it ended {took:?} after SIGTERM, {ended}, while a request got no answer");
    assert!(ended.success(), "{ended}: {}", stage.controller.log());
    assert_eq!(stage.genesys.witness().writes.len(), before, "nothing was sent after SIGTERM");
    let left = states(&stage.look("incident"));
    // It may still have heard or read what became of the close; a wrapper close that it recorded then was withheld.
    let far = [State::GuestCloseRequested, State::GuestCloseAccepted, State::GuestLegClosed, State::WrapperCloseRequested];
    assert!(far.contains(&left[0]), "{left:?}");
    assert_eq!(left[1..], [State::Pending; 2]);
    hold.release();
    stage.controller.restart(plane);
    assert_eq!(states(&stage.finished("incident")), [State::Ended; 3]);
    stage.judge(0);
}

fn probes_and_metrics_answer(plane: &ControlPlane) {
    let conversations = usual(3);
    let stage = Stage::new(plane, "probes", conversations.clone());
    stage.terminate("incident", &conversations, &json!({}));
    stage.finished("incident");
    for path in ["/livez", "/readyz"] {
        assert_eq!(stage.controller.get(path), Some((200, "ok\n".into())), "{path}");
    }
    assert_eq!(stage.controller.get("/nothing").map(|(status, _)| status), Some(404));
    let (status, metrics) = stage.controller.get("/metrics").unwrap();
    assert_eq!(status, 200);
    for name in [
        "controller_runtime_reconcile_total{",
        "controller_runtime_reconcile_time_seconds_bucket{",
        "webchat_terminator_status_writes_total{result=\"success\"}",
        "webchat_terminator_sessions_total{state=\"Ended\",confirmed_by=\"Notification\"} 3",
    ] {
        assert!(metrics.contains(name), "{name} is missing in:\n{metrics}");
    }
    assert!(metrics.ends_with("# EOF\n"));
    stage.judge(0);
    assert!(stage.controller.terminate(Duration::from_secs(5)).is_some_and(|ended| ended.success()), "idle, it ends at once");
}

/// How often each reason was told, of all kinds.
pub(super) fn events(stage: &Stage<'_>) -> BTreeMap<String, i32> {
    let api: Api<Event> = stage.api();
    let mut counts = BTreeMap::new();
    for event in stage.plane.block_on(api.list(&ListParams::default())).unwrap() {
        let times = event.series.map_or(1, |series| series.count);
        *counts.entry(event.reason.unwrap_or_default()).or_default() += times;
    }
    counts
}

fn events_are_told_on_transitions_only(plane: &ControlPlane) {
    let mut conversations = usual(12);
    conversations[3].overrides.refuse_guest_close = Some(true);
    let stage = Stage::new(plane, "events", conversations.clone());
    stage.terminate("good", &conversations[4..], &json!({ "parallelism": 2, "legsConnectedBefore": "2999-01-01T00:00:00Z" }));
    stage.finished("good");
    plane.wait_for("the end is told", || events(&stage).contains_key("AllSessionsEnded"));
    let told = events(&stage);
    assert_eq!(told.get("AllSessionsEnded"), Some(&1), "{told:?}");
    assert_eq!(told.get("Progressing"), Some(&1), "{told:?}");
    assert_eq!(told.get("LegsConnectedBeforeInFuture"), Some(&1), "{told:?}");

    let hold = stage.genesys.hold(Operation::PatchConversationsMessageParticipant, Moment::AfterEffect, conversations[0].id);
    stage.terminate("bad", &conversations[..4], &json!({ "parallelism": 1 }));
    hold.wait();
    stage.change("bad", &json!({ "suspend": true }));
    hold.release();
    stage.wait_for_condition("bad", "Suspended", "True", "Suspended");
    stage.change("bad", &json!({ "suspend": false }));
    stage.finished("bad");
    plane.wait_for("the end is told", || events(&stage).contains_key("SessionsFailed"));
    std::thread::sleep(Duration::from_secs(1));
    let told = events(&stage);
    eprintln!("events: {told:?}");
    assert_eq!((told.get("SessionsFailed"), told.get("Suspended"), told.get("Progressing")), (Some(&1), Some(&1), Some(&3)), "{told:?}");
    assert_eq!(told.values().sum::<i32>(), 7, "{told:?}");
    let described = plane.kubectl_ok(&["describe", "wct", "bad", "-n", stage.namespace]);
    assert!(described.contains("SessionsFailed"), "{described}");
    stage.judge(0);
}

/// With the most talkative log, through good times and bad ones.
fn a_secret_and_a_token_appear_nowhere(plane: &ControlPlane) {
    let marked = "m4rked-s3cret-9d1f";
    let conversations = usual(4);
    let mut world = sample::world(conversations.clone());
    world.clients[0].secret = marked.into();
    world.clients[0].permissions.remove("conversation:communication:disconnect");
    let settings = Settings { log: "trace,webchat_terminator=trace", ..Settings::of("secrecy") };
    let stage = Stage::bare(plane, "secrecy", world, &settings);
    stage.grant(&["genesys"]);
    let wrong = format!("{marked}-wrong");
    stage.put_secret("genesys", SECRET_TYPE, &json!({ "clientId": sample::CLIENT_ID, "clientSecret": wrong }));
    stage.create_connection("main", &json!({}));
    stage.terminate("incident", &conversations, &json!({ "parallelism": 1 }));
    stage.wait_for_condition("incident", "Stalled", "True", "CredentialsInvalid");
    stage.put_secret("genesys", SECRET_TYPE, &json!({ "clientId": sample::CLIENT_ID, "clientSecret": marked }));
    stage.wait_for_condition("incident", "Stalled", "True", "PermissionMissing");
    stage.genesys.world(|world| {
        world.set_permissions(sample::CLIENT_ID, sample::client().permissions).unwrap();
        world.revoke_tokens(None);
    });
    stage.wait("incident", "it goes on", |termination| states(termination).contains(&State::Ended));
    stage.genesys.world(|world| world.set_unreachable(true));
    std::thread::sleep(Duration::from_millis(1500));
    stage.genesys.world(|world| world.set_unreachable(false));
    stage.finished("incident");
    stage.judge(0);

    let told = |value: serde_json::Result<String>| value.unwrap();
    let connections: Api<GenesysConnection> = stage.api();
    let events: Api<Event> = stage.api();
    let everything = ListParams::default();
    let places = [
        ("the log", stage.controller.log()),
        ("the status", told(serde_json::to_string(&stage.look("incident")))),
        ("the connection", told(serde_json::to_string(&plane.block_on(connections.get("main")).unwrap()))),
        ("the events", told(serde_json::to_string(&plane.block_on(events.list(&everything)).unwrap().items))),
        ("the metrics", stage.controller.get("/metrics").unwrap().1),
    ];
    // The wrong secret holds the right one. How every token of the simulator begins is looked for as well.
    let mut hidden = Marked::default();
    [("the client secret", marked), ("a token", "sim-")].iter().for_each(|(what, secret)| hidden.also(what, secret));
    stage.genesys.world(|world| world.access_tokens()).iter().for_each(|token| hidden.also("an access token", token));
    places.iter().for_each(|(place, text)| hidden.assert_unseen(text, place));
    let log = &places[0].1;
    assert!(log.contains("TRACE") || log.contains("DEBUG"), "the log is talkative");
    eprintln!("secrecy: {} lines of log searched", log.lines().count());
}
