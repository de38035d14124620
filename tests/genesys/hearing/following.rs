//! Who follows, for how long it is waited, and where nothing is listened to.

use webchat_terminator::engine::Listen;
use webchat_terminator::plan::Hearing;
use webchat_terminator::simulator::world::Happening;
use webchat_terminator::termination::{Event, EventKind};

use super::*;

#[tokio::test]
async fn a_service_that_is_not_there_is_waited_for_once_and_not_by_every_session() {
    let scene = Scene::new(&EVERY[0], true, 600, |how| how.notifications.handshake_status = Some(503)).await;
    let patience = tempo().patience;
    for (number, waits) in [(1, true), (2, false), (3, false)] {
        let begun = clock::monotonic();
        let hearing = scene.ear.follower(number).follow(&[Uuid::from_u128(number.into())]).await;
        assert_eq!(hearing, Hearing::default(), "{number}");
        assert_eq!(clock::monotonic().duration_since(begun) >= patience, waits, "{number}");
    }
    // Nothing is followed any more, and still it is known.
    [1, 2, 3].iter().for_each(|number| scene.ear.leave(number));
    let begun = clock::monotonic();
    scene.ear.follower(4).follow(&[Uuid::from_u128(4)]).await;
    assert!(clock::monotonic().duration_since(begun) < patience);
}

#[tokio::test]
async fn two_who_follow_one_conversation_both_hear_of_it_until_both_have_left() {
    let scene = Scene::new(&EVERY[0], true, 600, |_| {}).await;
    let id = scene.leg.conversation;
    let (one, other) = (scene.ear.follower(1), scene.ear.follower(2));
    for follower in [&one, &other] {
        let hearing = follower.follow(&[id]).await;
        assert!(hearing.flowing.contains(&id) && hearing.missed.contains(&id), "{hearing:?}");
        follower.taken(&hearing, &[id]);
    }
    scene.ear.leave(&1);
    let leaves = Happening::GuestLeaves { conversation_id: id };
    scene.simulator.with_world(|world| world.happen(leaves, clock::now())).unwrap();
    timeout(SOON, scene.ear.audience().0.notified()).await.unwrap();
    let hearing = other.follow(&[id]).await;
    assert_eq!((hearing.events.len(), hearing.missed.len()), (1, 0), "{hearing:?}");
    scene.ear.leave(&2);
    assert_eq!(scene.ear.tally().flowing, 0);
}

#[tokio::test]
async fn where_the_notification_service_is_no_source_no_socket_is_opened_and_the_webhook_confirms() {
    let mut scene = Scene::new(&EVERY[0], false, 600, |how| how.effect_delay_ms = Delay::fixed(1_000 * EFFECT.unsigned_abs())).await;
    scene.accepted().await;
    let LegId { participant: participant_id, communication: communication_id, conversation } = scene.leg;
    let event = Event { kind: EventKind::Ended, participant_id, communication_id, time: clock::now(), source: Source::Webhook };
    assert!(!scene.ear.deliver(Uuid::from_u128(404), &event), "nobody waits for it");
    scene.leap();
    assert!(scene.ear.deliver(conversation, &event));
    scene.run().await;
    assert_eq!((scene.sockets(), scene.ear.flow()), (0, Flow::Unknown));
    scene.judge("webhook", Source::Webhook).await;
}
