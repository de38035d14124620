//! The controller where there is no cluster to talk to. With one, `tests/cluster` has it.

use std::time::{Duration, Instant};

use crate::lab::Lab;

/// Much longer than it takes, and much shorter than a pod's grace period.
const SOON: Duration = Duration::from_secs(20);

#[cfg(unix)]
#[test]
fn asked_to_stop_before_the_api_server_ever_answered_it_stops() {
    let lab = Lab::without_service();
    let kubeconfig = serde_json::json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "dead",
        "clusters": [{ "name": "dead", "cluster": { "server": "http://127.0.0.1:1" } }],
        "users": [{ "name": "nobody", "user": {} }],
        "contexts": [{ "name": "dead", "context": { "cluster": "dead", "user": "nobody" } }],
    });
    std::fs::write(lab.path("kubeconfig"), kubeconfig.to_string()).unwrap();
    let mut command = lab.command(&["controller", "--health-address", "127.0.0.1:0"]);
    let mut child = command.env("KUBECONFIG", lab.path("kubeconfig")).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(child.try_wait().unwrap(), None, "it waits for the API server");
    assert!(std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let asked = now();
    let ended = loop {
        match child.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if asked.elapsed() > SOON => break None,
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    };
    let _ = child.kill();
    assert_eq!(ended.and_then(|status| status.code()), Some(0), "it stops when it is asked to");
}

fn now() -> Instant {
    webchat_terminator::clock::monotonic()
}
