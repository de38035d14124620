//! Receipts: the same from wherever the record is read; sent on; checked.

#[path = "../receipts/endpoint.rs"]
mod endpoint;
#[path = "../receipts/table.rs"]
mod table;

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::runtime::Runtime;
use uuid::Uuid;
use webchat_terminator::receipts::verify_ndjson;
use webchat_terminator::simulator::world::{CommunicationState, ConversationSpec};

use crate::lab::{Lab, Ran, stubborn};
use table::Store;

const TOKEN: &str = "hunter2-must-never-be-seen";

/// A lab in which five sessions have ended, each in its own way, and what apply printed about it in JSON.
fn applied() -> Lab {
    let gone = ConversationSpec::usual(4).all_in(CommunicationState::Disconnected);
    let conversations = vec![stubborn(1), ConversationSpec::usual(2), ConversationSpec::usual(3), gone];
    let ids: Vec<Uuid> = conversations.iter().map(|conversation| conversation.id).chain([Uuid::from_u128(404)]).collect();
    let lab = Lab::with(conversations);
    lab.incident(&ids, json!({ "settleSeconds": 1, "notFoundPolicy": "Succeed" }));
    let ran = lab.on_incident("apply", &["-o", "json"]).exits(0);
    lab.file("result.json", &ran.out);
    lab.file("result.yaml", &lab.on_incident("apply", &["-o", "yaml"]).exits(0).out);
    lab
}

/// The lines that `wct receipts` prints with these arguments.
fn lines(lab: &Lab, arguments: &[&str]) -> String {
    lab.wct(&[&["receipts"], arguments].concat()).exits(0).out
}

#[test]
fn receipts_are_the_same_to_the_byte_from_the_result_from_the_state_file_and_from_the_manifest() {
    let lab = applied();
    let expected = lines(&lab, &["-f", "result.json"]);
    assert_eq!(verify_ndjson(&expected).unwrap()[0].receipts, 5);
    let state = lab.state_file();
    assert_eq!(lines(&lab, &["--state", state.to_str().unwrap()]), expected);
    assert_eq!(lines(&lab, &["-f", "result.yaml"]), expected);
    assert_eq!(lines(&lab, &["-f", "incident.json"]), expected, "the state file that the manifest's apply keeps is found");
    assert_eq!(lines(&lab, &["-f", "result.json", "--state", state.to_str().unwrap()]), expected, "each once");
    let list = json!({ "kind": "List", "items": [{ "kind": "WebchatTerminationList", "items": [result(&lab)] }] });
    lab.file("several.yaml", &format!("kind: Secret\n---\n{list}\n---\n{list}\n"));
    assert_eq!(lines(&lab, &["-f", "several.yaml"]), expected, "lists, lists in lists, several documents");
    let as_json: Vec<Value> = serde_json::from_str(&lines(&lab, &["-f", "result.json", "-o", "json"])).unwrap();
    assert_eq!(as_json, expected.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>());
    let shown = lines(&lab, &["-f", "result.json", "-o", "table"]);
    assert!(as_json.iter().all(|receipt| shown.contains(receipt["id"].as_str().unwrap())), "{shown}");
}

fn result(lab: &Lab) -> Value {
    serde_json::from_str(&fs::read_to_string(lab.path("result.json")).unwrap()).unwrap()
}

#[test]
fn a_receipt_says_how_long_an_ended_session_was_watched() {
    let lab = applied();
    for line in lines(&lab, &["-f", "result.json"]).lines() {
        let receipt: Value = serde_json::from_str(line).unwrap();
        let step =
            |name: &str| receipt["steps"].as_array().unwrap().iter().find(|step| step["step"] == name).map(|step| step["time"].clone());
        if receipt["state"] != "Ended" {
            assert_eq!(receipt.get("watchedUntil"), None, "{receipt}");
            continue;
        }
        assert_eq!(step("Finished"), Some(receipt["watchedUntil"].clone()));
        let time = |value: Option<Value>| value.unwrap().as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
        let watched = time(step("Finished")).duration_since(time(step("ConversationEnded")));
        assert!(watched.as_secs() >= 1, "{watched:?}: {receipt}");
    }
}

#[test]
fn of_what_is_unfinished_or_without_a_record_it_is_said_that_there_is_no_receipt() {
    let lab = applied();
    let mut result = result(&lab);
    result["status"]["sessions"][1]["state"] = json!("Settling");
    lab.file("unfinished.json", &result.to_string());
    let ran = lab.wct(&["receipts", "-f", "unfinished.json"]).exits(0);
    assert_eq!(ran.out.lines().count(), 4);
    assert!(ran.err.contains("default/incident: 1 of 5 sessions are not finished"), "{}", ran.err);
    result["status"] = json!({ "observedGeneration": -1 });
    lab.file("fresh.json", &result.to_string());
    let ran = lab.wct(&["receipts", "-f", "fresh.json"]).exits(0);
    assert!(ran.out.is_empty() && ran.err.contains("default/incident: nothing is on record yet"), "{}", ran.err);
    fs::remove_file(lab.state_file()).unwrap();
    let ran = lab.wct(&["receipts", "-f", "incident.json"]).exits(0);
    assert!(ran.out.is_empty() && ran.err.contains("default/incident: no state file "), "{}", ran.err);
}

#[test]
fn what_cannot_be_read_is_one_line_that_says_the_way_out() {
    let lab = applied();
    let mut manifest = result(&lab);
    manifest.as_object_mut().unwrap().remove("status");
    lab.file("manifest.json", &manifest.to_string());
    lab.file("other.yaml", "kind: ConfigMap\n");
    lab.file("none.ndjson", "\n");
    let table: [(&[&str], i32, &str); 9] = [
        (&["-f", "manifest.json"], 2, "it has no status; add the file of GenesysConnection main with -f"),
        (&["-f", "other.yaml"], 2, "other.yaml: no WebchatTermination in it"),
        (&["--state", "nowhere.json"], 5, "state file nowhere.json: it does not exist"),
        (&["--state", "other.yaml"], 5, "it is not a state file"),
        (&["--verify", "none.ndjson"], 2, "none.ndjson: no receipt in it"),
        (&[], 2, "set KUBECONFIG, or name files with -f or --state"),
        (&["-f", "result.json", "--post", "http://example.com/"], 2, "receipts are only posted to https://"),
        (&["-f", "result.json", "--post", "https://user:hunter2-must-never-be-seen@example.com/"], 2, "--post: "),
        (&["-f", "result.json", "--post", "http://127.0.0.1:1/"], 3, "0 of 5 were received"),
    ];
    for (arguments, code, said) in table {
        let ran = lab.wct(&[&["receipts"], arguments].concat()).exits(code);
        assert!(ran.errors().len() == 1 && ran.errors()[0].contains(said), "{arguments:?}: {}", ran.err);
        assert!(!ran.err.contains(TOKEN), "{}", ran.err);
    }
}

#[test]
fn what_was_done_to_a_kept_chain_is_found_and_named() {
    let lab = applied();
    let kept = lines(&lab, &["-f", "result.json"]);
    lab.file("kept.ndjson", &kept);
    let head = verify_ndjson(&kept).unwrap().remove(0).head;
    let whole = lines(&lab, &["--verify", "kept.ndjson"]);
    assert!(whole.starts_with("whole: 5 receipts of termination ") && whole.trim_end().ends_with(&head), "{whole}");
    lab.file("kept.json", &lines(&lab, &["-f", "result.json", "-o", "json"]));
    assert_eq!(lines(&lab, &["--verify", "kept.json"]), whole);
    let rows: Vec<&str> = kept.lines().collect();
    let table = [
        ("tampered", kept.replacen("\"NotFound\"", "\"Ended\"", 1), "does not have the hash that it says: it was changed"),
        ("taken out", [&rows[..2], &rows[3..]].concat().join("\n"), "breaks off after 2 of 4 receipts"),
        ("cut", kept[..kept.len() - 20].to_owned(), "no JSON"),
        ("not ours", format!("{kept}{{}}\n"), "is no receipt of a known format"),
    ];
    for (what, text, said) in table {
        lab.file("kept.ndjson", &text);
        let ran = lab.wct(&["receipts", "--verify", "kept.ndjson"]).exits(1);
        assert!(ran.errors().len() == 1 && ran.errors()[0].contains(said) && ran.out.is_empty(), "{what}: {}", ran.err);
        let at = text.lines().zip(kept.lines()).position(|(now, was)| now != was).unwrap_or(5) + 1;
        assert!(what == "taken out" || ran.errors()[0].contains(&format!("kept.ndjson:{at}: ")), "{what}: {}", ran.err);
    }
}

/// An endpoint that stores what it receives.
fn storing(file: &Path, answers: Vec<(u16, Option<u32>)>) -> (Runtime, String, endpoint::Received, Arc<Mutex<Store>>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let store = Arc::new(Mutex::new(Store::create(file)));
    let kept = Arc::clone(&store);
    let started = endpoint::start(answers, move |event: &Value| kept.lock().unwrap().upsert(&event["data"]));
    let (address, received) = runtime.block_on(started);
    (runtime, format!("http://{address}/receipts?key={TOKEN}"), received, store)
}

fn assert_unseen(ran: &Ran) {
    let all = format!("{}{}", ran.out, ran.err);
    assert!(!all.contains(TOKEN), "{all}");
}

#[test]
fn posted_twice_into_a_sql_store_there_is_one_row_a_session_and_the_token_is_seen_nowhere_else() {
    let lab = applied();
    let (_runtime, url, received, store) = storing(&lab.path("store.sqlite"), vec![(503, None), (202, None)]);
    lab.file("headers", &format!("Authorization: Bearer {TOKEN}\nX-Tenant: {TOKEN}\n"));
    let post = ["receipts", "-f", "result.json", "--post", &url, "--header-file", "headers", "--log", "trace"];
    for _ in 0..2 {
        let ran = lab.wct(&post).exits(0);
        assert!(ran.out.is_empty() && ran.err.contains("127.0.0.1 received 5 receipts"), "{}", ran.err);
        assert_unseen(&ran);
    }
    let mut command = lab.command(&["receipts", "-f", "result.json", "--post", &url, "-o", "ndjson"]);
    let output = command.env("WCT_POST_AUTHORIZATION", format!("Bearer {TOKEN}")).output().unwrap();
    let store = store.lock().unwrap();
    assert_eq!(store.count("SELECT count(*) FROM receipts"), 5);
    assert_eq!(store.count("SELECT count(DISTINCT conversation) FROM receipts"), 5);
    let mut expected: Vec<Value> = lines(&lab, &["-f", "result.json"]).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    expected.sort_by_key(|receipt| receipt["id"].to_string());
    assert_eq!(store.rows(), expected);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), lines(&lab, &["-f", "result.json"]), "printed as well when that is asked for");
    let received = received.lock().unwrap();
    assert_eq!(received.len(), 16, "the first one twice, and then all of them three times");
    assert!(received.iter().all(|(headers, _)| headers["authorization"] == format!("Bearer {TOKEN}")));
}

#[test]
fn an_endpoint_that_refuses_ends_it_and_the_next_run_completes_the_store() {
    let lab = applied();
    let (_runtime, url, _, store) = storing(&lab.path("store.sqlite"), vec![(200, None), (200, None), (401, None), (200, None)]);
    let post = ["receipts", "-f", "result.json", "--post", &url];
    let ran = lab.wct(&post).exits(3);
    assert!(ran.errors()[0].contains("with status 401; 2 of 5 were received"), "{}", ran.err);
    assert_unseen(&ran);
    assert_eq!(store.lock().unwrap().count("SELECT count(*) FROM receipts"), 2);
    lab.wct(&post).exits(0);
    assert_eq!(store.lock().unwrap().count("SELECT count(*) FROM receipts"), 5);
}

#[test]
fn a_mistake_in_a_header_file_is_told_without_its_content() {
    let lab = applied();
    let cases = [
        format!("{TOKEN}\n"),
        format!("{TOKEN} x: y\n"),
        format!("Authorization: {TOKEN}\u{1}\n"),
        format!("Authorization: {TOKEN}\nauthorization: {TOKEN}\n"),
        format!("Host: {TOKEN}\n"),
    ];
    for text in cases {
        lab.file("headers", &text);
        let ran = lab.wct(&["receipts", "-f", "result.json", "--post", "http://127.0.0.1:1/", "--header-file", "headers"]).exits(2);
        assert!(ran.errors().len() == 1 && ran.errors()[0].contains("headers:"), "{}", ran.err);
        assert_unseen(&ran);
    }
}
