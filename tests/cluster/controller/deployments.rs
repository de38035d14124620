//! Guests who can write after the end are warned of, on the connection and on its terminations, and nothing else changes.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::api::{Patch, PatchParams};
use serde_json::json;
use webchat_terminator::crd::{GenesysConnection, GenesysConnectionStatus};
use webchat_terminator::plan::ConversationDisconnect as Told;
use webchat_terminator::simulator::world::{ConversationDisconnect, DEFAULT_DEPLOYMENT, DeploymentSpec, Operation, sample};
use webchat_terminator::termination::State;

use super::genesys::Moment;
use super::process::Settings;
use super::stage::{SECRET_TYPE, Stage, condition, good_credentials, states, usual};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![
        guests_who_can_write_after_the_end_are_warned_of,
        deployments_that_may_not_be_read_are_said_to_be_unknown_and_known_when_the_list_changes,
    ]
}

const PERMISSIONS: [&str; 2] = ["webDeployments:deployment:view", "webDeployments:configuration:view"];

fn status(stage: &Stage<'_>) -> GenesysConnectionStatus {
    stage.plane.block_on(stage.api::<GenesysConnection>().get("main")).unwrap().status.unwrap_or_default()
}

/// Waits until connection `main` says this of its guests.
fn wait_for_guests(stage: &Stage<'_>, wanted: &str, reason: &str) -> Condition {
    let mut seen = None;
    stage.plane.wait_for(&format!("GuestsTurnReadOnly {wanted} {reason}"), || {
        let found = status(stage).conditions.into_iter().find(|condition| condition.type_ == "GuestsTurnReadOnly");
        seen = found.filter(|condition| condition.status == wanted && condition.reason == reason);
        seen.is_some()
    });
    seen.unwrap()
}

fn is_ready(stage: &Stage<'_>) -> bool {
    status(stage).conditions.iter().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}

fn guests_who_can_write_after_the_end_are_warned_of(plane: &ControlPlane) {
    let conversations = usual(2);
    let mut world = sample::world(conversations.clone());
    world.clients[0].permissions.extend(PERMISSIONS.map(String::from));
    world.deployments = vec![DeploymentSpec::new(DEFAULT_DEPLOYMENT).telling(ConversationDisconnect::Send)];
    let stage = Stage::bare(plane, "guests-write", world, &Settings::of("guests-write"));
    stage.grant(&["genesys"]);
    stage.put_secret("genesys", SECRET_TYPE, &good_credentials());
    stage.create_connection("main", &json!({ "deploymentIds": [DEFAULT_DEPLOYMENT] }));
    let said = wait_for_guests(&stage, "False", "GuestsMayWrite");
    assert!(said.message.contains(&format!("Send in deployment {DEFAULT_DEPLOYMENT}")), "{}", said.message);
    assert_eq!(status(&stage).deployments[0].conversation_disconnect, Some(Told::Send));
    assert!(is_ready(&stage), "it does not make the connection unready");

    let hold = stage.genesys.hold(Operation::PatchConversationsMessageParticipant, Moment::BeforeEffect, conversations[0].id);
    stage.terminate("incident", &conversations, &json!({ "settleSeconds": 0 }));
    hold.wait();
    hold.release();
    let done = stage.finished("incident");
    assert_eq!(states(&done), [State::Ended; 2]);
    let warning = condition(&done, "GuestsTurnReadOnly").unwrap();
    assert_eq!((warning.status.as_str(), warning.reason.as_str(), &warning.message), ("False", "GuestsMayWrite", &said.message));
    assert_eq!(condition(&done, "Ready").unwrap().status, "True", "it is a warning and nothing more");
    let told = || super::service::events(&stage).get("GuestsMayWrite").copied();
    plane.wait_for("the warning is told", || told().is_some());
    assert_eq!(told(), Some(1), "and told once");
    let witness = stage.judge(0);
    assert_eq!(witness.calls_of(Operation::GetWebdeploymentsDeployment), 1, "it is not read with every reconcile: {witness}");
}

fn deployments_that_may_not_be_read_are_said_to_be_unknown_and_known_when_the_list_changes(plane: &ControlPlane) {
    let world = sample::world(usual(1));
    let stage = Stage::with(plane, "guests-unknown", world, &Settings::of("guests-unknown"));
    plane.wait_for("the connection is ready", || is_ready(&stage));
    assert!(status(&stage).conditions.iter().all(|condition| condition.type_ != "GuestsTurnReadOnly"), "nothing is said of no deployment");
    let list = |ids: &[uuid::Uuid]| {
        let patch = Patch::Merge(json!({ "spec": { "deploymentIds": ids } }));
        plane.block_on(stage.api::<GenesysConnection>().patch("main", &PatchParams::default(), &patch)).unwrap();
    };
    list(&[DEFAULT_DEPLOYMENT]);
    let said = wait_for_guests(&stage, "Unknown", "DeploymentsNotRead");
    assert!(said.message.contains(PERMISSIONS[0]), "{}", said.message);
    assert!(is_ready(&stage) && status(&stage).missing_permissions.is_empty(), "no session needs that permission");

    let mut permissions = sample::client().permissions;
    permissions.extend(PERMISSIONS.map(String::from));
    stage.genesys.world(|world| {
        world.set_permissions(sample::CLIENT_ID, permissions).unwrap();
        world.put_deployment(DeploymentSpec::new(uuid::Uuid::from_u128(2)).telling(ConversationDisconnect::ReadOnly));
    });
    list(&[uuid::Uuid::from_u128(2)]);
    wait_for_guests(&stage, "True", "ReadOnly");
    list(&[]);
    plane.wait_for("nothing is said any more", || status(&stage).deployments.is_empty());
    assert!(status(&stage).conditions.iter().all(|condition| condition.type_ != "GuestsTurnReadOnly"));
}
