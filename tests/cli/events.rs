//! Events confirm what reads would; where they do not flow, that is one line, and reads confirm.

use serde_json::json;
use webchat_terminator::simulator::world::{Behaviour, Operation, sample};

use crate::lab::{Lab, Ran, stubborn, until};

/// One session, ended in a world that behaves like this: the lab, and what the command said.
fn ended(sources: &[&str], change: impl FnOnce(&mut Behaviour)) -> (Lab, Ran) {
    let chat = stubborn(1);
    let mut world = sample::world(vec![chat.clone()]);
    change(&mut world.behaviour);
    let lab = Lab::of(world);
    lab.incident(&[chat.id], json!({ "settleSeconds": 0 }));
    lab.confirm_by(sources);
    lab.simulator().with_world(|world| world.name_live_legs_as_targets(chat.id));
    let ran = lab.on_incident("apply", &["-o", "json"]).exits(0);
    let witness = lab.witness();
    assert_eq!((witness.out_of_order, witness.after_finished, witness.teardowns), (0, 0, 0), "{witness}");
    assert_eq!(witness.effective_closes_of(chat.guest_legs()[0]), 1);
    (lab, ran)
}

fn confirmed_by(ran: &Ran) -> String {
    ran.json()["status"]["sessions"][0]["confirmedBy"].as_str().unwrap().to_owned()
}

#[test]
fn an_event_confirms_without_a_single_poll_and_the_socket_is_closed_at_the_end() {
    let (lab, ran) = ended(&["Notification", "Poll"], |_| {});
    assert_eq!(confirmed_by(&ran), "Notification");
    let witness = lab.witness();
    assert_eq!((witness.polls, witness.events.channels, witness.events.sockets), (0, 1, 1));
    assert!(!ran.err.contains("events do not flow"), "{}", ran.err);
    // The service may learn of it a moment after the command has ended.
    until("the socket is closed", || lab.simulator().with_world(|world| world.channels().iter().all(|channel| !channel.open)));
    let table = lab.on_incident("apply", &[]).exits(0).out;
    assert!(table.contains("Notification"), "{table}");
}

#[test]
fn events_that_do_not_flow_are_one_line_and_no_error() {
    let (_, ran) = ended(&["Notification", "Poll"], |how| how.notifications.detail_topics_rejected = true);
    assert_eq!(confirmed_by(&ran), "Poll");
    let lines: Vec<&str> = ran.err.lines().filter(|line| line.contains("events do not flow")).collect();
    // Which of the two the service says first is its own affair.
    let reasons =
        ["TopicsNotOnSockets: the events of guest legs do not flow on notification sockets", "TopicsRejected: subscribing to events:"];
    let told = |line: &str| reasons.iter().any(|reason| line.starts_with(&format!("events do not flow ({reason}")));
    assert!(lines.len() == 1 && told(lines[0]) && lines[0].ends_with(": polling takes over"), "{lines:?}");
}

#[test]
fn where_only_polling_is_named_no_channel_is_made() {
    let (lab, ran) = ended(&["Poll"], |_| {});
    assert_eq!(confirmed_by(&ran), "Poll");
    assert_eq!(lab.witness().calls_of(Operation::PostNotificationsChannels), 0);
}

#[test]
fn a_plan_opens_no_socket() {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({}));
    lab.on_incident("plan", &[]).exits(0);
    let witness = lab.witness();
    assert_eq!((witness.calls_of(Operation::PostNotificationsChannels), witness.events.sockets), (0, 0));
}
