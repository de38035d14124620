//! What is accepted, and how what is not is refused.

use super::*;

const INCIDENT: &str = include_str!("../../../deploy/examples/incident.yaml");

fn read(text: &str) -> Result<Manifests, String> {
    load_embedded("m.yaml", text).map_err(|failure| failure.to_string())
}

/// The example with one thing changed.
fn changed(from: &str, to: &str) -> String {
    assert!(INCIDENT.contains(from), "{from:?} is not in the example");
    read(&INCIDENT.replacen(from, to, 1)).unwrap_err()
}

#[test]
fn the_example_is_understood() {
    let manifests = read(INCIDENT).unwrap();
    assert_eq!(manifests.assignments.len(), 1);
    let assignment = &manifests.assignments[0];
    assert_eq!(assignment.termination.spec.sessions.len(), 16);
    assert_eq!(assignment.termination.namespace().as_deref(), Some("default"));
    assert_eq!(assignment.login.client_id, "0c11e000-0000-4000-8000-000000000001");
    assert_eq!(manifests.notes, Vec::<String>::new());
}

#[test]
fn every_complaint_names_line_column_and_field() {
    assert_eq!(
        changed("conversationId: 00000003", "conversationId: 3"),
        "m.yaml:35:23: spec.sessions[2].conversationId: \"3-0000-4000-8000-000000000000\" is not a UUID in lower case; \
         write it like 00000000-0000-4000-8000-000000000000"
    );
    assert_eq!(
        changed("00000003-0000", "00000002-0000"),
        "m.yaml:35:7: spec.sessions[2].conversationId: 00000002-0000-4000-8000-000000000000 is there twice; list it once"
    );
    assert_eq!(changed("  sessions:", "  session:"), "m.yaml:30:3: spec.session: unknown field; did you mean `sessions`?");
}

#[test]
fn json_and_lists_are_manifests_too_and_foreign_kinds_are_passed_over() {
    let items = INCIDENT.split("\n---\n").map(|text| serde_saphyr::from_str::<serde_json::Value>(text).unwrap());
    let mut items: Vec<serde_json::Value> = items.collect();
    items.push(serde_json::json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "other" } }));
    let list = serde_json::json!({ "apiVersion": "v1", "kind": "List", "items": items });
    for text in [serde_json::to_string(&list).unwrap(), serde_json::to_string_pretty(&list).unwrap().replace("  ", "\t")] {
        let manifests = read(&text).unwrap();
        assert_eq!(manifests.assignments.len(), 1);
        assert!(manifests.notes[0].contains("ConfigMap passed over"), "{:?}", manifests.notes);
    }
}

#[test]
fn an_alias_bomb_is_harmless() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let list = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{list}]\n"));
    }
    let refused = read(&bomb).unwrap_err();
    assert!(refused.starts_with("m.yaml:") && refused.contains("not valid YAML"), "{refused}");
}

#[test]
fn a_forgotten_separator_is_told_as_one() {
    assert_eq!(
        read("apiVersion: v1\nkind: Secret\napiVersion: v1\n").unwrap_err(),
        "m.yaml:3:1: apiVersion is there twice; separate documents with a line ---"
    );
    assert_eq!(changed("    name: contact", "    name: x\n    name: contact"), "m.yaml:30:5: name is there twice; write it once");
}

/// In place of the example's region: what is written, and what must be said.
const CONNECTIONS: &[(&str, &str)] = &[
    ("region: eu-central-1\n  dialekt: chats", ":20:3: spec.dialekt: unknown field; did you mean `dialect`?"),
    ("region: eu-central-1\n  dialect: smoke", ":20:12: spec.dialect: \"smoke\" is not known; one of messages, chats, webchat is expected"),
    ("region: eu-central-1\n  dialect: [chats]", "spec.dialect: a text is expected, a list is there; put it in quotes"),
    (
        "region: eu-central-1\n  dialect: webchat\n  webchat: {participantClose: Post}",
        "spec: no region speaks this dialect, it is for gateways: write endpoints in place of region; fix the manifest",
    ),
    ("region: eu-central-1\n  webchat: {}", "spec: webchat is only for dialect: webchat; fix the manifest"),
    (
        "region: eu-central-1\n  dialect: webchat\n  webchat: {participantClose: PATCH}",
        "spec.webchat.participantClose: \"PATCH\" is not known; one of Patch, Post is expected",
    ),
    ("region: eu-central-1\n  webchat: {guestSignals: {}}", "spec.webchat.guestSignals: unknown field; did you mean `guestSignal`?"),
    (
        "region: eu-central-1\n  webchat: {guestSignal: true}",
        "spec.webchat.guestSignal: fields are expected, true or false is there; write ",
    ),
    (
        "region: eu-central-1\n  webchat: {guestSignal: {streamUri: 'https://x'}}",
        "spec.webchat.guestSignal.streamUri: \"https://x\" is not the address of an event stream; write it like wss://",
    ),
    (
        "region: eu-central-1\n  confirmation: {sources: []}",
        "spec.confirmation.sources: 0 items; at least 1 must be there, or leave the field out",
    ),
    (
        "region: eu-central-1\n  confirmation: {sources: Poll}",
        "spec.confirmation.sources: a list is expected, a text is there; begin each item",
    ),
    (
        "region: eu-central-1\n  confirmation: {sources: [Poll, Socket]}",
        "spec.confirmation.sources[1]: \"Socket\" is not known; one of Notification, Webhook, Poll is expected",
    ),
    ("region: eu-central-1\n  confirmation: {sources: [Poll, Poll]}", "spec.confirmation.sources[1]: Poll is there twice; list it once"),
    (
        "region: eu-central-1\n  confirmation:\n    sources: [Notification]",
        ":21:14: spec.confirmation.sources: Poll cannot be left out: reads are the backstop of every other source; fix the manifest",
    ),
    ("region: eu-central-1\n  confirmation: {webhook: {}}", "spec.confirmation.webhook.secretRef: missing; it is required"),
    (
        "region: eu-central-1\n  confirmation: {webhook: {secretRef: {name: My Hook}}}",
        "spec.confirmation.webhook.secretRef.name: \"My Hook\" is not a valid name; write ",
    ),
    (
        "region: eu-central-1\n  confirmation: {webhook: {secretRef: {name: hook}, createTerminations: [CustomerLeft]}}",
        "spec.confirmation.webhook.createTerminations[0]: \"CustomerLeft\" is not known; one of CustomerEnd, CustomerStart is expected",
    ),
    ("region: eu-central-1\n  deploymentIds: [shop]", "spec.deploymentIds[0]: \"shop\" is not a UUID in lower case; write it like"),
    (
        "region: eu-central-1\n  deploymentIds: [0de00000-0000-4000-8000-000000000001, 0de00000-0000-4000-8000-000000000001]",
        "spec.deploymentIds[1]: 0de00000-0000-4000-8000-000000000001 is there twice; list it once",
    ),
    (
        "endpoints: {api: 'https://a', login: 'https://a', streaming: 'https://a'}",
        "spec.endpoints.streaming: \"https://a\" is not a base URL of sockets; write it like wss://streaming.mypurecloud.de",
    ),
];

/// Before the example's sessions.
const TERMINATIONS: &[(&str, &str)] = &[
    ("settleSecond: 5", ":30:3: spec.settleSecond: unknown field; did you mean `settleSeconds`?"),
    ("confirmTimeoutSeconds: 30s", "spec.confirmTimeoutSeconds: \"30s\" is not a whole number; write 1 to 600"),
    ("onReconnect: Ignore", "spec.onReconnect: \"Ignore\" is not known; one of Terminate, Report is expected"),
    ("onReconnect: false", "spec.onReconnect: a text is expected, true or false is there; put it in quotes"),
    ("forceTeardown: Always", "spec.forceTeardown: \"Always\" is not known; one of Never, WhenStuck is expected"),
];

/// In place of the example's settle window.
const WINDOWS: &[(&str, &str)] = &[
    ("-1", "spec.settleSeconds: -1 is out of bounds; write a number from 0 to 3600"),
    ("3601", "spec.settleSeconds: 3601 is out of bounds; write a number from 0 to 3600"),
    ("30s", "spec.settleSeconds: \"30s\" is not a whole number; write 0 to 3600"),
    ("1.5", "spec.settleSeconds: 1.5 is not a whole number; write 0 to 3600"),
];

#[test]
fn every_field_that_is_wrong_is_named_with_the_way_out() {
    let connections = CONNECTIONS.iter().map(|(written, said)| (changed("region: eu-central-1", written), said));
    let terminations = TERMINATIONS.iter().map(|(written, said)| (changed("  sessions:", &format!("  {written}\n  sessions:")), said));
    let windows = WINDOWS.iter().map(|(written, said)| (changed("settleSeconds: 3", &format!("settleSeconds: {written}")), said));
    for (refused, said) in connections.chain(terminations).chain(windows) {
        assert!(refused.starts_with("m.yaml:") && refused.contains(said), "{said}\n{refused}");
    }
}

#[test]
fn what_the_fields_leave_open_is_accepted() {
    for written in [
        "dialect: messages",
        "confirmation: {sources: [Poll]}",
        "confirmation: {sources: [Poll, Webhook], webhook: {secretRef: {name: hook}, createTerminations: [CustomerEnd, CustomerStart]}}",
        "deploymentIds: [0de00000-0000-4000-8000-000000000001]",
    ] {
        let text = INCIDENT.replacen("region: eu-central-1", &format!("region: eu-central-1\n  {written}"), 1);
        assert_eq!(read(&text).map(|manifests| manifests.assignments.len()), Ok(1), "{written}");
    }
}
