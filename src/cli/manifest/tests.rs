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
    assert_eq!(assignment.termination.spec.sessions.len(), 9);
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
