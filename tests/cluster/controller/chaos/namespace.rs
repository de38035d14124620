//! A namespace that is deleted with all that is at work in it.

use std::time::Duration;

use kube::api::{Api, ListParams, PostParams};
use serde_json::json;
use webchat_terminator::clock;
use webchat_terminator::crd::WebchatTermination;
use webchat_terminator::simulator::world::{ConversationSpec, sample};
use webchat_terminator::termination::State;

use super::super::process::Settings;
use super::super::stage::{SECRET_TYPE, Stage, condition, manifest, states};
use super::work::{Work, mixed, world};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;
use crate::deploy::HOME;

pub(crate) fn cases() -> Vec<Case> {
    cases![a_namespace_that_is_deleted_in_the_middle_gets_nothing_more_and_the_others_go_on]
}

const GOING: &str = "going";

/// How long a request that was recorded before the deletion may be on its way.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

fn a_namespace_that_is_deleted_in_the_middle_gets_nothing_more_and_the_others_go_on(plane: &ControlPlane) {
    let conversations = mixed(80);
    let (going, staying) = conversations.split_at(40);
    let settings = Settings { namespaces: vec![GOING.into(), "staying".into()], log: "info", ..Settings::of("staying") };
    let stage = Stage::with(plane, "staying", world(&conversations), &settings);
    let begin = |parallelism: u32| {
        furnish(&stage);
        let manifest = manifest("incident", going, &json!({ "parallelism": parallelism }));
        plane.block_on(terminations(&stage).create(&PostParams::default(), &manifest)).unwrap();
    };
    begin(2);
    let work = Work::begin(&stage, 2, staying, &json!({ "parallelism": 1 }));
    plane.wait_for("both are at work", || sent_to(&stage, going) >= 10 && sent_to(&stage, staying) > 0);

    plane.kubectl_ok(&["delete", "namespace", GOING, "--wait=false"]);
    let none = || plane.block_on(terminations(&stage).list(&ListParams::default())).unwrap().items.is_empty();
    plane.wait_for("the termination is gone", none);
    let gone = clock::now() + ON_ITS_WAY;
    assert!(work.is_unfinished(), "it happened in the middle");
    work.hurry();
    work.ends();
    plane.kubectl_ok(&["wait", "--for=delete", "--timeout=60s", &format!("namespace/{GOING}")]);
    let witness = stage.genesys.witness();
    let late: Vec<_> = going.iter().flat_map(|conversation| witness.writes_to(conversation.id)).filter(|write| write.time > gone).collect();
    assert!(late.is_empty(), "sent for what is gone: {late:#?}");
    let sent_before = sent_to(&stage, going);
    assert!(sent_before < going.len(), "it was deleted in the middle");
    assert_eq!(stage.controller.get("/livez").map(|(status, _)| status), Some(200));

    // Whoever needs it still creates it again: what has ended is seen, and the rest is ended.
    begin(100);
    let is_finished = || {
        let seen = plane.block_on(terminations(&stage).get("incident")).unwrap();
        condition(&seen, "Succeeded").is_some_and(|told| told.status == "True")
    };
    plane.wait_for("it ends when it is created again", is_finished);
    let again = states(&plane.block_on(terminations(&stage).get("incident")).unwrap());
    let guests = stage.judge(0).effective_closes.iter().filter(|closes| closes.guest).count();
    assert_eq!(guests, conversations.len(), "one close a leg");
    let seen = again.iter().filter(|state| **state == State::AlreadyEnded).count();
    eprintln!(
        "namespace: {sent_before} requests were sent before it was deleted, none after it; created again, {seen} of {} had ended",
        again.len()
    );
}

fn terminations(stage: &Stage<'_>) -> Api<WebchatTermination> {
    Api::namespaced(stage.client.clone(), GOING)
}

fn sent_to(stage: &Stage<'_>, conversations: &[ConversationSpec]) -> usize {
    let witness = stage.genesys.witness();
    conversations.iter().map(|conversation| witness.writes_to(conversation.id).count()).sum()
}

/// Makes the namespace with all that a termination needs there.
fn furnish(stage: &Stage<'_>) {
    let plane = stage.plane;
    let make = |arguments: &[&str]| plane.kubectl_ok(&[&["create", "-n", GOING], arguments].concat());
    plane.create_namespace(GOING);
    make(&["role", "credentials", "--verb=get", "--resource=secrets", "--resource-name=genesys"]);
    make(&["rolebinding", "credentials", "--role=credentials", &format!("--serviceaccount={HOME}:{HOME}")]);
    let [id, secret] = [("clientId", sample::CLIENT_ID), ("clientSecret", sample::CLIENT_SECRET)]
        .map(|(key, value)| format!("--from-literal={key}={value}"));
    make(&["secret", "generic", "genesys", &format!("--type={SECRET_TYPE}"), &id, &secret]);
    stage.create_connection_in(GOING, "main", &json!({}));
}
