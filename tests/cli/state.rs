//! State files that are locked, cut, foreign: never a silent fresh start.

use std::fs;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::lab::{Lab, Ran, stubborn};

/// An incident that was applied up to the close of the guest's leg, and killed there.
fn half_done() -> Lab {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({}));
    let hold = lab.hold("patchConversationsMessage", "beforeEffect");
    let running = lab.start_apply();
    lab.await_held(&hold);
    running.kill();
    lab.admin("DELETE", &format!("{hold}?drop=true"), &Value::Null);
    lab
}

/// It exits for the state, says so in one line with a way out, and sends nothing.
#[track_caller]
fn refused(lab: &Lab, verb: &str, expected: &str) -> Ran {
    refused_with(5, lab, verb, expected)
}

/// The same with another exit code.
#[track_caller]
fn refused_with(code: i32, lab: &Lab, verb: &str, expected: &str) -> Ran {
    let before = lab.witness();
    let ran = lab.on_incident(verb, &[]).exits(code);
    assert_eq!(ran.errors().len(), 1, "{}", ran.err);
    assert!(ran.errors()[0].starts_with("error: state file ") && ran.errors()[0].contains(expected), "{}", ran.err);
    assert_eq!(lab.witness(), before, "nothing is asked of the service");
    ran
}

#[test]
fn a_state_that_another_process_works_on_is_refused() {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({}));
    let hold = lab.hold("patchConversationsMessageParticipant", "beforeEffect");
    let running = lab.start_apply();
    lab.await_held(&hold);
    refused(&lab, "apply", "another wct works on it (process ");
    // Looking on does no harm.
    lab.on_incident("plan", &[]).exits(0);
    lab.admin("DELETE", &hold, &Value::Null);
    running.wait().exits(0);
}

#[test]
fn a_state_that_was_cut_in_half_or_emptied_is_refused_and_left_as_it_is() {
    let lab = half_done();
    let state = lab.state_file();
    let whole = fs::read(&state).unwrap();
    for (length, expected) in [(whole.len() / 2, "it is damaged ("), (1, "it is damaged ("), (0, "it is empty;")] {
        fs::write(&state, &whole[..length]).unwrap();
        for verb in ["apply", "plan"] {
            let ran = refused(&lab, verb, expected);
            assert!(ran.err.contains("put a copy back, or delete it"), "{}", ran.err);
        }
        assert_eq!(fs::read(&state).unwrap(), &whole[..length]);
    }
    fs::write(&state, &whole).unwrap();
    lab.on_incident("apply", &[]).exits(0);
    assert!(lab.witness().effective_closes.iter().all(|close| close.count == 1));
}

#[test]
fn without_its_state_it_looks_first_and_still_closes_nothing_twice() {
    let lab = half_done();
    fs::remove_file(lab.state_file()).unwrap();
    lab.on_incident("apply", &[]).exits(0);
    assert!(lab.witness().effective_closes.iter().all(|close| close.count == 1));
    assert_eq!(lab.witness().out_of_order, 0);
}

#[test]
fn the_state_of_another_resource_or_organization_is_refused() {
    let lab = half_done();
    let state = lab.state_file();
    let text = fs::read_to_string(&state).unwrap();
    fs::write(&state, text.replace("\"name\": \"incident\"", "\"name\": \"another\"")).unwrap();
    refused(&lab, "apply", "it belongs to default/another of organization");
    let other = Uuid::from_u128(7).to_string();
    let organization = webchat_terminator::simulator::world::sample::ORGANIZATION.to_string();
    fs::write(&state, text.replace(&organization, &other)).unwrap();
    refused(&lab, "apply", &format!("it belongs to default/incident of organization {other}"));
    fs::write(&state, text.replace("webchatops.dev/state/v1", "webchatops.dev/state/v2")).unwrap();
    refused(&lab, "apply", "is not known to this build");
    fs::write(&state, text).unwrap();
    lab.on_incident("apply", &[]).exits(0);
}

#[test]
fn sessions_may_be_added_to_a_run_that_is_under_way_and_not_taken_from_it() {
    let (one, two) = (stubborn(1), stubborn(2));
    let lab = Lab::with(vec![one.clone(), two.clone()]);
    lab.incident(&[one.id], json!({ "suspend": true }));
    lab.on_incident("apply", &[]).exits(4);
    lab.incident(&[two.id], json!({}));
    refused_with(2, &lab, "apply", "sessions can be added, not changed or removed");
    lab.incident(&[two.id, one.id], json!({}));
    let resource = lab.on_incident("apply", &["-o", "json"]).exits(0).json();
    assert_eq!((&resource["status"]["ended"], &resource["metadata"]["generation"]), (&json!(2), &json!(2)));
    lab.incident(&[two.id, one.id, Uuid::from_u128(3)], json!({}));
    refused_with(2, &lab, "apply", "the termination is finished, its sessions can no longer change");
}

#[cfg(unix)]
#[test]
fn a_state_that_cannot_be_written_is_refused() {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({}));
    lab.file("file", "");
    let ran = lab.on_incident("apply", &["--state", "file/state.json"]).exits(5);
    assert!(ran.errors()[0].contains("make it possible, or name another file with --state"), "{}", ran.err);
    assert_eq!(lab.witness().writes, []);
}

#[test]
fn what_is_no_state_file_is_left_alone_and_nothing_is_left_beside_it() {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({}));
    fs::create_dir(lab.path("folder")).unwrap();
    for (name, text) in [("notes.txt", "call Ada\n"), ("package.json", "{\"name\": \"x\"}\n")] {
        lab.file(name, text);
        for verb in ["plan", "apply"] {
            let ran = lab.on_incident(verb, &["--state", name]).exits(5);
            assert!(ran.errors()[0].ends_with("it is not a state file; name another file with --state"), "{}", ran.err);
        }
        assert_eq!(fs::read_to_string(lab.path(name)).unwrap(), text);
        assert!(!lab.path(&format!("{name}.lock")).exists());
    }
    for verb in ["plan", "apply"] {
        let ran = lab.on_incident(verb, &["--state", "folder"]).exits(5);
        assert!(ran.errors()[0].ends_with("it is a folder; name a file with --state"), "{}", ran.err);
    }
    assert!(!lab.path("folder.lock").exists() && fs::read_dir(lab.path("folder")).unwrap().next().is_none());
    assert_eq!(lab.witness().writes, []);
}
