use super::super::{AfterCallWork, CommunicationState, DisconnectType, Overrides, Repeats};
use super::*;

#[test]
fn accepted_is_not_ended_until_the_effect_is_due() {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut world = world_of(chat, slow);
    world.end_participant(leg.conversation, leg.participant, at(0)).unwrap();
    assert!(truth(&world, leg.conversation).is_live(leg));
    assert_eq!(world.next_due(), Some(at(1000)));
    world.advance(at(999));
    assert!(truth(&world, leg.conversation).is_live(leg));
    world.advance(at(1000));
    assert!(!truth(&world, leg.conversation).is_live(leg));
    assert_eq!(world.next_due(), None);
}

#[test]
fn the_last_guests_end_ends_everything() {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut world = world_of(chat, |_| {});
    world.end_participant(leg.conversation, leg.participant, at(5)).unwrap();
    let after = truth(&world, leg.conversation);
    assert_eq!((after.live_legs(), after.end_time), (vec![], Some(at(5))));
    let how = |place: usize| after.participants[place].communications[0].disconnect_type;
    assert_eq!((how(0), how(3)), (Some(DisconnectType::Client), Some(DisconnectType::Peer)));
}

#[test]
fn without_cascade_the_wrapper_has_to_be_closed() {
    let overrides = Overrides { no_cascade: Some(true), ..Overrides::default() };
    let chat = ConversationSpec::usual(1).overriding(overrides);
    let leg = guest(&chat);
    let mut world = world_of(chat, |_| {});
    world.end_participant(leg.conversation, leg.participant, at(5)).unwrap();
    assert!(is_live(&world, leg.conversation, Purpose::Agent));
    assert_eq!(truth(&world, leg.conversation).end_time, None);
    world.end_conversation(leg.conversation, at(9)).unwrap();
    assert_eq!(truth(&world, leg.conversation).end_time, Some(at(9)));
}

#[test]
fn a_late_cascade_spares_a_guest_that_has_come_back() {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut world = world_of(chat, |b| b.cascade_delay_ms = Delay::fixed(1000));
    world.end_participant(leg.conversation, leg.participant, at(0)).unwrap();
    world.guest_reconnects(leg.conversation, super::super::Return::NewCommunication, at(500)).unwrap();
    world.advance(at(2000));
    assert!(is_live(&world, leg.conversation, Purpose::Agent));
}

#[test]
fn the_first_of_two_guests_takes_nobody_along() {
    let chat = ConversationSpec::of(1, &[Purpose::Customer, Purpose::Customer, Purpose::Acd]);
    let legs = chat.guest_legs();
    let mut world = world_of(chat, |_| {});
    world.end_participant(legs[0].conversation, legs[0].participant, at(1)).unwrap();
    assert!(is_live(&world, legs[0].conversation, Purpose::Acd));
    world.end_communication(legs[1], at(2)).unwrap();
    assert_eq!(truth(&world, legs[0].conversation).end_time, Some(at(2)));
}

#[test]
fn an_agent_that_must_wrap_up_keeps_the_end_time_open() {
    let chat = ConversationSpec::usual(1).with_wrap_up();
    let id = chat.id;
    let mut world = world_of(chat, |_| {});
    world.end_conversation(id, at(5)).unwrap();
    let after = truth(&world, id);
    let agent = after.participants.last().unwrap();
    assert!(after.live_legs().is_empty() && after.end_time.is_none());
    assert_eq!((agent.start_acw_time, agent.end_acw_time), (Some(at(5)), None));
    assert_eq!(agent.communications[0].after_call_work, AfterCallWork::Pending);
}

#[test]
fn a_teardown_applies_the_systems_wrap_up() {
    let chat = ConversationSpec::usual(1).with_wrap_up();
    let id = chat.id;
    let mut world = world_of(chat, |_| {});
    world.tear_down(id, at(5)).unwrap();
    let after = truth(&world, id);
    assert_eq!(after.end_time, Some(at(5)));
    assert!(after.participants.last().unwrap().wrap_up.is_some());
    assert_eq!(world.witness().teardowns, 1);
}

#[test]
fn a_refused_guest_stays() {
    let overrides = Overrides { refuse_guest_close: Some(true), ..Overrides::default() };
    let chat = ConversationSpec::usual(1).overriding(overrides);
    let leg = guest(&chat);
    let mut world = world_of(chat, |_| {});
    let error = world.end_participant(leg.conversation, leg.participant, at(0)).unwrap_err();
    assert_eq!((error.status, error.code.as_str()), (400, "bad.request"));
    assert!(truth(&world, leg.conversation).is_live(leg));
    assert_eq!(world.witness().repeated_closes, 0);
}

#[test]
fn a_lost_effect_is_accepted_and_never_comes() {
    let overrides = Overrides { lose_effects: Some(1), ..Overrides::default() };
    let chat = ConversationSpec::usual(1).overriding(overrides);
    let leg = guest(&chat);
    let mut world = world_of(chat, |_| {});
    world.end_participant(leg.conversation, leg.participant, at(0)).unwrap();
    assert!(truth(&world, leg.conversation).is_live(leg));
    world.end_participant(leg.conversation, leg.participant, at(9)).unwrap();
    assert!(!truth(&world, leg.conversation).is_live(leg));
}

#[test]
fn a_repeat_is_answered_as_the_switch_says() {
    let chat = ConversationSpec::usual(1).all_in(CommunicationState::Disconnected);
    let leg = guest(&chat);
    for (repeats, status) in [(Repeats::Conflict, 409), (Repeats::BadRequest, 400), (Repeats::NotFound, 404)] {
        let mut world = world_of(chat.clone(), |b| b.repeats = repeats);
        assert_eq!(world.end_participant(leg.conversation, leg.participant, at(0)).unwrap_err().status, status);
        assert_eq!(world.end_conversation(leg.conversation, at(0)).unwrap_err().status, status);
    }
    let mut world = world_of(chat, |_| {});
    world.end_participant(leg.conversation, leg.participant, at(0)).unwrap();
    world.delete_conversation(leg.conversation, at(0)).unwrap();
    assert_eq!(world.witness().effective_closes, []);
}

#[test]
fn a_leg_that_connects_after_the_request_is_not_hit() {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut world = world_of(chat, slow);
    world.end_participant(leg.conversation, leg.participant, at(0)).unwrap();
    let back = world.guest_reconnects(leg.conversation, super::super::Return::NewCommunication, at(500)).unwrap();
    world.advance(at(1000));
    let after = truth(&world, leg.conversation);
    assert!(!after.is_live(leg) && after.is_live(back));
}

#[test]
fn what_is_not_there_is_not_found() {
    let chat = ConversationSpec::usual(1);
    let id = chat.id;
    let mut world = world_of(chat, |_| {});
    let nobody = Uuid::from_u128(7);
    assert_eq!(world.read_conversation(nobody, at(0)).unwrap_err().code, "not.found");
    assert_eq!(world.end_participant(id, nobody, at(0)).unwrap_err().status, 404);
    assert_eq!(world.end_conversation(nobody, at(0)).unwrap_err().status, 404);
}

#[test]
fn a_world_is_a_value() {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut world = world_of(chat, |b| b.effect_delay_ms = Delay { min: 10, max: 5000 });
    let mut twin = world.clone();
    for w in [&mut world, &mut twin] {
        w.end_participant(leg.conversation, leg.participant, at(0)).unwrap();
    }
    assert_eq!(world, twin);
}
