//! Events confirm; they wake exactly who waits; where they do not flow the connection says so, and polling takes over.

use std::thread::sleep;
use std::time::Duration;

use kube::api::{Api, DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};
use webchat_terminator::crd::GenesysConnection;
use webchat_terminator::simulator::world::{ConversationSpec, Delay, Happening, WorldSpec, sample};
use webchat_terminator::termination::{Source, State};

use super::process::Settings;
use super::stage::{Stage, rows, states, usual};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![
        an_event_confirms_without_a_single_poll_and_the_connection_says_that_events_flow,
        where_topics_are_not_permitted_the_connection_says_so_and_polling_takes_over,
        an_event_wakes_the_termination_that_waits_for_it_and_no_other,
        sources_may_change_while_a_session_is_under_way,
    ]
}

/// A world in which no close has its effect before the test is over: guests end by themselves.
fn slow(conversations: &[ConversationSpec]) -> WorldSpec {
    let mut world = sample::world(conversations.to_vec());
    world.behaviour.effect_delay_ms = Delay::fixed(3_600_000);
    world
}

fn an_event_confirms_without_a_single_poll_and_the_connection_says_that_events_flow(plane: &ControlPlane) {
    let mut conversations = usual(1);
    conversations[0].overrides.no_cascade = Some(true);
    let mut world = sample::world(conversations.clone());
    world.behaviour.effect_delay_ms = Delay::fixed(200);
    let stage = Stage::with(plane, "events-flow", world, &Settings::of("events-flow"));
    stage.terminate("incident", &conversations, &json!({ "confirmTimeoutSeconds": 60 }));
    let done = stage.finished("incident");
    assert_eq!((rows(&done)[0].state, rows(&done)[0].confirmed_by), (State::Ended, Some(Source::Notification)));
    wait_for_flow(&stage, Some(("True", "Subscribed")));
    let witness = stage.judge(0);
    assert_eq!((witness.polls, witness.events.channels), (0, 1));
    for name in [
        "webchat_terminator_session_confirmed_seconds_count{source=\"notification\"} 1",
        "webchat_terminator_events_total{source=\"notification\",result=\"news\"} 1",
        "webchat_terminator_notification_channels 1",
        "webchat_terminator_followed_conversations{events=\"flowing\"} 0",
    ] {
        wait_for_metric(&stage, name);
    }
    assert!(stage.controller.terminate(Duration::from_secs(5)).is_some_and(|ended| ended.success()));
    plane.wait_for("the socket is closed with the process", || open_sockets(&stage) == 0);
}

fn where_topics_are_not_permitted_the_connection_says_so_and_polling_takes_over(plane: &ControlPlane) {
    let conversations = usual(2);
    let mut world = sample::world(conversations.clone());
    world.behaviour.notifications.detail_topic_permissions = ["analytics:conversationDetail:view".to_owned()].into();
    let stage = Stage::with(plane, "events-rejected", world, &Settings::of("events-rejected"));
    stage.terminate("incident", &conversations, &json!({}));
    let done = stage.finished("incident");
    assert!(rows(&done).iter().all(|row| (row.state, row.confirmed_by) == (State::Ended, Some(Source::Poll))), "{:#?}", rows(&done));
    wait_for_flow(&stage, Some(("False", "TopicsRejected")));
    let described = plane.kubectl_ok(&["describe", "gconn", "main", "-n", stage.namespace]);
    let said = "subscribing to events: rejected, lacks analytics:conversationDetail:view; polling takes over";
    assert!(described.contains(said), "{described}");
    let table = plane.kubectl_ok(&["get", "gconn", "-n", stage.namespace]);
    let row: Vec<_> = table.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row[..3], ["main", "True", "Connected"], "it is ready all the same: {table}");
    stage.judge(0);
}

fn an_event_wakes_the_termination_that_waits_for_it_and_no_other(plane: &ControlPlane) {
    let conversations = usual(2);
    let stage = Stage::with(plane, "events-wake", slow(&conversations), &Settings::of("events-wake"));
    for (name, conversation) in ["first", "second"].into_iter().zip(conversations.chunks(1)) {
        stage.terminate(name, conversation, &json!({ "confirmTimeoutSeconds": 600 }));
        stage.wait(name, "the close is accepted", |seen| states(seen) == [State::GuestCloseAccepted]);
    }
    let reconciles = |name: &str| {
        let log = stage.controller.log();
        let object = format!("{name}.");
        log.lines().filter(|line| line.contains("reconciled") && line.contains("WebchatTermination") && line.contains(&object)).count()
    };
    wait_for_metric(&stage, "webchat_terminator_followed_conversations{events=\"flowing\"} 2");
    let quiet = || (reconciles("first"), reconciles("second"));
    let mut before = quiet();
    plane.wait_for("nobody has anything to do", || {
        sleep(Duration::from_millis(500));
        std::mem::replace(&mut before, quiet()) == quiet()
    });
    assert!(before.0 > 0 && before.1 > 0, "{before:?}: {}", stage.controller.log());
    let leaves = Happening::GuestLeaves { conversation_id: conversations[0].id };
    stage.genesys.world(|world| world.happen(leaves, world.now()).unwrap());
    let done = stage.finished("first");
    assert_eq!(rows(&done)[0].confirmed_by, Some(Source::Notification));
    plane.wait_for("it is reconciled", || reconciles("first") > before.0);
    assert_eq!(reconciles("second"), before.1, "{}", stage.controller.log());
    wait_for_metric(&stage, "webchat_terminator_followed_conversations{events=\"flowing\"} 1");

    plane.block_on(stage.terminations().delete("second", &DeleteParams::default())).unwrap();
    wait_for_metric(&stage, "webchat_terminator_followed_conversations{events=\"flowing\"} 0");
    assert_eq!(open_sockets(&stage), 1);
    let connections: Api<GenesysConnection> = stage.api();
    plane.block_on(connections.delete("main", &DeleteParams::default())).unwrap();
    plane.wait_for("the socket of a deleted connection is closed", || {
        stage.controller.get("/livez");
        open_sockets(&stage) == 0
    });
}

fn sources_may_change_while_a_session_is_under_way(plane: &ControlPlane) {
    let conversations = usual(1);
    let stage = Stage::with(plane, "events-change", slow(&conversations), &Settings::of("events-change"));
    stage.terminate("incident", &conversations, &json!({ "confirmTimeoutSeconds": 600 }));
    stage.wait("incident", "the close is accepted", |seen| states(seen) == [State::GuestCloseAccepted]);
    wait_for_flow(&stage, Some(("True", "Subscribed")));
    listen_to(&stage, &json!(["Poll"]));
    plane.wait_for("the socket is closed", || open_sockets(&stage) == 0);
    wait_for_flow(&stage, None);
    listen_to(&stage, &json!(["Notification", "Poll"]));
    plane.wait_for("another one is opened", || open_sockets(&stage) == 1);
    wait_for_flow(&stage, Some(("True", "Subscribed")));
    listen_to(&stage, &json!(["Poll"]));
    plane.wait_for("the socket is closed again", || open_sockets(&stage) == 0);
    let leaves = Happening::GuestLeaves { conversation_id: conversations[0].id };
    stage.genesys.world(|world| world.happen(leaves, world.now()).unwrap());
    let done = stage.finished("incident");
    assert_eq!((rows(&done)[0].state, rows(&done)[0].confirmed_by), (State::Ended, Some(Source::Poll)));
}

fn listen_to(stage: &Stage<'_>, sources: &Value) {
    let api: Api<GenesysConnection> = stage.api();
    let patch = Patch::Merge(json!({ "spec": { "confirmation": { "sources": sources } } }));
    stage.plane.block_on(api.patch("main", &PatchParams::default(), &patch)).unwrap();
}

fn open_sockets(stage: &Stage<'_>) -> usize {
    stage.genesys.world(|world| world.channels().iter().filter(|channel| channel.open).count())
}

/// Waits until the connection's condition `EventsFlowing` has this status and reason, or is not there.
fn wait_for_flow(stage: &Stage<'_>, expected: Option<(&str, &str)>) {
    let api: Api<GenesysConnection> = stage.api();
    stage.plane.wait_for(&format!("EventsFlowing is {expected:?}"), || {
        let status = stage.plane.block_on(api.get("main")).unwrap().status.unwrap_or_default();
        let told = status.conditions.iter().find(|condition| condition.type_ == "EventsFlowing");
        told.map(|condition| (condition.status.as_str(), condition.reason.as_str())) == expected
    });
}

fn wait_for_metric(stage: &Stage<'_>, line: &str) {
    stage.plane.wait_for(line, || stage.controller.get("/metrics").is_some_and(|(_, text)| text.lines().any(|told| told == line)));
}
