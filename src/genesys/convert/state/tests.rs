use serde_json::{Value, json};

use super::*;
use crate::genesys::convert::look_at;
use crate::genesys::dialect::Shape;
use crate::plan::Look;

const C: &str = "00000000-0000-4000-8000-000000000001";
const P: &str = "00000000-0000-4000-8000-000000000002";
const M: &str = "00000000-0000-4000-8000-000000000003";

fn look(body: &Value, date: Option<&str>) -> Look {
    look_at(Shape::State, C.parse().unwrap(), Ok(body.to_string().into_bytes()), date.map(time)).look
}

fn seen(body: &Value) -> Reading {
    let look = look(body, None);
    let Look::Seen(reading) = look else { panic!("{look:?} of {body}") };
    reading
}

fn unusable(body: &Value) -> String {
    let look = look(body, None);
    let Look::Failed(setback) = look else { panic!("{look:?} of {body}") };
    assert_eq!(setback.fault.code, "unreadable");
    setback.fault.message
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A conversation with one participant.
fn with(participant: &Value) -> Value {
    json!({ "id": C, "startTime": "2026-11-20T11:00:00.000Z", "participants": [participant] })
}

/// A guest with one communication.
fn guest(communication: &Value) -> Value {
    with(&json!({ "id": P, "purpose": "customer", "messages": [communication] }))
}

#[test]
fn a_guest_is_a_customer_or_an_external_in_any_case_of_letters() {
    for (purpose, expected) in [("customer", true), ("EXTERNAL", true), ("Customer", true), ("agent", false), ("guest", false), ("", false)]
    {
        assert_eq!(seen(&with(&json!({ "id": P, "purpose": purpose }))).participants[0].guest, expected, "{purpose}");
    }
    assert!(!seen(&with(&json!({ "id": P }))).participants[0].guest);
}

#[test]
fn only_two_states_are_ended_and_the_state_alone_decides() {
    let known = ["alerting", "dialing", "contacting", "offering", "connected", "converting", "uploading", "transmitting", "parked", "none"];
    for state in known.into_iter().chain(["something.new"]) {
        let body = guest(&json!({ "id": M, "state": state, "disconnectedTime": "2026-11-20T11:30:00Z" }));
        assert!(seen(&body).participants[0].communications[0].live, "{state}");
    }
    for state in ["disconnected", "terminated", "DISCONNECTED", "Terminated"] {
        assert!(!seen(&guest(&json!({ "id": M, "state": state }))).participants[0].communications[0].live, "{state}");
    }
}

#[test]
fn without_a_state_the_time_of_the_end_decides() {
    assert!(seen(&guest(&json!({ "id": M }))).participants[0].communications[0].live);
    let ended = guest(&json!({ "id": M, "state": null, "disconnectedTime": "2026-11-20T11:30:00Z" }));
    assert!(!seen(&ended).participants[0].communications[0].live);
}

#[test]
fn the_conversations_own_state_is_never_read() {
    let mut body = guest(&json!({ "id": M, "state": "connected" }));
    body["state"] = "disconnected".into();
    assert!(!seen(&body).ended());
    body["state"] = json!({ "not": "even a text" });
    assert!(!seen(&body).ended());
}

#[test]
fn every_media_array_counts() {
    let media = [
        "messages",
        "chats",
        "calls",
        "emails",
        "callbacks",
        "cobrowsesessions",
        "videos",
        "screenshares",
        "socialExpressions",
        "internalMessages",
        "screenMonitorings",
    ];
    for array in media {
        let mut person = json!({ "id": P, "purpose": "customer" });
        person[array] = json!([{ "id": M, "state": "connected" }]);
        assert_eq!(seen(&with(&person)).guests().count(), 1, "{array}");
    }
}

#[test]
fn the_time_of_connection_falls_back_step_by_step() {
    let mut body = json!({
        "id": C,
        "startTime": "2026-11-20T11:00:00Z",
        "participants": [{
            "id": P,
            "startTime": "2026-11-20T11:01:00Z",
            "connectedTime": "2026-11-20T11:02:00Z",
            "messages": [{ "id": M, "connectedTime": "2026-11-20T11:03:00Z" }],
        }],
    });
    let connected = |body: &Value| seen(body).participants[0].communications[0].connected_time;
    assert_eq!(connected(&body), time("2026-11-20T11:03:00Z"));
    body["participants"][0]["messages"][0]["connectedTime"] = Value::Null;
    assert_eq!(connected(&body), time("2026-11-20T11:02:00Z"));
    body["participants"][0]["connectedTime"] = "".into();
    assert_eq!(connected(&body), time("2026-11-20T11:01:00Z"));
    body["participants"][0].as_object_mut().unwrap().remove("startTime");
    assert_eq!(connected(&body), time("2026-11-20T11:00:00Z"));
    body.as_object_mut().unwrap().remove("startTime");
    assert!(unusable(&body).contains("no time of connection"));
    body["participants"][0]["messages"][0]["connectedTime"] = "yesterday".into();
    assert!(unusable(&body).contains("no conversation"));
}

#[test]
fn only_people_of_the_organization_wrap_up() {
    let person = |purpose: &str, more: Value| {
        let mut person = json!({ "id": P, "purpose": purpose });
        person.as_object_mut().unwrap().append(&mut more.as_object().unwrap().clone());
        seen(&with(&person)).participants[0].after_call_work
    };
    let began = json!({ "startAcwTime": "2026-11-20T11:30:00Z" });
    let over = json!({ "startAcwTime": "2026-11-20T11:30:00Z", "endAcwTime": "2026-11-20T11:31:00Z" });
    let pending = json!({ "messages": [{ "id": M, "state": "disconnected", "afterCallWork": { "state": "Pending" } }] });
    let complete = json!({ "messages": [{ "id": M, "state": "disconnected", "afterCallWork": { "state": "complete" } }] });
    assert!(person("agent", began.clone()) && person("AGENT", pending.clone()) && person("user", pending));
    assert!(!person("agent", over) && !person("agent", complete) && !person("agent", json!({})) && !person("customer", began));
}

#[test]
fn a_reading_is_as_old_as_the_latest_thing_known_of_it() {
    let mut body = guest(&json!({ "id": M, "connectedTime": "2026-11-20T11:10:00.500Z" }));
    assert_eq!(seen(&body).taken, time("2026-11-20T11:10:00.500Z"));
    let dated = |body: &Value, date: &str| {
        let Look::Seen(reading) = look(body, Some(date)) else { panic!("not seen") };
        reading.taken
    };
    assert_eq!(dated(&body, "2026-11-20T11:10:00Z"), time("2026-11-20T11:10:00.500Z"));
    assert_eq!(dated(&body, "2026-11-20T11:10:01Z"), time("2026-11-20T11:10:01Z"));
    body["endTime"] = "2026-11-20T11:40:00Z".into();
    body["inactivityTimeout"] = "2026-11-23T11:40:00Z".into();
    assert_eq!(seen(&body).taken, time("2026-11-20T11:40:00Z"));
}

#[test]
fn a_live_communication_is_never_overlooked() {
    assert!(unusable(&guest(&json!({ "state": "connected" }))).contains("no usable id"));
    assert!(unusable(&guest(&json!({ "id": "seven", "state": "connected" }))).contains("no usable id"));
    let ended = seen(&guest(&json!({ "id": "seven", "state": "disconnected" })));
    assert!(ended.participants[0].communications.is_empty());
    assert!(unusable(&with(&json!({ "purpose": "customer" }))).contains("no usable id"));
}

#[test]
fn an_answer_about_something_else_is_no_reading() {
    assert!(unusable(&json!({ "id": M, "startTime": "2026-11-20T11:00:00Z", "participants": [] })).contains("asked for"));
    assert!(unusable(&json!({ "participants": [] })).contains("asked for"));
    assert!(unusable(&json!({ "id": C, "endTime": "2026-11-20T11:00:00Z" })).contains("no participants"));
    assert!(unusable(&json!({ "id": C, "participants": [] })).contains("no time"));
    for body in [json!([]), json!(null), json!("ok"), json!({ "id": C, "participants": [7] })] {
        assert!(unusable(&body).contains("no conversation"), "{body}");
    }
}
