//! The ordinary way.

use webchat_terminator::engine::Act;
use webchat_terminator::genesys::Webchat;
use webchat_terminator::plan::Write;
use webchat_terminator::termination::{Address, Answer, Effect, EventKind, Source};

use super::*;

#[tokio::test]
async fn a_close_that_is_sent_after_following_is_heard_of() {
    let mut scene = Scene::flowing(1).await;
    let leg = scene.legs[0];
    let effect =
        Effect::CloseGuestLeg { participant_id: leg.participant, communication_id: leg.communication, address: Address::Participant };
    let answer = scene.client.send(&Write { conversation_id: leg.conversation, effect }).await;
    assert!(matches!(answer, Answer::Accepted(_)), "{answer:?}");
    let Heard::Event { conversation_id, event } = scene.next().await else { panic!("no event") };
    assert_eq!((conversation_id, event.participant_id, event.communication_id), (leg.conversation, leg.participant, leg.communication));
    assert_eq!((event.kind, event.source), (EventKind::Ended, Source::Notification));
    assert_eq!(scene.calls(Operation::GetConversation), 0);
}

/// In the dialects of web chat the topics are the same; where a participant is one leg, its event says so.
#[tokio::test]
async fn the_ends_of_web_chats_are_heard_of_as_their_readings_call_the_legs() {
    let whole = Dialect::Webchat(Webchat::default());
    for (dialect, is_whole) in [(Dialect::Chats, false), (whole, true)] {
        let mut scene = Scene::speaking(dialect, vec![ConversationSpec::usual(1).as_chat()]).await;
        scene.follow_all(Availability::Flowing).await;
        let leg = scene.legs[0];
        scene.leaves(leg);
        let Heard::Event { event, .. } = scene.next().await else { panic!("no event") };
        let communication = if is_whole { leg.participant } else { leg.communication };
        assert_eq!((event.participant_id, event.communication_id), (leg.participant, communication));
    }
}

#[tokio::test]
async fn a_thousand_sessions_are_heard_of_over_two_channels_without_a_single_read() {
    let mut scene = Scene::flowing(1000).await;
    for leg in scene.legs.clone() {
        scene.leaves(leg);
    }
    let mut ended: Vec<Uuid> = Vec::new();
    while ended.len() < 1000 {
        match scene.next().await {
            Heard::Event { conversation_id, event } if event.kind == EventKind::Ended => ended.push(conversation_id),
            other @ (Heard::Event { .. } | Heard::MayHaveMissed(_) | Heard::Unavailable(_)) => panic!("{other:?}"),
        }
    }
    ended.sort_unstable();
    ended.dedup();
    assert_eq!(ended.len(), 1000);
    let witness = scene.simulator.witness();
    assert_eq!((witness.events.channels, witness.events.sockets, witness.events.topics), (2, 2, 2000));
    let calls = [
        Operation::PostNotificationsChannels,
        Operation::PutNotificationsChannelSubscriptions,
        Operation::PostNotificationsChannelSubscriptions,
        Operation::GetNotificationsAvailabletopics,
        Operation::GetConversation,
    ];
    assert_eq!(calls.map(|operation| witness.calls_of(operation)), [2, 2, 0, 1, 0]);
}

#[tokio::test]
async fn the_clients_counters_count_these_requests_as_well() {
    let scene = Scene::flowing(1).await;
    let counted = scene.client.counters();
    let counted: Vec<_> = counted.iter().map(|count| (count.operation.label(), count.outcome.label(), count.count)).collect();
    for label in ["create_channel", "replace_topics", "list_topics"] {
        assert!(counted.contains(&(label, "accepted", 1)), "{label}: {counted:?}");
    }
}

#[tokio::test]
async fn many_who_follow_at_the_same_time_share_the_requests() {
    let scene = Scene::new(200).await;
    let ids = scene.ids();
    let all = ids.chunks(10).map(|some| scene.listener.follow(some));
    for followed in futures::future::join_all(all).await {
        assert!(followed.iter().all(|(_, availability)| *availability == Availability::Flowing));
    }
    let asked =
        scene.calls(Operation::PutNotificationsChannelSubscriptions) + scene.calls(Operation::PostNotificationsChannelSubscriptions);
    assert!(asked <= 2 && scene.channels() == 1, "{asked}");
}

#[tokio::test]
async fn a_forgotten_conversation_is_not_told_of() {
    let mut scene = Scene::flowing(2).await;
    let [first, second] = [scene.legs[0], scene.legs[1]];
    scene.listener.forget(&[first.conversation]);
    assert_eq!(scene.listener.availability(first.conversation), Availability::Unavailable);
    scene.leaves(first);
    assert_eq!(scene.hears(second).await, []);
}

#[tokio::test]
async fn nothing_is_sent_before_somebody_is_followed() {
    let scene = Scene::new(1).await;
    sleep(Duration::from_millis(100)).await;
    assert_eq!(scene.client.counters(), []);
}
