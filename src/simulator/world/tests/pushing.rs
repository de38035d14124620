use super::super::{DeliveryNumber, DeliveryState, EventKind, Push, PushOutcome, PushShape, PushTarget, SecretHeader, SpecError};
use super::*;

pub(super) fn target(id: &str, topics: &[EventKind]) -> PushTarget {
    PushTarget {
        id: id.into(),
        url: "http://127.0.0.1:9/hook".into(),
        topics: topics.iter().map(|kind| kind.template()).collect(),
        header: Some(SecretHeader { name: "x-secret".into(), value: "s3".into() }),
        shape: PushShape::Envelope,
        organization_id: None,
    }
}

/// A world whose only guest was ended at 5, with one target for such ends.
fn ended(behaviour: impl FnOnce(&mut Behaviour)) -> World {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut spec = sample::world(vec![chat]);
    spec.push_targets = vec![target("hook", &[EventKind::CustomerEnd])];
    behaviour(&mut spec.behaviour);
    let mut world = begin(spec);
    world.end_participant(leg.conversation, leg.participant, at(5)).unwrap();
    world
}

fn answered(status: u16) -> PushOutcome {
    PushOutcome::Answered { status }
}

fn only(pushes: Vec<Push>) -> Push {
    let [push] = <[Push; 1]>::try_from(pushes).unwrap();
    push
}

#[test]
fn an_event_is_pushed_to_every_target_that_wants_it() {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut spec = sample::world(vec![chat]);
    spec.push_targets = vec![
        target("all", &[]),
        target("guests", &[EventKind::CustomerStart, EventKind::CustomerEnd]),
        target("flows", &[EventKind::FlowStart]),
    ];
    let mut world = begin(spec);
    world.end_participant(leg.conversation, leg.participant, at(5)).unwrap();
    let pushed: Vec<(String, EventKind)> = world.take_pushes().into_iter().map(|push| (push.target.id, push.event.kind)).collect();
    let all = [EventKind::CustomerEnd, EventKind::FlowEnd, EventKind::AcdEnd, EventKind::UserEnd];
    assert_eq!(pushed.iter().filter(|(id, _)| id == "all").map(|(_, kind)| *kind).collect::<Vec<_>>(), all);
    assert_eq!(pushed.iter().filter(|(id, _)| id == "guests").count(), 1);
    assert_eq!(pushed.len(), 5);
    assert_eq!(world.take_pushes(), []);
}

#[test]
fn a_push_is_retried_later_and_later_until_it_is_taken() {
    let mut world = ended(|_| {});
    let first = only(world.take_pushes());
    world.push_answered(first.number, answered(503), at(5));
    assert_eq!((world.take_pushes().len(), world.next_due()), (0, Some(at(1005))));
    world.advance(at(1005));
    let second = only(world.take_pushes());
    assert_eq!((second.number, second.envelope_id), (first.number, first.envelope_id));
    world.push_answered(second.number, PushOutcome::Unanswered { why: "refused".into() }, at(1005));
    assert_eq!(world.next_due(), Some(at(3005)));
    world.advance(at(3005));
    let third = only(world.take_pushes());
    world.push_answered(third.number, answered(204), at(3005));
    assert_eq!(world.next_due(), None);
    let delivery = world.deliveries().next().unwrap();
    assert_eq!((delivery.state, delivery.attempts.len()), (DeliveryState::Delivered, 3));
    let seen = world.witness().events.pushes;
    assert_eq!((seen.answered, seen.unanswered, seen.given_up), ([(503, 1), (204, 1)].into(), 1, 0));
}

#[test]
fn a_push_is_given_up_after_its_last_attempt() {
    let mut world = ended(|b| {
        b.pushes.attempts = 3;
        b.pushes.longest_pause_ms = 1500;
    });
    for (moment, next) in [(5, Some(at(1005))), (1005, Some(at(2505))), (2505, None)] {
        world.advance(at(moment));
        let push = only(world.take_pushes());
        world.push_answered(push.number, answered(500), at(moment));
        assert_eq!(world.next_due(), next);
    }
    assert_eq!(world.deliveries().next().unwrap().state, DeliveryState::GivenUp);
    assert_eq!(world.witness().events.pushes.given_up, 1);
}

#[test]
fn a_duplicated_push_has_the_same_id_and_a_lost_one_never_leaves() {
    let mut world = ended(|b| b.pushes.duplicated_per_thousand = 1000);
    let pushes = world.take_pushes();
    assert_eq!(pushes.len(), 2);
    assert_eq!((pushes[0].envelope_id, &pushes[0].event), (pushes[1].envelope_id, &pushes[1].event));
    let mut world = ended(|b| b.pushes.lost_per_thousand = 1000);
    assert_eq!((world.take_pushes().len(), world.witness().events.pushes.lost), (0, 1));
}

#[test]
fn a_late_push_is_overtaken() {
    let chat = ConversationSpec::of(1, &[Purpose::Customer, Purpose::Customer]);
    let legs = chat.guest_legs();
    let mut spec = sample::world(vec![chat]);
    spec.push_targets = vec![target("hook", &[])];
    spec.behaviour.pushes.late_per_thousand = 1000;
    spec.behaviour.pushes.late_by_ms = Delay::fixed(500);
    let mut world = begin(spec);
    world.end_communication(legs[0], at(0)).unwrap();
    world.set_behaviour(Behaviour::default());
    world.end_communication(legs[1], at(100)).unwrap();
    world.advance(at(600));
    assert_eq!(world.take_pushes().into_iter().map(|push| push.event.leg).collect::<Vec<_>>(), [legs[1], legs[0]]);
}

#[test]
fn a_delivery_can_be_repeated_on_demand() {
    let mut world = ended(|_| {});
    let first = only(world.take_pushes());
    world.push_answered(first.number, answered(200), at(5));
    world.redeliver(first.number, at(9)).unwrap();
    let again = only(world.take_pushes());
    assert_eq!((again.envelope_id, again.event), (first.envelope_id, first.event));
    assert!(world.redeliver(DeliveryNumber(99), at(9)).is_err());
}

#[test]
fn a_target_can_be_taken_away_and_name_another_organization() {
    let mut world = ended(|b| b.pushes.delay_ms = Delay::fixed(50));
    let other = Uuid::from_u128(7);
    world.put_push_target(PushTarget { organization_id: Some(other), ..target("hook", &[]) });
    world.advance(at(55));
    assert_eq!(only(world.take_pushes()).organization, other);
    let mut world = ended(|b| b.pushes.delay_ms = Delay::fixed(50));
    assert!(world.remove_push_target("hook") && !world.remove_push_target("hook"));
    world.advance(at(55));
    assert_eq!((world.take_pushes().len(), world.deliveries().next().unwrap().state), (0, DeliveryState::GivenUp));
}

#[test]
fn a_read_is_no_poll_any_more_once_a_push_was_taken() {
    let mut world = ended(|b| b.read_lag_ms = 5000);
    let conversation = world.announced().next().unwrap().leg.conversation;
    let push = only(world.take_pushes());
    world.read_conversation(conversation, at(6)).unwrap();
    world.push_answered(push.number, answered(503), at(7));
    world.read_conversation(conversation, at(8)).unwrap();
    assert_eq!(world.witness().polls, 2, "nobody has been told");
    world.push_answered(push.number, answered(202), at(9));
    world.read_conversation(conversation, at(10)).unwrap();
    assert_eq!(world.witness().polls, 2);
}

#[test]
fn a_target_without_a_url_or_with_an_unknown_topic_is_refused() {
    for broken in
        [PushTarget { url: "localhost".into(), ..target("x", &[]) }, PushTarget { topics: vec!["v2.x".into()], ..target("x", &[]) }]
    {
        let mut spec = sample::world(vec![]);
        spec.push_targets = vec![broken];
        assert!(matches!(World::new(spec, at(0)), Err(SpecError::BadTarget { .. })));
    }
}
