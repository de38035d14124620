//! The listener against the simulator's notification service: its witness and its truth are the judges.

#![expect(clippy::unwrap_used, reason = "helpers of tests, outside of test functions")]

#[path = "../captured_log.rs"]
mod captured_log;
mod ends;
mod flowing;
#[path = "../marked.rs"]
mod marked;
mod rights;
mod secrets;
mod tls;
mod trouble;

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use webchat_terminator::clock;
use webchat_terminator::genesys::notifications::{Availability, Heard, Listener, Tempo};
use webchat_terminator::genesys::{Client, Credentials, Dialect, Endpoints, Settings};
use webchat_terminator::simulator::server::{RunningSimulator, Simulator};
use webchat_terminator::simulator::world::{
    ConversationSpec, Happening, LegId, Mischief, NotificationBehaviour, Operation, World, WorldSpec, sample,
};

/// How long anything may take.
const SOON: Duration = Duration::from_secs(10);

/// A patience that does not make the tests wait.
const TEMPO: Tempo = {
    let milliseconds = Duration::from_millis;
    Tempo {
        open: milliseconds(2_000),
        ping: milliseconds(300),
        silence: milliseconds(1_000),
        backoff: milliseconds(20),
        longest_backoff: milliseconds(200),
        steady: milliseconds(2_000),
        kicked: milliseconds(300),
        barred: milliseconds(200),
        patience: milliseconds(3_000),
        rejected: milliseconds(300),
        recheck: milliseconds(300),
        idle: milliseconds(60_000),
    }
};

/// A simulator, a listener, and what it hears.
struct Scene {
    simulator: RunningSimulator,
    client: Client,
    listener: Listener,
    heard: mpsc::Receiver<Heard>,
    shutdown: CancellationToken,
    legs: Vec<LegId>,
}

impl Scene {
    /// A simulator with so many conversations of one guest each, nothing followed yet.
    async fn new(conversations: u32) -> Self {
        Self::with(conversations, sample::ORGANIZATION, |url| Endpoints::custom(url, url).unwrap()).await
    }

    async fn with(conversations: u32, organization: Uuid, endpoints: impl FnOnce(&str) -> Endpoints) -> Self {
        let chats = (1..=conversations).map(ConversationSpec::usual).collect();
        Self::of(Dialect::Messages, chats, organization, endpoints).await
    }

    /// The same with conversations of a dialect.
    async fn speaking(dialect: Dialect, chats: Vec<ConversationSpec>) -> Self {
        Self::of(dialect, chats, sample::ORGANIZATION, |url| Endpoints::custom(url, url).unwrap()).await
    }

    async fn of(dialect: Dialect, chats: Vec<ConversationSpec>, organization: Uuid, endpoints: impl FnOnce(&str) -> Endpoints) -> Self {
        let legs = chats.iter().map(|chat| chat.guest_legs()[0]).collect();
        let simulator = start(sample::world(chats)).await;
        let settings = Settings { no_proxy: true, ..Settings::default() };
        let credentials = Credentials::new(sample::CLIENT_ID, sample::CLIENT_SECRET.into());
        let client = Client::new(endpoints(&simulator.url()), organization, credentials, dialect, settings).unwrap();
        let (sink, heard) = mpsc::channel(16);
        let shutdown = CancellationToken::new();
        let listener = Listener::start_with(&client, sink, shutdown.clone(), TEMPO);
        Self { simulator, client, listener, heard, shutdown, legs }
    }

    /// The same, with all conversations flowing.
    async fn flowing(conversations: u32) -> Self {
        let scene = Self::new(conversations).await;
        scene.follow_all(Availability::Flowing).await;
        scene
    }

    fn ids(&self) -> Vec<Uuid> {
        self.legs.iter().map(|leg| leg.conversation).collect()
    }

    async fn follow_all(&self, expected: Availability) {
        let ids = self.ids();
        let followed = timeout(SOON, self.listener.follow(&ids)).await.unwrap();
        assert_eq!(followed, ids.iter().map(|id| (*id, expected)).collect::<Vec<_>>());
    }

    /// The next thing that is heard.
    async fn next(&mut self) -> Heard {
        timeout(SOON, self.heard.recv()).await.unwrap().unwrap()
    }

    /// Waits until these are to be read, and nothing else was told before.
    async fn missed(&mut self, expected: &[Uuid]) {
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        let mut told = Vec::new();
        while told.len() < expected.len() {
            let Heard::MayHaveMissed(some) = self.next().await else { panic!("something else was told") };
            told.extend(some);
            told.sort_unstable();
            told.dedup();
        }
        assert_eq!(told, expected);
    }

    /// Waits until this guest leg is heard to have ended, and says what was told before.
    async fn ends(&mut self, leg: LegId) -> Vec<Heard> {
        let mut before = Vec::new();
        loop {
            match self.next().await {
                Heard::Event { conversation_id, event } if conversation_id == leg.conversation => {
                    assert_eq!((event.participant_id, event.communication_id), (leg.participant, leg.communication));
                    return before;
                }
                other @ (Heard::Event { .. } | Heard::MayHaveMissed(_) | Heard::Unavailable(_)) => before.push(other),
            }
        }
    }

    /// The guest leaves, and this is heard: events truly flow.
    async fn hears(&mut self, leg: LegId) -> Vec<Heard> {
        self.leaves(leg);
        self.ends(leg).await
    }

    fn leaves(&self, leg: LegId) {
        let happening = Happening::GuestLeaves { conversation_id: leg.conversation };
        self.simulator.with_world(|world| world.happen(happening, clock::now())).unwrap();
    }

    fn misbehave(&self, mischief: &Mischief) {
        assert_eq!(self.simulator.with_world(|world| world.misbehave(mischief, None, clock::now())), 1);
    }

    fn behave(&self, change: impl FnOnce(&mut NotificationBehaviour)) {
        self.simulator.with_world(|world| {
            let mut behaviour = world.behaviour().clone();
            change(&mut behaviour.notifications);
            world.set_behaviour(behaviour);
        });
    }

    fn calls(&self, operation: Operation) -> u64 {
        self.simulator.witness().calls_of(operation)
    }

    fn channels(&self) -> u64 {
        self.simulator.witness().events.channels
    }

    fn sockets(&self) -> u64 {
        self.simulator.witness().events.sockets
    }

    /// Waits until all conversations stand like this.
    async fn becomes(&self, expected: Availability) {
        let all = || self.ids().iter().all(|id| self.listener.availability(*id) == expected);
        let waited = timeout(SOON, async {
            while !all() {
                sleep(Duration::from_millis(5)).await;
            }
        });
        waited.await.unwrap();
    }
}

async fn start(spec: WorldSpec) -> RunningSimulator {
    let world = World::new(spec, clock::now()).unwrap();
    Simulator::new(world, clock::now).bind("127.0.0.1:0".parse().unwrap()).await.unwrap()
}
