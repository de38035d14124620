//! Sessions end; what blocks, and what is refused, has its exit code.

use serde_json::{Value, json};
use uuid::Uuid;
use webchat_terminator::simulator::world::{CommunicationState, ConversationSpec, InvisibleDivision, Operation, sample};

use crate::lab::{Lab, stubborn};

fn condition<'a>(resource: &'a Value, kind: &str) -> &'a Value {
    let conditions = resource["status"]["conditions"].as_array().unwrap();
    conditions.iter().find(|condition| condition["type"] == kind).unwrap_or(&Value::Null)
}

#[test]
fn sessions_end_in_order_and_the_resource_says_so() {
    let (one, two) = (stubborn(1), ConversationSpec::usual(2));
    let gone = ConversationSpec::usual(3).all_in(CommunicationState::Disconnected);
    let lab = Lab::with(vec![one.clone(), two.clone(), gone.clone()]);
    lab.incident(&[one.id, two.id, gone.id], json!({}));
    let resource = lab.on_incident("apply", &["-o", "json"]).exits(0).json();
    assert_eq!((&resource["kind"], &resource["metadata"]["namespace"]), (&json!("WebchatTermination"), &json!("default")));
    let status = &resource["status"];
    let states: Vec<&Value> = status["sessions"].as_array().unwrap().iter().map(|session| &session["state"]).collect();
    assert_eq!(states, ["Ended", "Ended", "AlreadyEnded"]);
    assert_eq!((&status["progress"], &status["ended"], &status["alreadyEnded"]), (&json!("3/3"), &json!(2), &json!(1)));
    assert_eq!(status["observedGeneration"], resource["metadata"]["generation"]);
    assert_eq!(status["uid"], resource["metadata"]["uid"]);
    assert_eq!(status["organizationId"], json!(sample::ORGANIZATION));
    for (kind, expected) in [("Succeeded", "True"), ("Finished", "True"), ("Ready", "True"), ("Reconciling", "False")] {
        assert_eq!(condition(&resource, kind)["status"], expected, "{kind}");
    }
    let witness = lab.witness();
    assert_eq!((witness.out_of_order, witness.repeated_closes, witness.teardowns), (0, 0, 0));
    assert_eq!(witness.effective_closes_of(one.guest_legs()[0]), 1);
    assert_eq!(witness.effective_closes_of(two.guest_legs()[0]), 1);
}

#[test]
fn applied_again_after_the_end_it_asks_nothing_and_says_the_same() {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({}));
    let first = lab.on_incident("apply", &["-o", "json"]).exits(0).json();
    let (witness, state) = (lab.witness(), std::fs::read(lab.state_file()).unwrap());
    let second = lab.on_incident("apply", &["-o", "json"]).exits(0).json();
    assert_eq!(first, second);
    assert_eq!(lab.witness(), witness);
    assert_eq!(std::fs::read(lab.state_file()).unwrap(), state);
}

#[test]
fn a_guest_who_comes_after_the_first_apply_is_left_alone() {
    let chat = ConversationSpec::usual(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({ "suspend": true }));
    lab.on_incident("apply", &[]).exits(4);
    let comes = json!({ "happening": { "guestReconnects": { "conversationId": chat.id, "comesAs": "newParticipant" } } });
    let newcomer = lab.admin("POST", "/happenings", &comes)["leg"]["communicationId"].clone();
    lab.incident(&[chat.id], json!({}));
    let ran = lab.on_incident("apply", &["-o", "json"]).exits(1);
    assert_eq!(ran.json()["status"]["sessions"][0]["reason"], "LaterGuestLegLive", "{}", ran.out);
    let closed = lab.witness().effective_closes;
    assert!(closed.iter().all(|close| json!(close.leg.communication) != newcomer), "{closed:?}");
}

#[test]
fn what_is_not_found_is_a_failure_unless_the_manifest_says_otherwise() {
    let lab = Lab::with(vec![ConversationSpec::usual(1)]);
    lab.incident(&[Uuid::from_u128(404)], json!({}));
    let ran = lab.on_incident("apply", &["--state", "one.json"]).exits(1);
    assert_eq!(ran.errors().len(), 1, "{}", ran.err);
    assert!(ran.out.lines().any(|row| row.ends_with("  no such conversation")), "{}", ran.out);
    assert!(ran.errors()[0].contains("no such conversation; check the id, or set notFoundPolicy: Succeed"), "{}", ran.err);
    assert!(ran.errors()[0].contains("a finished termination stays as it is"), "{}", ran.err);
    assert!(ran.errors()[0].ends_with("a new metadata.name"), "{}", ran.err);
    lab.incident(&[Uuid::from_u128(404)], json!({ "notFoundPolicy": "Succeed" }));
    lab.on_incident("apply", &["--state", "two.json"]).exits(0);
}

#[test]
fn what_it_came_to_stays_whatever_is_changed_in_the_manifest_afterwards() {
    let lab = Lab::with(vec![ConversationSpec::usual(1)]);
    let (gone, changed) = ([Uuid::from_u128(404)], json!({ "notFoundPolicy": "Succeed", "settleSeconds": 7, "suspend": true }));
    lab.incident(&gone, json!({}));
    let first = lab.on_incident("apply", &["-o", "json"]).exits(1).json();
    let state = std::fs::read(lab.state_file()).unwrap();
    lab.incident(&gone, changed);
    let ran = lab.on_incident("apply", &["-o", "json"]).exits(1);
    assert_eq!(ran.json(), first);
    assert_eq!(std::fs::read(lab.state_file()).unwrap(), state);
    assert!(ran.errors()[0].contains("no such conversation"), "{}", ran.err);
    assert!(ran.err.contains("what was changed in the manifest since has no effect: give it a new metadata.name"), "{}", ran.err);
    lab.on_incident("plan", &[]).exits(1);
}

#[test]
fn the_help_of_apply_names_its_exit_codes() {
    let help = Lab::without_service().wct(&["apply", "--help"]).exits(0).out;
    assert!(help.contains("Exit codes:") && help.contains("4  interrupted or suspended: run the same command to resume"), "{help}");
}

#[test]
fn wrong_credentials_block_it_and_mended_ones_let_it_go_on() {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({}));
    lab.simulator().with_world(|world| world.set_secret(sample::CLIENT_ID, "rotated").unwrap());
    let ran = lab.on_incident("apply", &["-o", "json"]).exits(3);
    assert!(ran.errors()[0].starts_with("error: GenesysConnection default/main: CredentialsInvalid: "), "{}", ran.err);
    assert!(
        ran.errors()[0].ends_with("(credentials of Secret genesys at incident.json:1); fix it and run the same command again"),
        "{}",
        ran.err
    );
    assert_eq!(condition(&ran.json(), "Stalled")["reason"], "CredentialsInvalid");
    assert_eq!(lab.witness().writes, []);
    let credentials = [("WCT_CLIENT_ID", sample::CLIENT_ID), ("WCT_CLIENT_SECRET", "rotated")];
    let arguments = ["apply", "-f", "incident.json", "--allow-custom-endpoints", "127.0.0.1"];
    let output = lab.command(&arguments).envs(credentials).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

#[test]
fn another_organization_is_never_touched() {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    let manifest = lab.incident(&[chat.id], json!({}));
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace(&sample::ORGANIZATION.to_string(), &Uuid::from_u128(7).to_string())).unwrap();
    let ran = lab.on_incident("apply", &[]).exits(3);
    assert!(ran.errors()[0].contains("OrganizationMismatch"), "{}", ran.err);
    lab.on_incident("plan", &[]).exits(3);
    let witness = lab.witness();
    assert_eq!((witness.writes.len(), witness.calls_of(Operation::GetConversation)), (0, 0));
}

#[test]
fn a_missing_permission_is_named_and_granted_it_goes_on() {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({}));
    let view = "conversation:communication:view".to_owned();
    lab.simulator().with_world(|world| world.set_permissions(sample::CLIENT_ID, [view]).unwrap());
    let ran = lab.on_incident("apply", &[]).exits(3);
    assert!(
        ran.errors()[0].contains("PermissionMissing") && ran.errors()[0].contains("conversation:communication:disconnect"),
        "{}",
        ran.err
    );
    let all = ["conversation:communication:view", "conversation:communication:disconnect"].map(String::from);
    lab.simulator().with_world(|world| world.set_permissions(sample::CLIENT_ID, all).unwrap());
    lab.on_incident("apply", &[]).exits(0);
    assert_eq!(lab.witness().effective_closes_of(chat.guest_legs()[0]), 1);
}

#[test]
fn while_the_service_is_away_it_backs_off_visibly_until_the_deadline() {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({ "activeDeadlineSeconds": 3 }));
    lab.admin("PUT", "/unreachable", &json!({ "unreachable": true }));
    let ran = lab.on_incident("apply", &["-o", "json"]).exits(1);
    assert!(ran.err.contains("tried again later"), "{}", ran.err);
    assert_eq!(condition(&ran.json(), "Succeeded")["reason"], "DeadlineExceeded");
}

#[test]
fn when_the_service_comes_back_it_goes_on() {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({}));
    lab.admin("PUT", "/unreachable", &json!({ "unreachable": true }));
    let running = lab.start_apply();
    lab.await_recorded("\"lastError\"");
    lab.admin("PUT", "/unreachable", &json!({ "unreachable": false }));
    running.wait().exits(0);
}

#[test]
fn a_suspended_termination_starts_nothing_and_is_resumed_by_the_manifest() {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({ "suspend": true }));
    let ran = lab.on_incident("apply", &[]).exits(4);
    assert!(ran.err.contains("set its suspend to false and run the same command again"), "{}", ran.err);
    assert_eq!(lab.witness().writes, []);
    lab.incident(&[chat.id], json!({ "suspend": false }));
    lab.on_incident("apply", &[]).exits(0);
}

#[test]
fn several_terminations_share_no_state_file_and_are_printed_as_a_list() {
    let (one, two) = (stubborn(1), stubborn(2));
    let lab = Lab::with(vec![one.clone(), two.clone()]);
    let manifest = lab.incident(&[one.id], json!({}));
    let mut list: Value = serde_json::from_str(&std::fs::read_to_string(&manifest).unwrap()).unwrap();
    let mut other = list["items"][2].clone();
    other["metadata"]["name"] = json!("another");
    other["spec"]["sessions"][0]["conversationId"] = json!(two.id);
    list["items"].as_array_mut().unwrap().push(other);
    std::fs::write(&manifest, list.to_string()).unwrap();
    lab.on_incident("apply", &["--state", "one.json"]).exits(2);
    let ran = lab.on_incident("apply", &["-o", "json"]).exits(0).json();
    assert_eq!((&ran["kind"], ran["items"].as_array().unwrap().len()), (&json!("List"), 2));
    assert_eq!(lab.witness().out_of_order, 0);
}

#[test]
fn cancelled_before_it_began_it_sends_nothing_and_says_so() {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({ "cancel": "Immediate" }));
    let ran = lab.on_incident("apply", &["-o", "json"]).exits(1);
    assert!(ran.errors()[0].contains("the termination was cancelled"), "{}", ran.err);
    assert_eq!(condition(&ran.json(), "Succeeded")["reason"], "Cancelled");
    assert_eq!(lab.witness().writes, []);
}

#[test]
fn what_one_conversation_lacks_keeps_no_other_from_its_end() {
    let elsewhere = Uuid::from_u128(99);
    let (barred, open) = (stubborn(1).in_division(elsewhere), stubborn(2));
    let mut world = sample::world(vec![barred.clone(), open.clone()]);
    world.clients[0].divisions = [Uuid::from_u128(1)].into();
    world.behaviour.invisible_division = InvisibleDivision::Forbidden;
    world.conversations[1].division = Uuid::from_u128(1);
    let lab = Lab::of(world);
    lab.incident(&[barred.id, open.id], json!({}));
    let ran = lab.on_incident("apply", &["-o", "json"]).exits(3);
    assert_eq!(ran.json()["status"]["sessions"][1]["state"], "Ended", "{}", ran.out);
    assert_eq!(lab.witness().effective_closes_of(barred.guest_legs()[0]), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_nobody_takes_changes_nothing_of_how_it_went() {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({}));
    for (verb, code) in [("plan", 2), ("apply", 0)] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let arguments = [verb, "-f", "incident.json", "--allow-custom-endpoints", "127.0.0.1"];
        let output = lab.command(&arguments).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("error: standard output: "));
    }
    assert_eq!(lab.witness().effective_closes_of(chat.guest_legs()[0]), 1);
}
