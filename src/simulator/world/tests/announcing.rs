use super::super::{EventBehaviour, EventKind, Happening, MessageType, Overrides, Return};
use super::*;

/// What got out so far: kinds and event times in milliseconds since the beginning.
fn out(world: &World) -> Vec<(EventKind, i64)> {
    world.announced().map(|event| (event.kind, event.body.event_time - at(0).as_millisecond())).collect()
}

#[test]
fn every_end_of_a_communication_is_announced() {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut world = world_of(chat, |_| {});
    world.end_participant(leg.conversation, leg.participant, at(5)).unwrap();
    let kinds = [EventKind::CustomerEnd, EventKind::FlowEnd, EventKind::AcdEnd, EventKind::UserEnd];
    assert_eq!(out(&world), kinds.map(|kind| (kind, 5)));
    let flat = serde_json::to_value(&world.announced().next().unwrap().body).unwrap();
    let expected = serde_json::json!({
        "eventTime": at(5).as_millisecond(),
        "conversationId": leg.conversation,
        "participantId": leg.participant,
        "sessionId": leg.communication,
        "disconnectType": "CLIENT",
        "mediaType": "MESSAGE",
        "provider": "PureCloud Messaging",
        "direction": "INBOUND",
        "messageType": "WEBMESSAGING",
        "interactingDurationMs": 600_005,
        "divisionId": Uuid::nil(),
    });
    assert_eq!(flat, expected);
}

#[test]
fn a_topic_names_the_conversation_and_its_template_does_not() {
    let id = Uuid::nil();
    assert_eq!(EventKind::CustomerEnd.topic(id), format!("v2.detail.events.conversation.{id}.customer.end"));
    assert_eq!(EventKind::CustomerEnd.template(), "v2.detail.events.conversation.{id}.customer.end");
}

#[test]
fn a_guest_that_comes_back_is_announced_with_the_new_session() {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut world = world_of(chat, |_| {});
    world.happen(Happening::GuestLeaves { conversation_id: leg.conversation }, at(1)).unwrap();
    let back = world.guest_reconnects(leg.conversation, Return::NewParticipant, at(9)).unwrap();
    let last = world.announced().next_back().unwrap();
    assert_eq!((last.kind, last.leg, last.body.disconnect_type), (EventKind::CustomerStart, back, None));
    assert_eq!(last.body.session_id, back.communication);
}

#[test]
fn a_conversation_that_begins_announces_its_live_legs_and_one_that_was_there_does_not() {
    let mut world = world_of(ConversationSpec::usual(1), |_| {});
    assert_eq!(out(&world), []);
    world.happen(Happening::ConversationBegins { conversation: ConversationSpec::usual(2) }, at(0)).unwrap();
    let kinds: Vec<EventKind> = world.announced().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::CustomerStart, EventKind::FlowStart, EventKind::AcdStart, EventKind::UserStart]);
}

#[test]
fn an_event_is_announced_after_its_delay_and_tells_the_time_of_the_truth() {
    let chat = ConversationSpec::of(1, &[Purpose::Customer]);
    let leg = guest(&chat);
    let mut world = world_of(chat, |b| b.events.delay_ms = Delay::fixed(300));
    world.end_communication(leg, at(100)).unwrap();
    assert_eq!((out(&world), world.next_due()), (vec![], Some(at(400))));
    world.advance(at(400));
    assert_eq!(out(&world), [(EventKind::CustomerEnd, 100)]);
}

#[test]
fn a_lost_event_never_gets_out_and_other_conversations_keep_theirs() {
    let lossy = EventBehaviour { lost_per_thousand: 1000, ..EventBehaviour::default() };
    let lost = ConversationSpec::of(1, &[Purpose::Customer]).overriding(Overrides { events: Some(lossy), ..Overrides::default() });
    let kept = ConversationSpec::of(2, &[Purpose::Customer]);
    let mut world = begin(sample::world(vec![lost.clone(), kept.clone()]));
    for chat in [&lost, &kept] {
        world.end_communication(guest(chat), at(1)).unwrap();
    }
    let told: Vec<Uuid> = world.announced().map(|event| event.leg.conversation).collect();
    assert_eq!((told, world.witness().events.lost), (vec![kept.id], 1));
}

#[test]
fn a_duplicated_event_gets_out_twice_and_is_the_same() {
    let chat = ConversationSpec::of(1, &[Purpose::Customer]);
    let leg = guest(&chat);
    let mut world = world_of(chat, |b| b.events.duplicated_per_thousand = 1000);
    world.end_communication(leg, at(1)).unwrap();
    let told: Vec<_> = world.announced().collect();
    assert_eq!(told.len(), 2);
    assert_eq!(told[0], told[1]);
    assert_eq!(world.witness().events.announced[&EventKind::CustomerEnd], 2);
}

#[test]
fn a_late_event_is_overtaken_by_one_that_happened_after_it() {
    let chat = ConversationSpec::of(1, &[Purpose::Customer, Purpose::Customer]);
    let legs = chat.guest_legs();
    let mut world = world_of(chat, |b| {
        b.events.late_per_thousand = 1000;
        b.events.late_by_ms = Delay::fixed(500);
    });
    world.end_communication(legs[0], at(0)).unwrap();
    world.set_behaviour(Behaviour::default());
    world.end_communication(legs[1], at(100)).unwrap();
    world.advance(at(1000));
    assert_eq!(out(&world), [(EventKind::CustomerEnd, 100), (EventKind::CustomerEnd, 0)]);
    assert_eq!(world.witness().events.late, 1);
}

#[test]
fn what_is_lost_is_decided_by_the_seed() {
    let chats: Vec<ConversationSpec> = (1..=100).map(|n| ConversationSpec::of(n, &[Purpose::Customer])).collect();
    let lost = |seed| {
        let mut spec = sample::world(chats.clone());
        spec.seed = seed;
        spec.behaviour.events.lost_per_thousand = 300;
        let mut world = begin(spec);
        for chat in &chats {
            world.end_communication(guest(chat), at(1)).unwrap();
        }
        world.announced().map(|event| event.leg.conversation).collect::<Vec<_>>()
    };
    assert_eq!(lost(3), lost(3));
    assert_ne!(lost(3), lost(4));
    assert!((50..90).contains(&lost(3).len()));
}

#[test]
fn a_platform_that_the_events_do_not_know_is_unknown() {
    let mut chat = ConversationSpec::of(1, &[Purpose::Customer]);
    chat.message_type = MessageType::Kakao;
    let leg = guest(&chat);
    let mut world = world_of(chat, |_| {});
    world.end_communication(leg, at(1)).unwrap();
    assert_eq!(world.announced().next().unwrap().body.message_type, Some("UNKNOWN"));
}
