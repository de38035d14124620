//! A plan never writes.

use serde_json::json;
use uuid::Uuid;
use webchat_terminator::simulator::world::{CommunicationState, ConversationSpec, Operation, sample};

use crate::lab::{Lab, stubborn};

#[test]
fn a_plan_says_what_would_happen_to_each_session_and_writes_nothing() {
    let (live, ended) = (stubborn(1), ConversationSpec::usual(2).all_in(CommunicationState::Disconnected));
    let guest = live.guest_legs()[0];
    let lab = Lab::with(vec![live.clone(), ended.clone()]);
    lab.incident(&[live.id, ended.id], json!({}));
    let planned = lab.on_incident("plan", &["-o", "json"]).exits(0).json();
    let planned = &planned["terminations"][0];
    assert_eq!(planned["name"], "incident");
    let [first, second] = planned["sessions"].as_array().unwrap().as_slice() else { panic!("{planned}") };
    assert_eq!((&first["action"], &first["participantId"]), (&json!("CloseGuestLeg"), &json!(guest.participant)));
    assert_eq!(second["action"], "Nothing");
    let table = lab.on_incident("plan", &[]).exits(0).out;
    assert!(table.contains("close guest leg") && table.contains("had already ended"), "{table}");
    assert_eq!(lab.witness().writes, []);
    assert!(!lab.path("state").exists(), "a plan leaves no state behind");
}

#[test]
fn a_plan_of_more_sessions_than_are_worked_on_at_a_time_shows_them_all() {
    let chats: Vec<_> = (1..=15).map(ConversationSpec::usual).collect();
    let lab = Lab::with(chats.clone());
    lab.incident(&chats.iter().map(|chat| chat.id).collect::<Vec<_>>(), json!({ "parallelism": 2 }));
    let planned = lab.on_incident("plan", &["-o", "json"]).exits(0).json();
    let sessions = planned["terminations"][0]["sessions"].as_array().unwrap();
    assert_eq!(sessions.iter().filter(|session| session["action"] == "CloseGuestLeg").count(), 15);
    assert_eq!(lab.witness().writes, []);
}

#[test]
fn a_plan_foresees_failures_and_exits_for_them() {
    let chat = ConversationSpec::usual(1);
    let agent = chat.legs_of(|purpose| !purpose.is_guest()).pop().unwrap();
    let lab = Lab::with(vec![chat.clone()]);
    let sessions = json!([
        { "conversationId": chat.id, "participantIds": [agent.participant] },
        { "conversationId": Uuid::from_u128(404) },
    ]);
    lab.incident(&[], json!({ "sessions": sessions }));
    let ran = lab.on_incident("plan", &[]).exits(1);
    let errors = ran.errors();
    assert!(errors[0].contains(&chat.id.to_string()) && errors[0].contains("not a guest: name the guest's participant"), "{errors:?}");
    assert!(errors[1].contains("no such conversation") && errors[1].contains("notFoundPolicy: Succeed"), "{errors:?}");
}

#[test]
fn a_plan_that_is_blocked_says_that_nothing_was_read() {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({}));
    lab.simulator().with_world(|world| world.set_secret(sample::CLIENT_ID, "rotated").unwrap());
    let row = lab.on_incident("plan", &[]).exits(3).out;
    assert!(row.contains("unknown") && row.contains("not read: CredentialsInvalid"), "{row}");
    assert!(!row.contains("not started yet"), "{row}");
}

#[test]
fn a_guest_who_is_left_alone_is_told_and_warned_of() {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({ "legsConnectedBefore": "2020-01-01T00:00:00Z" }));
    for verb in ["plan", "apply"] {
        let ran = lab.on_incident(verb, &[]).exits(0);
        let said = "nothing was sent: the only live guest connected after legsConnectedBefore and was left alone";
        assert!(ran.out.contains(said) && !ran.out.contains("1 had ended before"), "{}", ran.out);
        assert!(ran.err.lines().any(|line| line.starts_with("warning: default/incident: 1 of 1 sessions still have")), "{}", ran.err);
        assert!(!ran.err.contains("had ended before"), "{}", ran.err);
    }
    assert_eq!(lab.witness().writes, []);
}

#[test]
fn a_time_in_the_future_leaves_no_later_guest_alone_and_is_warned_of() {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({ "legsConnectedBefore": "2999-01-01T00:00:00Z", "settleSeconds": 0 }));
    let warned = |verb: &str| {
        let ran = lab.on_incident(verb, &[]).exits(0);
        let said = "warning: default/incident: legsConnectedBefore is in the future (2999-01-01T00:00:00Z)";
        ran.err.lines().filter(|line| line.starts_with(said)).count()
    };
    assert_eq!(["plan", "apply", "apply"].map(warned), [1, 1, 0], "what is finished ends nobody else");
}

#[test]
fn a_plan_of_what_is_finished_says_when_and_foresees_nothing() {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({}));
    let status = lab.on_incident("apply", &["-o", "json"]).exits(0).json()["status"].clone();
    let before = lab.witness();
    let planned = lab.on_incident("plan", &["-o", "json"]).exits(0).json();
    let planned = &planned["terminations"][0];
    assert_eq!(planned["completionTime"], status["completionTime"]);
    assert_eq!((&planned["sessions"][0]["action"], &planned["sessions"][0]["guestLegs"]), (&json!("Nothing"), &json!(0)));
    let table = lab.on_incident("plan", &[]).exits(0).out;
    assert!(table.starts_with("default/incident: it finished at ") && table.contains("; nothing more would be sent\n"), "{table}");
    assert_eq!(lab.witness(), before, "nothing is asked of the service");
}

#[test]
fn the_help_of_a_plan_names_its_exit_codes() {
    let help = Lab::without_service().wct(&["plan", "--help"]).exits(0).out;
    for said in ["0  for every session it could be said what would happen", "1  an apply would fail for some sessions", "WCT_CLIENT_SECRET"]
    {
        assert!(help.contains(said), "{help}");
    }
}

#[test]
fn a_plan_in_the_middle_goes_on_from_what_is_recorded() {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({}));
    let hold = lab.hold("patchConversationsMessage", "beforeEffect");
    let running = lab.start_apply();
    lab.await_held(&hold);
    running.kill();
    lab.admin("DELETE", &format!("{hold}?drop=true"), &serde_json::Value::Null);
    let state = std::fs::read(lab.state_file()).unwrap();
    let before = lab.witness();
    let planned = lab.on_incident("plan", &["-o", "json"]).exits(0).json();
    let session = &planned["terminations"][0]["sessions"][0];
    assert!(session["action"] == "Wait" || session["action"] == "CloseConversation", "{session}");
    assert_eq!(session["guestLegs"], 0);
    assert_eq!(lab.witness().writes, before.writes);
    assert_eq!(std::fs::read(lab.state_file()).unwrap(), state);
    assert!(lab.witness().calls_of(Operation::GetConversation) + lab.witness().calls_of(Operation::GetConversationsMessage) > 0);
}
