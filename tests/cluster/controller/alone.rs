//! With a control plane of its own: what other tests would feel.

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;
use webchat_terminator::simulator::world::{Operation, sample};
use webchat_terminator::termination::State;

use super::genesys::Moment;
use super::process::Settings;
use super::stage::{SECRET_TYPE, Stage, good_credentials, message, states, usual};
use crate::case::{Case, cases, install};
use crate::control_plane::{Assets, ControlPlane};

pub(crate) fn cases() -> Vec<Case> {
    cases![it_serves_all_namespaces_and_says_where_a_connection_is, while_the_api_server_is_away_nothing_new_is_sent_and_then_it_goes_on,]
}

pub(super) fn own_plane() -> ControlPlane {
    let plane = ControlPlane::start(&Assets::locate().unwrap()).unwrap();
    install(&plane).unwrap();
    plane
}

/// As `deploy/` starts it: without `--namespaces`.
fn it_serves_all_namespaces_and_says_where_a_connection_is(_: &ControlPlane) {
    let plane = own_plane();
    let conversations = usual(2);
    let settings = Settings { namespaces: vec![], ..Settings::of("one") };
    let stage = Stage::bare(&plane, "one", sample::world(conversations.clone()), &settings);
    stage.grant(&["genesys"]);
    stage.put_secret("genesys", SECRET_TYPE, &good_credentials());
    let elsewhere = plane.create_namespace("two");
    stage.create_connection_in(elsewhere, "main", &json!({}));
    stage.terminate("incident", &conversations, &json!({}));
    let blocked = stage.wait_for_condition("incident", "Stalled", "True", "ConnectionNotReady");
    assert!(message(&blocked).contains("one/main does not exist: there is one in namespace two"), "{}", message(&blocked));
    // The Secret of the other namespace is neither there nor granted.
    let status = || plane.kubectl_ok(&["get", "gconn", "main", "-n", elsewhere, "-o", "jsonpath={.status.conditions[0].message}"]);
    plane.wait_for("the other connection is judged as well", || status().contains("may not get Secret two/genesys"));
    stage.create_connection("main", &json!({}));
    assert_eq!(states(&stage.finished("incident")), [State::Ended; 2]);
    stage.judge(0);
}

fn while_the_api_server_is_away_nothing_new_is_sent_and_then_it_goes_on(_: &ControlPlane) {
    const GUEST: Operation = Operation::PatchConversationsMessageParticipant;
    let plane = own_plane();
    let mut conversations = usual(4);
    for conversation in &mut conversations {
        conversation.overrides.no_cascade = Some(true);
    }
    let stage = Stage::new(&plane, "away", conversations.clone());
    let frozen = stage.genesys.hold(GUEST, Moment::AfterEffect, conversations[1].id);
    let killed = stage.genesys.hold(GUEST, Moment::AfterEffect, conversations[2].id);
    stage.terminate("incident", &conversations, &json!({ "parallelism": 1 }));
    let sent = || stage.genesys.witness().writes.len();

    frozen.wait();
    plane.api_server.pause();
    frozen.release();
    sleep(Duration::from_secs(3));
    assert_eq!(sent(), 3, "without a record nothing is sent: the API server is frozen");
    plane.api_server.unpause();

    killed.wait();
    plane.api_server.kill();
    killed.release();
    sleep(Duration::from_secs(2));
    assert_eq!(sent(), 5, "without a record nothing is sent: the API server is dead");
    plane.api_server.restart().unwrap();
    plane.wait_until_ready().unwrap();
    assert_eq!(states(&stage.finished("incident")), [State::Ended; 4]);
    assert_eq!(stage.controller.get("/livez").map(|(status, _)| status), Some(200));
    stage.judge(0);
}
