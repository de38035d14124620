//! The simulator's own API: to look at the world and to make things happen in it.
//!
//! JSON in and out, camelCase, unknown fields refused; errors are `{"message": …}`. Open to loopback only, unless the
//! simulator was started otherwise. It answers while the world is unreachable.
//!
//! | request under `/simulator/v1` | what it does |
//! |---|---|
//! | `GET /witness` | what was seen so far ([`Witness`](crate::simulator::world::Witness)) |
//! | `GET /world` | organization, clients (without secrets), behaviour, faults, the time, what is due next |
//! | `GET /conversations`, `GET /conversations/{id}` | the truth about conversations, with their stories |
//! | `GET /chats` | every guest of a legacy web chat: leg, token, widget, whether it is a ghost |
//! | `PUT /conversations/{id}/overrides` | replaces where a conversation behaves differently |
//! | `POST /happenings` `{happening, afterMs?}` | lets something happen, now or later ([`Happening`]); a guest's new leg comes back |
//! | `POST /finished` `{conversationId?}`, `DELETE /finished` | marks as finished what is to get no external write any more; takes all marks back |
//! | `POST /targets` `{conversationId, legs?}` | names the legs that a wrapper close must wait for; by default the live guest legs |
//! | `GET /behaviour`, `PATCH /behaviour` | the switches; a PATCH names those that change, in groups too |
//! | `GET /events` | the latest events that were announced, oldest first |
//! | `GET /notifications` | the notification channels |
//! | `POST /notifications/mischief` `{mischief, channelId?}` | lets the notification service misbehave ([`Mischief`](crate::simulator::world::Mischief)) on one channel or all; how many |
//! | `GET /pushes/targets`, `PUT /pushes/targets/{id}`, `DELETE /pushes/targets/{id}` | where events are pushed to ([`PushTarget`](crate::simulator::world::PushTarget)), without the secrets |
//! | `GET /pushes/deliveries`, `POST /pushes/deliveries/{number}/again` | the log of deliveries; sends one once more |
//! | `GET /faults`, `PUT /faults` | the fault rules |
//! | `PUT /clients/{id}`, `PATCH /clients/{id}` | adds or replaces a client; changes some of its fields (secret, permissions, state …) |
//! | `DELETE /tokens`, `DELETE /tokens/{clientId}` | makes tokens void |
//! | `PUT /organization` `{id, name}` | changes the organization that tokens name |
//! | `PUT /unreachable` `{unreachable}` | cuts every connection of the service, or lets clients back in |
//! | `DELETE /rateLimits` | starts all rate limits afresh |
//! | `POST /holds` `{operation, when: beforeEffect or afterEffect, conversationId?}` | makes the next such request wait, 120 s at most; its `id` |
//! | `GET /holds`, `GET /holds/{id}` | `stage`: armed, waiting or over |
//! | `DELETE /holds/{id}`, `DELETE /holds/{id}?drop=true` | lets the request go on; drops it instead, with its connection |
//! | `POST /shutdown` | stops the simulator |
//!
//! What it says of guests, their widgets and deployments is described in `server::guest::admin`.

use axum::body::to_bytes;
use axum::extract::Request;
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::connection::Peer;
use super::deliver::plain_json;
use super::guest;
use super::hold::{HoldSpec, Stage};
use super::notification;
use super::push;
use super::route::ADMIN;
use super::shared::Shared;
use crate::simulator::world::{Conversation, Happening, LegId, World, later};

/// The most that a request body may hold, in bytes.
const BODY_LIMIT: usize = 4_000_000;

/// Why a request of this API is not done.
pub(super) enum Refused {
    NotFound,
    Bad(String),
}

impl From<serde_json::Error> for Refused {
    fn from(error: serde_json::Error) -> Self {
        Self::Bad(format!("the body is not what is expected here: {error}"))
    }
}

/// Answers one request of the simulator's own API.
pub(super) async fn answer(shared: &Shared, peer: &Peer, request: Request) -> Response {
    if !(shared.admin_from_anywhere || peer.is_loopback()) {
        return plain_json(403, &json!({ "message": "this API is open to the loopback interface only" }));
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return plain_json(413, &json!({ "message": format!("a body may hold {BODY_LIMIT} bytes") }));
    };
    let path = parts.uri.path().strip_prefix(ADMIN).unwrap_or_default();
    let segments: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
    let query = parts.uri.query().unwrap_or_default();
    let asked = (parts.method.as_str(), segments.as_slice());
    let done = match look(shared, asked) {
        Err(Refused::NotFound) => match holds(shared, asked, query, &body) {
            Err(Refused::NotFound) => match notification::admin(shared, asked, &body) {
                Err(Refused::NotFound) => match push::admin(shared, asked, &body) {
                    Err(Refused::NotFound) => match guest::admin::answer(shared, asked, query, &body) {
                        Err(Refused::NotFound) => act(shared, asked, &body),
                        other => other,
                    },
                    other => other,
                },
                other => other,
            },
            other => other,
        },
        other => other,
    };
    match done {
        Ok(body) => plain_json(200, &body),
        Err(Refused::NotFound) => plain_json(404, &json!({ "message": "no such thing here" })),
        Err(Refused::Bad(message)) => plain_json(400, &json!({ "message": message })),
    }
}

/// A method and the segments of a path.
pub(super) type Asked<'a> = (&'a str, &'a [&'a str]);

fn look(shared: &Shared, asked: Asked<'_>) -> Result<Value, Refused> {
    shared.with_world(|world, _| match asked {
        ("GET", ["witness"]) => Ok(serde_json::to_value(world.witness())?),
        ("GET", ["world"]) => Ok(dump(world)),
        ("GET", ["conversations"]) => Ok(world.conversations().map(|(c, story)| told(c, story)).collect()),
        ("GET", ["conversations", id]) => {
            let id = uuid(id)?;
            let found = world.conversations().find(|(c, _)| c.id == id);
            found.map(|(c, story)| told(c, story)).ok_or(Refused::NotFound)
        }
        ("GET", ["chats"]) => Ok(world.chat_guests().map(|guest| json!(guest)).collect()),
        ("GET", ["behaviour"]) => Ok(serde_json::to_value(world.behaviour())?),
        ("GET", ["faults"]) => Ok(serde_json::to_value(world.faults())?),
        _ => Err(Refused::NotFound),
    })
}

fn holds(shared: &Shared, asked: Asked<'_>, query: &str, body: &[u8]) -> Result<Value, Refused> {
    match asked {
        ("GET", ["holds"]) => Ok(shared.holds.all().into_iter().map(|(id, spec, stage)| hold(id, spec, stage)).collect()),
        ("POST", ["holds"]) => {
            let spec: HoldSpec = read(body)?;
            Ok(hold(shared.holds.set(spec), spec, Stage::Armed))
        }
        ("GET", ["holds", id]) => {
            let id = id.parse().map_err(|_| Refused::NotFound)?;
            shared.holds.look(id).map(|(spec, stage)| hold(id, spec, stage)).ok_or(Refused::NotFound)
        }
        ("DELETE", ["holds", id]) => {
            let id = id.parse().map_err(|_| Refused::NotFound)?;
            let drop_request = query.split('&').any(|pair| pair == "drop=true");
            if shared.holds.release(id, drop_request) { Ok(json!({})) } else { Err(Refused::NotFound) }
        }
        _ => Err(Refused::NotFound),
    }
}

fn hold(id: u64, spec: HoldSpec, stage: Stage) -> Value {
    let mut told = json!(spec);
    told["id"] = json!(id);
    told["stage"] = json!(stage);
    told
}

fn act(shared: &Shared, asked: Asked<'_>, body: &[u8]) -> Result<Value, Refused> {
    if asked == ("POST", &["shutdown"]) {
        shared.stopping.cancel();
        return Ok(json!({}));
    }
    shared.with_world(|world, now| {
        match asked {
            ("POST", ["happenings"]) => {
                let HappeningBody { happening, after_ms } = read(body)?;
                if let Some(milliseconds) = after_ms {
                    world.schedule(happening, later(now, milliseconds));
                    return Ok(json!({}));
                }
                return Ok(json!({ "leg": world.happen(happening, now).map_err(bad)? }));
            }
            ("PUT", ["conversations", id, "overrides"]) => world.set_overrides(uuid(id)?, read(body)?).map_err(bad)?,
            ("POST", ["finished"]) => world.mark_finished(read::<FinishedBody>(body)?.conversation_id),
            ("DELETE", ["finished"]) => world.unmark_finished(None),
            ("POST", ["targets"]) => name_targets(world, read(body)?),
            ("PATCH", ["behaviour"]) => {
                let merged = merged(json!(world.behaviour()), read(body)?);
                world.set_behaviour(serde_json::from_value(merged)?);
            }
            ("PUT", ["faults"]) => world.set_faults(read(body)?),
            ("PUT", ["clients", id]) => {
                world.put_client(serde_json::from_value(merged(read(body)?, json!({ "id": id })))?);
            }
            ("PATCH", ["clients", id]) => {
                let known = world.clients().find(|c| c.id == *id).map(|c| json!(c)).ok_or(Refused::NotFound)?;
                let change = merged(read(body)?, json!({ "id": id }));
                world.put_client(serde_json::from_value(merged(known, change))?);
            }
            ("DELETE", ["tokens"]) => world.revoke_tokens(None),
            ("DELETE", ["tokens", client]) => world.revoke_tokens(Some(client)),
            ("PUT", ["organization"]) => world.set_organization(read(body)?),
            ("PUT", ["unreachable"]) => world.set_unreachable(read::<UnreachableBody>(body)?.unreachable),
            ("DELETE", ["rateLimits"]) => world.reset_rate_limits(),
            _ => return Err(Refused::NotFound),
        }
        Ok(json!({}))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct HappeningBody {
    happening: Happening,
    after_ms: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FinishedBody {
    conversation_id: Option<Uuid>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TargetsBody {
    conversation_id: Uuid,
    legs: Option<Vec<TargetLeg>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TargetLeg {
    participant_id: Uuid,
    communication_id: Uuid,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UnreachableBody {
    unreachable: bool,
}

fn name_targets(world: &mut World, TargetsBody { conversation_id, legs }: TargetsBody) {
    let Some(legs) = legs else {
        world.name_live_legs_as_targets(conversation_id);
        return;
    };
    for TargetLeg { participant_id, communication_id } in legs {
        world.name_target(LegId { conversation: conversation_id, participant: participant_id, communication: communication_id });
    }
}

pub(super) fn told(conversation: &Conversation, story: &str) -> Value {
    json!({ "story": story, "conversation": conversation })
}

fn dump(world: &World) -> Value {
    let clients: Vec<Value> = world
        .clients()
        .map(|c| {
            let mut client = json!(c);
            client["secret"] = json!("(not shown)");
            client
        })
        .collect();
    json!({
        "now": world.now(),
        "nextDue": world.next_due(),
        "unreachable": world.is_unreachable(),
        "organization": world.organization(),
        "gatewayPrefixes": world.gateway_prefixes(),
        "clients": clients,
        "behaviour": world.behaviour(),
        "faults": world.faults(),
        "conversations": world.conversations().map(|(c, story)| told(c, story)).collect::<Value>(),
    })
}

/// The first value with the fields of the second over it, groups of fields one by one.
pub(super) fn merged(mut base: Value, over: Value) -> Value {
    match (base.as_object_mut(), over) {
        (Some(fields), Value::Object(more)) => {
            for (name, value) in more {
                let known = fields.remove(&name).unwrap_or_default();
                fields.insert(name, merged(known, value));
            }
            base
        }
        (_, over) => over,
    }
}

pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refused> {
    let body = if body.trim_ascii().is_empty() { b"{}" } else { body };
    Ok(serde_json::from_slice(body)?)
}

pub(super) fn uuid(text: &str) -> Result<Uuid, Refused> {
    Uuid::try_parse(text).map_err(|_| Refused::Bad(format!("{text:?} is no UUID")))
}

pub(super) fn bad(error: impl std::error::Error) -> Refused {
    Refused::Bad(error.to_string())
}
