//! Killed again and again, at random moments of its work.

use std::collections::HashMap;
use std::thread::sleep;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;
use webchat_terminator::clock;
use webchat_terminator::simulator::world::{Operation, Witness};

use super::super::process::{Controller, Settings};
use super::super::stage::Stage;
use super::replicas::at_work;
use super::work::{Work, mixed, sent, world};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![five_hundred_sessions_survive_thirty_kills]
}

/// How many kills, unless `WCT_CHAOS_KILLS` says otherwise.
const KILLS: usize = 30;

/// The longest wait between a write and the kill.
const LATEST: Duration = Duration::from_millis(300);

pub(super) fn from_environment<T: std::str::FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

/// Dice that are told, and can be thrown again.
pub(super) fn seed(of: &str) -> fastrand::Rng {
    let seed = from_environment("WCT_CHAOS_SEED").unwrap_or_else(|| fastrand::u64(..));
    eprintln!("{of}: WCT_CHAOS_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

/// Two controllers: whichever works is killed, and started again to stand by while the other one waits for the Lease to expire.
/// `WCT_CHAOS_SEED` throws the same delays again.
fn five_hundred_sessions_survive_thirty_kills(plane: &ControlPlane) {
    let mut dice = seed("kills");
    let planned = from_environment("WCT_CHAOS_KILLS").unwrap_or(KILLS);
    let conversations = mixed(500);
    let namespace = "kills";
    let settings = Settings { lease_seconds: 2, log: "info", ..Settings::of(namespace) };
    let stage = Stage::with(plane, namespace, world(&conversations), &settings);
    let second = Controller::start(plane, &settings);
    let began = clock::monotonic();
    let work = Work::begin(&stage, 5, &conversations, &json!({ "parallelism": 10 }));
    let mut kills = Vec::new();
    while kills.len() < planned {
        work.wait_for_more(1);
        sleep(LATEST.mul_f64(dice.f64()));
        let leading = at_work(plane, &[&stage.controller, &second]);
        leading.kill();
        kills.push(clock::now());
        assert!(work.is_unfinished(), "all was done before kill {} of {planned}", kills.len());
        leading.restart(plane);
    }
    let (killing, by_then) = (clock::monotonic() - began, sent(&stage));
    work.hurry();
    work.ends();
    let took = clock::monotonic() - began;

    let repeated = explained(&stage.genesys.witness(), &kills);
    let witness = stage.judge(repeated);
    let guests = witness.effective_closes.iter().filter(|closes| closes.guest).count();
    assert_eq!(guests, conversations.len(), "one close a leg");
    let (writes, conflicts) = work.status_writes();
    eprintln!(
        "kills: {planned} kills in {killing:.1?}, all finished after {took:.1?}; {} requests that change something, {by_then} of them before \
         the last kill, {repeated} in vain; {writes} status writes, {conflicts} of them conflicts",
        sent(&stage)
    );
}

/// How many closes of guests were repeated. Only a kill explains one: between two closes of a guest there must be one, since whoever
/// sent the first one would not have sent the second.
fn explained(witness: &Witness, kills: &[Timestamp]) -> u64 {
    let mut last = HashMap::new();
    for close in witness.writes.iter().filter(|write| write.operation == Operation::PatchConversationsMessageParticipant && write.accepted)
    {
        if let Some(before) = last.insert(close.conversation_id, close.time) {
            assert!(kills.iter().any(|kill| before <= *kill && *kill <= close.time), "repeated without a kill: {close:#?}");
        }
    }
    witness.repeated_closes
}
