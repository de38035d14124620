//! The simulator's own API, as far as it is about guests.
//!
//! | request under `/simulator/v1` | what it does |
//! |---|---|
//! | `GET /guests`, `GET /guests/{participantId}` | every guest: leg, token, deployment, widget, sockets, whether it is a ghost, what was said |
//! | `PUT /guests/{participantId}/widget` `{profile, afterMs?, …}` | puts a widget in front of a guest, in the place of the one that was there |
//! | `POST /guests/{participantId}/prompt` | lets the widget do now what its profile is named after: reload, write again, come back online |
//! | `POST /guests/{participantId}/writes` `{text}` | lets the guest write, through the widget |
//! | `POST /guests/{participantId}/cut` `{how: drop or close}` | cuts the guest's sockets: without a close frame (clients reconnect) or with one |
//! | `POST /conversations/{id}/says` `{from: Human or Bot, text}` | lets the organization say something to the guests of a conversation |
//! | `GET /deployments`, `PUT /deployments/{id}`, `PATCH /deployments/{id}` | the web messaging deployments; a PATCH names what changes |
//! | `GET /diary?after={number}` | what happened to guests, in order; the last 1000 entries |
//! | `GET /page?after={number}` | all that the page at `/` shows: conversations, guests, the witness, the last writes, the diary |

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::admin::{Asked, Refused, bad, merged, read, told, uuid};
use super::super::shared::Shared;
use crate::simulator::world::{DiaryEntry, HowCut, Speaker, WidgetSpec, World};

/// How many conversations the page shows, and how many of the last writes.
const SHOWN: usize = 200;

/// Answers one request about guests.
pub(in super::super) fn answer(shared: &Shared, asked: Asked<'_>, query: &str, body: &[u8]) -> Result<Value, Refused> {
    let after = query.split('&').find_map(|pair| pair.strip_prefix("after=")).and_then(|number| number.parse().ok()).unwrap_or_default();
    shared.with_world(|world, now| {
        match asked {
            ("GET", ["guests"]) => return Ok(world.guests().map(|guest| json!(guest)).collect()),
            ("GET", ["guests", id]) => {
                let id = uuid(id)?;
                let found = world.guests().find(|guest| guest.leg.is_some_and(|leg| leg.participant == id));
                return found.map(|guest| json!(guest)).ok_or(Refused::NotFound);
            }
            ("GET", ["deployments"]) => return Ok(world.deployments().map(|deployment| json!(deployment)).collect()),
            ("GET", ["diary"]) => return Ok(world.diary(after).map(|entry| json!(entry)).collect()),
            ("GET", ["page"]) => return Ok(page(world, after)),
            ("PUT", ["guests", id, "widget"]) => world.put_widget(uuid(id)?, read::<WidgetSpec>(body)?, now).map_err(bad)?,
            ("POST", ["guests", id, "prompt"]) => world.prompt_widget(uuid(id)?, now).map_err(bad)?,
            ("POST", ["guests", id, "writes"]) => world.guest_types(uuid(id)?, &read::<TextBody>(body)?.text, now).map_err(bad)?,
            ("POST", ["guests", id, "cut"]) => world.cut_guest(uuid(id)?, read::<CutBody>(body)?.how, now).map_err(bad)?,
            ("POST", ["conversations", id, "says"]) => {
                let SaysBody { from, text } = read(body)?;
                return Ok(json!({ "heardBy": world.says(uuid(id)?, from, &text, now) }));
            }
            ("PUT", ["deployments", id]) => {
                world.put_deployment(serde_json::from_value(merged(read(body)?, json!({ "id": uuid(id)? })))?);
            }
            ("PATCH", ["deployments", id]) => {
                let known = world.deployment(uuid(id)?).map(|d| json!(d)).ok_or(Refused::NotFound)?;
                let change = merged(read(body)?, json!({ "id": uuid(id)? }));
                world.put_deployment(serde_json::from_value(merged(known, change))?);
            }
            _ => return Err(Refused::NotFound),
        }
        Ok(json!({}))
    })
}

fn page(world: &World, after: u64) -> Value {
    let mut witness = world.witness();
    let writes = witness.writes.split_off(witness.writes.len().saturating_sub(SHOWN));
    witness.writes.clear();
    let conversations: Vec<Value> = world.conversations().take(SHOWN).map(|(c, story)| told(c, story)).collect();
    let shown: std::collections::BTreeSet<Uuid> = world.conversations().take(SHOWN).map(|(c, _)| c.id).collect();
    let here = |conversation: Option<Uuid>| conversation.is_none_or(|id| shown.contains(&id));
    json!({
        "now": world.now(),
        "organization": world.organization(),
        "total": world.conversations().count(),
        "conversations": conversations,
        "guests": world.guests().filter(|g| here(g.leg.map(|leg| leg.conversation))).collect::<Vec<_>>(),
        "witness": witness,
        "writes": writes,
        "diary": world.diary(after).collect::<Vec<&DiaryEntry>>(),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TextBody {
    text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct CutBody {
    #[serde(default)]
    how: HowCut,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SaysBody {
    #[serde(default = "human")]
    from: Speaker,
    text: String,
}

fn human() -> Speaker {
    Speaker::Human
}
