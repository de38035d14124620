//! The notification service on the wire: REST, sockets, and the simulator's own API for both.

mod frame;
mod rest;
mod socket;

use serde::Deserialize;
use serde_json::{Value, json};

use super::admin::{Asked, Refused, read};
use super::route::behind;
use super::shared::Shared;
use crate::simulator::world::{ChannelId, Mischief};

pub(super) use rest::{body, completed, recognise};
pub(super) use socket::{GOING_AWAY, close, open};

/// The channel whose socket a path is.
pub(super) fn channel_of(shared: &Shared, path: &str) -> Option<ChannelId> {
    shared.with_world(|world, _| {
        let (_, path) = behind(world.gateway_prefixes(), path);
        let id = path.strip_prefix("/channels/").filter(|id| !id.is_empty() && !id.contains('/'))?;
        Some(ChannelId(id.into()))
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MischiefBody {
    mischief: Mischief,
    channel_id: Option<ChannelId>,
}

/// Answers the simulator's own API where it is about notifications and events.
pub(super) fn admin(shared: &Shared, asked: Asked<'_>, body: &[u8]) -> Result<Value, Refused> {
    shared.with_world(|world, now| match asked {
        ("GET", ["events"]) => Ok(serde_json::to_value(world.announced().collect::<Vec<_>>())?),
        ("GET", ["notifications"]) => Ok(json!({ "channels": world.channels() })),
        ("POST", ["notifications", "mischief"]) => {
            let MischiefBody { mischief, channel_id } = read(body)?;
            Ok(json!({ "channels": world.misbehave(&mischief, channel_id.as_ref(), now) }))
        }
        _ => Err(Refused::NotFound),
    })
}
