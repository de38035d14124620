//! One run: from a seed to the end of everything, in virtual time.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use serde_json::Value;

use super::api_server::ApiServer;
use super::chance::Chance;
use super::door::Door;
use super::hearsay::{self, Living};
use super::judge::{Judge, Verdict};
use super::process::Process;
use super::scenario::{CLIENTS, Move, Scenario, UNREST, noon};
use super::service::Outside;
use super::user::{User, is_foreign};
use super::weather::Weather;
use crate::clock;
use crate::simulator::server::in_memory::InMemory;
use crate::simulator::world::World;

/// How long it may take, when faults have stopped, until everything has finished.
const PATIENCE: Duration = Duration::from_secs(7200);

/// How long it is watched whether it stays so.
const AFTERWARDS: Duration = Duration::from_secs(600);

/// What came of a run.
pub(super) struct Outcome {
    pub(super) verdict: Verdict,
    /// How many terminations finished.
    pub(super) finished: usize,
    pub(super) deaths: usize,
    pub(super) virtual_time: Duration,
}

/// Runs a seed.
pub(super) fn run(seed: u64) -> Outcome {
    play(seed, |chance| Scenario::of(chance, seed))
}

/// Runs a scenario; the seed says how it goes.
pub(super) fn play(seed: u64, scenario: impl FnOnce(&Chance) -> Scenario) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    fastrand::seed(seed);
    runtime.block_on(async {
        let _playing = clock::played::begin(noon(), seed);
        Stage::set(seed, scenario).play().await
    })
}

/// Everything that outlives the controller.
struct Stage {
    scenario: Scenario,
    api_server: ApiServer,
    outside: Outside,
    weather: Weather,
    process: Option<Process>,
    rival: Option<Process>,
    living: Living,
    started: u32,
    deaths: usize,
}

impl Stage {
    fn set(seed: u64, scenario: impl FnOnce(&Chance) -> Scenario) -> Self {
        let chance = Chance::new(seed);
        let scenario = scenario(&chance);
        let mut world = World::new(scenario.world.clone(), noon()).unwrap();
        for (at, happening) in &scenario.happenings {
            world.schedule(happening.clone(), noon() + SignedDuration::from_millis(i64::try_from(*at).unwrap()));
        }
        for conversation in &scenario.world.conversations {
            world.name_live_legs_as_targets(conversation.id);
        }
        let service = InMemory::new(world, clock::now);
        let judge = Judge::new(&service, CLIENTS.map(|(_, secret)| secret.to_owned()), scenario.restless.clone(), scenario.calm);
        let (door, weather) = (Door::default(), Weather::new(&chance));
        if scenario.calm {
            weather.calm_down();
        }
        let api_server = ApiServer::new(&chance, &door, &weather, &judge);
        let outside = Outside { service, chance, door, judge };
        Self { scenario, api_server, outside, weather, process: None, rival: None, living: Living::default(), started: 0, deaths: 0 }
    }

    fn user(&self) -> User<'_> {
        User {
            api_server: &self.api_server,
            service: &self.outside.service,
            judge: &self.outside.judge,
            terminations: &self.scenario.terminations,
        }
    }

    async fn play(mut self) -> Outcome {
        let began = clock::monotonic();
        let Outside { service, door, judge, .. } = self.outside.clone();
        let news = tokio::spawn(hearsay::bring(service, self.api_server.clone(), Arc::clone(&self.living), door, judge));
        self.user().begin();
        self.process = Some(self.start());
        self.unrest().await;
        self.weather.calm_down();
        self.outside.service.with_world(|world| world.set_faults(Vec::new()));
        self.outside.door.enter("the user mends", Duration::ZERO, || self.user().mends(self.scenario.resumes)).await;
        let finished = self.until_finished().await;
        self.stays().await;
        let virtual_time = clock::monotonic() - began;
        news.abort();
        self.judge_the_world();
        Outcome { verdict: self.outside.judge.verdict(), finished, deaths: self.deaths, virtual_time }
    }

    fn start(&mut self) -> Process {
        self.started += 1;
        self.outside.judge.tell(&format!("{} starts", self.started));
        let process = Process::start(self.started, &self.api_server, &self.outside);
        self.living.lock().unwrap().push(Arc::clone(&process.shared));
        process
    }

    fn bury(&self, process: &Process) {
        self.living.lock().unwrap().retain(|shared| !Arc::ptr_eq(shared, &process.shared));
    }

    /// Everybody does what they do, up to its end.
    async fn unrest(&mut self) {
        let mut passed = 0;
        for (number, (at, what)) in self.scenario.moves.clone().into_iter().enumerate() {
            let way = Duration::from_millis(at.saturating_sub(passed));
            self.outside.door.enter(&format!("the user {number:04}"), way, || self.user().does(&what)).await;
            passed = passed.max(at);
            let begun = clock::monotonic();
            self.processes(&what).await;
            passed += u64::try_from((clock::monotonic() - begun).as_millis()).unwrap();
        }
        tokio::time::sleep(Duration::from_millis(UNREST.saturating_sub(passed))).await;
    }

    /// Processes come and go.
    async fn processes(&mut self, what: &Move) {
        if let Move::Die(restart) | Move::Stop(restart) = what {
            self.deaths += 1;
            let process = self.process.take().unwrap();
            self.bury(&process);
            if matches!(what, Move::Die(_)) {
                process.die();
            } else {
                process.stop().await;
            }
            tokio::time::sleep(Duration::from_millis(*restart)).await;
            self.process = Some(self.start());
        }
        if [Move::Rival, Move::RivalDies].contains(what)
            && let Some(rival) = self.rival.take()
        {
            self.bury(&rival);
            rival.die();
        }
        if *what == Move::Rival {
            self.outside.judge.expect_rivals();
            self.rival = Some(self.start());
        }
    }

    fn terminations(&self) -> Vec<Value> {
        self.api_server.with(|objects| objects.list("webchatterminations"))
    }

    /// Waits until everything that is to finish has; how many have.
    async fn until_finished(&self) -> usize {
        let begun = clock::monotonic();
        let suspended = |object: &Value| object["spec"]["suspend"] == true;
        let finished = |object: &Value| !object["status"]["completionTime"].is_null();
        loop {
            let all = self.terminations();
            let late: Vec<&Value> = all.iter().filter(|object| !finished(object) && !suspended(object)).collect();
            if late.is_empty() {
                return all.iter().filter(|object| finished(object)).count();
            }
            if clock::monotonic() - begun > PATIENCE {
                late.iter().for_each(|object| self.outside.judge.accuse(&format!("invariant 5: it does not finish: {object}")));
                return 0;
            }
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    }

    /// What has finished stays so, and nothing more is sent for it.
    async fn stays(&self) {
        let is_final = |object: &Value| !object["status"]["completionTime"].is_null();
        let finished = || -> Vec<Value> { self.terminations().into_iter().filter(is_final).collect() };
        // The last generation is still to be taken notice of.
        tokio::time::sleep(Duration::from_secs(30)).await;
        let (before, writes) = (finished(), self.writes());
        tokio::time::sleep(AFTERWARDS).await;
        if before != finished() {
            self.outside.judge.accuse("invariant 5: what had finished has changed");
        }
        if writes != self.writes() && self.terminations().iter().all(is_final) {
            self.outside.judge.accuse("invariant 3: something was sent after the end");
        }
        if let Some(process) = &self.process
            && (process.shared.health.overdue().is_some() || !process.shared.health.is_ready())
        {
            self.outside.judge.accuse("the controller is not healthy");
        }
        if self.terminations().iter().any(is_foreign) {
            self.outside.judge.accuse("a record of another object was left");
        }
    }

    fn writes(&self) -> usize {
        self.outside.service.with_world(|world| world.witness().writes.len())
    }

    fn judge_the_world(&self) {
        let witness = self.outside.service.with_world(|world| world.witness());
        let judge = &self.outside.judge;
        judge.tell(&format!("witness: {witness}"));
        if witness.effective_closes.iter().any(|closes| closes.count > 1) {
            judge.accuse("invariant 8: a leg was closed twice");
        }
        if witness.out_of_order > 0 {
            judge.accuse("invariant 1: a wrapper was closed before its guests");
        }
    }
}
