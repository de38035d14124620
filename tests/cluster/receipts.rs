//! `wct receipts` reads a cluster, with a viewer's rights, and changes nothing in it.

use std::process::{Command, Output};

use serde_json::{Value, json};
use webchat_terminator::receipts::verify_ndjson;

use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;
use crate::controller::binary;
use crate::sandbox::{Sandbox, termination_spec, uuid};

pub(crate) fn cases() -> Vec<Case> {
    cases![receipts_come_from_the_cluster_with_the_rights_of_a_viewer]
}

/// More than one page of them.
const MANY: usize = 103;

fn receipts_come_from_the_cluster_with_the_rights_of_a_viewer(plane: &ControlPlane) {
    let namespace = plane.create_namespace("receipts");
    let terminations = Sandbox::new(plane, namespace, "WebchatTermination");
    for number in 0..MANY {
        let name = format!("incident-{number:03}");
        let made = terminations.create(&name, &termination_spec()).unwrap();
        if number % 50 == 0 {
            terminations.write_status(&name, &status(&made["metadata"]["uid"])).unwrap();
        }
    }
    plane.kubectl_ok(&["label", "wct", "incident-050", "incident-051", "-n", namespace, "incident=4711"]);
    plane.apply_manifests(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/user-roles.yaml")));
    plane.kubectl_ok(&["create", "serviceaccount", "auditor", "-n", namespace]);
    let before = plane.kubectl_ok(&["get", "wct", "-n", namespace, "-o", "json"]);
    let kubeconfig = plane.service_account_kubeconfig(namespace, "auditor");
    let wct = |arguments: &[&str]| receipts(plane, &kubeconfig, arguments);
    let refused = wct(&["-n", namespace]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(refused.status.code() == Some(3) && said.contains("ask for the ClusterRole webchat-view there"), "{said}");

    let subject = format!("--serviceaccount={namespace}:auditor");
    plane.kubectl_ok(&["create", "rolebinding", "auditor", "-n", namespace, "--clusterrole=webchat-view", &subject]);
    plane.wait_for("the auditor may look", || wct(&["-n", namespace]).status.success());
    let all = printed(&wct(&["-n", namespace]));
    assert_eq!(verify_ndjson(&all).unwrap().len(), MANY.div_ceil(50), "one chain of each that has a record, over both pages");
    assert_eq!(printed(&wct(&["-n", namespace, "-l", "incident=4711"])).lines().count(), 1);
    assert_eq!(printed(&wct(&["-n", namespace, "incident-000", "incident-100"])).lines().count(), 2);
    assert_eq!(wct(&["-n", namespace, "nobody"]).status.code(), Some(2));
    let file = plane.folder().join("receipts.json");
    std::fs::write(&file, &before).unwrap();
    assert_eq!(printed(&wct(&["-f", file.to_str().unwrap()])), all, "what kubectl prints makes the same receipts, to the byte");

    let auditor = format!("system:serviceaccount:{namespace}:auditor");
    let asked = plane.requests().into_iter().filter(|request| request.user == auditor);
    assert!(asked.into_iter().all(|request| request.resource == "webchatterminations" && ["get", "list"].contains(&request.verb.as_str())));
    assert_eq!(plane.kubectl_ok(&["get", "wct", "-n", namespace, "-o", "json"]), before);
}

/// A status as the controller writes it, of one session that ended.
fn status(uid: &Value) -> Value {
    json!({
        "organizationId": uuid(0), "uid": uid, "completionTime": "2026-11-22T10:00:40Z",
        "sessions": [{ "conversationId": uuid(1), "state": "Ended", "endedTime": "2026-11-22T10:00:10Z", "since": "2026-11-22T10:00:40Z" }],
    })
}

/// `wct receipts` with the rights of a kubeconfig, and with nothing of the environment that could matter.
fn receipts(plane: &ControlPlane, kubeconfig: &std::path::Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary(plane));
    command.arg("receipts").args(arguments).env_clear().env("KUBECONFIG", kubeconfig).current_dir(plane.folder());
    command.output().unwrap()
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}
