//! The engine's real rounds with a real ear: whatever the notification service does, the order is kept, and the first one who
//! tells of the guest's end is named in the row.
//!
//! Two clocks: the simulator's leaps when a test says so, and then a close that was accepted before takes effect. No row
//! depends on how fast anything is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures::FutureExt;
use jiff::SignedDuration;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::connect_async;
use tokio_util::sync::CancellationToken;
use webchat_terminator::clock::SystemClock;
use webchat_terminator::engine::{Shell, round};
use webchat_terminator::genesys::notifications::Tempo;
use webchat_terminator::hearing::{Audience, Delivery, Ear, Flow, Sources};
use webchat_terminator::plan::{Inventory, Order, Outlook, Progress};
use webchat_terminator::simulator::world::{Behaviour, Delay, Mischief, Overrides};
use webchat_terminator::termination::{Event, EventKind, Session, Source, State};

use super::rounds::{Always, Nowhere, order};
use super::*;

/// How long anything may take.
const SOON: Duration = Duration::from_secs(20);

/// How long a close takes to have its effect, by the simulator's clock: until a test lets it leap.
const EFFECT: i64 = 600;

/// A patience that does not make the tests wait.
fn tempo() -> Tempo {
    let milliseconds = Duration::from_millis;
    Tempo {
        ping: milliseconds(300),
        silence: milliseconds(1_000),
        backoff: milliseconds(20),
        longest_backoff: milliseconds(200),
        kicked: milliseconds(100),
        barred: milliseconds(100),
        patience: milliseconds(1_000),
        ..Tempo::default()
    }
}

/// Whoever waits in these tests.
#[derive(Default)]
struct Bell(Notify);

impl Audience for Bell {
    type Key = u8;

    fn wake(&self, _: &u8) {
        self.0.notify_one();
    }

    fn heard(&self, _: Source, _: &Delivery<u8>) {}

    fn flow_changed(&self) {}
}

/// A simulator whose clock can leap, an ear, and how far the session has come.
struct Scene {
    simulator: RunningSimulator,
    leapt: Arc<AtomicI64>,
    ear: Ear<Bell>,
    order: Order,
    progress: Progress,
    known: Inventory,
    leg: LegId,
}

impl Scene {
    /// One session whose wrapper has to be closed as well, in a world that behaves like this.
    async fn new(notification: bool, confirm_seconds: i64, change: impl FnOnce(&mut Behaviour)) -> Self {
        let chat = ConversationSpec::usual(1).overriding(Overrides { no_cascade: Some(true), ..Overrides::default() });
        let leg = chat.guest_legs()[0];
        let mut spec = sample::world(vec![chat]);
        change(&mut spec.behaviour);
        let leapt = Arc::new(AtomicI64::new(0));
        let mut world = World::new(spec, clock::now()).unwrap();
        world.name_live_legs_as_targets(leg.conversation);
        let leaps = Arc::clone(&leapt);
        let simulator = Simulator::new(world, move || clock::now() + SignedDuration::from_secs(leaps.load(Ordering::Relaxed)));
        let simulator = simulator.bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let ear = Ear::with(client(&simulator), Bell::default(), &CancellationToken::new(), tempo());
        ear.listen_to(Sources { notification, webhook: true });
        let order = Order { confirm_timeout: SignedDuration::from_secs(confirm_seconds), ..order([leg.conversation]) };
        let order = Order { active_deadline: SignedDuration::from_secs(3_600), ..order };
        Self { simulator, leapt, ear, order, progress: Progress::default(), known: Inventory::default(), leg }
    }

    fn session(&self) -> Session {
        self.progress.sessions.first().cloned().unwrap_or_default()
    }

    async fn round(&mut self) -> Outlook {
        let shell = Shell { genesys: &self.ear.follower(0), permit: &Always, time: &SystemClock };
        let done = round(&self.order, &self.progress, std::mem::take(&mut self.known), &shell, &mut Nowhere).await.unwrap();
        (self.progress, self.known) = (done.progress, done.outcome.into_inventory());
        done.outlook
    }

    /// Rounds until the guest's close is accepted and there is nothing to do but wait.
    async fn accepted(&mut self) {
        while self.session().state != State::GuestCloseAccepted {
            self.round().await;
        }
        self.rest().await;
    }

    /// Rounds for as long as the bell rings.
    async fn rest(&mut self) {
        while self.ear.audience().0.notified().now_or_never().is_some() {
            self.round().await;
        }
    }

    /// What was accepted takes effect, and what is accepted from now on does so at once.
    fn leap(&self) {
        self.simulator.with_world(|world| {
            let behaviour = Behaviour { effect_delay_ms: Delay::fixed(0), ..world.behaviour().clone() };
            world.set_behaviour(behaviour);
        });
        self.leapt.fetch_add(EFFECT, Ordering::Relaxed);
    }

    /// Rounds until the session is final.
    async fn run(&mut self) -> Session {
        let all = async {
            loop {
                let Outlook::At(then) = self.round().await else { return };
                let wait = Duration::try_from(then.duration_since(clock::now())).unwrap_or_default();
                tokio::select! {
                    () = sleep(wait) => {}
                    () = self.ear.audience().0.notified() => {}
                }
            }
        };
        timeout(SOON, all).await.unwrap_or_else(|_| panic!("no end"));
        self.session()
    }

    /// The session ended, and in the right order; what the witness saw of it.
    async fn judge(self, name: &str, expected: Source) -> webchat_terminator::simulator::world::Witness {
        let session = self.session();
        self.simulator.with_world(|world| world.mark_finished(None));
        self.ear.close().await;
        let witness = self.simulator.witness();
        assert_eq!((session.state, session.confirmed_by), (State::Ended, Some(expected)), "{name}: {session:?}");
        assert_eq!((witness.out_of_order, witness.after_finished, witness.teardowns), (0, 0, 0), "{name}");
        assert!(witness.effective_closes.iter().all(|closes| closes.count == 1), "{name}: {witness}");
        assert!(!is_live(&self.simulator, self.leg), "{name}");
        witness
    }

    fn sockets(&self) -> u64 {
        self.simulator.witness().events.sockets
    }
}

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
    let all = rows.into_iter().map(|(name, trouble, end, sockets, expected)| async move {
        let mut scene = Scene::new(true, 600, |how| how.effect_delay_ms = Delay::fixed(1_000 * EFFECT.unsigned_abs())).await;
        scene.accepted().await;
        let harmless = matches!(trouble, Is(Heartbeat | Junk { .. } | SocketClosing { .. }));
        let before = scene.simulator.witness();
        misbehave(&scene, &trouble, end).await;
        if end == End::After {
            flows_again(&scene, (before.events.sockets + sockets, before.events.subscriptions + u64::from(!harmless && sockets == 0)))
                .await;
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
    });
    futures::future::join_all(all).await;
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
    let all = rows.into_iter().map(|(name, how, expected, fault)| async move {
        // Where events are lost for good, only the end of the wait shows it.
        let confirm = if expected == Source::Poll { 1 } else { 600 };
        let mut scene = Scene::new(true, confirm, how).await;
        scene.run().await;
        let flow = scene.ear.flow();
        let witness = scene.judge(name, expected).await;
        match fault {
            Some(code) => assert!(matches!(&flow, Flow::Stopped(fault) if fault.code == code), "{name}: {flow:?}"),
            None => assert!(expected == Source::Poll || (flow == Flow::Flowing && witness.polls == 0), "{name}: {flow:?} {witness}"),
        }
    });
    futures::future::join_all(all).await;
}

#[tokio::test]
async fn where_the_notification_service_is_no_source_no_socket_is_opened_and_the_webhook_confirms() {
    let mut scene = Scene::new(false, 600, |how| how.effect_delay_ms = Delay::fixed(1_000 * EFFECT.unsigned_abs())).await;
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
