//! Each behaviour of the world, as a sentence.

mod announcing;
mod chats;
mod closing;
mod dialects;
mod entering;
mod ghosts;
mod guest;
mod happening;
mod laws;
mod notifying;
mod pushing;
mod reading;
mod sockets;
mod threading;
mod witnessing;

use jiff::Timestamp;
use uuid::Uuid;

use super::behaviour::later;
use super::{
    Behaviour, Call, Caller, Conversation, ConversationSpec, Credentials, Delay, LegId, Purpose, Request, Served, World, WorldSpec, sample,
};

/// The moment at which these worlds begin, plus some milliseconds.
fn at(milliseconds: u64) -> Timestamp {
    later("2026-11-20T10:00:00Z".parse().unwrap(), milliseconds)
}

/// A world with the usual conversation number 1, changed by these.
fn world_of(conversation: ConversationSpec, behaviour: impl FnOnce(&mut Behaviour)) -> World {
    let mut spec = sample::world(vec![conversation]);
    behaviour(&mut spec.behaviour);
    begin(spec)
}

fn begin(spec: WorldSpec) -> World {
    World::new(spec, at(0)).unwrap()
}

/// Effects take a second.
fn slow(behaviour: &mut Behaviour) {
    behaviour.effect_delay_ms = Delay::fixed(1000);
}

/// The only guest leg of a conversation.
fn guest(conversation: &ConversationSpec) -> LegId {
    conversation.guest_legs()[0]
}

/// A conversation's truth.
fn truth(world: &World, id: Uuid) -> Conversation {
    world.truth(id).unwrap().clone()
}

/// A bearer token of the test client.
fn token(world: &mut World, now: Timestamp) -> Caller {
    Caller::Bearer(world.serve_login(&credentials(), now).answer.unwrap().access_token)
}

fn credentials() -> Credentials {
    Credentials {
        client_id: sample::CLIENT_ID.into(),
        client_secret: sample::CLIENT_SECRET.into(),
        grant_type: "client_credentials".into(),
    }
}

fn serve(world: &mut World, caller: &Caller, request: Request, now: Timestamp) -> Served {
    world.serve(&Call { caller: caller.clone(), request, correlation_id: None }, now)
}

fn read(conversation: Uuid) -> Request {
    Request::Read { conversation, family: super::Family::Neutral }
}

/// Whether the conversation's leg of this purpose is live.
fn is_live(world: &World, id: Uuid, purpose: Purpose) -> bool {
    truth(world, id).participants.iter().any(|p| p.purpose == purpose && p.is_live())
}
