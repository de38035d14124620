//! `deploy/` on a real API server: it installs as it is, and gives the rights that it should and no others.

use std::path::{Path, PathBuf};

use k8s_openapi::api::authorization::v1::{ResourceRule, SelfSubjectRulesReview, SelfSubjectRulesReviewSpec};
use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, ListParams, PostParams};
use serde_json::{Value, json};
use webchat_terminator::crd::{WebchatTermination, WebchatTerminationStatus};

use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;
use crate::sandbox::{Sandbox, termination_spec};

pub(crate) const HOME: &str = "webchat-terminator";
pub(crate) const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy");

pub(crate) fn cases() -> Vec<Case> {
    cases![
        deploy_installs_strictly_and_twice,
        the_pod_is_admitted_under_restricted_pod_security,
        the_controller_has_exactly_these_rights,
        the_controller_reads_the_named_secret_and_no_other,
        the_controller_writes_status_and_never_spec,
        people_view_and_edit_but_write_no_status,
    ]
}

/// Applies `deploy/`; the kubeconfig of the controller's ServiceAccount.
pub(crate) fn install(plane: &ControlPlane) -> PathBuf {
    plane.kubectl_ok(&["apply", "--server-side", "--validate=strict", "-k", DEPLOY]);
    plane.service_account_kubeconfig(HOME, HOME)
}

/// Applies the right to read the Secret `genesys`, and the connection `main` that names it, to a namespace.
fn install_example(plane: &ControlPlane, namespace: &str) {
    let file = format!("{DEPLOY}/examples/connection.yaml");
    plane.kubectl_ok(&["apply", "--server-side", "--validate=strict", "-n", namespace, "-f", &file]);
}

fn deploy_installs_strictly_and_twice(plane: &ControlPlane) {
    install(plane);
    install(plane);
    let deployment = deployment(plane);
    let containers = &deployment["spec"]["template"]["spec"]["containers"];
    assert_eq!(containers[0]["image"], format!("webchat-terminator:{}", env!("CARGO_PKG_VERSION")));
    assert_eq!(deployment["spec"]["replicas"], 2);
    let rolling = json!({ "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": 1, "maxSurge": 1 } });
    assert_eq!(deployment["spec"]["strategy"], rolling);
}

fn deployment(plane: &ControlPlane) -> Value {
    let json = plane.kubectl_ok(&["get", "deployment", HOME, "-n", HOME, "-o", "json"]);
    serde_json::from_str(&json).unwrap()
}

/// No node is there to run it, so the pod is made by hand, as the Deployment's controller would.
fn the_pod_is_admitted_under_restricted_pod_security(plane: &ControlPlane) {
    install(plane);
    let template = &deployment(plane)["spec"]["template"];
    let mut pod = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "tried" }, "spec": template["spec"] });
    let tried = |pod: &Value| {
        let arguments = ["create", "-n", HOME, "--dry-run=server", "-f", "-"];
        plane.kubectl_as(&plane.admin_kubeconfig(), &arguments, &pod.to_string())
    };
    let output = tried(&pod);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    pod["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = json!(true);
    let refused = String::from_utf8(tried(&pod).stderr).unwrap();
    assert!(refused.contains("violates PodSecurity \"restricted:latest\""), "{refused}");
}

fn the_controller_has_exactly_these_rights(plane: &ControlPlane) {
    let controller = install(plane);
    let may = |verb: &str, what: &[&str]| {
        let arguments = [&["auth", "can-i", verb], what].concat();
        plane.kubectl_as(&controller, &arguments, "").status.success()
    };
    let everywhere = "--all-namespaces";
    for kind in ["genesysconnections.webchatops.dev", "webchatterminations.webchatops.dev"] {
        for verb in ["get", "list", "watch"] {
            assert!(may(verb, &[kind, everywhere]), "cannot {verb} {kind}");
        }
        for verb in ["create", "update", "patch", "delete", "deletecollection"] {
            assert!(!may(verb, &[kind, "-n", HOME]), "can {verb} {kind}");
        }
        assert!(may("update", &[kind, "--subresource=status", everywhere]), "cannot update {kind}/status");
        for verb in ["get", "patch"] {
            assert!(!may(verb, &[kind, "--subresource=status", "-n", HOME]), "can {verb} {kind}/status");
        }
        assert!(!may("update", &[kind, "--subresource=finalizers", "-n", HOME]), "can update {kind}/finalizers");
    }
    for verb in ["create", "patch"] {
        assert!(may(verb, &["events.events.k8s.io", everywhere]), "cannot {verb} events");
    }
    for verb in ["list", "create", "update"] {
        assert!(may(verb, &["leases.coordination.k8s.io", "-n", HOME]), "cannot {verb} leases");
        assert!(!may(verb, &["leases.coordination.k8s.io", "-n", "kube-system"]), "can {verb} leases elsewhere");
    }
    for namespace in [HOME, "default", "kube-system"] {
        let forbidden = [
            ("get", "secrets"),
            ("list", "secrets"),
            ("watch", "secrets"),
            ("create", "secrets"),
            ("get", "configmaps"),
            ("get", "pods"),
            ("create", "pods"),
            ("list", "events.events.k8s.io"),
            ("delete", "events.events.k8s.io"),
            ("create", "serviceaccounts/token"),
            ("impersonate", "serviceaccounts"),
            ("create", "rolebindings.rbac.authorization.k8s.io"),
            ("escalate", "roles.rbac.authorization.k8s.io"),
            ("get", "leases.coordination.k8s.io"),
            ("delete", "leases.coordination.k8s.io"),
        ];
        for (verb, what) in forbidden {
            assert!(!may(verb, &[what, "-n", namespace]), "can {verb} {what} in {namespace}");
        }
    }
    let all = [
        "create,patch on events of events.k8s.io",
        "get,list,watch on genesysconnections,webchatterminations of webchatops.dev",
        "update on genesysconnections/status,webchatterminations/status of webchatops.dev",
    ];
    assert_eq!(rights_besides_everybodys(plane, &controller), all);
}

/// What the API server lists as the controller's rights where it was given nothing more: `VERBS on RESOURCES of GROUP`.
fn rights_besides_everybodys(plane: &ControlPlane, controller: &Path) -> Vec<String> {
    let spec = SelfSubjectRulesReviewSpec { namespace: Some("default".to_owned()) };
    let review = SelfSubjectRulesReview { spec, ..SelfSubjectRulesReview::default() };
    let api = Api::<SelfSubjectRulesReview>::all(plane.client(controller));
    let review = plane.block_on(async { api.create(&PostParams::default(), &review).await }).unwrap();
    let rule = |rule: ResourceRule| {
        let [resources, groups] = [rule.resources, rule.api_groups].map(|names| names.unwrap_or_default().join(","));
        format!("{} on {resources} of {groups}", rule.verbs.join(","))
    };
    let mut rules: Vec<_> = review.status.unwrap().resource_rules.into_iter().map(rule).collect();
    // Everybody may ask what he may do, and who he is.
    rules.retain(|rule| !rule.ends_with(" of authorization.k8s.io") && !rule.ends_with(" of authentication.k8s.io"));
    rules.sort();
    rules
}

fn the_controller_reads_the_named_secret_and_no_other(plane: &ControlPlane) {
    let client = plane.client(&install(plane));
    let (given, other) = (plane.create_namespace("secrets-given"), plane.create_namespace("secrets-other"));
    install_example(plane, given);
    for namespace in [given, other] {
        for name in ["genesys", "unrelated"] {
            plane.kubectl_ok(&["create", "secret", "generic", name, "-n", namespace, "--from-literal=clientId=id"]);
        }
    }
    let read = |namespace: &str, name: &str| plane.block_on(Api::<Secret>::namespaced(client.clone(), namespace).get(name));
    assert!(read(given, "genesys").is_ok());
    for (namespace, name) in [(given, "unrelated"), (other, "genesys"), (other, "unrelated")] {
        forbidden(&read(namespace, name).unwrap_err());
    }
    let everything = ListParams::default();
    forbidden(&plane.block_on(Api::<Secret>::namespaced(client.clone(), given).list(&everything)).unwrap_err());
    // Asking for one name only does not make a list of it.
    let named = ListParams::default().fields("metadata.name=unrelated");
    forbidden(&plane.block_on(Api::<Secret>::namespaced(client.clone(), given).list(&named)).unwrap_err());
    forbidden(&plane.block_on(Api::<Secret>::all(client.clone()).list(&everything)).unwrap_err());
}

fn forbidden(error: &kube::Error) {
    assert!(matches!(error, kube::Error::Api(status) if status.code == 403), "{error}");
}

fn the_controller_writes_status_and_never_spec(plane: &ControlPlane) {
    let controller = install(plane);
    let namespace = plane.create_namespace("status-only");
    Sandbox::new(plane, namespace, "WebchatTermination").create("one", &termination_spec()).unwrap();
    let patch = |change: &str| {
        let arguments = ["patch", "wct", "one", "-n", namespace, "--type=merge", "-p", change];
        let output = plane.kubectl_as(&controller, &arguments, "");
        (output.status.success(), String::from_utf8(output.stderr).unwrap())
    };
    for change in [r#"{"spec":{"suspend":true}}"#, r#"{"metadata":{"labels":{"a":"b"}}}"#, r#"{"metadata":{"finalizers":["a.b/c"]}}"#] {
        let (done, complaint) = patch(change);
        assert!(!done && complaint.contains("Forbidden"), "{change}: {complaint}");
    }
    // Through the status the spec cannot be changed either: the API server leaves it as it is.
    let api: Api<WebchatTermination> = Api::namespaced(plane.client(&controller), namespace);
    let mut written = plane.block_on(api.get("one")).unwrap();
    written.spec.suspend = true;
    written.status = Some(WebchatTerminationStatus { progress: Some("0/1".into()), ..WebchatTerminationStatus::default() });
    plane.block_on(api.replace_status("one", &PostParams::default(), &written)).unwrap();
    let read = plane.kubectl_ok(&["get", "wct", "one", "-n", namespace, "-o", "jsonpath={.spec.suspend} {.status.progress}"]);
    assert_eq!(read, "false 0/1");
}

fn people_view_and_edit_but_write_no_status(plane: &ControlPlane) {
    install(plane);
    let namespace = plane.create_namespace("people");
    for (user, role) in [("vera", "webchat-view"), ("edith", "webchat-edit"), ("victor", "view"), ("edgar", "edit")] {
        let (user, role) = (format!("--user={user}"), format!("--clusterrole={role}"));
        plane.kubectl_ok(&["create", "rolebinding", &user[7..], "-n", namespace, &user, &role]);
    }
    let may = |user: &str, verb: &str, more: &[&str]| {
        let arguments = [&["auth", "can-i", verb, "webchatterminations.webchatops.dev", "-n", namespace, "--as", user], more].concat();
        plane.kubectl(&arguments).status.success()
    };
    // The built-in roles take ours in a moment after the installation.
    plane.wait_for("edit takes webchat-edit in", || may("edgar", "create", &[]) && may("victor", "get", &[]));
    for user in ["vera", "edith", "victor", "edgar"] {
        let edits = user.starts_with('e');
        assert!(may(user, "list", &[]), "{user} cannot list");
        for verb in ["create", "patch", "delete"] {
            assert_eq!(may(user, verb, &[]), edits, "{user}: {verb}");
        }
        for verb in ["update", "patch"] {
            assert!(!may(user, verb, &["--subresource=status"]), "{user} can {verb} the status");
        }
    }
    assert!(!may("nobody", "get", &[]));
}
