//! Everything at once, at random: minutes of it, so only on request.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::Duration;

use serde_json::json;
use webchat_terminator::clock;
use webchat_terminator::simulator::world::Delay;

use super::super::alone::own_plane;
use super::super::process::{Controller, Settings};
use super::super::stage::Stage;
use super::kills::{from_environment, seed};
use super::proxy::Proxy;
use super::replicas::at_work;
use super::secret;
use super::work::{Work, mixed, sent, world};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![five_hundred_sessions_survive_everything_at_once].into_iter().map(Case::only_on_request).collect()
}

/// In seconds; the shortest that is allowed.
const LEASE: u32 = 2;

/// How long a close takes, so that the work lasts.
const SLOWLY: Delay = Delay { min: 500, max: 2_500 };

/// What happens in a round, beside the kill at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    Nothing,
    StoppedPastItsLease,
    ApiServerKilled,
    EtcdFrozen,
    WiresCut,
    WireSilent,
    SecretRotated,
}

use Trouble::{ApiServerKilled, EtcdFrozen, Nothing, SecretRotated, StoppedPastItsLease, WireSilent, WiresCut};

const TROUBLES: [Trouble; 7] = [Nothing, StoppedPastItsLease, ApiServerKilled, EtcdFrozen, WiresCut, WireSilent, SecretRotated];

fn five_hundred_sessions_survive_everything_at_once(_: &ControlPlane) {
    let plane = own_plane();
    let mut dice = seed("everything");
    let rounds: u32 = from_environment("WCT_CHAOS_KILLS").unwrap_or(30);
    let proxies = [Proxy::before(plane.server_address()), Proxy::before(plane.server_address())];
    let settings =
        |proxy: &Proxy| Settings { lease_seconds: LEASE, log: "info", through: Some(proxy.address()), ..Settings::of("everything") };
    let conversations = mixed(500);
    let mut world = world(&conversations);
    world.behaviour.effect_delay_ms = SLOWLY;
    let stage = Stage::with(&plane, "everything", world, &settings(&proxies[0]));
    let second = Controller::start(&plane, &settings(&proxies[1]));
    let controllers = [&stage.controller, &second];
    let began = clock::monotonic();
    let work = Work::begin(&stage, 5, &conversations, &json!({ "parallelism": 2 }));
    let mut happened = BTreeMap::new();
    for round in 0..rounds {
        work.wait_for_more(1);
        let trouble = TROUBLES[dice.usize(..TROUBLES.len())];
        *happened.entry(trouble).or_insert(0) += 1;
        bring_about(trouble, round, &stage, controllers, &proxies);
        work.wait_for_more(1);
        sleep(Duration::from_millis(dice.u64(..400)));
        let leading = at_work(&plane, &controllers);
        leading.kill();
        assert!(work.is_unfinished(), "all was done in round {round}");
        leading.restart(&plane);
    }
    let (happening, by_then) = (clock::monotonic() - began, sent(&stage));
    work.hurry();
    work.ends();
    let repeated = stage.genesys.witness().repeated_closes;
    stage.judge(repeated);
    let (writes, conflicts) = work.status_writes();
    eprintln!(
        "everything: {rounds} kills and {happened:?} in {happening:.1?}; {} requests that change something, {by_then} of them before the \
         last kill, {repeated} in vain; {writes} status writes, {conflicts} of them conflicts",
        sent(&stage)
    );
    // Per round a kill and a stop, each of which may leave what was under way to be found out.
    assert!(repeated <= u64::from(rounds) * 2, "more in vain than can be explained: {repeated}");
}

fn bring_about(trouble: Trouble, round: u32, stage: &Stage<'_>, controllers: [&Controller; 2], proxies: &[Proxy; 2]) {
    let plane = stage.plane;
    match trouble {
        Nothing => {}
        StoppedPastItsLease => {
            let leading = at_work(plane, &controllers);
            leading.pause();
            sleep(Duration::from_secs(u64::from(LEASE) + 1));
            leading.unpause();
        }
        ApiServerKilled => {
            plane.api_server.kill();
            sleep(Duration::from_secs(1));
            plane.api_server.restart().unwrap();
            plane.wait_until_ready().unwrap();
        }
        EtcdFrozen => {
            plane.etcd.pause();
            sleep(Duration::from_secs(3));
            plane.etcd.unpause();
            plane.wait_until_ready().unwrap();
        }
        WiresCut => proxies.iter().for_each(|proxy| proxy.open().cut()),
        WireSilent => {
            let leading = at_work(plane, &controllers);
            let index = usize::from(!std::ptr::eq(leading, controllers[0]));
            proxies[index].open().silence();
        }
        SecretRotated => {
            let next = format!("secret-{round}");
            secret::revoke_all_but(stage, &next);
            secret::store(stage, &next);
        }
    }
}
