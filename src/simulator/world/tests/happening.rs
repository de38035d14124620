use super::super::{Happening, HappeningError, Return};
use super::*;

#[test]
fn a_guest_that_comes_back_has_a_new_leg_and_the_conversation_is_live_again() {
    for comes_as in [Return::NewCommunication, Return::NewParticipant] {
        let chat = ConversationSpec::usual(1);
        let leg = guest(&chat);
        let mut world = world_of(chat, |_| {});
        world.end_participant(leg.conversation, leg.participant, at(1)).unwrap();
        let back = world.guest_reconnects(leg.conversation, comes_as, at(2)).unwrap();
        assert_eq!(back.participant == leg.participant, comes_as == Return::NewCommunication);
        let after = truth(&world, leg.conversation);
        assert_eq!((after.live_guest_legs(), after.end_time), (vec![back], None));
        assert_eq!(after.communication(back).unwrap().connected_time, at(2));
        assert_eq!(world.witness().reconnects, 1);
    }
}

#[test]
fn a_guest_that_leaves_counts_as_nobodys_close() {
    let chat = ConversationSpec::usual(1);
    let id = chat.id;
    let mut world = world_of(chat, |_| {});
    world.happen(Happening::GuestLeaves { conversation_id: id }, at(3)).unwrap();
    assert_eq!(truth(&world, id).end_time, Some(at(3)));
    assert_eq!(world.witness().effective_closes, []);
}

#[test]
fn an_agent_that_finishes_lets_the_conversation_end() {
    let chat = ConversationSpec::usual(1).with_wrap_up();
    let id = chat.id;
    let mut world = world_of(chat, |_| {});
    world.end_conversation(id, at(1)).unwrap();
    assert_eq!(truth(&world, id).end_time, None);
    world.happen(Happening::AgentFinishes { conversation_id: id }, at(8)).unwrap();
    assert_eq!(truth(&world, id).end_time, Some(at(8)));
}

#[test]
fn what_is_scheduled_happens_at_its_time() {
    let chat = ConversationSpec::usual(1);
    let id = chat.id;
    let mut world = world_of(chat, |_| {});
    world.schedule(Happening::ConversationVanishes { conversation_id: id }, at(50));
    assert!(world.read_conversation(id, at(49)).is_ok());
    assert_eq!(world.read_conversation(id, at(50)).unwrap_err().status, 404);
}

#[test]
fn what_names_nothing_cannot_happen() {
    let mut world = begin(sample::world(vec![]));
    let id = Uuid::from_u128(5);
    let error = world.happen(Happening::GuestLeaves { conversation_id: id }, at(0)).unwrap_err();
    assert_eq!(error, HappeningError::NoConversation(id));
    assert!(world.set_secret("nobody", "x").is_err());
}

#[test]
fn a_conversation_can_begin_later() {
    let mut world = begin(sample::world(vec![]));
    let chat = ConversationSpec::usual(4);
    let id = chat.id;
    world.happen(Happening::ConversationBegins { conversation: chat }, at(0)).unwrap();
    assert!(world.read_conversation(id, at(1)).is_ok());
}

#[test]
fn ids_that_repeat_are_refused() {
    let chat = ConversationSpec::usual(1);
    let error = World::new(sample::world(vec![chat.clone(), chat.clone()]), at(0)).unwrap_err();
    assert!(error.to_string().contains(&chat.id.to_string()));
}
