//! `/api/v2/notifications/…`: what is asked, and the JSON of the answers, written by hand from the vendor's models.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::wire::{present, time};
use crate::simulator::world::{AvailableTopic, ChannelId, ChannelView, NotificationAnswer, NotificationRequest, Wanted};

/// Finds the request behind a method and the segments of a path below `/api/v2/`.
pub(in super::super) fn recognise(method: &Method, segments: &[&str]) -> Option<NotificationRequest> {
    let id = |text: &str| ChannelId(text.into());
    Some(match (method.as_str(), segments) {
        ("POST", ["notifications", "channels"]) => NotificationRequest::Create,
        ("GET", ["notifications", "channels"]) => NotificationRequest::List,
        ("HEAD", ["notifications", "channels", c]) => NotificationRequest::Check { channel: id(c) },
        ("GET", ["notifications", "channels", c, "subscriptions"]) => NotificationRequest::Topics { channel: id(c) },
        ("PUT", ["notifications", "channels", c, "subscriptions"]) => {
            NotificationRequest::Replace { channel: id(c), wanted: Wanted::default() }
        }
        ("POST", ["notifications", "channels", c, "subscriptions"]) => {
            NotificationRequest::Add { channel: id(c), wanted: Wanted::default() }
        }
        ("DELETE", ["notifications", "channels", c, "subscriptions"]) => NotificationRequest::Clear { channel: id(c) },
        ("GET", ["notifications", "availabletopics"]) => NotificationRequest::Available { expand: Vec::new() },
        _ => return None,
    })
}

/// Puts into a request what its query and its body say.
pub(in super::super) fn completed(request: NotificationRequest, query: &str, body: &[u8]) -> NotificationRequest {
    match request {
        NotificationRequest::Replace { channel, wanted: _ } => NotificationRequest::Replace { channel, wanted: wanted(query, body) },
        NotificationRequest::Add { channel, wanted: _ } => NotificationRequest::Add { channel, wanted: wanted(query, body) },
        NotificationRequest::Available { expand: _ } => {
            // Lists come repeated or with commas, these perhaps encoded.
            let values = pairs(query).filter(|(name, _)| *name == "expand").map(|(_, value)| value.replace("%2C", ","));
            let expand = values.flat_map(|value| value.split(',').map(String::from).collect::<Vec<_>>()).collect();
            NotificationRequest::Available { expand }
        }
        NotificationRequest::Create
        | NotificationRequest::List
        | NotificationRequest::Check { .. }
        | NotificationRequest::Topics { .. }
        | NotificationRequest::Clear { .. } => request,
    }
}

fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter_map(|pair| pair.split_once('='))
}

fn wanted(query: &str, body: &[u8]) -> Wanted {
    let ignore_errors = pairs(query).any(|(name, value)| name == "ignoreErrors" && value.eq_ignore_ascii_case("true"));
    Wanted { topics: topics(body), ignore_errors }
}

/// Reads `[{"id": topic}, …]`.
fn topics(body: &[u8]) -> Result<Vec<String>, String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| format!("The body is no JSON: {error}"))?;
    let Value::Array(entries) = value else { return Err("The body is no list of topics".into()) };
    let id = |entry: &Value| entry["id"].as_str().map(String::from).ok_or_else(|| "A topic has no id".to_owned());
    entries.iter().map(id).collect()
}

/// The body of an answer; channels are said to be reached below `sockets`, with `/channels`.
pub(in super::super) fn body(answer: &NotificationAnswer, sockets: &str) -> Option<Value> {
    Some(match answer {
        NotificationAnswer::Channel(view) => channel(view, sockets),
        NotificationAnswer::Channels(views) => json!({ "entities": views.iter().map(|view| channel(view, sockets)).collect::<Value>() }),
        NotificationAnswer::Topics(views) => json!({ "entities": views }),
        NotificationAnswer::Available(list) => json!({ "entities": list.iter().map(available).collect::<Value>() }),
        NotificationAnswer::Nothing => return None,
    })
}

fn channel(view: &ChannelView, sockets: &str) -> Value {
    json!({ "connectUri": format!("{sockets}/channels/{}", view.id), "id": view.id, "expires": time(view.expires) })
}

/// `AvailableTopic`: the id, and the fields that were asked for.
fn available(topic: &AvailableTopic) -> Value {
    let AvailableTopic { kind, transports, requires_permissions, expand } = topic;
    let asked = |name: &str, value: Value| if expand.iter().any(|field| field == name) { value } else { Value::Null };
    let details = json!([{ "type": "requiresAnyPermission", "permissions": requires_permissions, "enforced": true }]);
    present(json!({
        "id": kind.template(),
        "description": asked("description", json!(format!("Detail event {} of a conversation", kind.suffix()))),
        "transports": asked("transports", json!(transports)),
        "requiresPermissions": asked("requiresPermissions", json!(requires_permissions)),
        "permissionDetails": asked("permissionDetails", details),
        "enforced": asked("enforced", json!(true)),
        "visibility": asked("visibility", json!("Public")),
        "topicParameters": asked("topicParameters", json!(["id"])),
    }))
}
