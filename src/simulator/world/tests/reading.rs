use super::super::{CommunicationState, Overrides};
use super::*;

#[test]
fn a_lagging_read_shows_the_past_and_never_counts_as_the_truth() {
    let overrides = Overrides { read_lag_ms: Some(1000), ..Overrides::default() };
    let chat = ConversationSpec::usual(1).overriding(overrides);
    let leg = guest(&chat);
    let mut world = world_of(chat, |_| {});
    world.end_participant(leg.conversation, leg.participant, at(100)).unwrap();
    assert!(!truth(&world, leg.conversation).is_live(leg));
    assert!(world.read_conversation(leg.conversation, at(1099)).unwrap().is_live(leg));
    assert!(!world.read_conversation(leg.conversation, at(1100)).unwrap().is_live(leg));
}

#[test]
fn a_conversation_that_had_ended_says_when() {
    let chat = ConversationSpec::usual(1).all_in(CommunicationState::Disconnected);
    let id = chat.id;
    let mut world = world_of(chat, |_| {});
    let seen = world.read_conversation(id, at(0)).unwrap();
    assert!(seen.end_time.is_some_and(|end| end < at(0)));
}

#[test]
fn times_are_whole_milliseconds() {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut world = world_of(chat, |_| {});
    let odd = at(5).checked_add(jiff::SignedDuration::from_nanos(123)).unwrap();
    world.end_participant(leg.conversation, leg.participant, odd).unwrap();
    assert_eq!(truth(&world, leg.conversation).end_time, Some(at(5)));
}

#[test]
fn time_never_runs_backwards() {
    let mut world = begin(sample::world(vec![]));
    world.advance(at(100));
    world.advance(at(50));
    assert_eq!(world.now(), at(100));
}
