//! The ghost stories, with the engine's real rounds, the real client and a real ear: how each session ends, and what is left of it.
//!
//! The engine's clock leaps over the rest of a settle window as soon as the guest has done what the story tells, so no row depends on
//! how fast anything is, and no window is too short.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use webchat_terminator::crd::{Stamp, conditions};
use webchat_terminator::engine::{Act, Shell, Time, round};
use webchat_terminator::hearing::{Ear, Sources};
use webchat_terminator::plan::{Inventory, Order, Outlook, Progress, verdict};
use webchat_terminator::simulator::world::ghosts::{self, GhostStory};
use webchat_terminator::simulator::world::{AfterCallWork, Overrides, Witness};
use webchat_terminator::termination::{OnReconnect, Reason, Session, Source, State, Teardown};

use super::hearing::{Bell, SOON};
use super::rounds::{Always, Nowhere, order};
use super::*;

/// How long after the end of the leg the guest does what the story tells, in milliseconds.
const AFTER_MS: u64 = 200;

/// The system's clock, some milliseconds ahead.
#[derive(Default)]
struct Leaping(AtomicI64);

impl Leaping {
    fn leap_to(&self, then: Timestamp) {
        let ahead = then.duration_since(self.now()).as_millis().max(0);
        self.0.fetch_add(i64::try_from(ahead).unwrap(), Ordering::Relaxed);
    }
}

impl Time for Leaping {
    fn now(&self) -> Timestamp {
        clock::now() + SignedDuration::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn salt(&self) -> u64 {
        0
    }
}

/// A story, and what its session's termination allows.
struct Told {
    story: GhostStory,
    chat: ConversationSpec,
    on_reconnect: OnReconnect,
    teardown: Teardown,
}

impl Told {
    fn new(story: GhostStory, on_reconnect: OnReconnect) -> Self {
        Self { story, chat: story.conversation(1, AFTER_MS), on_reconnect, teardown: Teardown::Never }
    }

    fn world(&self) -> WorldSpec {
        WorldSpec { conversations: vec![self.chat.clone()], ..ghosts::world(&[self.story], AFTER_MS) }
    }

    fn order(&self) -> Order {
        let settle = SignedDuration::from_secs(30);
        let patient = order([self.chat.id]);
        Order {
            settle,
            on_reconnect: self.on_reconnect,
            teardown: self.teardown,
            confirm_timeout: settle,
            active_deadline: SignedDuration::from_secs(3_600),
            ..patient
        }
    }

    /// Ends the session in the way of the engine: what is left.
    async fn played(&self) -> Left {
        let simulator = start(self.world()).await;
        simulator.with_world(|world| world.name_live_legs_as_targets(self.chat.id));
        let ear = Ear::new(client(&simulator), Bell::default(), &CancellationToken::new());
        ear.listen_to(Sources { notification: true, webhook: false });
        let order = self.order();
        let progress = timeout(SOON, self.run(&simulator, &ear, &order)).await.unwrap_or_else(|_| panic!("{:?}: no end", self.story));
        simulator.with_world(|world| world.mark_finished(None));
        ear.close().await;
        Left::of(&simulator, &order, &progress)
    }

    async fn run(&self, simulator: &RunningSimulator, ear: &Ear<Bell>, order: &Order) -> Progress {
        let time = Leaping::default();
        let shell = Shell { genesys: &ear.follower(0), permit: &Always, time: &time };
        let (mut progress, mut known) = (Progress::default(), Inventory::default());
        loop {
            let done = round(order, &progress, known, &shell, &mut Nowhere).await.unwrap();
            (progress, known) = (done.progress, done.outcome.into_inventory());
            let Outlook::At(then) = done.outlook else { return progress };
            let wait = Duration::try_from(then.duration_since(time.now())).unwrap_or_default();
            tokio::select! {
                () = sleep(wait) => {}
                () = ear.audience().0.notified() => {}
                () = self.over(simulator, &progress.sessions[0]) => time.leap_to(then),
            }
        }
    }

    /// Waits until the guest has done what the story tells while the session is watched; never ends before it is.
    async fn over(&self, simulator: &RunningSimulator, session: &Session) {
        let reconnects = u64::try_from(session.reconnects).unwrap();
        while session.state != State::Settling || reconnects != u64::from(self.story.comes_back()) || !self.is_over(simulator) {
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Whether the guest has done what the story tells.
    fn is_over(&self, simulator: &RunningSimulator) -> bool {
        let guests = simulator.witness().guests;
        let refused = u64::from(self.story == GhostStory::DisconnectReadOnly);
        (guests.guest_returns, guests.guest_messages_refused) == (u64::from(self.story.comes_back()), refused)
    }
}

/// What is left of a story.
struct Left {
    session: Session,
    witness: Witness,
    /// Who is still live.
    live: usize,
    /// Agents in after-call work.
    wrapping_up: usize,
    /// What `Stalled` says, if it is True.
    stalled: Option<String>,
}

impl Left {
    fn of(simulator: &RunningSimulator, order: &Order, progress: &Progress) -> Self {
        let session = progress.sessions[0].clone();
        let (live, wrapping_up) = simulator.with_world(|world| {
            let truth = world.truth(session.conversation_id).unwrap();
            let communications = truth.participants.iter().flat_map(|p| &p.communications);
            let pending = communications.filter(|c| c.after_call_work == AfterCallWork::Pending).count();
            (truth.live_legs().len(), pending)
        });
        let stamp = Stamp { previous: &[], generation: None, now: clock::now() };
        let conditions = conditions(&verdict(order, progress, None), order, progress, &stamp);
        let stalled = conditions.into_iter().find(|c| (c.type_.as_str(), c.status.as_str()) == ("Stalled", "True")).map(|c| c.message);
        Self { session, witness: simulator.witness(), live, wrapping_up, stalled }
    }

    /// The row: where the session stands, why, how often the guest came back.
    fn row(&self) -> (State, Option<Reason>, i32) {
        (self.session.state, self.session.reason, self.session.reconnects)
    }

    /// Guests' legs that were ended, guests who still believe to be connected, guests who are back.
    fn counts(&self) -> [u64; 3] {
        let ended = self.witness.effective_closes.iter().filter(|close| close.guest).count() as u64;
        [ended, self.witness.guests.ghosts_believing, self.witness.guests.ghosts_back]
    }

    /// What holds of every story.
    fn is_clean(&self, name: &str) {
        let witness = &self.witness;
        assert_eq!((witness.out_of_order, witness.repeated_closes, witness.after_finished), (0, 0, 0), "{name}: {witness}");
        assert!(witness.effective_closes.iter().all(|close| close.count == 1), "{name}: {witness}");
        assert_eq!(witness.polls, 0, "{name}: {witness}");
        let (ghosts, [_, believing, back]) = (witness.guests.ghosts, self.counts());
        assert_eq!(ghosts, believing + back, "{name}: {witness}");
    }
}

#[tokio::test]
async fn each_ghost_story_ends_as_the_termination_says_and_only_the_guest_whom_nobody_tells_still_believes() {
    use GhostStory::{CutAndReconnect, DisconnectOff, DisconnectReadOnly, DisconnectSend, Reload, SecondTab, WritesAgain};
    use OnReconnect::{Report, Terminate};
    let (ended, returned) = ((State::Ended, None), (State::Failed, Some(Reason::GuestReturned)));
    // The story, what is done with a guest who comes back; how the session ends, how often the guest came back; guests' legs ended,
    // guests who believe to be connected, guests who are back.
    let rows = [
        (DisconnectOff, Terminate, ended, 0, [1, 1, 0]),
        (DisconnectSend, Terminate, ended, 0, [1, 0, 0]),
        (DisconnectReadOnly, Terminate, ended, 0, [1, 0, 0]),
        (CutAndReconnect, Terminate, ended, 1, [2, 0, 0]),
        (Reload, Terminate, ended, 1, [2, 0, 0]),
        (WritesAgain, Terminate, ended, 1, [2, 0, 0]),
        (SecondTab, Terminate, ended, 1, [2, 0, 0]),
        (DisconnectOff, Report, ended, 0, [1, 1, 0]),
        (DisconnectSend, Report, ended, 0, [1, 0, 0]),
        (DisconnectReadOnly, Report, ended, 0, [1, 0, 0]),
        (CutAndReconnect, Report, returned, 1, [1, 0, 1]),
        (Reload, Report, returned, 1, [1, 0, 1]),
        (WritesAgain, Report, returned, 1, [1, 0, 1]),
        (SecondTab, Report, returned, 1, [1, 0, 1]),
    ];
    assert!(GhostStory::ALL.iter().all(|story| rows.iter().filter(|row| row.0 == *story).count() == 2));
    let all = rows.into_iter().map(|(story, on_reconnect, (state, reason), reconnects, counts)| async move {
        let name = format!("{story:?} {on_reconnect:?}");
        let left = Told::new(story, on_reconnect).played().await;
        left.is_clean(&name);
        assert_eq!((left.row(), left.counts()), ((state, reason, reconnects), counts), "{name}: {:?}", left.session);
        assert_eq!(left.session.confirmed_by, Some(Source::Notification), "{name}");
        assert_eq!((left.live == 0, left.stalled.is_some()), (state == State::Ended, state != State::Ended), "{name}");
        assert_eq!(left.witness.teardowns, 0, "{name}");
    });
    futures::future::join_all(all).await;
}

#[tokio::test]
async fn whoever_closes_the_wrapper_alone_leaves_the_ghosts_that_the_table_would_show() {
    let all = GhostStory::ALL.into_iter().map(|story| async move {
        let told = Told::new(story, OnReconnect::Terminate);
        let simulator = start(told.world()).await;
        client(&simulator).send(&close_wrapper(told.chat.guest_legs()[0])).await;
        let over = async {
            while !told.is_over(&simulator) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(SOON, over).await.unwrap_or_else(|_| panic!("{story:?}: no end"));
        let witness = simulator.witness();
        let ghosts = u64::from(story == GhostStory::DisconnectOff || story.comes_back());
        assert_eq!((witness.out_of_order, witness.guests.ghosts), (1, ghosts), "{story:?}: {witness}");
    });
    futures::future::join_all(all).await;
}

#[tokio::test]
async fn a_guest_who_cannot_be_ended_in_the_ordinary_way_is_left_alone_or_torn_down_as_the_termination_allows() {
    let way_out = "the service refuses to close the guest leg: disconnect them in Genesys Cloud, or allow forceTeardown: WhenStuck";
    let rows = [(Teardown::Never, State::GuestCloseRefused, 0, Some(way_out)), (Teardown::WhenStuck, State::Ended, 1, None)];
    let all = rows.into_iter().map(|(teardown, state, teardowns, stalled)| async move {
        let told = Told::new(GhostStory::DisconnectSend, OnReconnect::Terminate);
        let chat = told.chat.clone().overriding(Overrides { refuse_guest_close: Some(true), ..Overrides::default() });
        let left = Told { teardown, chat, ..told }.played().await;
        let name = format!("{teardown:?}");
        left.is_clean(&name);
        assert_eq!((left.row(), left.witness.teardowns), ((state, None, 0), teardowns), "{name}: {:?}", left.session);
        assert_eq!((left.session.torn_down, left.live == 0), (teardowns == 1, teardowns == 1), "{name}");
        assert_eq!(left.witness.guests.ghosts, 0, "{name}");
        let says = |way_out| left.stalled.as_deref().is_some_and(|message| message.contains(way_out));
        assert!(stalled.map_or(left.stalled.is_none(), says), "{name}: {:?}", left.stalled);
    });
    futures::future::join_all(all).await;
}

#[tokio::test]
async fn an_agent_in_after_call_work_is_no_ghost() {
    let told = Told::new(GhostStory::DisconnectSend, OnReconnect::Terminate);
    let left = Told { chat: told.chat.clone().with_wrap_up(), ..told }.played().await;
    left.is_clean("after-call work");
    assert_eq!((left.row(), left.counts(), left.wrapping_up), ((State::Ended, None, 0), [1, 0, 0], 1), "{:?}", left.session);
}
