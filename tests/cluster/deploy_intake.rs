//! The webhook of `deploy/`: its components, and its example beside the connection's.

use std::process::Command;

use serde_json::{Value, json};

use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;
use crate::deploy::{DEPLOY, HOME, install};

pub(crate) fn cases() -> Vec<Case> {
    cases![
        the_component_intake_adds_a_service_and_the_right_to_create_where_it_is_bound,
        the_component_tls_mounts_a_certificate_and_serves_https,
        a_webhook_stays_when_the_connection_is_applied_again,
    ]
}

/// A copy of `deploy/` with these components; its path.
fn with_components(plane: &ControlPlane, name: &str, components: &str) -> String {
    let folder = plane.folder().join(name);
    std::fs::create_dir(&folder).unwrap();
    for part in ["deploy", "crds"] {
        let from = format!("{}/{part}", env!("CARGO_MANIFEST_DIR"));
        assert!(Command::new("cp").args(["-r", &from]).arg(&folder).status().unwrap().success());
    }
    let kustomization = folder.join("deploy/kustomization.yaml");
    let plain = std::fs::read_to_string(&kustomization).unwrap();
    assert!(plain.contains("\n# components: [intake]\n"), "{plain}");
    std::fs::write(&kustomization, plain.replace("\n# components: [intake]\n", &format!("\ncomponents: {components}\n"))).unwrap();
    folder.join("deploy").display().to_string()
}

fn rendered(plane: &ControlPlane, deploy: &str) -> Vec<Value> {
    let manifests = plane.kubectl_ok(&["kustomize", deploy]);
    manifests.split("\n---\n").map(|document| serde_saphyr::from_str(document).unwrap()).collect()
}

fn object<'a>(objects: &'a [Value], kind: &str, name: &str) -> &'a Value {
    objects.iter().find(|object| object["kind"] == kind && object["metadata"]["name"] == name).unwrap()
}

/// With the component `intake` events are taken; the right to create is there, and holds where it is bound and nowhere else.
fn the_component_intake_adds_a_service_and_the_right_to_create_where_it_is_bound(plane: &ControlPlane) {
    let deploy = with_components(plane, "with-intake", "[intake]");
    let objects = rendered(plane, &deploy);
    let object = |kind, name| object(&objects, kind, name);
    let container = &object("Deployment", HOME)["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["env"], json!([{ "name": "WCT_INTAKE_ADDRESS", "value": "0.0.0.0:8081" }]));
    assert!(container["ports"].as_array().unwrap().contains(&json!({ "name": "intake", "containerPort": 8081 })));
    let service = &object("Service", "webchat-terminator-intake")["spec"];
    let labels = &object("Deployment", HOME)["spec"]["template"]["metadata"]["labels"];
    assert_eq!((&service["ports"][0]["targetPort"], &service["selector"]), (&json!("intake"), labels));

    let controller = install(plane);
    plane.kubectl_ok(&["apply", "--server-side", "--validate=strict", "-k", &deploy]);
    let (given, other) = (plane.create_namespace("may-create"), plane.create_namespace("may-not-create"));
    let may = |verb: &str, what: &str, namespace: &str| {
        plane.kubectl_as(&controller, &["auth", "can-i", verb, what, "-n", namespace], "").status.success()
    };
    let kind = "webchatterminations.webchatops.dev";
    assert!(!may("create", kind, given), "the right is bound nowhere");
    for name in ["connection", "webhook"] {
        let file = format!("{deploy}/examples/{name}.yaml");
        plane.kubectl_ok(&["apply", "--server-side", "--validate=strict", "-n", given, "-f", &file]);
    }
    assert!(may("create", kind, given) && may("get", "secrets/webhook", given));
    for namespace in [other, HOME, "default"] {
        assert!(!may("create", kind, namespace) && !may("get", "secrets/webhook", namespace), "{namespace}");
    }
    for verb in ["update", "patch", "delete", "deletecollection"] {
        assert!(!may(verb, kind, given), "can {verb}");
    }
    assert!(!may("create", "genesysconnections.webchatops.dev", given) && !may("list", "secrets", given));
    install(plane);
}

/// Where no ingress does, the controller ends TLS itself.
fn the_component_tls_mounts_a_certificate_and_serves_https(plane: &ControlPlane) {
    install(plane);
    let deploy = with_components(plane, "with-tls", "[intake, intake/tls]");
    let objects = rendered(plane, &deploy);
    let pod = &object(&objects, "Deployment", HOME)["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    let set = |name: &str| container["env"].as_array().unwrap().iter().find(|env| env["name"] == name).map(|env| env["value"].clone());
    let folder = container["volumeMounts"][0]["mountPath"].as_str().unwrap();
    assert_eq!(set("WCT_INTAKE_ADDRESS"), Some(json!("0.0.0.0:8081")));
    // A Secret of type kubernetes.io/tls has these keys.
    for (name, key) in [("WCT_INTAKE_TLS_CERT", "tls.crt"), ("WCT_INTAKE_TLS_KEY", "tls.key")] {
        assert_eq!(set(name), Some(json!(format!("{folder}/{key}"))));
    }
    assert_eq!(pod["volumes"], json!([{ "name": "tls", "secret": { "secretName": "webchat-terminator-intake-tls" } }]));
    let ports = &object(&objects, "Service", "webchat-terminator-intake")["spec"]["ports"];
    assert_eq!(*ports, json!([{ "name": "https", "port": 443, "targetPort": "intake" }]));
    plane.kubectl_ok(&["apply", "--server-side", "--validate=strict", "--dry-run=server", "-k", &deploy]);
}

/// Patched in or rendered, it is the same; and the file of the connection takes nothing away that it does not hold.
fn a_webhook_stays_when_the_connection_is_applied_again(plane: &ControlPlane) {
    install(plane);
    let examples = format!("{DEPLOY}/examples");
    let [connection, rights, patch] = ["connection", "webhook", "webhook-patch"].map(|name| format!("{examples}/{name}.yaml"));
    let confirmation = |namespace: &str| -> Value {
        let json = plane.kubectl_ok(&["get", "genesysconnection", "main", "-n", namespace, "-o", "json"]);
        serde_json::from_str::<Value>(&json).unwrap()["spec"]["confirmation"].take()
    };
    let namespace = plane.create_namespace("webhook-rendered");
    plane.kubectl_ok(&["apply", "-n", namespace, "-k", &examples]);
    let expected = confirmation(namespace);
    assert_eq!(expected["webhook"], json!({ "secretRef": { "name": "webhook" }, "createTerminations": ["CustomerEnd"] }));
    for (namespace, how) in [("webhook-patched", None), ("webhook-patched-server-side", Some("--server-side"))] {
        let namespace = plane.create_namespace(namespace);
        let apply = |file: &str| {
            plane.kubectl_ok(&[&["apply", "-n", namespace, "-f", file][..], how.as_slice()].concat());
        };
        apply(&connection);
        assert_eq!(confirmation(namespace).get("webhook"), None);
        apply(&rights);
        plane.kubectl_ok(&["patch", "genesysconnection", "main", "-n", namespace, "--type=merge", "--patch-file", &patch]);
        apply(&connection);
        assert_eq!(confirmation(namespace), expected, "{namespace}");
    }
}
