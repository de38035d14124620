//! The demo, the simulator, the definitions.

use std::net::TcpListener;
use std::time::Duration;

use serde_json::{Value, json};
use webchat_terminator::clock;
use webchat_terminator::simulator::server::default_world;

use crate::lab::{Lab, repository};

/// How many sessions the incident has.
const SESSIONS: usize = 16;

#[test]
fn the_demo_shows_every_session_end_in_order_in_time_and_alone() {
    let lab = Lab::without_service();
    let begun = clock::monotonic();
    // Where every proxy is broken, only what stays on this machine works.
    let proxies = [("HTTP_PROXY", "http://127.0.0.1:9"), ("HTTPS_PROXY", "http://127.0.0.1:9"), ("ALL_PROXY", "http://127.0.0.1:9")];
    let output = lab.command(&["demo", "-o", "json"]).envs(proxies).env_remove("XDG_STATE_HOME").output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let shown: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut keys: Vec<&String> = shown.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["sessions", "witness"]);
    let states: Vec<&Value> = shown["sessions"].as_array().unwrap().iter().map(|session| &session["state"]).collect();
    assert_eq!(states.len(), SESSIONS);
    assert!(states.iter().all(|state| **state == "Ended" || **state == "AlreadyEnded"), "{states:?}");
    let witness = &shown["witness"];
    for never in ["outOfOrder", "repeatedCloses", "afterFinished", "teardowns", "polls", "ghostsBack"] {
        assert_eq!(witness[never], 0, "{never}");
    }
    // Four of the ghost stories bring their guest back; the guest whom nobody tells goes on believing whatever one does.
    assert_eq!((&witness["guestReturns"], &witness["ghosts"], &witness["ghostsBelieving"]), (&json!(4), &json!(1), &json!(1)));
    for session in shown["sessions"].as_array().unwrap() {
        let told = if session["state"] == "AlreadyEnded" { "Poll" } else { "Notification" };
        assert_eq!(session["confirmedBy"], told, "{session}");
    }
    let returned = |session: &&Value| session["reconnects"] == 1;
    assert_eq!(shown["sessions"].as_array().unwrap().iter().filter(returned).count(), 4);
    let closes = witness["effectiveCloses"].as_array().unwrap();
    assert!(!closes.is_empty() && closes.iter().all(|close| close["count"] == 1), "{closes:?}");
    assert!(std::fs::read_dir(lab.path("")).unwrap().next().is_none(), "the demo leaves nothing behind");
}

/// The lines of the README's excerpt.
fn excerpt() -> Vec<String> {
    let readme = std::fs::read_to_string(repository("README.md")).unwrap();
    let (_, after) = readme.split_once("<!-- excerpt: tests/cli/demo.rs -->\n\n```console\n$ wct demo\n").unwrap();
    let lines = after.split("```").next().unwrap().lines().filter(|line| *line != "…");
    lines.map(str::to_owned).collect()
}

/// A line without the time that it begins with.
fn timeless(line: &str) -> &str {
    let is_time = |time: &str| time.trim().parse::<f64>().is_ok();
    line.split_once(" s  ").filter(|(time, _)| is_time(time)).map_or(line, |(_, said)| said)
}

#[test]
fn the_demo_tells_each_story_and_why_the_order_matters() {
    let told = Lab::without_service().wct(&["demo"]).exits(0);
    let world = std::fs::read_to_string(repository("deploy/examples/world.yaml")).unwrap();
    let stories = world.lines().filter_map(|line| line.trim().strip_prefix("story: "));
    assert_eq!(stories.clone().count(), SESSIONS);
    for story in stories {
        assert!(told.out.contains(story), "{story}");
    }
    for said in [
        "Why the order matters",
        "a ghost",
        "confirmed closed by a notification",
        "correlation ",
        "nobody told the guest, who still believes to be connected",
        "the guest writes all the same, and is refused",
        "the guest came back; that leg is closed too",
        "0  conversations closed while their guest",
        "0  polls",
        "4  guests who came back",
        "0  ghosts who are back now",
        "1  ghosts who still believe to be connected",
    ] {
        assert!(told.out.contains(said), "{said}");
    }
    assert!(told.out.lines().count() <= 180, "short enough to be read");
    let mut lines = told.out.lines().map(timeless);
    for line in excerpt().iter().map(|line| timeless(line)) {
        assert!(lines.any(|told| told == line), "the README tells otherwise, or in another order: {line}");
    }
    assert!(!told.out.contains('\u{1b}'), "no colours where nobody can see them");
    assert_eq!(told.err, "");
}

#[test]
fn the_closing_lines_of_the_demo_can_be_followed() {
    let told = Lab::without_service().wct(&["demo"]).exits(0).out;
    let lab = Lab::of(default_world().unwrap());
    let example = std::fs::read_to_string(repository("deploy/examples/simulated/incident.yaml")).unwrap();
    lab.file("deploy/examples/simulated/incident.yaml", &example.replace("http://127.0.0.1:8085", &lab.simulator().url()));
    assert!(told.lines().any(|line| line == "  wct simulate"), "{told}");
    for verb in ["plan", "apply"] {
        let line = format!("wct {verb} --allow-custom-endpoints 127.0.0.1 -f deploy/examples/simulated");
        assert!(told.lines().any(|told| told.trim() == line), "{told}");
        let ran = lab.wct(&line.split(' ').skip(1).collect::<Vec<_>>()).exits(0);
        assert_eq!(ran.errors(), Vec::<&str>::new());
    }
    let witness = lab.witness();
    assert_eq!((witness.out_of_order, witness.repeated_closes, witness.teardowns), (0, 0, 0));
    assert!(!witness.effective_closes.is_empty());
}

#[test]
fn a_port_in_use_is_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let ran = Lab::without_service().wct(&["simulate", "--port", &port]).exits(2);
    assert_eq!(ran.err, format!("error: 127.0.0.1:{port}: the port is in use; choose another with --port, or 0 for a free one\n"));
}

#[test]
fn a_world_that_is_none_is_refused_with_its_place() {
    let lab = Lab::without_service();
    lab.file("world.yaml", "organization: {id: nothing, name: x}\n");
    let ran = lab.wct(&["simulate", "--port", "0", "--world", "world.yaml"]).exits(2);
    assert_eq!(ran.errors().len(), 1);
    assert!(ran.err.starts_with("error: world.yaml:1:20: ") && !ran.err.contains("column"), "{}", ran.err);
}

#[test]
fn the_definitions_are_those_that_are_checked_in() {
    let printed = Lab::without_service().wct(&["crds"]).exits(0).out;
    let mut checked_in = String::new();
    for name in ["genesysconnections", "webchatterminations"] {
        checked_in.push_str("---\n");
        checked_in.push_str(&std::fs::read_to_string(repository(&format!("crds/webchatops.dev_{name}.yaml"))).unwrap());
    }
    assert_eq!(printed, checked_in);
}

#[test]
fn the_help_names_the_exit_codes() {
    let help = Lab::without_service().wct(&["--help"]).exits(0).out;
    for line in ["0  succeeded", "4  interrupted or suspended: run the same command to resume", "70  internal error"] {
        assert!(help.contains(line), "{help}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_demo_says_how_far_it_came() {
    use std::io::{BufRead, BufReader, Read};
    let lab = Lab::without_service();
    let mut child = lab.command(&["demo"]).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
    std::thread::sleep(Duration::from_secs(2));
    assert!(std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(4));
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.starts_with("interrupted with ") && said.ends_with(&format!("/{SESSIONS} sessions done\n")), "{said}");
}

#[cfg(unix)]
#[test]
fn under_the_name_of_a_kubectl_plugin_it_is_one() {
    let lab = Lab::without_service();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_wct"), lab.path("kubectl-wct")).unwrap();
    let output = std::process::Command::new(lab.path("kubectl-wct")).args(["plan", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(help.contains("Usage: kubectl wct plan "), "{help}");
}

#[test]
fn a_controller_without_a_cluster_is_one_line() {
    let lab = Lab::without_service();
    let output = lab.command(&["controller"]).env("HOME", lab.path("")).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let expected = "error: controller: no Kubernetes cluster: neither a service account nor a kubeconfig is there; set KUBECONFIG";
    assert_eq!((output.status.code(), said.lines().last()), (Some(2), Some(expected)), "{said}");
}

#[cfg(unix)]
#[test]
fn a_simulator_says_how_to_use_it_and_ends_on_a_signal() {
    use std::io::{BufRead, BufReader};
    let lab = Lab::without_service();
    let mut child = lab.command(&["simulate", "--port", "0"]).spawn().unwrap();
    let mut first = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut first).unwrap();
    assert!(first.starts_with(&format!("Simulated Genesys Cloud with {SESSIONS} conversations on http://127.0.0.1:")), "{first}");
    assert!(std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let rest: Vec<String> = out.lines().map(Result::unwrap).collect();
    for said in
        ["organizationId: ", "--allow-custom-endpoints 127.0.0.1", "/simulator/v1/witness", "export WCT_CLIENT_ID=", "wct apply --allow"]
    {
        assert!(rest.iter().any(|line| line.contains(said)), "{said}");
    }
}
