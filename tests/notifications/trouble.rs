//! Every misbehaviour of the service. In each, events flow in the end, and whatever was missed is told.

use tokio_tungstenite::connect_async;

use super::*;

/// What is heard after a gap: the conversations of the channel are read, and events flow again.
async fn mends(mut scene: Scene) -> Scene {
    let ids = scene.ids();
    scene.missed(&ids).await;
    scene.becomes(Availability::Flowing).await;
    let leg = scene.legs[0];
    scene.hears(leg).await;
    scene
}

#[tokio::test]
async fn what_ends_while_the_socket_is_cut_is_caught_up_with() {
    let mut scene = Scene::flowing(3).await;
    let (gone, ids) = (scene.legs[2], scene.ids());
    scene.simulator.with_world(|world| {
        let now = clock::now();
        world.misbehave(&Mischief::Cut, None, now);
        world.happen(Happening::GuestLeaves { conversation_id: gone.conversation }, now).unwrap();
    });
    // The event is lost for good: only the read that is asked for can show it.
    scene.missed(&ids).await;
    assert_eq!(scene.hears(scene.legs[0]).await, []);
    assert_eq!((scene.channels(), scene.sockets()), (1, 2));
}

#[tokio::test]
async fn a_socket_without_heartbeats_is_taken_for_dead() {
    let scene = Scene::flowing(2).await;
    scene.misbehave(&Mischief::Mute);
    let scene = mends(scene).await;
    assert_eq!((scene.channels(), scene.sockets()), (1, 2));
}

#[tokio::test]
async fn a_quiet_socket_that_answers_pings_lives() {
    let mut scene = Scene::flowing(1).await;
    scene.behave(|how| how.heartbeat_ms = 0);
    sleep(TEMPO.silence * 3).await;
    assert_eq!(scene.sockets(), 1);
    assert!(scene.simulator.witness().events.control_frames >= 3);
    let leg = scene.legs[0];
    assert_eq!(scene.hears(leg).await, []);
}

#[tokio::test]
async fn whoever_kicks_us_is_not_fought() {
    let mut scene = Scene::flowing(2).await;
    let ids = scene.ids();
    let id = scene.simulator.with_world(|world| world.channels()[0].id.0.clone());
    let uri = format!("ws://{}/channels/{id}", scene.simulator.address());
    let kicked = clock::monotonic();
    let (_first, _) = connect_async(&uri).await.unwrap();
    scene.missed(&ids).await;
    assert!(clock::monotonic().duration_since(kicked) >= TEMPO.kicked);
    assert_eq!((scene.channels(), scene.sockets()), (1, 3));
    let (_second, _) = connect_async(&uri).await.unwrap();
    // The second time the channel is left to the other.
    let scene = mends(scene).await;
    assert_eq!((scene.channels(), scene.sockets()), (2, 5));
}

#[tokio::test]
async fn a_channel_that_is_gone_is_replaced_however_that_is_told() {
    for mischief in [Mischief::Expire, Mischief::TokenRevoked] {
        let scene = Scene::flowing(2).await;
        scene.misbehave(&mischief);
        let scene = mends(scene).await;
        assert_eq!(scene.channels(), 2);
    }
    for refuses in [true, false] {
        let scene = Scene::flowing(2).await;
        scene.behave(|how| how.gone_channel_refuses_handshake = refuses);
        scene.simulator.with_world(|world| {
            world.misbehave(&Mischief::Cut, None, clock::now());
            world.misbehave(&Mischief::Vanish, None, clock::now());
        });
        let scene = mends(scene).await;
        assert_eq!(scene.channels(), 2);
    }
}

#[tokio::test]
async fn a_channel_that_vanished_without_a_word_is_noticed_with_the_next_subscription() {
    let mut scene = Scene::new(2).await;
    let [first, second] = [scene.legs[0], scene.legs[1]];
    scene.listener.follow(&[first.conversation]).await;
    scene.misbehave(&Mischief::Vanish);
    assert_eq!(scene.listener.follow(&[second.conversation]).await, [(second.conversation, Availability::Flowing)]);
    scene.missed(&[first.conversation]).await;
    scene.hears(first).await;
    assert_eq!(scene.channels(), 2);
}

#[tokio::test]
async fn topics_that_were_taken_off_are_put_on_again() {
    let scene = Scene::flowing(2).await;
    scene.misbehave(&Mischief::NoLongerSubscribed);
    let scene = mends(scene).await;
    assert_eq!((scene.channels(), scene.sockets()), (1, 1));
}

#[tokio::test]
async fn a_socket_that_will_close_is_replaced_before_it_does() {
    let mut scene = Scene::flowing(1).await;
    scene.misbehave(&Mischief::SocketClosing { after_ms: Some(5_000) });
    let replaced = timeout(SOON, async {
        while scene.sockets() < 2 {
            sleep(Duration::from_millis(5)).await;
        }
    });
    replaced.await.unwrap();
    scene.becomes(Availability::Flowing).await;
    let leg = scene.legs[0];
    // What the old socket had received and not told yet is lost with it: a read is asked for, once.
    let before = scene.hears(leg).await;
    assert_eq!(before, [Heard::MayHaveMissed(scene.ids())]);
    assert_eq!((scene.channels(), scene.sockets()), (1, 2));
}

#[tokio::test]
async fn junk_changes_nothing_and_a_frame_without_measure_costs_a_socket_at_most() {
    let mut scene = Scene::flowing(2).await;
    let [first, second] = [scene.legs[0], scene.legs[1]];
    for text in [None, Some("{\"topicName\":".into()), Some("[".repeat(9_999)), Some(format!("{{\"topicName\":{}}}", 7))] {
        scene.misbehave(&Mischief::Junk { text });
    }
    assert_eq!(scene.hears(first).await, []);
    assert_eq!(scene.sockets(), 1);
    scene.misbehave(&Mischief::Junk { text: Some("x".repeat(1 << 20)) });
    let ids = scene.ids();
    scene.missed(&ids).await;
    assert_eq!(scene.hears(second).await, []);
    assert_eq!(scene.sockets(), 2);
}

#[tokio::test]
async fn an_outage_is_told_and_its_end_as_well() {
    let mut scene = Scene::flowing(2).await;
    let mut ids = scene.ids();
    ids.sort_unstable();
    scene.behave(|how| how.handshake_status = Some(503));
    scene.misbehave(&Mischief::Cut);
    scene.becomes(Availability::Connecting).await;
    assert_eq!(scene.next().await, Heard::Unavailable(ids.clone()));
    assert_eq!(scene.listener.fault().unwrap().code, "socket.closed");
    scene.follow_all(Availability::Unavailable).await;
    scene.behave(|how| how.handshake_status = None);
    mends(scene).await;
}

#[tokio::test]
async fn frames_that_are_lost_with_their_sockets_are_caught_up_with_again_and_again() {
    let mut scene = Scene::flowing(60).await;
    scene.behave(|how| (how.cut_per_thousand, how.junk_per_thousand) = (100, 300));
    let mut known = std::collections::BTreeSet::new();
    for leg in scene.legs.clone() {
        scene.leaves(leg);
        sleep(Duration::from_millis(10)).await;
    }
    while known.len() < 60 {
        match scene.next().await {
            Heard::Event { conversation_id, .. } => _ = known.insert(conversation_id),
            // Whoever reads now learns of all that ended meanwhile.
            Heard::MayHaveMissed(some) => known.extend(some),
            Heard::Unavailable(_) => {}
        }
    }
}
