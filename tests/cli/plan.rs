//! A plan never writes.

use serde_json::json;
use uuid::Uuid;
use webchat_terminator::simulator::world::{CommunicationState, ConversationSpec, Operation};

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
    assert!(table.contains("close guest leg") && table.contains("ended before it came to it"), "{table}");
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
