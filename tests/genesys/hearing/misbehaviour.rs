//! Everything that the notification service is known to do, in every dialect: the order is kept, and each row names who confirms.

use tokio_tungstenite::connect_async;
use webchat_terminator::simulator::world::Mischief;

use super::*;

/// What is done to the channel while the guest's close is under way.
enum Trouble {
    Is(Mischief),
    /// Another one opens a socket on our channel.
    Kick,
}

/// How long the service stays in trouble.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// The guest's end falls into the trouble: nobody tells of it.
    Within,
    /// The guest's end comes when events flow again.
    After,
}

#[tokio::test]
async fn whatever_the_service_does_while_a_close_is_under_way_the_first_one_who_tells_confirms() {
    use Mischief::{Close, Cut, Expire, Heartbeat, Junk, Mute, NoLongerSubscribed, SocketClosing, TokenRevoked};
    use Source::{Notification, Poll};
    use Trouble::{Is, Kick};
    // What happens, when the guest's end comes, how many sockets it costs, who tells.
    let rows = [
        ("a heartbeat", Is(Heartbeat), End::After, 0, Notification),
        ("junk", Is(Junk { text: None }), End::After, 0, Notification),
        ("a cut", Is(Cut), End::After, 1, Notification),
        ("a cut, and the event with it", Is(Cut), End::Within, 1, Poll),
        ("a proper close", Is(Close { code: 1000 }), End::After, 1, Notification),
        ("a proper close, and the event with it", Is(Close { code: 1000 }), End::Within, 1, Poll),
        ("socket_closing, while no other opens", Is(SocketClosing { after_ms: Some(86_400_000) }), End::After, 0, Notification),
        ("heartbeat loss", Is(Mute), End::After, 1, Notification),
        ("heartbeat loss, and the event with it", Is(Mute), End::Within, 1, Poll),
        ("expiry", Is(Expire), End::After, 1, Notification),
        ("expiry, and the event with it", Is(Expire), End::Within, 1, Poll),
        ("token revoked", Is(TokenRevoked), End::After, 1, Notification),
        ("token revoked, and the event with it", Is(TokenRevoked), End::Within, 1, Poll),
        ("no_longer_subscribed", Is(NoLongerSubscribed), End::After, 0, Notification),
        ("no_longer_subscribed, and the event with it", Is(NoLongerSubscribed), End::Within, 0, Poll),
        ("a second socket that kicks the first", Kick, End::After, 2, Notification),
    ];
    for spoken in EVERY {
        let scenes = rows.iter().map(|(name, trouble, end, sockets, expected)| {
            let name = format!("{name} ({:?})", spoken.dialect);
            let scene = Scene::new(&spoken, true, 600, |how| how.effect_delay_ms = Delay::fixed(1_000 * EFFECT.unsigned_abs()));
            async move { confirmed(&name, scene.await, (trouble, *end), *sockets, *expected).await }
        });
        futures::future::join_all(scenes).await;
    }
}

/// The close is accepted, the service is in trouble, and somebody tells of the guest's end.
async fn confirmed(name: &str, mut scene: Scene, (trouble, end): (&Trouble, End), sockets: u64, expected: Source) {
    scene.accepted().await;
    let harmless = matches!(trouble, Trouble::Is(Mischief::Heartbeat | Mischief::Junk { .. } | Mischief::SocketClosing { .. }));
    let before = scene.simulator.witness();
    misbehave(&scene, trouble, end).await;
    if end == End::After {
        let subscriptions = before.events.subscriptions + u64::from(!harmless && sockets == 0);
        flows_again(&scene, (before.events.sockets + sockets, subscriptions)).await;
        scene.round().await;
        scene.rest().await;
        assert_eq!(scene.session().state, State::GuestCloseAccepted, "{name}");
        scene.leap();
    }
    scene.run().await;
    let flow = scene.ear.flow();
    let polls = scene.judge(name, expected).await.polls;
    assert_eq!(flow, Flow::Flowing, "{name}");
    assert!(!harmless || polls == 0, "{name}: {polls} polls");
}

/// Does it, and lets the guest's end fall into it.
async fn misbehave(scene: &Scene, trouble: &Trouble, end: End) {
    match trouble {
        Trouble::Is(mischief) => scene.simulator.with_world(|world| {
            let now = clock::now();
            if matches!(mischief, Mischief::SocketClosing { .. }) {
                let mut behaviour = world.behaviour().clone();
                behaviour.notifications.handshake_status = Some(503);
                world.set_behaviour(behaviour);
            }
            assert_eq!(world.misbehave(mischief, None, now), 1);
            if end == End::Within {
                world.set_behaviour(Behaviour { effect_delay_ms: Delay::fixed(0), ..world.behaviour().clone() });
                scene.leapt.fetch_add(EFFECT, Ordering::Relaxed);
                // The world's time goes on before anybody can come back.
                world.misbehave(&Mischief::Heartbeat, None, now + SignedDuration::from_secs(EFFECT));
            }
        }),
        Trouble::Kick => {
            let id = scene.simulator.with_world(|world| world.channels()[0].id.0.clone());
            let kicking = connect_async(format!("ws://{}/channels/{id}", scene.simulator.address())).await.unwrap();
            drop(kicking);
        }
    }
}

/// Waits until events flow again, after so many sockets and subscriptions.
async fn flows_again(scene: &Scene, (sockets, subscriptions): (u64, u64)) {
    let mended = || {
        let (tally, seen) = (scene.ear.tally(), scene.simulator.witness().events);
        (tally.flowing, tally.channels) == (1, 1) && seen.sockets >= sockets && seen.subscriptions >= subscriptions
    };
    let waited = timeout(SOON, async {
        while !mended() {
            sleep(Duration::from_millis(5)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("events do not flow again: {:?} {}", scene.ear.tally(), scene.simulator.witness()));
}

/// A change of the world before it begins.
type How = fn(&mut Behaviour);

#[tokio::test]
async fn in_a_world_that_misbehaves_from_the_beginning_the_order_is_kept_and_polling_takes_over() {
    let rows: [(&str, How, Source, Option<&str>); 11] = [
        ("all is well", |_| {}, Source::Notification, None),
        ("no heartbeats", |how| how.notifications.heartbeat_ms = 0, Source::Notification, None),
        ("junk before every event", |how| how.notifications.junk_per_thousand = 1_000, Source::Notification, None),
        ("events come twice", |how| how.events.duplicated_per_thousand = 1_000, Source::Notification, None),
        ("events come late", |how| how.events.delay_ms = Delay::fixed(300), Source::Notification, None),
        ("the service loses every event", |how| how.events.lost_per_thousand = 1_000, Source::Poll, None),
        ("sockets lose every event", |how| how.notifications.lost_per_thousand = 1_000, Source::Poll, None),
        ("every event is lost with its socket", |how| how.notifications.cut_per_thousand = 1_000, Source::Poll, None),
        ("topics flow elsewhere", |how| how.notifications.detail_topics_rejected = true, Source::Poll, Some("topics.elsewhere")),
        ("sockets are refused", |how| how.notifications.handshake_status = Some(403), Source::Poll, Some("socket.closed")),
        (
            "a permission is missing",
            |how| how.notifications.detail_topic_permissions = ["analytics:conversationDetail:view".to_owned()].into(),
            Source::Poll,
            Some("topic.rejected"),
        ),
    ];
    for spoken in EVERY {
        let scenes = rows.iter().map(|(name, how, expected, fault)| {
            let name = format!("{name} ({:?})", spoken.dialect);
            // Where events are lost for good, only the end of the wait shows it.
            let confirm = if *expected == Source::Poll { 1 } else { 600 };
            let scene = Scene::new(&spoken, true, confirm, how);
            async move {
                let mut scene = scene.await;
                scene.run().await;
                let flow = scene.ear.flow();
                let witness = scene.judge(&name, *expected).await;
                match fault {
                    Some(code) => assert!(matches!(&flow, Flow::Stopped(fault) if fault.code == *code), "{name}: {flow:?}"),
                    None => {
                        let well = flow == Flow::Flowing && witness.polls == 0;
                        assert!(*expected == Source::Poll || well, "{name}: {flow:?} {witness}");
                    }
                }
            }
        });
        futures::future::join_all(scenes).await;
    }
}
