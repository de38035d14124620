use super::super::super::{Happening, Overrides, Return};
use super::*;

/// What the guest of the usual conversation hears when it is ended in this way, and its world then.
fn ended(mode: ConversationDisconnect, end: impl FnOnce(&mut World, LegId)) -> (World, LegId, GuestSocketId, Vec<Content>) {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut world = telling(mode, chat);
    let socket = joined(&mut world, leg, 0);
    end(&mut world, leg);
    let heard = heard(&mut world, socket);
    (world, leg, socket, heard)
}

fn guest_leg_first(world: &mut World, leg: LegId) {
    world.end_participant(leg.conversation, leg.participant, at(1)).unwrap();
    world.end_conversation(leg.conversation, at(2)).unwrap();
}

fn said(contents: &[Content]) -> Vec<&Saying> {
    contents.iter().filter_map(|content| if let Content::Line(line) = content { Some(&line.said) } else { None }).collect()
}

#[test]
fn a_guest_is_told_once_as_its_deployment_says_and_its_socket_stays_open() {
    let wrapper_only = |world: &mut World, leg: LegId| world.end_conversation(leg.conversation, at(1)).unwrap();
    let by_force = |world: &mut World, leg: LegId| world.tear_down(leg.conversation, at(1)).unwrap();
    for (mode, told) in [
        (ConversationDisconnect::Off, vec![]),
        (ConversationDisconnect::Send, vec![Saying::Disconnect { read_only: false }]),
        (ConversationDisconnect::ReadOnly, vec![Saying::Disconnect { read_only: true }]),
    ] {
        for (world, leg, _, heard) in [ended(mode, guest_leg_first), ended(mode, wrapper_only), ended(mode, by_force)] {
            assert_eq!(said(&heard), told.iter().collect::<Vec<_>>());
            assert_eq!((view(&world, leg).sockets, view(&world, leg).ended), (1, Some(at(1))));
        }
    }
}

#[test]
fn a_guest_that_was_not_told_is_a_ghost() {
    for (mode, ghosts) in [(ConversationDisconnect::Off, 1), (ConversationDisconnect::Send, 0), (ConversationDisconnect::ReadOnly, 0)] {
        let (world, leg, ..) = ended(mode, guest_leg_first);
        assert_eq!(world.witness().guests.ghosts, ghosts, "{mode:?}");
        assert_eq!(view(&world, leg).believing, ghosts == 1);
        assert_eq!(world.witness().to_string().contains("1 ghosts"), ghosts == 1);
    }
}

#[test]
fn a_ghost_that_closes_its_socket_is_none_any_more() {
    let (mut world, _, socket, _) = ended(ConversationDisconnect::Off, guest_leg_first);
    world.guest_is_gone(socket, true, at(9));
    assert_eq!(world.witness().guests, super::super::super::GuestCounts::default());
}

#[test]
fn a_guest_that_writes_after_the_end_comes_back_into_the_same_conversation() {
    for mode in [ConversationDisconnect::Off, ConversationDisconnect::Send] {
        let (mut world, leg, socket, _) = ended(mode, guest_leg_first);
        assert_eq!(codes(&writes(&mut world, socket, leg, "hello?", 5)), NONE);
        let live = truth(&world, leg.conversation).live_guest_legs();
        assert_eq!(live.len(), 1);
        assert_ne!(live[0].communication, leg.communication);
        let counts = world.witness().guests;
        assert_eq!((counts.ghosts, counts.ghosts_back, counts.guest_returns, counts.guest_messages_after_end), (1, 1, 1, 1));
        writes(&mut world, socket, leg, "anybody?", 6);
        assert_eq!(world.witness().guests.guest_messages_after_end, 1, "the second was written to a live leg");
        world.end_participant(leg.conversation, live[0].participant, at(7)).unwrap();
        let counts = world.witness().guests;
        assert_eq!((counts.ghosts_back, counts.ghosts_believing), (0, u64::from(mode == ConversationDisconnect::Off)));
    }
}

#[test]
fn a_guest_that_may_read_only_is_refused_and_stays_so_when_it_resumes() {
    let (mut world, leg, socket, _) = ended(ConversationDisconnect::ReadOnly, guest_leg_first);
    assert_eq!(codes(&writes(&mut world, socket, leg, "hello?", 5)), [409]);
    let again = world.guest_connects(DEFAULT_DEPLOYMENT, at(6)).unwrap();
    let answer = asks(&mut world, again, &GuestRequest::configure(&token_of(leg)), 6);
    assert!(matches!(answer[..], [Content::Session(s)] if s.connected && s.read_only && !s.new_session));
    assert!(truth(&world, leg.conversation).live_guest_legs().is_empty());
    let counts = world.witness().guests;
    assert_eq!((counts.ghosts, counts.guest_messages_after_end, counts.guest_messages_refused), (0, 0, 1));
}

#[test]
fn whether_the_customer_legs_end_is_told_is_a_switch() {
    let chat = ConversationSpec::usual(1).overriding(Overrides { no_cascade: Some(true), ..Overrides::default() });
    let leg = guest(&chat);
    let mut world = telling(ConversationDisconnect::Send, chat);
    let deployment = DeploymentSpec::new(DEFAULT_DEPLOYMENT).telling(ConversationDisconnect::Send);
    world.put_deployment(DeploymentSpec { customer_end_is_told: false, ..deployment });
    let socket = joined(&mut world, leg, 0);
    world.end_participant(leg.conversation, leg.participant, at(1)).unwrap();
    assert!(heard(&mut world, socket).is_empty());
    assert_eq!(world.witness().guests.ghosts_believing, 1);
    world.end_conversation(leg.conversation, at(2)).unwrap();
    assert_eq!(said(&heard(&mut world, socket)), [&Saying::Disconnect { read_only: false }], "now the agent has gone");
    assert_eq!(world.witness().guests.ghosts, 0);
}

#[test]
fn a_guest_that_leaves_is_not_told_and_no_ghost() {
    let (world, leg, _, heard) = ended(ConversationDisconnect::Send, |world, leg| {
        world.happen(Happening::GuestLeaves { conversation_id: leg.conversation }, at(1)).unwrap();
    });
    assert_eq!((heard.len(), world.witness().guests.ghosts), (0, 0));
    assert_eq!(view(&world, leg).ended, None);
}

#[test]
fn a_guest_that_comes_back_by_itself_is_a_ghost_too_until_it_is_ended_again() {
    for comes_as in [Return::NewCommunication, Return::NewParticipant] {
        let (mut world, leg, _, _) = ended(ConversationDisconnect::Send, guest_leg_first);
        let back = world.guest_reconnects(leg.conversation, comes_as, at(5)).unwrap();
        assert_eq!(world.witness().guests.ghosts_back, 1);
        assert_eq!(view(&world, leg).leg, Some(back));
        world.end_communication(back, at(6)).unwrap();
        assert_eq!((world.witness().guests.ghosts, world.witness().guests.guest_returns), (0, 1));
    }
}

#[test]
fn a_message_outside_the_threading_window_begins_a_new_conversation_and_makes_no_ghost() {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut spec = sample::world(vec![chat]);
    spec.behaviour.threading.window_minutes = 1;
    let mut world = begin(spec);
    let socket = joined(&mut world, leg, 0);
    guest_leg_first(&mut world, leg);
    assert_eq!(codes(&writes(&mut world, socket, leg, "hello?", 70_000)), NONE);
    assert!(truth(&world, leg.conversation).live_guest_legs().is_empty());
    let counts = world.witness().guests;
    assert_eq!((counts.ghosts, counts.guest_returns, counts.guest_messages_after_end), (0, 0, 1));
    assert_eq!(world.conversations().count(), 2);
}
