//! The guest's side, as sentences.

mod ending;
mod laws;
mod sockets;
mod widgets;

use super::super::{
    Content, ConversationDisconnect, DEFAULT_DEPLOYMENT, DeploymentSpec, GuestAction, GuestRequest, GuestSocketId, GuestText, GuestView,
    HowCut, Profile, Saying, ToGuest, WidgetSpec,
};
use super::*;

/// A world with the usual conversation, whose guests are told of an end in this way.
fn telling(mode: ConversationDisconnect, chat: ConversationSpec) -> World {
    let mut spec = sample::world(vec![chat]);
    spec.deployments = vec![DeploymentSpec::new(DEFAULT_DEPLOYMENT).telling(mode)];
    begin(spec)
}

/// The token of a guest that has no other.
fn token_of(leg: LegId) -> String {
    leg.participant.to_string()
}

/// Connects a guest that resumes its session; what it is told first is thrown away.
fn joined(world: &mut World, leg: LegId, now: u64) -> GuestSocketId {
    let socket = world.guest_connects(DEFAULT_DEPLOYMENT, at(now)).unwrap();
    assert!(matches!(asks(world, socket, &GuestRequest::configure(&token_of(leg)), now)[..], [Content::Session(s)] if s.connected));
    socket
}

/// Sends a request; what comes back.
fn asks(world: &mut World, socket: GuestSocketId, request: &GuestRequest, now: u64) -> Vec<Content> {
    world.guest_sends(socket, request, at(now));
    heard(world, socket)
}

fn writes(world: &mut World, socket: GuestSocketId, leg: LegId, text: &str, now: u64) -> Vec<Content> {
    asks(world, socket, &GuestRequest::text(&token_of(leg), text), now)
}

/// The frames that came since the last time.
fn heard(world: &mut World, socket: GuestSocketId) -> Vec<Content> {
    let frames = world.guest_takes(socket).into_iter().filter_map(|outgoing| match outgoing {
        ToGuest::Frame(frame) => Some(frame.content),
        ToGuest::Close(_) | ToGuest::Cut => None,
    });
    frames.collect()
}

/// No error.
const NONE: [u16; 0] = [];

/// The codes of errors among these.
fn codes(contents: &[Content]) -> Vec<u16> {
    let code = |content: &Content| if let Content::Error { code, .. } = content { Some(*code) } else { None };
    contents.iter().filter_map(code).collect()
}

fn view(world: &World, leg: LegId) -> GuestView {
    world.guests().find(|g| g.token == token_of(leg)).unwrap()
}
