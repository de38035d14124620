//! Several terminations in one command.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;

use serde_json::{Value, json};
use uuid::Uuid;
use webchat_terminator::simulator::world::Operation;

use crate::lab::{Lab, stubborn, until};

/// Writes `incident.json` with a termination for each of these names, connections and conversations; a connection without a URL is that
/// of the simulator.
fn several(lab: &Lab, wanted: &[(&str, &str, Uuid)], elsewhere: &[(&str, &str)]) {
    let path = lab.incident(&[wanted[0].2], json!({}));
    let mut list: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let [secret, connection, termination] = [0, 1, 2].map(|index| list["items"][index].clone());
    let mut items = vec![secret, connection.clone()];
    for (name, url) in elsewhere {
        let mut other = connection.clone();
        other["metadata"]["name"] = json!(name);
        other["spec"]["endpoints"] = json!({ "api": url, "login": url });
        items.push(other);
    }
    for (name, connection, conversation) in wanted {
        let mut one = termination.clone();
        one["metadata"]["name"] = json!(name);
        one["spec"]["connectionRef"]["name"] = json!(connection);
        one["spec"]["sessions"][0]["conversationId"] = json!(conversation);
        items.push(one);
    }
    list["items"] = Value::Array(items);
    fs::write(path, list.to_string()).unwrap();
}

/// An address that refuses connections.
fn refusing() -> String {
    let address = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).unwrap();
    format!("http://{address}")
}

/// The state file of the termination of this name, if there is one.
fn state_of(lab: &Lab, name: &str) -> Option<PathBuf> {
    let files = fs::read_dir(lab.path("state/webchat-terminator")).ok()?.map(|entry| entry.unwrap().path());
    let is_it = |path: &PathBuf| {
        let file = path.file_name().unwrap().to_str().unwrap();
        file.starts_with(&format!("{name}-")) && file.ends_with(".json")
    };
    files.into_iter().find(is_it)
}

fn is_recorded(lab: &Lab, name: &str, text: &str) -> bool {
    state_of(lab, name).and_then(|path| fs::read_to_string(path).ok()).is_some_and(|state| state.contains(text))
}

#[test]
fn a_connection_that_cannot_be_reached_holds_up_no_other() {
    let (one, two) = (stubborn(1), stubborn(2));
    let lab = Lab::with(vec![one.clone(), two.clone()]);
    let url = refusing();
    several(&lab, &[("away", "away", one.id), ("healthy", "main", two.id)], &[("away", &url)]);
    let mut running = lab.start_apply();
    until("the healthy one is finished", || is_recorded(&lab, "healthy", "\"completionTime\""));
    assert!(!running.has_ended(), "the other one is tried again until its deadline, an hour later");
    until("the other one was tried", || is_recorded(&lab, "away", "\"nextAttemptTime\""));
    assert!(!is_recorded(&lab, "away", "\"completionTime\""));
    running.signal("INT");
    let ran = running.wait().exits(4);
    let result = ran.json();
    let told: Vec<_> =
        result["items"].as_array().unwrap().iter().map(|item| (&item["metadata"]["name"], &item["status"]["progress"])).collect();
    assert_eq!(told, [(&json!("away"), &json!("0/1")), (&json!("healthy"), &json!("1/1"))]);
    assert!(ran.err.lines().any(|line| line.contains("Z  default/healthy  ") && line.contains(&two.id.to_string())), "{}", ran.err);
    assert!(ran.err.contains("default/healthy  1/1 sessions done"), "{}", ran.err);
    assert_eq!(lab.witness().effective_closes_of(two.guest_legs()[0]), 1);
}

#[test]
fn what_blocks_one_is_said_at_once_and_the_worst_of_all_is_the_exit_code() {
    let (one, two) = (stubborn(1), stubborn(2));
    let lab = Lab::with(vec![one.clone(), two.clone()]);
    let url = lab.simulator().url();
    several(&lab, &[("barred", "other", one.id), ("healthy", "main", two.id)], &[("other", &url)]);
    let text = fs::read_to_string(lab.path("incident.json")).unwrap();
    let mut list: Value = serde_json::from_str(&text).unwrap();
    list["items"][2]["spec"]["organizationId"] = json!(Uuid::from_u128(7));
    fs::write(lab.path("incident.json"), list.to_string()).unwrap();
    for verb in ["plan", "apply"] {
        let ran = lab.on_incident(verb, &["-o", "json"]).exits(3);
        assert_eq!(ran.errors().len(), 1, "{}", ran.err);
        assert!(ran.errors()[0].contains("GenesysConnection default/other: OrganizationMismatch"), "{}", ran.err);
        let result = ran.json();
        assert_eq!(result.get("items").or(result.get("terminations")).unwrap().as_array().unwrap().len(), 2);
        assert_eq!(ran.err.contains("default/barred: the others go on without it: "), verb == "apply", "{}", ran.err);
    }
    assert_eq!(lab.witness().effective_closes_of(two.guest_legs()[0]), 1);
    assert_eq!(lab.witness().effective_closes_of(one.guest_legs()[0]), 0);
}

#[test]
fn what_goes_through_the_same_connection_logs_in_once() {
    let chats: Vec<_> = (1..=12).map(stubborn).collect();
    let lab = Lab::with(chats.clone());
    let names: Vec<String> = (1..=12).map(|number| format!("incident-{number}")).collect();
    let wanted: Vec<_> = names.iter().zip(&chats).map(|(name, chat)| (name.as_str(), "main", chat.id)).collect();
    several(&lab, &wanted, &[]);
    let result = lab.on_incident("apply", &["-o", "json"]).exits(0).json();
    let told: Vec<&str> = result["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].as_str().unwrap()).collect();
    assert_eq!(told, names, "in the order of the manifests, though more than are worked on at a time");
    let witness = lab.witness();
    assert_eq!((witness.out_of_order, witness.repeated_closes), (0, 0));
    assert_eq!(witness.calls_of(Operation::PostOauthToken), 1);
}
