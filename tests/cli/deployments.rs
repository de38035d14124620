//! Guests who can write after the end are warned of, before anything is sent, and nothing else changes.

use serde_json::{Value, json};
use uuid::Uuid;
use webchat_terminator::simulator::world::{
    ConversationDisconnect, ConversationSpec, DEFAULT_DEPLOYMENT, DeploymentSpec, Fault, FaultRule, Operation, WorldSpec, sample,
};

use crate::lab::{Lab, stubborn};

/// A world whose one deployment tells guests this, and whose client may read it.
fn world(chats: Vec<ConversationSpec>, told: ConversationDisconnect) -> WorldSpec {
    let mut world = sample::world(chats);
    world.deployments = vec![DeploymentSpec::new(DEFAULT_DEPLOYMENT).telling(told)];
    let permissions = ["webDeployments:deployment:view", "webDeployments:configuration:view"];
    world.clients[0].permissions.extend(permissions.map(String::from));
    world
}

/// Writes the manifests: the connection lists these deployments, and each conversation has a termination of its own.
fn incidents(lab: &Lab, chats: &[Uuid], deployments: &[Uuid]) {
    let manifest = lab.incident(&chats[..1], json!({ "settleSeconds": 0 }));
    let mut list: Value = serde_json::from_str(&std::fs::read_to_string(&manifest).unwrap()).unwrap();
    list["items"][1]["spec"]["deploymentIds"] = json!(deployments);
    for (number, chat) in chats.iter().enumerate().skip(1) {
        let mut other = list["items"][2].clone();
        other["metadata"]["name"] = json!(format!("incident-{number}"));
        other["spec"]["sessions"][0]["conversationId"] = json!(chat);
        list["items"].as_array_mut().unwrap().push(other);
    }
    std::fs::write(&manifest, list.to_string()).unwrap();
}

fn warnings(err: &str) -> Vec<&str> {
    err.lines().filter(|line| line.starts_with("warning:")).collect()
}

#[test]
fn plan_and_apply_warn_once_of_guests_who_can_write_after_the_end() {
    let (one, two) = (stubborn(1), stubborn(2));
    let lab = Lab::of(world(vec![one.clone(), two.clone()], ConversationDisconnect::Send));
    incidents(&lab, &[one.id, two.id], &[DEFAULT_DEPLOYMENT]);
    let said = format!("warning: GenesysConnection default/main: conversationDisconnect is Send in deployment {DEFAULT_DEPLOYMENT}: ");
    let planned = lab.on_incident("plan", &["-o", "json"]).exits(0);
    let applied = lab.on_incident("apply", &["-o", "json"]).exits(0);
    for ran in [&planned, &applied] {
        let [warning] = warnings(&ran.err)[..] else { panic!("{}", ran.err) };
        assert!(warning.starts_with(&said) && warning.ends_with("set Conversation Disconnect to ReadOnly there"), "{warning}");
    }
    let told = &planned.json()["terminations"];
    let deployment = json!([{ "id": DEFAULT_DEPLOYMENT, "conversationDisconnect": "Send" }]);
    assert_eq!((&told[0]["deployments"], &told[1]["deployments"]), (&deployment, &deployment));
    for planned in told.as_array().unwrap() {
        let warning = planned["warnings"][0].as_str().unwrap();
        assert!(warning.starts_with("GenesysConnection default/main: conversationDisconnect is Send"), "{warning}");
    }
    for item in applied.json()["items"].as_array().unwrap() {
        let conditions = item["status"]["conditions"].as_array().unwrap();
        let warning = conditions.iter().find(|condition| condition["type"] == "GuestsTurnReadOnly").unwrap();
        assert_eq!((&warning["status"], &warning["reason"]), (&json!("False"), &json!("GuestsMayWrite")));
        let ready = conditions.iter().find(|condition| condition["type"] == "Ready").unwrap();
        assert_eq!(ready["status"], "True", "it is a warning and nothing more");
    }
    assert_eq!(lab.witness().calls_of(Operation::GetWebdeploymentsDeployment), 2, "one for each command");
}

#[test]
fn where_guests_turn_read_only_or_no_deployment_is_listed_nothing_is_warned_of() {
    for (deployments, reads) in [(&[DEFAULT_DEPLOYMENT][..], 2), (&[][..], 0)] {
        let chat = stubborn(1);
        let lab = Lab::of(world(vec![chat.clone()], ConversationDisconnect::ReadOnly));
        incidents(&lab, &[chat.id], deployments);
        let planned = lab.on_incident("plan", &["-o", "json"]).exits(0);
        let applied = lab.on_incident("apply", &[]).exits(0);
        assert_eq!((warnings(&planned.err), warnings(&applied.err)), (vec![], vec![]));
        assert_eq!(planned.json()["terminations"][0]["warnings"], Value::Null);
        assert_eq!(lab.witness().calls_of(Operation::GetWebdeploymentsConfigurationVersion), reads);
    }
}

#[test]
fn what_may_not_be_read_is_said_to_be_unknown_and_stops_nothing() {
    let chat = stubborn(1);
    let mut world = world(vec![chat.clone()], ConversationDisconnect::Off);
    world.clients[0].permissions = sample::client().permissions;
    let lab = Lab::of(world);
    incidents(&lab, &[chat.id], &[DEFAULT_DEPLOYMENT]);
    let ran = lab.on_incident("apply", &[]).exits(0);
    let [warning] = warnings(&ran.err)[..] else { panic!("{}", ran.err) };
    assert!(warning.contains("is not known of deployment") && warning.contains("webDeployments:deployment:view"), "{warning}");
}

#[test]
fn deployments_that_do_not_answer_keep_no_session_from_its_end() {
    let chat = stubborn(1);
    let mut world = world(vec![chat.clone()], ConversationDisconnect::Off);
    world.faults = vec![FaultRule {
        operations: vec![Operation::GetWebdeploymentsDeployment],
        conversation_id: None,
        per_thousand: 1000,
        times: None,
        fault: Fault::Timeout { applied: false },
    }];
    let lab = Lab::of(world);
    incidents(&lab, &[chat.id], &[DEFAULT_DEPLOYMENT]);
    let ran = lab.on_incident("apply", &[]).exits(0);
    assert!(warnings(&ran.err)[0].contains("no answer came in time"), "{}", ran.err);
}
