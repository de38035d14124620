//! The engine's real rounds with a real ear: whatever the notification service does, the order is kept, and the first one who
//! tells of the guest's end is named in the row.
//!
//! Two clocks: the simulator's leaps when a test says so, and then a close that was accepted before takes effect. No row
//! depends on how fast anything is.

mod following;
mod misbehaviour;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures::FutureExt;
use jiff::SignedDuration;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use webchat_terminator::clock::SystemClock;
use webchat_terminator::engine::{Shell, round};
use webchat_terminator::genesys::notifications::Tempo;
use webchat_terminator::hearing::{Audience, Delivery, Ear, Flow, Sources};
use webchat_terminator::plan::{Inventory, Order, Outlook, Progress};
use webchat_terminator::simulator::world::{Behaviour, Delay, Overrides, Witness};
use webchat_terminator::termination::{Session, Source, State};

use super::rounds::{Always, Nowhere, order};
use super::spoken::Spoken;
use super::*;

/// How long anything may take.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// How long a close takes to have its effect, by the simulator's clock: until a test lets it leap.
const EFFECT: i64 = 600;

/// A patience that does not make the tests wait.
pub(crate) fn tempo() -> Tempo {
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
pub(crate) struct Bell(pub(crate) Notify);

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
    async fn new(spoken: &Spoken, notification: bool, confirm_seconds: i64, change: impl FnOnce(&mut Behaviour)) -> Self {
        let chat = spoken.chat(ConversationSpec::usual(1)).overriding(Overrides { no_cascade: Some(true), ..Overrides::default() });
        let leg = chat.guest_legs()[0];
        let mut spec = sample::world(vec![chat]);
        change(&mut spec.behaviour);
        let leapt = Arc::new(AtomicI64::new(0));
        let mut world = World::new(spec, clock::now()).unwrap();
        world.name_live_legs_as_targets(leg.conversation);
        let leaps = Arc::clone(&leapt);
        let simulator = Simulator::new(world, move || clock::now() + SignedDuration::from_secs(leaps.load(Ordering::Relaxed)));
        let simulator = simulator.bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let ear = Ear::with(spoken.client(&simulator), Bell::default(), &CancellationToken::new(), tempo());
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
        let known = std::mem::take(&mut self.known);
        self.progress = to_the_end(&self.order, &self.ear, &self.progress, known).await;
        self.session()
    }

    /// The session ended, and in the right order; what the witness saw of it.
    async fn judge(self, name: &str, expected: Source) -> Witness {
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

/// Rounds, each when it is due or when the bell rings, until every session is final.
pub(crate) async fn to_the_end(order: &Order, ear: &Ear<Bell>, progress: &Progress, known: Inventory) -> Progress {
    let shell = Shell { genesys: &ear.follower(0), permit: &Always, time: &SystemClock };
    let all = async {
        let (mut progress, mut known) = (progress.clone(), known);
        loop {
            let done = round(order, &progress, known, &shell, &mut Nowhere).await.unwrap();
            (progress, known) = (done.progress, done.outcome.into_inventory());
            let Outlook::At(then) = done.outlook else { return progress };
            let wait = Duration::try_from(then.duration_since(clock::now())).unwrap_or_default();
            tokio::select! {
                () = sleep(wait) => {}
                () = ear.audience().0.notified() => {}
            }
        }
    };
    timeout(SOON, all).await.unwrap_or_else(|_| panic!("no end"))
}
