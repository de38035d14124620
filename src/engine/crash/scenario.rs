//! What the tests run again and again: worlds, orders, and the judge's questions.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::bench::{Bench, Call};
use super::drive::{Changes, Script, run};
use super::feed::Manners;
use crate::plan::{NotFoundPolicy, Order, Progress, Target};
use crate::simulator::world::{Behaviour, ConversationSpec, Happening, Overrides, Witness, World, WorldSpec, sample};
use crate::termination::{OnReconnect, Reason, State, Teardown};

/// A run, described.
#[derive(Clone)]
pub(super) struct Scenario {
    pub(super) name: &'static str,
    pub(super) world: WorldSpec,
    pub(super) order: Order,
    /// What happens in the world, by milliseconds since the beginning.
    pub(super) happenings: Vec<(i64, Happening)>,
    pub(super) changes: Changes,
    pub(super) restart: SignedDuration,
    /// How far the service's clock is ahead of ours.
    pub(super) skew: SignedDuration,
    pub(super) manners: Manners,
}

pub(super) fn noon() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

pub(super) fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

/// The order to end these conversations.
pub(super) fn order_for(conversations: impl IntoIterator<Item = Uuid>) -> Order {
    let target = |conversation_id| Target { conversation_id, participant_ids: Vec::new() };
    Order {
        targets: conversations.into_iter().map(target).collect(),
        legs_connected_before: noon(),
        confirm_timeout: seconds(30),
        attempts_per_session: 5,
        max_failed_sessions: None,
        active_deadline: seconds(3600),
        parallelism: 10,
        not_found: NotFoundPolicy::Fail,
        suspended: false,
        cancel: None,
        settle: SignedDuration::ZERO,
        on_reconnect: OnReconnect::Terminate,
        teardown: Teardown::Never,
    }
}

pub(super) fn no_cascade() -> Overrides {
    Overrides { no_cascade: Some(true), ..Overrides::default() }
}

impl Scenario {
    /// Ends all of these conversations.
    pub(super) fn of(name: &'static str, conversations: Vec<ConversationSpec>) -> Self {
        let order = order_for(conversations.iter().map(|conversation| conversation.id));
        let world = sample::world(conversations);
        Self {
            name,
            world,
            order,
            happenings: Vec::new(),
            changes: Vec::new(),
            restart: SignedDuration::ZERO,
            skew: SignedDuration::ZERO,
            manners: Manners::default(),
        }
    }

    pub(super) fn behaving(mut self, change: impl FnOnce(&mut Behaviour)) -> Self {
        change(&mut self.world.behaviour);
        self
    }

    pub(super) fn ordering(mut self, change: impl FnOnce(&mut Order)) -> Self {
        change(&mut self.order);
        self
    }

    /// While events flow, and with a settle window.
    pub(super) fn hearing(mut self) -> Self {
        self.manners.flows = true;
        self.ordering(|order| order.settle = seconds(30))
    }

    pub(super) fn happening(mut self, milliseconds: i64, happening: Happening) -> Self {
        self.happenings.push((milliseconds, happening));
        self
    }

    pub(super) fn changing(mut self, milliseconds: i64, change: fn(&mut Order)) -> Self {
        self.changes.push((milliseconds, change));
        self
    }

    pub(super) fn bench(&self) -> Bench {
        let service_noon = noon() + self.skew;
        let mut world = World::new(self.world.clone(), service_noon).unwrap();
        for (milliseconds, happening) in &self.happenings {
            world.schedule(happening.clone(), service_noon + SignedDuration::from_millis(*milliseconds));
        }
        let bench = Bench::new(world, &self.order, noon());
        {
            let mut inner = bench.lock();
            inner.skew = self.skew;
            inner.feed.manners = self.manners;
        }
        bench
    }

    pub(super) fn script(&self) -> Script {
        Script { order: self.order.clone(), changes: self.changes.clone(), blocked: None, restart: self.restart, begin: noon() }
    }

    /// Runs it undisturbed.
    pub(super) fn run(&self) -> Told {
        self.run_with(|_| {})
    }

    /// Runs it undisturbed, and tells its calls.
    pub(super) fn run_and_list(&self) -> (Told, Vec<Call>) {
        let bench = self.bench();
        let progress = run(&bench, &self.script());
        (Told::by(&bench, progress), std::mem::take(&mut bench.lock().calls))
    }

    /// Runs it after something was done to the bench.
    pub(super) fn run_with(&self, disturb: impl FnOnce(&Bench)) -> Told {
        let bench = self.bench();
        disturb(&bench);
        let progress = run(&bench, &self.script());
        Told::by(&bench, progress)
    }
}

/// What is told of a run.
pub(super) struct Told {
    pub(super) progress: Progress,
    pub(super) witness: Witness,
    pub(super) calls: usize,
    pub(super) polls: usize,
    pub(super) died: usize,
    pub(super) took: SignedDuration,
}

impl Told {
    pub(super) fn by(bench: &Bench, progress: Progress) -> Self {
        let inner = bench.lock();
        let took = inner.now.duration_since(noon());
        Self { progress, witness: inner.world.witness(), calls: inner.calls.len(), polls: inner.polls, died: inner.died, took }
    }

    pub(super) fn states(&self) -> Vec<(State, Option<Reason>)> {
        self.progress.sessions.iter().map(|session| (session.state, session.reason)).collect()
    }

    /// Requests that the service received.
    pub(super) fn requests(&self) -> u64 {
        self.witness.calls.values().sum()
    }

    /// What no run may ever show.
    pub(super) fn is_clean(&self) -> bool {
        let once = self.witness.effective_closes.iter().all(|closes| closes.count == 1);
        once && self.witness.out_of_order == 0 && self.witness.after_finished == 0
    }
}
