use serde_json::{Value, json};

use super::*;
use crate::genesys::convert::{Shown, look_at};
use crate::genesys::dialect::Shape;
use crate::plan::Look;

const C: &str = "00000000-0000-4000-8000-000000000001";
const P: &str = "00000000-0000-4000-8000-000000000002";
const DATE: &str = "2026-11-20T12:00:00Z";

fn shown(body: &Value) -> Shown {
    look_at(Shape::Status, C.parse().unwrap(), Ok(body.to_string().into_bytes()), Some(time(DATE)))
}

fn seen(body: &Value) -> Reading {
    let look = shown(body).look;
    let Look::Seen(reading) = look else { panic!("{look:?} of {body}") };
    reading
}

fn unusable(body: &Value) -> String {
    let look = shown(body).look;
    let Look::Failed(setback) = look else { panic!("{look:?} of {body}") };
    assert_eq!(setback.fault.code, "unreadable");
    setback.fault.message
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A conversation with these participants.
fn with(status: &Value, participants: &Value) -> Value {
    json!({ "id": C, "status": status, "startTime": "2026-11-20T11:00:00Z", "participants": participants })
}

fn person(n: u128, purpose: &str, status: &Value) -> Value {
    json!({ "id": Uuid::from_u128(n), "purpose": purpose, "status": status, "connectedTime": "2026-11-20T11:05:00Z" })
}

#[test]
fn closed_in_any_case_of_letters_is_ended_and_everything_else_is_live() {
    for (status, live) in [
        (json!("closed"), false),
        (json!("CLOSED"), false),
        (json!(" Closed "), false),
        (json!("active"), true),
        (json!("disconnected"), true),
        (json!("closing"), true),
        (json!(""), true),
        (Value::Null, true),
    ] {
        let guest = json!([person(2, "customer", &status)]);
        assert_eq!(seen(&with(&json!("active"), &guest)).guests().next().unwrap().1.live, live, "{status}");
        // Both have to be closed: the conversation, and everybody in it.
        assert_eq!(seen(&with(&json!("closed"), &guest)).ended(), !live, "{status}");
        assert_eq!(seen(&with(&status, &json!([person(2, "customer", &json!("closed"))]))).ended(), !live, "{status}");
    }
    let agent_remains = json!([person(2, "customer", &json!("closed")), person(3, "agent", &json!("active"))]);
    assert!(!seen(&with(&json!("closed"), &agent_remains)).ended());
}

#[test]
fn a_state_and_an_end_time_say_nothing() {
    let mut guest = person(2, "customer", &json!("active"));
    guest["state"] = json!("disconnected");
    guest["endTime"] = json!("2026-11-20T11:30:00Z");
    let mut body = with(&json!("active"), &json!([guest]));
    body["state"] = json!({ "not": "even a text" });
    body["endTime"] = json!("2026-11-20T11:30:00Z");
    let reading = seen(&body);
    assert!(reading.guests().next().unwrap().1.live && reading.end_time.is_none());
    body["participants"][0]["status"] = json!("closed");
    assert!(!seen(&body).ended());
    body["status"] = json!("closed");
    assert_eq!(seen(&body).end_time, Some(time("2026-11-20T11:30:00Z")));
}

#[test]
fn a_participant_is_one_leg_and_its_communication_has_its_id() {
    let people: Vec<Value> = (2..6).map(|n| person(n, if n % 2 == 0 { "Customer" } else { "external" }, &json!("active"))).collect();
    let reading = seen(&with(&json!("active"), &json!(people)));
    let legs: Vec<_> = reading.guests().map(|(p, c)| (p.id, c.id, c.connected_time, c.live)).collect();
    let expected = (2..6).map(Uuid::from_u128).map(|id| (id, id, time("2026-11-20T11:05:00Z"), true));
    assert_eq!(legs, expected.collect::<Vec<_>>());
    assert!(reading.participants.iter().all(|participant| !participant.after_call_work));
}

#[test]
fn several_entries_of_one_participant_are_one_leg_that_is_live_when_one_is() {
    let entry = |status: &str, connected: &str| {
        let mut entry = person(2, "customer", &json!(status));
        entry["connectedTime"] = json!(connected);
        entry
    };
    let [early, late] = ["2026-11-20T11:05:00Z", "2026-11-20T11:06:00Z"];
    for (one, other, expected) in [
        (("closed", late), ("active", early), (true, early)),
        (("active", early), ("closed", late), (true, early)),
        (("active", early), ("active", late), (true, late)),
        (("closed", late), ("closed", early), (false, late)),
    ] {
        let reading = seen(&with(&json!("active"), &json!([entry(one.0, one.1), entry(other.0, other.1)])));
        let legs: Vec<_> = reading.guests().map(|(_, c)| (c.live, c.connected_time)).collect();
        assert_eq!(legs, [(expected.0, time(expected.1))], "{one:?} {other:?}");
    }
}

#[test]
fn who_holds_another_live_communication_connected_when_the_last_of_them_did() {
    let [early, late] = ["2026-11-20T11:06:00Z", "2026-11-20T11:07:00Z"];
    let leg = |status: &str, one: Value, other: Value| {
        let mut guest = person(2, "customer", &json!(status));
        guest["communications"] = json!([
            { "id": P, "status": one, "connectedTime": early },
            { "id": C, "status": other, "connectedTime": late, "state": "disconnected" },
        ]);
        let reading = seen(&with(&json!("active"), &json!([guest])));
        let legs: Vec<_> = reading.guests().map(|(_, c)| (c.id, c.live, c.connected_time)).collect();
        assert_eq!(legs[0].0, Uuid::from_u128(2));
        (legs.len(), legs[0].1, legs[0].2)
    };
    let [open, closed] = [json!("active"), json!("Closed")];
    assert_eq!(leg("active", open.clone(), open.clone()), (1, true, time(late)));
    assert_eq!(leg("active", open.clone(), closed.clone()), (1, true, time(early)));
    assert_eq!(leg("active", Value::Null, Value::Null), (1, true, time(late)));
    assert_eq!(leg("active", closed.clone(), closed.clone()), (1, true, time("2026-11-20T11:05:00Z")));
    // A contradiction is taken for live.
    assert_eq!(leg("closed", open, closed.clone()), (1, true, time(early)));
    assert!(!leg("closed", closed.clone(), Value::Null).1 && !leg("closed", closed.clone(), closed).1);
}

#[test]
fn the_time_of_connection_falls_back_step_by_step() {
    let mut body = with(&json!("active"), &json!([person(2, "customer", &json!("active"))]));
    let connected = |body: &Value| seen(body).participants[0].communications[0].connected_time;
    assert_eq!(connected(&body), time("2026-11-20T11:05:00Z"));
    body["participants"][0]["connectedTime"] = Value::Null;
    body["participants"][0]["startTime"] = json!("2026-11-20T11:04:00Z");
    assert_eq!(connected(&body), time("2026-11-20T11:04:00Z"));
    body["participants"][0]["startTime"] = json!("");
    assert_eq!(connected(&body), time("2026-11-20T11:00:00Z"));
    body.as_object_mut().unwrap().remove("startTime");
    assert!(unusable(&body).contains("a live participant has no time of connection"));
    // Of one who is closed it decides nothing, and must not hide the end.
    body["participants"][0]["status"] = json!("closed");
    assert_eq!(connected(&body), time(DATE));
}

#[test]
fn a_reading_is_never_older_than_what_it_tells() {
    let mut body = with(&json!("active"), &json!([person(2, "customer", &json!("active"))]));
    assert_eq!(seen(&body).taken, time(DATE));
    body["participants"][0]["endTime"] = json!("2026-11-20T12:00:01Z");
    assert_eq!(seen(&body).taken, time("2026-11-20T12:00:01Z"));
}

#[test]
fn what_cannot_be_trusted_is_unreadable_and_not_guessed() {
    let good = with(&json!("active"), &json!([person(2, "customer", &json!("active"))]));
    type Spoil = fn(&mut Value);
    let spoils: [(Spoil, &str); 9] = [
        (|body| body["id"] = json!(P), "not about the conversation"),
        (|body| body["id"] = Value::Null, "not about the conversation"),
        (|body| body["participants"] = Value::Null, "no participants"),
        (|body| body["participants"][0]["id"] = json!("x"), "no usable id"),
        (|body| body["participants"][0]["status"] = json!(7), "no conversation"),
        (|body| body["status"] = json!(["closed"]), "no conversation"),
        (|body| body["participants"][0]["connectedTime"] = json!("yesterday"), "no conversation"),
        (|body| *body = json!([]), "no conversation"),
        (|body| *body = Value::Null, "no conversation"),
    ];
    for (spoil, why) in spoils {
        let mut body = good.clone();
        spoil(&mut body);
        assert!(unusable(&body).contains(why), "{body}");
    }
}

#[test]
fn unknown_fields_are_ignored_and_the_event_stream_is_taken_up_until_the_end() {
    let mut body = with(&json!("active"), &json!([person(2, "customer", &json!("active"))]));
    assert_eq!(shown(&body).event_stream, None);
    body["disposition"] = json!({ "somethingNew": [{}] });
    body["participants"][0]["messages"] = json!("not even a list");
    body["eventStreamUri"] = json!("wss://gateway.example/streams/1");
    assert_eq!(shown(&body).event_stream.as_deref(), Some("wss://gateway.example/streams/1"));
    assert_eq!(seen(&body).guests().count(), 1);
    body["status"] = json!("closed");
    assert!(!seen(&body).ended() && shown(&body).event_stream.is_some());
    body["participants"][0]["status"] = json!("closed");
    assert!(seen(&body).ended() && shown(&body).event_stream.is_none());
}
