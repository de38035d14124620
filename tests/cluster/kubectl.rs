//! What kubectl shows of our kinds.

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;
use webchat_terminator::crd;

use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;
use crate::sandbox::{Sandbox, connection_spec, termination_spec};

pub(crate) fn cases() -> Vec<Case> {
    cases![
        explain_tells_of_every_field,
        get_shows_the_columns,
        terminations_are_selected_by_their_connection,
        short_names_and_the_category_are_served,
        one_wait_serves_both_ends,
    ]
}

fn explain_tells_of_every_field(plane: &ControlPlane) {
    for definition in crd::all() {
        let kind = &definition.spec.names.singular.clone().unwrap();
        let schema = definition.spec.versions[0].schema.as_ref().unwrap().open_api_v3_schema.as_ref().unwrap();
        for part in ["spec", "status"] {
            let text = explain(plane, &format!("{kind}.{part}"));
            for (field, property) in schema.properties.as_ref().unwrap()[part].properties.iter().flatten() {
                assert!(text.contains(&format!("\n  {field}\t<")), "{kind}.{part}.{field} is missing in:\n{text}");
                let words = property.description.as_ref().unwrap().split_whitespace().take(3).collect::<Vec<_>>().join(" ");
                assert!(text.contains(&words), "the text of {kind}.{part}.{field} is missing in:\n{text}");
            }
        }
    }
    assert!(explain(plane, "wct.spec.sessions").contains("conversationId\t<string> -required-"));
    assert!(explain(plane, "wct.spec.cancel").contains("ENUM:"));
}

/// The document that it reads is published a moment after the definition is established.
fn explain(plane: &ControlPlane, path: &str) -> String {
    for _ in 0..100 {
        let output = plane.kubectl(&["explain", path]);
        if output.status.success() {
            return String::from_utf8(output.stdout).unwrap();
        }
        sleep(Duration::from_millis(100));
    }
    plane.kubectl_ok(&["explain", path])
}

fn columns(table: &str) -> Vec<&str> {
    table.lines().next().unwrap_or_default().split_whitespace().collect()
}

fn get_shows_the_columns(plane: &ControlPlane) {
    let namespace = plane.create_namespace("columns");
    let terminations = Sandbox::new(plane, namespace, "WebchatTermination");
    terminations.create("incident", &termination_spec()).unwrap();
    let condition = json!({
        "type": "Succeeded", "status": "False", "reason": "SessionsFailed", "message": "1 of 15 sessions failed",
        "lastTransitionTime": "2026-11-22T10:00:00Z",
    });
    let status = json!({ "conditions": [condition], "progress": "15/15", "failed": 1, "startTime": "2026-11-22T09:00:00Z" });
    terminations.write_status("incident", &status).unwrap();
    Sandbox::new(plane, namespace, "GenesysConnection").create("main", &connection_spec()).unwrap();

    let table = plane.kubectl_ok(&["get", "wct", "-n", namespace]);
    assert_eq!(columns(&table), ["NAME", "SUCCEEDED", "DONE", "FAILED", "REASON", "AGE"]);
    let row: Vec<_> = table.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row[..5], ["incident", "False", "15/15", "1", "SessionsFailed"]);
    let table = plane.kubectl_ok(&["get", "wct", "-n", namespace, "-o", "wide"]);
    assert_eq!(columns(&table)[6..], ["CONNECTION", "STARTED", "FINISHED", "MESSAGE"]);
    assert!(table.contains("1 of 15 sessions failed"), "{table}");

    let table = plane.kubectl_ok(&["get", "gconn", "-n", namespace, "-o", "wide"]);
    assert_eq!(columns(&table), ["NAME", "READY", "REASON", "REGION", "SUSPENDED", "AGE", "ORGANIZATION", "MESSAGE"]);
}

fn terminations_are_selected_by_their_connection(plane: &ControlPlane) {
    let namespace = plane.create_namespace("selected");
    let terminations = Sandbox::new(plane, namespace, "WebchatTermination");
    for (name, connection) in [("a", "east"), ("b", "west"), ("c", "east")] {
        let mut spec = termination_spec();
        spec["connectionRef"]["name"] = json!(connection);
        terminations.create(name, &spec).unwrap();
    }
    let selector = ["get", "wct", "-n", namespace, "-o", "name", "--field-selector", "spec.connectionRef.name=east"];
    let names = plane.kubectl_ok(&selector);
    assert_eq!(names.lines().collect::<Vec<_>>(), ["webchattermination.webchatops.dev/a", "webchattermination.webchatops.dev/c"]);
}

fn short_names_and_the_category_are_served(plane: &ControlPlane) {
    let namespace = plane.create_namespace("category");
    Sandbox::new(plane, namespace, "WebchatTermination").create("one", &termination_spec()).unwrap();
    Sandbox::new(plane, namespace, "GenesysConnection").create("main", &connection_spec()).unwrap();
    let names = plane.kubectl_ok(&["get", "webchat", "-n", namespace, "-o", "name"]);
    assert_eq!(names.lines().collect::<Vec<_>>(), ["genesysconnection.webchatops.dev/main", "webchattermination.webchatops.dev/one"]);
}

fn one_wait_serves_both_ends(plane: &ControlPlane) {
    let namespace = plane.create_namespace("waits");
    let terminations = Sandbox::new(plane, namespace, "WebchatTermination");
    let finished = json!({
        "type": "Finished", "status": "True", "reason": "SessionsFailed", "message": "", "lastTransitionTime": "2026-11-22T10:00:00Z",
    });
    terminations.create("failed", &termination_spec()).unwrap();
    let wait = |timeout| ["wait", "--for=condition=Finished", "wct/failed", "-n", namespace, timeout];
    assert!(!plane.kubectl(&wait("--timeout=1s")).status.success(), "kubectl took an object that nobody has looked at for finished");
    terminations.write_status("failed", &json!({ "conditions": [finished] })).unwrap();
    // It ends at once; a busy machine takes its time.
    plane.kubectl_ok(&wait("--timeout=20s"));
}
