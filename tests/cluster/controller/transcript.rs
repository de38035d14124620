//! The README's session with kubectl, command by command: what it prints must be what is printed.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::json;
use webchat_terminator::simulator::world::{ConversationSpec, sample};

use super::process::Settings;
use super::stage::Stage;
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

/// The README's mark before the session.
const MARK: &str = "<!-- transcript: tests/cluster/controller/transcript.rs -->\n\n```console\n";

const NAMESPACE: &str = "contact-centre";

pub(crate) fn cases() -> Vec<Case> {
    cases![the_session_in_the_readme_is_what_kubectl_prints]
}

fn the_session_in_the_readme_is_what_kubectl_prints(plane: &ControlPlane) {
    let conversations: Vec<_> = (1..=2).map(ConversationSpec::usual).collect();
    let settings = Settings::of(NAMESPACE);
    let stage = Stage::bare(plane, NAMESPACE, sample::world(conversations.clone()), &settings);
    let folder = tempfile::tempdir().unwrap();
    write_manifests(folder.path(), &stage.genesys.url(), &conversations);

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let readme = fs::read_to_string(path).unwrap();
    let start = readme.find(MARK).expect("the README has no session") + MARK.len();
    let end = start + readme[start..].find("```").unwrap();
    let mut session = String::new();
    for command in readme[start..end].lines().filter_map(|line| line.strip_prefix("$ ")) {
        let _ = writeln!(session, "$ {command}");
        session.push_str(&printed(plane, folder.path(), command));
    }
    if std::env::var_os("WCT_BLESS").is_some() {
        fs::write(path, format!("{}{session}{}", &readme[..start], &readme[end..])).unwrap();
        return;
    }
    assert_eq!(&readme[start..end], session, "the README's session is not what is printed: WCT_BLESS=1 writes it anew");
}

/// The manifests that the session applies: the examples, for the simulator in place of a region.
fn write_manifests(folder: &Path, url: &str, conversations: &[ConversationSpec]) {
    let example = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/examples/connection.yaml"));
    let organization = example.lines().find_map(|line| line.trim().strip_prefix("organizationId: ")).unwrap();
    let connection = example
        .replace(organization, &sample::ORGANIZATION.to_string())
        .replace("  region: eu-central-1\n", &format!("  endpoints:\n    api: {url}\n    login: {url}\n"));
    fs::write(folder.join("connection.yaml"), connection).unwrap();
    let sessions: Vec<_> = conversations.iter().map(|one| json!({ "conversationId": one.id, "reason": "incident 4711" })).collect();
    let incident = json!({
        "apiVersion": "webchatops.dev/v1alpha1", "kind": "WebchatTermination", "metadata": { "name": "incident-4711" },
        "spec": { "connectionRef": { "name": "main" }, "sessions": sessions, "settleSeconds": 1 },
    });
    fs::write(folder.join("incident.yaml"), incident.to_string()).unwrap();
    fs::write(folder.join("id"), sample::CLIENT_ID).unwrap();
    fs::write(folder.join("secret"), sample::CLIENT_SECRET).unwrap();
}

/// What a command prints, with the ages that differ from run to run made equal.
fn printed(plane: &ControlPlane, folder: &Path, command: &str) -> String {
    let mut words = command.split_whitespace();
    assert_eq!(words.next(), Some("kubectl"), "the session has only kubectl commands, without quotes");
    let arguments: Vec<&str> = words.collect();
    let output = plane.kubectl_in(folder, &arguments);
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let ages = text.lines().map(|line| line.trim_end()).map(|line| match line.rsplit_once(' ') {
        Some((rest, age)) if age.ends_with('s') && age.trim_end_matches('s').parse::<u32>().is_ok() => format!("{rest} 3s\n"),
        _ => format!("{line}\n"),
    });
    ages.collect()
}
