//! The control plane itself: what the other tests take for granted.

use std::thread::sleep;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Namespace, Secret};
use kube::api::{Api, ListParams};

use crate::case::{Case, cases};
use crate::control_plane::{Assets, ControlPlane};

pub(crate) fn cases() -> Vec<Case> {
    cases![
        a_namespace_gets_its_service_account_and_goes_when_deleted,
        a_service_account_has_no_rights_that_nobody_gave_it,
        writes_are_counted_from_the_audit_log,
        the_api_server_counts_requests,
        parts_can_be_frozen_and_killed_and_come_back_with_their_data,
    ]
}

fn a_namespace_gets_its_service_account_and_goes_when_deleted(plane: &ControlPlane) {
    let namespace = plane.create_namespace("harness-lifecycle");
    plane.kubectl_ok(&["wait", "--for=create", "serviceaccount/default", "-n", namespace, "--timeout=20s"]);
    plane.kubectl_ok(&["delete", "namespace", namespace, "--timeout=60s"]);
    let left = plane.block_on(Api::<Namespace>::all(plane.admin_client()).get_opt(namespace)).unwrap();
    assert!(left.is_none());
}

fn a_service_account_has_no_rights_that_nobody_gave_it(plane: &ControlPlane) {
    let namespace = plane.create_namespace("harness-rights");
    plane.kubectl_ok(&["create", "serviceaccount", "nobody", "-n", namespace]);
    let client = plane.client(&plane.service_account_kubeconfig(namespace, "nobody"));
    let secrets = Api::<Secret>::namespaced(client, namespace);
    let refused = plane.block_on(secrets.list(&ListParams::default())).unwrap_err();
    assert!(matches!(&refused, kube::Error::Api(status) if status.code == 403), "{refused}");
}

fn writes_are_counted_from_the_audit_log(plane: &ControlPlane) {
    let namespace = plane.create_namespace("harness-audit");
    plane.apply_manifests(&format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: counted, namespace: {namespace}}}\nstringData: {{key: value}}\n"
    ));
    plane.kubectl_ok(&["annotate", "secret", "counted", "-n", namespace, "once=more"]);
    plane.kubectl_ok(&["get", "secret", "counted", "-n", namespace]);
    sleep(Duration::from_millis(300));
    let writes = plane.writes_to("secrets", namespace, "counted");
    assert_eq!(writes.len(), 2, "{writes:?}");
    assert!(writes.iter().all(|write| write.user == "admin" && write.subresource.is_empty()), "{writes:?}");
}

fn the_api_server_counts_requests(plane: &ControlPlane) {
    assert!(plane.api_server_metrics().contains("apiserver_request_total{"));
}

/// With a control plane of its own: the others must not feel it.
fn parts_can_be_frozen_and_killed_and_come_back_with_their_data(_: &ControlPlane) {
    let plane = ControlPlane::start(&Assets::locate().unwrap()).unwrap();
    plane.create_namespace("kept");
    let hurried = ["get", "namespace", "kept", "--request-timeout=2s"];

    plane.api_server.pause();
    assert!(!plane.kubectl(&hurried).status.success(), "a frozen API server answered");
    plane.api_server.unpause();
    plane.kubectl_ok(&["get", "namespace", "kept"]);

    plane.api_server.kill();
    plane.etcd.kill();
    assert!(!plane.kubectl(&hurried).status.success(), "a dead API server answered");
    plane.etcd.restart().unwrap();
    plane.api_server.restart().unwrap();
    plane.wait_until_ready().unwrap();
    plane.kubectl_ok(&["get", "namespace", "kept"]);
}
