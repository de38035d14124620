//! Secrets and tokens appear in no output, no log, no state file.

use std::fs;

use serde_json::{Value, json};
use webchat_terminator::simulator::world::{Profile, WidgetSpec, sample};

use crate::lab::{Lab, Ran, secret};
use crate::listen::{free_address, incident, post, push_to, slow, webhook_secret};
use crate::marked::Marked;

const MARK: &str = "hunter2+must/never?be=seen";
const WEBHOOK: &str = "W3BHOOK-secret+of/32?bytes=or-more!";
const GUESTS: &str = "GU3ST-token+of/a?session";
const STRANGERS: &str = "STR4NGER-secret+of/32?bytes=or-more";

fn assert_unseen(ran: &Ran, what: &str) {
    let all = format!("{}{}", ran.out, ran.err);
    let mut marked = Marked::default();
    marked.also("the secret", MARK);
    marked.assert_unseen(&all, what);
}

/// Changes the manifests.
fn edit(lab: &Lab, change: impl FnOnce(&mut Value)) {
    let path = lab.path("incident.json");
    let mut list = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    change(&mut list);
    fs::write(path, list.to_string()).unwrap();
}

/// All of it: refused and accepted credentials, plans, events on sockets and over HTTP, strangers, receipts, every log on.
#[test]
fn whatever_is_done_and_whatever_goes_wrong_no_secret_is_shown_in_any_form() {
    let chat = slow(1).with_widget(&WidgetSpec { token: Some(GUESTS.into()), ..WidgetSpec::new(Profile::default()) });
    let lab = Lab::with(vec![chat.clone()]);
    incident(&lab, chat.id, &[webhook_secret(WEBHOOK)]);
    edit(&lab, |list| {
        list["items"][0] = secret(MARK);
        list["items"][1]["spec"]["confirmation"]["sources"] = json!(["Notification", "Webhook", "Poll"]);
    });
    let everything = ["--log", "trace,webchat_terminator=trace", "--log-format", "json"];
    let mut shown = vec![lab.on_incident("apply", &everything).exits(3)];
    lab.simulator().with_world(|world| world.set_secret(sample::CLIENT_ID, MARK).unwrap());
    shown.push(lab.on_incident("plan", &everything).exits(0));

    let address = free_address();
    push_to(&lab, address, WEBHOOK);
    let hold = lab.hold("patchConversationsMessageParticipant", "beforeEffect");
    let running = lab.start_apply_with(&[&["--listen", &address.to_string()][..], &everything].concat());
    lab.await_held(&hold);
    let mut answers = post(address, STRANGERS, "{}") + &post(address, WEBHOOK, &format!("{{\"{WEBHOOK}\": 1}}"));
    let mut marked = Marked::default();
    lab.simulator().with_world(|world| {
        world.access_tokens().iter().for_each(|token| marked.also("an access token", token));
        world.channels().iter().for_each(|channel| marked.also("the id of a channel", &channel.id.0));
        world.guests().for_each(|guest| marked.also("a guest's token", &guest.token));
    });
    assert!(["access token", "channel", "GU3ST"].iter().all(|what| format!("{marked:?}").contains(what)), "{marked:?}");
    lab.admin("DELETE", &hold, &Value::Null);
    shown.push(running.wait().exits(0));
    lab.file("result.json", &shown[2].out);
    shown.push(lab.on_incident("apply", &["-o", "yaml"]).exits(0));
    shown.push(lab.wct(&["receipts", "-f", "result.json"]).exits(0));
    lab.file("receipts.ndjson", &shown[4].out);
    answers.push_str(&fs::read_to_string(lab.state_file()).unwrap());

    for (what, secret) in [("the client secret", MARK), ("the webhook's secret", WEBHOOK), ("a stranger's secret", STRANGERS)] {
        marked.also(what, secret);
    }
    for more in ["sim-", "Bearer ", "/channels/"] {
        marked.also("how a secret begins", more);
    }
    for Ran { out, err, .. } in &shown {
        marked.assert_unseen(out, "the result");
        marked.assert_unseen(err, "the log");
    }
    marked.assert_unseen(&answers, "an answer or the state file");
    let log = &shown[2].err;
    assert!(log.contains("TRACE") && log.contains("a notification socket is open"), "the log is not talkative: {log:.3000}");
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
