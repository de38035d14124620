use super::super::{CommunicationState, Operation, Overrides, Return, Write};
use super::*;

#[test]
fn the_right_order_leaves_no_trace_but_its_writes() {
    let chat = ConversationSpec::usual(1).overriding(Overrides { no_cascade: Some(true), ..Overrides::default() });
    let leg = guest(&chat);
    let mut world = world_of(chat, |_| {});
    world.read_conversation(leg.conversation, at(0)).unwrap();
    world.end_participant(leg.conversation, leg.participant, at(1)).unwrap();
    world.read_conversation(leg.conversation, at(2)).unwrap();
    world.end_conversation(leg.conversation, at(3)).unwrap();
    let witness = world.witness();
    assert_eq!((witness.out_of_order, witness.repeated_closes, witness.after_finished, witness.polls), (0, 0, 0, 0));
    assert_eq!((witness.calls_of(Operation::GetConversation), witness.writes.len()), (2, 2));
    assert_eq!(witness.effective_closes_of(leg), 1);
    assert!(witness.writes.iter().all(Write::effective));
    assert_eq!(witness.writes[1].ended.len(), 3, "the wrapper's close ended the three internal legs");
}

#[test]
fn a_wrapper_closed_too_early_is_out_of_order() {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut world = world_of(chat.clone(), slow);
    world.end_participant(leg.conversation, leg.participant, at(0)).unwrap();
    world.end_conversation(leg.conversation, at(1)).unwrap();
    assert_eq!(world.witness().out_of_order, 1);
    let mut world = world_of(chat, |_| {});
    world.delete_conversation(leg.conversation, at(0)).unwrap();
    assert_eq!(world.witness().out_of_order, 1);
    assert!(world.witness().writes[0].out_of_order);
}

#[test]
fn a_leg_that_came_back_counts_unless_others_were_named() {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    for (named, expected) in [(false, 1), (true, 0)] {
        let mut world = world_of(chat.clone(), |_| {});
        if named {
            world.name_live_legs_as_targets(leg.conversation);
        }
        world.end_participant(leg.conversation, leg.participant, at(0)).unwrap();
        world.guest_reconnects(leg.conversation, Return::NewCommunication, at(1)).unwrap();
        world.end_conversation(leg.conversation, at(2)).unwrap();
        assert_eq!(world.witness().out_of_order, expected, "targets named: {named}");
    }
}

#[test]
fn a_teardown_is_counted_apart() {
    let chat = ConversationSpec::usual(1);
    let id = chat.id;
    let mut world = world_of(chat, |_| {});
    world.tear_down(id, at(0)).unwrap();
    assert_eq!((world.witness().out_of_order, world.witness().teardowns), (0, 1));
}

#[test]
fn a_second_close_is_repeated_but_not_effective() {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut world = world_of(chat, slow);
    world.end_participant(leg.conversation, leg.participant, at(0)).unwrap();
    world.end_participant(leg.conversation, leg.participant, at(1)).unwrap();
    world.advance(at(5000));
    world.end_communication(leg, at(5000)).unwrap();
    let witness = world.witness();
    assert_eq!((witness.effective_closes_of(leg), witness.repeated_closes), (1, 2));
    assert_eq!(witness.writes.iter().map(Write::effective).collect::<Vec<_>>(), [true, false, false]);
}

#[test]
fn a_new_leg_of_the_same_participant_is_no_repetition() {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut world = world_of(chat, |_| {});
    world.end_participant(leg.conversation, leg.participant, at(0)).unwrap();
    let back = world.guest_reconnects(leg.conversation, Return::NewCommunication, at(1)).unwrap();
    world.end_participant(leg.conversation, leg.participant, at(2)).unwrap();
    let witness = world.witness();
    assert_eq!((witness.repeated_closes, witness.effective_closes_of(back)), (0, 1));
}

#[test]
fn writes_after_the_end_was_marked_are_told() {
    let (one, two) = (ConversationSpec::usual(1), ConversationSpec::usual(2));
    let mut world = begin(sample::world(vec![one.clone(), two.clone()]));
    world.mark_finished(Some(one.id));
    world.end_conversation(one.id, at(0)).unwrap();
    world.end_conversation(two.id, at(0)).unwrap();
    world.read_conversation(one.id, at(0)).unwrap();
    assert_eq!(world.witness().after_finished, 1);
    world.mark_finished(None);
    world.end_conversation(two.id, at(0)).unwrap();
    assert_eq!(world.witness().after_finished, 2);
    world.unmark_finished(None);
    world.end_conversation(two.id, at(0)).unwrap();
    assert_eq!(world.witness().after_finished, 2);
}

#[test]
fn polls_are_the_reads_that_came_too_early() {
    let chat = ConversationSpec::usual(1).overriding(Overrides { read_lag_ms: Some(500), ..Overrides::default() });
    let leg = guest(&chat);
    let mut world = world_of(chat, slow);
    world.read_conversation(leg.conversation, at(0)).unwrap();
    world.end_participant(leg.conversation, leg.participant, at(0)).unwrap();
    for early in [100, 1000, 1499] {
        world.read_conversation(leg.conversation, at(early)).unwrap();
    }
    world.read_conversation(leg.conversation, at(1500)).unwrap();
    world.read_conversation(leg.conversation, at(1501)).unwrap();
    assert_eq!(world.witness().polls, 3);
}

#[test]
fn a_refused_write_is_on_record_too() {
    let chat = ConversationSpec::usual(1);
    let id = chat.id;
    let mut world = world_of(chat, |_| {});
    serve(&mut world, &Caller::Nobody, Request::Delete { conversation: id }, at(0));
    let witness = world.witness();
    let write = &witness.writes[0];
    assert_eq!((write.status, write.accepted, write.out_of_order), (401, false, true));
}

#[test]
fn an_ended_conversation_has_nothing_to_close() {
    let chat = ConversationSpec::usual(1).all_in(CommunicationState::Disconnected);
    let id = chat.id;
    let mut world = world_of(chat, |_| {});
    world.end_conversation(id, at(0)).unwrap();
    assert_eq!((world.witness().effective_closes.len(), world.witness().out_of_order), (0, 0));
}

#[test]
fn the_witness_reads_as_one_line_and_as_json() {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut world = world_of(chat, |_| {});
    world.end_participant(leg.conversation, leg.participant, at(0)).unwrap();
    let witness = world.witness();
    assert_eq!(
        witness.to_string(),
        "1 calls, 1 external writes, 1 effective closes, 0 repeated, 0 out of order, 0 after finished, 0 teardowns, 0 polls, 0 reconnects"
    );
    let json = serde_json::to_value(&witness).unwrap();
    assert_eq!(json["calls"]["patchConversationsMessageParticipant"], 1);
    assert_eq!(json["effectiveCloses"][0]["participantId"], leg.participant.to_string());
    assert_eq!(json["writes"][0]["accepted"], true);
}
