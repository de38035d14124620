use super::super::{CommunicationState, EventKind, Happening, Return, Threading};
use super::*;

const HOUR: u64 = 3_600_000;

/// A conversation whose guest left at 1.
fn ended(behaviour: impl FnOnce(&mut Behaviour)) -> (World, LegId) {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut world = world_of(chat, behaviour);
    world.happen(Happening::GuestLeaves { conversation_id: leg.conversation }, at(1)).unwrap();
    (world, leg)
}

#[test]
fn a_message_inside_the_window_brings_the_same_conversation_back() {
    for comes_as in [Return::NewCommunication, Return::NewParticipant] {
        let (mut world, leg) = ended(|b| b.threading.comes_as = comes_as);
        let back = world.guest_writes(leg.conversation, at(72 * HOUR)).unwrap();
        assert_eq!((back.conversation, back.participant == leg.participant), (leg.conversation, comes_as == Return::NewCommunication));
        assert_ne!(back.communication, leg.communication);
        assert_eq!(truth(&world, leg.conversation).live_guest_legs(), [back]);
        assert_eq!((truth(&world, leg.conversation).end_time, world.witness().reconnects), (None, 1));
    }
}

#[test]
fn a_message_after_the_window_begins_a_new_conversation() {
    let (mut world, leg) = ended(|_| {});
    let new = world.guest_writes(leg.conversation, at(72 * HOUR + 1)).unwrap();
    assert_ne!(new.conversation, leg.conversation);
    assert!(truth(&world, leg.conversation).live_legs().is_empty());
    let begun = truth(&world, new.conversation);
    assert_eq!((begun.live_guest_legs(), begun.start_time), (vec![new], at(72 * HOUR + 1)));
    assert!(is_live(&world, new.conversation, Purpose::Workflow), "the inbound flow takes it");
    assert!(world.announced().any(|event| event.kind == EventKind::CustomerStart && event.leg == new));
    assert_eq!(world.witness().reconnects, 0);
}

#[test]
fn without_a_window_every_message_after_the_end_begins_a_new_conversation() {
    let (mut world, leg) = ended(|b| b.threading = Threading { window_minutes: 0, ..Threading::default() });
    assert_ne!(world.guest_writes(leg.conversation, at(1)).unwrap().conversation, leg.conversation);
}

#[test]
fn a_message_to_a_live_leg_changes_nothing() {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut world = world_of(chat, |_| {});
    let before = truth(&world, leg.conversation);
    assert_eq!(world.guest_writes(leg.conversation, at(5)).unwrap(), leg);
    assert_eq!((truth(&world, leg.conversation), world.announced().count()), (before, 0));
}

#[test]
fn a_conversation_that_others_keep_alive_is_joined_again_however_late() {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut world = world_of(chat, |b| b.cascade = false);
    world.end_communication(leg, at(1)).unwrap();
    assert_eq!(world.guest_writes(leg.conversation, at(500 * HOUR)).unwrap().conversation, leg.conversation);
}

#[test]
fn a_message_can_be_planned_and_needs_a_guest() {
    let (mut world, leg) = ended(|_| {});
    world.schedule(Happening::GuestWrites { conversation_id: leg.conversation }, at(50));
    world.advance(at(50));
    assert_eq!(truth(&world, leg.conversation).live_guest_legs().len(), 1);
    let nobody = ConversationSpec::of(2, &[Purpose::Agent]).all_in(CommunicationState::Disconnected);
    let id = nobody.id;
    assert!(world_of(nobody, |_| {}).guest_writes(id, at(0)).is_err());
}
