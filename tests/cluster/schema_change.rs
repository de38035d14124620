//! What of an object can be changed, and when; what can be written as its status.

use std::thread::sleep;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use webchat_terminator::termination::{Fault, Leg, MAX_LEGS, Reason, Session, Source, State};

use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;
use crate::sandbox::{Sandbox, connection_spec, termination_spec, uuid};

pub(crate) fn cases() -> Vec<Case> {
    cases![
        what_identifies_a_connection_cannot_be_changed,
        the_dialect_of_a_connection_cannot_be_changed_and_how_ends_are_confirmed_can,
        sessions_can_be_added_and_neither_changed_nor_removed,
        the_connection_of_a_termination_cannot_be_changed,
        cancel_can_be_neither_taken_back_nor_softened,
        a_finished_termination_takes_no_more_sessions,
        every_state_fits_the_schema_of_the_status,
        the_largest_status_can_be_written_and_the_spec_still_changed,
    ]
}

fn refused(answer: Result<Value, String>, reason: &str) {
    match answer {
        Ok(object) => panic!("accepted, not refused with {reason:?}: {}", object["spec"]),
        Err(message) => assert!(message.contains(reason), "{message}"),
    }
}

fn what_identifies_a_connection_cannot_be_changed(plane: &ControlPlane) {
    let sandbox = Sandbox::new(plane, plane.create_namespace("connection-changes"), "GenesysConnection");
    sandbox.create("main", &connection_spec()).unwrap();
    let endpoints = |api: &str| json!({ "region": null, "endpoints": { "api": api, "login": "https://login.example.com" } });

    refused(sandbox.change("main", &json!({ "organizationId": uuid(9) })), "organizationId is immutable");
    refused(sandbox.change("main", &json!({ "region": "eu-west-1" })), "region is immutable");
    refused(sandbox.change("main", &endpoints("https://api.example.com")), "region is immutable");
    sandbox.change("main", &json!({ "suspend": true })).unwrap();
    sandbox.change("main", &json!({ "credentialsSecretRef": { "name": "rotated" } })).unwrap();

    let mut spec = connection_spec();
    spec.as_object_mut().unwrap().remove("region");
    spec["endpoints"] = endpoints("https://api.example.com")["endpoints"].clone();
    sandbox.create("gateway", &spec).unwrap();
    refused(sandbox.change("gateway", &endpoints("https://elsewhere.example.com")), "endpoints is immutable");
    refused(sandbox.change("gateway", &json!({ "endpoints": null, "region": "eu-west-1" })), "endpoints is immutable");
    refused(sandbox.change("gateway", &json!({ "endpoints": { "streaming": "wss://elsewhere.example.com" } })), "endpoints is immutable");
}

/// A dialect that is left out is the default's.
fn the_dialect_of_a_connection_cannot_be_changed_and_how_ends_are_confirmed_can(plane: &ControlPlane) {
    let sandbox = Sandbox::new(plane, plane.create_namespace("dialect-changes"), "GenesysConnection");
    sandbox.create("main", &connection_spec()).unwrap();
    for dialect in [json!("chats"), json!("webchat")] {
        refused(sandbox.change("main", &json!({ "dialect": dialect })), "dialect is immutable: write a new GenesysConnection");
    }
    sandbox.change("main", &json!({ "dialect": "messages" })).unwrap();
    sandbox.change("main", &json!({ "dialect": null })).unwrap();
    refused(sandbox.change("main", &json!({ "webchat": { "participantClose": "Post" } })), "webchat is only for dialect: webchat");
    for sources in [json!(["Poll"]), json!(["Webhook", "Poll"]), json!(["Poll", "Notification"])] {
        sandbox.change("main", &json!({ "confirmation": { "sources": sources } })).unwrap();
    }
    refused(sandbox.change("main", &json!({ "confirmation": { "sources": ["Webhook"] } })), "Poll cannot be left out");
    let webhook = json!({ "secretRef": { "name": "hook" }, "createTerminations": ["CustomerEnd"] });
    for webhook in [webhook, Value::Null] {
        sandbox.change("main", &json!({ "confirmation": { "webhook": webhook } })).unwrap();
    }
    for count in [20, 1, 0] {
        sandbox.change("main", &json!({ "deploymentIds": (0..count).map(uuid).collect::<Vec<_>>() })).unwrap();
    }
    let mut spec = connection_spec();
    spec["dialect"] = json!("webchat");
    sandbox.create("gateway", &spec).unwrap();
    refused(sandbox.change("gateway", &json!({ "dialect": null })), "dialect is immutable");
    refused(sandbox.change("gateway", &json!({ "webchat": { "participantClose": "Post" } })), "webchat is immutable");
    spec["webchat"] = json!({ "participantClose": "Post", "guestSignal": {} });
    sandbox.create("signalling", &spec).unwrap();
    for webchat in [json!({ "guestSignal": null }), json!({ "participantClose": "Patch" }), Value::Null] {
        refused(sandbox.change("signalling", &json!({ "webchat": webchat })), "webchat is immutable");
    }
}

fn sessions_can_be_added_and_neither_changed_nor_removed(plane: &ControlPlane) {
    let sandbox = Sandbox::new(plane, plane.create_namespace("session-changes"), "WebchatTermination");
    sandbox.create("grows", &termination_spec()).unwrap();
    let [one, two, three] = [1, 2, 3].map(|number| json!({ "conversationId": uuid(number) }));
    let sessions = |all: &[&Value]| json!({ "sessions": all });
    let reason = "sessions can be added, not changed or removed";

    sandbox.change("grows", &sessions(&[&one, &two])).unwrap();
    sandbox.change("grows", &sessions(&[&three, &two, &one])).unwrap();
    refused(sandbox.change("grows", &sessions(&[&one, &two])), reason);
    refused(sandbox.change("grows", &sessions(&[&one, &two, &json!({ "conversationId": uuid(4) })])), reason);
    let mut changed = three.clone();
    changed["reason"] = json!("another");
    refused(sandbox.change("grows", &sessions(&[&one, &two, &changed])), reason);
    changed = three;
    changed["participantIds"] = json!([uuid(7)]);
    refused(sandbox.change("grows", &sessions(&[&one, &two, &changed])), reason);
}

fn the_connection_of_a_termination_cannot_be_changed(plane: &ControlPlane) {
    let sandbox = Sandbox::new(plane, plane.create_namespace("ref-changes"), "WebchatTermination");
    sandbox.create("fixed", &termination_spec()).unwrap();
    refused(sandbox.change("fixed", &json!({ "connectionRef": { "name": "other" } })), "connectionRef is immutable");
    sandbox.change("fixed", &json!({ "parallelism": 20, "suspend": true, "activeDeadlineSeconds": 60 })).unwrap();
    sandbox.change("fixed", &json!({ "settleSeconds": 0, "onReconnect": "Report", "forceTeardown": "WhenStuck" })).unwrap();
    sandbox.change("fixed", &json!({ "settleSeconds": 3600, "onReconnect": "Terminate", "forceTeardown": "Never" })).unwrap();
}

fn cancel_can_be_neither_taken_back_nor_softened(plane: &ControlPlane) {
    let sandbox = Sandbox::new(plane, plane.create_namespace("cancel-changes"), "WebchatTermination");
    sandbox.create("stops", &termination_spec()).unwrap();
    let reason = "cancel can be neither taken back nor softened";

    sandbox.change("stops", &json!({ "cancel": "Drain" })).unwrap();
    refused(sandbox.change("stops", &json!({ "cancel": null })), reason);
    sandbox.change("stops", &json!({ "cancel": "Immediate" })).unwrap();
    refused(sandbox.change("stops", &json!({ "cancel": "Drain" })), reason);
    refused(sandbox.change("stops", &json!({ "cancel": null })), reason);
}

fn condition(kind: &str, status: &str, message: &str) -> Value {
    json!({
        "type": kind, "status": status, "reason": "Reason", "message": message, "observedGeneration": 1,
        "lastTransitionTime": "2026-11-22T10:00:00Z",
    })
}

fn a_finished_termination_takes_no_more_sessions(plane: &ControlPlane) {
    let sandbox = Sandbox::new(plane, plane.create_namespace("finished-changes"), "WebchatTermination");
    sandbox.create("done", &termination_spec()).unwrap();
    let sessions =
        |last: usize| json!({ "sessions": (1..=last).map(|number| json!({ "conversationId": uuid(number) })).collect::<Vec<_>>() });

    sandbox.write_status("done", &json!({ "conditions": [condition("Finished", "False", "")] })).unwrap();
    sandbox.change("done", &sessions(2)).unwrap();
    sandbox.write_status("done", &json!({ "conditions": [condition("Finished", "True", "")] })).unwrap();
    refused(sandbox.change("done", &sessions(3)), "the termination is finished, its sessions can no longer change");
    sandbox.change("done", &sessions(2)).unwrap();
    sandbox.change("done", &json!({ "suspend": true })).unwrap();
    sandbox.write_status("done", &json!({ "conditions": [condition("Finished", "True", "again")], "ended": 2 })).unwrap();
}

fn every_state_fits_the_schema_of_the_status(plane: &ControlPlane) {
    let sandbox = Sandbox::new(plane, plane.create_namespace("states"), "WebchatTermination");
    sandbox.create("all", &termination_spec()).unwrap();
    let rows: Vec<_> = State::ALL.into_iter().map(|state| Session { state, ..largest_row(1) }).collect();
    let written = sandbox.write_status("all", &json!({ "sessions": rows })).unwrap();
    let read: Vec<Session> = serde_json::from_value(written["status"]["sessions"].clone()).unwrap();
    assert_eq!(read, rows);
}

/// A row in which every field is there and as long as it can be. A new field must be added here.
fn largest_row(number: usize) -> Session {
    let id = |number: usize| uuid(number).parse().unwrap();
    let time: Timestamp = "2026-11-22T10:00:00.123456789Z".parse().unwrap();
    let leg = Leg { participant_id: id(1), communication_id: id(2), connected_time: time, closed: true };
    Session {
        conversation_id: id(number),
        state: State::WrapperCloseRequested,
        reason: Some(Reason::UntargetedGuestLegLive),
        legs: vec![leg; MAX_LEGS],
        attempts: i32::MAX,
        failures: i32::MAX,
        reconnects: i32::MAX,
        close_sent: true,
        resent: true,
        torn_down: true,
        since: Some(time),
        next_attempt_time: Some(time),
        frozen_time: Some(time),
        heard_time: Some(time),
        confirmed_by: Some(Source::Notification),
        guest_closed_time: Some(time),
        ended_time: Some(time),
        guest_close_correlation_id: Some(uuid(3)),
        wrapper_close_correlation_id: Some(uuid(4)),
        last_error: Some(Fault::new(&"c".repeat(64), &"\u{20ac}".repeat(160))),
    }
}

fn largest_status(rows: usize) -> Value {
    let conditions: Vec<_> = (0..16).map(|number| condition(&format!("Type{number}"), "Unknown", &"m".repeat(1024))).collect();
    json!({
        "observedGeneration": i64::MAX, "conditions": conditions, "progress": "100/100",
        "total": 100, "ended": 100, "alreadyEnded": 100, "notTargeted": 100, "notFound": 100, "failed": 100, "stopped": 100, "remaining": 100,
        "startTime": "2026-11-22T10:00:00Z", "completionTime": "2026-11-22T10:00:00Z", "stopTime": "2026-11-22T10:00:00Z",
        "uid": uuid(1), "connectionUid": uuid(2), "organizationId": uuid(3),
        "record": { "holder": "h".repeat(253), "epoch": i64::MAX, "sequence": i64::MAX },
        "sessions": (1..=rows).map(largest_row).collect::<Vec<_>>(),
    })
}

/// Well below the 1.5 MiB that etcd takes for a request, and the CEL rules are within their budget.
fn the_largest_status_can_be_written_and_the_spec_still_changed(plane: &ControlPlane) {
    let sandbox = Sandbox::new(plane, plane.create_namespace("largest"), "WebchatTermination");
    let full = |last: usize| -> Value {
        let session = |number| json!({ "conversationId": uuid(number), "participantIds": [uuid(1), uuid(2), uuid(3), uuid(4)], "reason": "r".repeat(128) });
        (1..=last).map(session).collect()
    };
    let mut spec = termination_spec();
    spec["sessions"] = full(99);
    sandbox.create("largest", &spec).unwrap();
    let mut bytes = 0;
    let statuses = [largest_status(1), largest_status(100)];
    for status in statuses.iter().flat_map(|status| [status; 11]) {
        bytes = sandbox.write_status("largest", status).unwrap().to_string().len();
    }
    sleep(Duration::from_millis(300));
    let writes = plane.writes_to("webchatterminations", "largest", "largest");
    let took: Vec<_> = writes.iter().filter(|write| write.subresource == "status").map(|write| write.took).collect();
    let [one, hundred] = [&took[..11], &took[11..]].map(|times| {
        let mut times = times.to_vec();
        times.sort();
        times[times.len() / 2]
    });
    eprintln!("a status write takes the API server {one:?} for 1 row, {hundred:?} for 100 (medians); the object has {bytes} bytes");
    assert!(bytes < 512 * 1024, "{bytes} bytes");

    let written = sandbox.change("largest", &json!({ "sessions": full(100), "cancel": "Drain" })).unwrap();
    assert_eq!(written["status"]["sessions"].as_array().map(Vec::len), Some(100));
}
