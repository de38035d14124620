//! What the manifest lets happen at the end: how long an ended session is watched, what a guest who comes back meets, and what is done
//! with a conversation that is stuck.

use serde_json::{Value, json};
use webchat_terminator::simulator::world::{ConversationSpec, Operation, Overrides};

use crate::lab::{Lab, stubborn};

/// A conversation whose guest the service declines to close.
fn stuck() -> (Lab, ConversationSpec) {
    let chat = stubborn(1).overriding(Overrides { refuse_guest_close: Some(true), ..Overrides::default() });
    (Lab::with(vec![chat.clone()]), chat)
}

/// Applies it, and lets the guest come back while the ended session is watched. The row, the exit code, and the new leg.
fn come_back(over: Value) -> (Lab, Value, Value) {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], over);
    // Only a read is a moment that a test can hold.
    lab.confirm_by(&["Poll"]);
    let wrapper = lab.hold("patchConversationsMessage", "afterEffect");
    let running = lab.start_apply();
    lab.await_held(&wrapper);
    let [read_back, last_look] = ["", ""].map(|_| lab.hold("getConversation", "beforeEffect"));
    lab.admin("DELETE", &wrapper, &Value::Null);
    lab.await_held(&read_back);
    lab.admin("DELETE", &read_back, &Value::Null);
    lab.await_recorded("\"Settling\"");
    lab.await_held(&last_look);
    let comes = json!({ "happening": { "guestReconnects": { "conversationId": chat.id, "comesAs": "newParticipant" } } });
    let returned = lab.admin("POST", "/happenings", &comes)["leg"]["communicationId"].clone();
    lab.admin("DELETE", &last_look, &Value::Null);
    let ran = running.wait();
    let row = ran.json()["status"]["sessions"][0].clone();
    (lab, json!({ "row": row, "code": ran.code, "said": ran.err }), returned)
}

fn closes_of(lab: &Lab, communication: &Value) -> Vec<u64> {
    let closes = lab.witness().effective_closes;
    closes.iter().filter(|close| json!(close.leg.communication) == *communication).map(|close| close.count).collect()
}

#[test]
fn a_refused_guest_close_says_what_to_do_and_tears_nothing_down() {
    let (lab, chat) = stuck();
    lab.incident(&[chat.id], json!({}));
    let ran = lab.on_incident("apply", &["-o", "json"]).exits(1);
    let status = &ran.json()["status"];
    assert_eq!(status["sessions"][0]["state"], "GuestCloseRefused");
    let conditions = status["conditions"].as_array().unwrap();
    let stalled = conditions.iter().find(|condition| condition["type"] == "Stalled").unwrap();
    assert_eq!((&stalled["status"], &stalled["reason"]), (&json!("True"), &json!("SessionsFailed")));
    let way_out = "disconnect them in Genesys Cloud, or allow forceTeardown: WhenStuck";
    assert!(stalled["message"].as_str().unwrap().contains(way_out), "{stalled}");
    assert!(ran.errors()[0].contains("or allow forceTeardown: WhenStuck under a new metadata.name"), "{}", ran.err);
    let witness = lab.witness();
    assert_eq!((witness.teardowns, witness.calls_of(Operation::PatchConversationsMessage)), (0, 0));
}

#[test]
fn what_is_stuck_is_torn_down_where_that_is_allowed_and_says_so() {
    let (lab, chat) = stuck();
    lab.incident(&[chat.id], json!({ "forceTeardown": "WhenStuck", "settleSeconds": 1 }));
    let ran = lab.on_incident("apply", &[]).exits(0);
    assert!(ran.err.contains("stuck; recorded, then sent: tear the conversation down by force"), "{}", ran.err);
    assert!(ran.out.contains("1 ended here (1 of them torn down by force)"), "{}", ran.out);
    let row = ran.out.lines().find(|line| line.starts_with(&chat.id.to_string())).unwrap();
    assert!(row.contains("  Ended  ") && row.contains("torn down by force; watched until "), "{row}");
    let resource = lab.on_incident("apply", &["-o", "json"]).exits(0).json();
    assert_eq!(resource["status"]["sessions"][0]["tornDown"], true);
    let witness = lab.witness();
    assert_eq!((witness.teardowns, witness.out_of_order), (1, 0), "{witness}");
    assert_eq!(witness.calls_of(Operation::PatchConversationsMessage), 0);
}

#[test]
fn a_guest_who_comes_back_while_watched_is_ended_again() {
    let (lab, ran, returned) = come_back(json!({ "settleSeconds": 1 }));
    assert_eq!((&ran["code"], &ran["row"]["state"], &ran["row"]["reconnects"]), (&json!(0), &json!("Ended"), &json!(1)), "{ran}");
    assert_eq!(closes_of(&lab, &returned), [1]);
}

#[test]
fn a_guest_who_comes_back_is_reported_and_left_alone_where_that_is_asked_for() {
    let (lab, ran, returned) = come_back(json!({ "settleSeconds": 1, "onReconnect": "Report" }));
    assert_eq!(
        (&ran["code"], &ran["row"]["state"], &ran["row"]["reason"]),
        (&json!(1), &json!("Failed"), &json!("GuestReturned")),
        "{ran}"
    );
    assert!(ran["said"].as_str().unwrap().contains("the guest came back and was left alone: onReconnect is Report"), "{ran}");
    assert_eq!(closes_of(&lab, &returned), Vec::<u64>::new());
    let receipts = lab.wct(&["receipts", "-f", "incident.json", "-o", "table"]).exits(0).out;
    assert!(receipts.lines().any(|row| row.contains("  Failed  ") && row.contains("  GuestReturned  ")), "{receipts}");
}

#[test]
fn without_a_settle_window_an_ended_session_is_done_at_once() {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({ "settleSeconds": 0 }));
    let ran = lab.on_incident("apply", &[]).exits(0);
    assert!(!ran.out.contains("watched") && !ran.err.contains("watched"), "{}{}", ran.err, ran.out);
}
