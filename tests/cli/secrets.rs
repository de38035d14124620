//! Secrets and tokens appear in no output, no log, no state file.

use std::fs;

use serde_json::{Value, json};
use webchat_terminator::simulator::world::sample;

use crate::lab::{Lab, Ran, secret, stubborn};

const MARK: &str = "hunter2-must-never-be-seen";

fn assert_unseen(ran: &Ran, what: &str) {
    let all = format!("{}{}", ran.out, ran.err);
    assert!(!all.contains(MARK), "{what}: {all}");
    assert!(!all.contains("Bearer "), "{what}: {all}");
}

#[test]
fn with_good_and_with_bad_credentials_and_all_logs_on_nothing_is_given_away() {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    let manifest = lab.incident(&[chat.id], json!({}));
    let mut list: Value = serde_json::from_str(&fs::read_to_string(&manifest).unwrap()).unwrap();
    list["items"][0] = secret(MARK);
    fs::write(&manifest, list.to_string()).unwrap();
    let everything = ["--log", "trace", "--log-format", "json"];
    assert_unseen(&lab.on_incident("apply", &everything).exits(3), "refused credentials");
    lab.simulator().with_world(|world| world.set_secret(sample::CLIENT_ID, MARK).unwrap());
    assert_unseen(&lab.on_incident("plan", &everything).exits(0), "plan");
    assert_unseen(&lab.on_incident("apply", &everything).exits(0), "apply");
    assert_unseen(&lab.on_incident("apply", &["-o", "yaml"]).exits(0), "apply -o yaml");
    let state = fs::read_to_string(lab.state_file()).unwrap();
    assert!(!state.contains(MARK), "{state}");
}

#[test]
fn a_mistake_in_a_secret_is_told_without_its_content() {
    let lab = Lab::without_service();
    let secrets = [
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData:\n  clientId: x\n  clientSecret: [{MARK}]\n"),
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\ndata:\n  clientSecret: {MARK}!\n"),
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData:\n  clientSecret: {MARK}\n  clientSecret: {MARK}\n"),
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData: {MARK}\n"),
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData:\n clientSecret: \"{MARK}\n"),
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData:\n  clientId: x\n clientSecret: {MARK}\n"),
    ];
    for text in secrets {
        lab.file("secret.yaml", &text);
        let ran = lab.wct(&["plan", "-f", "secret.yaml"]).exits(2);
        assert_unseen(&ran, &text);
        assert_eq!(ran.errors().len(), 1, "{}", ran.err);
    }
}
