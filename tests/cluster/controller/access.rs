//! What a person has to mend outside: credentials, permissions, the organization. The condition says so, and work goes on
//! when it is mended, without a restart.

use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, Patch, PatchParams};
use serde_json::json;
use webchat_terminator::crd::GenesysConnection;
use webchat_terminator::simulator::world::{Operation, OrganizationSpec, sample};
use webchat_terminator::termination::State;

use super::genesys::Moment;
use super::process::Settings;
use super::stage::{SECRET_TYPE, Stage, condition, conditions, good_credentials, message, states, usual};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![
        wrong_credentials_are_told_and_work_goes_on_when_the_secret_is_mended,
        every_unusable_secret_is_told_by_name_and_taken_when_mended,
        a_missing_permission_is_named_and_work_goes_on_when_it_is_granted,
        against_another_organization_nothing_is_sent,
        a_secret_that_is_rotated_in_the_middle_takes_effect,
    ]
}

/// The conditions while a person has to mend something, with this reason.
fn stalled(reason: &str) -> Vec<String> {
    ["Succeeded=Unknown", "Finished=False", "Ready=False", "Stalled=True"].map(|told| format!("{told}:{reason}")).to_vec()
}

pub(super) fn connection(stage: &Stage<'_>) -> GenesysConnection {
    stage.plane.block_on(stage.api::<GenesysConnection>().get("main")).unwrap()
}

/// The status and reason of a condition of connection `main`.
pub(super) fn connection_condition(stage: &Stage<'_>, type_: &str) -> Option<(String, String)> {
    let conditions = connection(stage).status?.conditions;
    conditions.into_iter().find(|condition| condition.type_ == type_).map(|condition| (condition.status, condition.reason))
}

pub(super) fn wait_for_connection(stage: &Stage<'_>, type_: &str, status: &str, reason: &str) {
    let wanted = Some((status.to_owned(), reason.to_owned()));
    // It is looked at every 10 s while it is bad.
    let seen = (0..200).any(|_| {
        let seen = connection_condition(stage, type_) == wanted;
        if !seen {
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        seen
    });
    assert!(seen, "connection: {type_} {status} {reason}: {:#?}", connection(stage).status);
}

fn wrong_credentials_are_told_and_work_goes_on_when_the_secret_is_mended(plane: &ControlPlane) {
    let conversations = usual(2);
    let stage = Stage::bare(plane, "wrong-credentials", sample::world(conversations.clone()), &Settings::of("wrong-credentials"));
    stage.grant(&["genesys"]);
    stage.put_secret("genesys", SECRET_TYPE, &json!({ "clientId": sample::CLIENT_ID, "clientSecret": "wrong" }));
    stage.create_connection("main", &json!({}));
    stage.terminate("incident", &conversations, &json!({}));
    let blocked = stage.wait_for_condition("incident", "Stalled", "True", "CredentialsInvalid");
    let mut expected = stalled("CredentialsInvalid");
    expected.push("CredentialsReady=False:CredentialsInvalid".into());
    assert_eq!(conditions(&blocked), expected);
    assert!(message(&blocked).starts_with("mend clientId and clientSecret in Secret wrong-credentials/genesys: "), "{}", message(&blocked));
    wait_for_connection(&stage, "CredentialsValid", "False", "CredentialsInvalid");

    let secret: Api<Secret> = stage.api();
    let mended = Patch::Merge(json!({ "stringData": good_credentials() }));
    plane.block_on(secret.patch("genesys", &PatchParams::default(), &mended)).unwrap();
    let done = stage.finished("incident");
    assert_eq!(states(&done), [State::Ended; 2]);
    wait_for_connection(&stage, "Ready", "True", "Connected");
    stage.judge(0);
}

fn every_unusable_secret_is_told_by_name_and_taken_when_mended(plane: &ControlPlane) {
    let conversations = usual(4);
    let stage = Stage::bare(plane, "bad-secrets", sample::world(conversations.clone()), &Settings::of("bad-secrets"));
    let names = ["missing", "wrong-type", "no-key", "not-granted"];
    stage.grant(&names[..3]);
    stage.put_secret("wrong-type", "Opaque", &good_credentials());
    stage.put_secret("no-key", SECRET_TYPE, &json!({ "clientId": sample::CLIENT_ID }));
    stage.put_secret("not-granted", SECRET_TYPE, &good_credentials());
    for (name, conversation) in names.iter().zip(&conversations) {
        stage.create_connection(name, &json!({ "credentialsSecretRef": { "name": name } }));
        stage.terminate(name, std::slice::from_ref(conversation), &json!({ "connectionRef": { "name": name } }));
    }
    let words = ["does not exist: create it with type", "has type Opaque: only", "no usable key clientSecret", "may not get Secret"];
    for (name, words) in names.iter().zip(words) {
        let blocked = stage.wait_for_condition(name, "Stalled", "True", "CredentialsInvalid");
        assert!(message(&blocked).contains(words) && message(&blocked).contains(&format!("bad-secrets/{name}")), "{}", message(&blocked));
    }
    assert!(stage.genesys.witness().calls.is_empty(), "nothing is asked without credentials");

    stage.grant(&names);
    for name in names {
        stage.put_secret(name, SECRET_TYPE, &good_credentials());
    }
    for name in names {
        assert_eq!(states(&stage.finished(name)), [State::Ended]);
    }
    stage.judge(0);
    let asked = plane.requests().into_iter().filter(|request| request.resource == "secrets" && request.user.contains("webchat-terminator"));
    let verbs: std::collections::BTreeSet<_> = asked.map(|request| request.verb).collect();
    assert_eq!(verbs, ["get".to_owned()].into(), "Secrets are read by name and in no other way");
}

fn a_missing_permission_is_named_and_work_goes_on_when_it_is_granted(plane: &ControlPlane) {
    let conversations = usual(2);
    let mut world = sample::world(conversations.clone());
    let needed = "conversation:communication:disconnect";
    assert!(world.clients[0].permissions.remove(needed));
    let stage = Stage::with(plane, "no-permission", world, &Settings::of("no-permission"));
    stage.terminate("incident", &conversations, &json!({}));
    let blocked = stage.wait_for_condition("incident", "Stalled", "True", "PermissionMissing");
    assert!(message(&blocked).contains(needed), "{}", message(&blocked));
    assert_eq!(condition(&blocked, "CredentialsReady").unwrap().status, "False");
    wait_for_connection(&stage, "PermissionsSufficient", "False", "PermissionMissing");
    let missing = connection(&stage).status.unwrap().missing_permissions;
    assert!(missing.iter().any(|permission| permission == needed), "{missing:?}");

    let all = sample::client().permissions;
    stage.genesys.world(|world| world.set_permissions(sample::CLIENT_ID, all)).unwrap();
    let done = stage.finished("incident");
    assert_eq!(states(&done), [State::Ended; 2]);
    wait_for_connection(&stage, "PermissionsSufficient", "True", "Checked");
    stage.judge(0);
}

fn against_another_organization_nothing_is_sent(plane: &ControlPlane) {
    let conversations = usual(2);
    let mut world = sample::world(conversations.clone());
    let other = OrganizationSpec { id: uuid::Uuid::from_u128(7), name: "Another".into() };
    world.organization = other.clone();
    let stage = Stage::with(plane, "organization", world, &Settings::of("organization"));
    stage.terminate("incident", &conversations, &json!({}));
    let blocked = stage.wait_for_condition("incident", "Stalled", "True", "OrganizationMismatch");
    let mut expected = stalled("OrganizationMismatch");
    expected.push("CredentialsReady=False:OrganizationMismatch".into());
    assert_eq!(conditions(&blocked), expected);
    assert!(message(&blocked).contains(&other.id.to_string()), "{}", message(&blocked));
    wait_for_connection(&stage, "OrganizationMatches", "False", "OrganizationMismatch");
    std::thread::sleep(std::time::Duration::from_secs(1));
    let witness = stage.judge(0);
    let asked: Vec<_> = witness.calls.keys().copied().collect();
    assert_eq!(asked, [Operation::PostOauthToken, Operation::GetTokensMe], "{witness}");
}

fn a_secret_that_is_rotated_in_the_middle_takes_effect(plane: &ControlPlane) {
    let conversations = usual(4);
    let stage = Stage::new(plane, "rotated", conversations.clone());
    let hold = stage.genesys.hold(Operation::PatchConversationsMessageParticipant, Moment::BeforeEffect, conversations[1].id);
    stage.terminate("incident", &conversations, &json!({ "parallelism": 1 }));
    hold.wait();
    // The old secret and its tokens are void at once, also for what is under way.
    stage.genesys.world(|world| {
        world.set_secret(sample::CLIENT_ID, "rotated").unwrap();
        world.revoke_tokens(None);
    });
    hold.release();
    stage.wait_for_condition("incident", "Stalled", "True", "CredentialsInvalid");
    let secret: Api<Secret> = stage.api();
    let rotated = Patch::Merge(json!({ "stringData": { "clientSecret": "rotated" } }));
    plane.block_on(secret.patch("genesys", &PatchParams::default(), &rotated)).unwrap();
    let done = stage.finished("incident");
    assert_eq!(states(&done), [State::Ended; 4]);
    stage.judge(0);
}
