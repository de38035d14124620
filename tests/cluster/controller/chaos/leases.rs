//! Several controllers share the work: one is stopped past its Lease, killed, asked to stop, or cut off.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use webchat_terminator::clock;
use webchat_terminator::simulator::world::{ClientSpec, ConversationSpec, Operation, WorldSpec, sample};
use webchat_terminator::termination::State;

use super::super::genesys::Moment;
use super::super::process::{Controller, Settings};
use super::super::stage::{SECRET_TYPE, Stage, states};
use super::proxy::Proxy;
use super::replicas::{at_work, held};
use super::work::{Work, mixed, sent, world};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![
        a_controller_that_is_stopped_past_its_lease_and_continued_does_nothing_with_it,
        stopped_and_continued_at_random_moments_two_controllers_close_nothing_twice,
        three_replicas_share_five_connections_and_one_alone_takes_over_all,
        a_lease_that_is_given_back_is_taken_before_it_would_have_expired,
    ]
}

/// The shortest that is allowed.
const SHORT: u32 = 2;

/// How long after its expiry a lease may be taken, and work begin under it: looks, a token, and what this machine needs.
const TAKEN: Duration = Duration::from_secs(8);

fn settings(namespace: &str, lease_seconds: u32) -> Settings {
    Settings { lease_seconds, log: "info", ..Settings::of(namespace) }
}

/// Stopped while the answer to a close is on its way to it: when it goes on it finds its lease, and its record, with somebody else.
fn a_controller_that_is_stopped_past_its_lease_and_continued_does_nothing_with_it(plane: &ControlPlane) {
    let conversations = mixed(6);
    let settings = settings("continued", SHORT);
    let stage = Stage::with(plane, "continued", world(&conversations), &settings);
    let hold = stage.genesys.hold(Operation::PatchConversationsMessageParticipant, Moment::AfterEffect, conversations[2].id);
    stage.terminate("incident", &conversations, &json!({ "parallelism": 1 }));
    hold.wait();
    // It comes when the first one leads.
    let second = Controller::start(plane, &settings);
    stage.controller.pause();
    let stopped = clock::monotonic();
    hold.release();
    let before = sent(&stage);
    plane.wait_for("the second one goes on", || sent(&stage) > before);
    eprintln!("continued: the second one goes on {:.1?} after the first one was stopped", clock::monotonic() - stopped);
    assert_eq!(states(&stage.finished("incident")), [State::Ended; 6]);
    stage.genesys.world(|world| world.mark_finished(None));
    stage.controller.unpause();
    plane.wait_for("the first one answers again", || stage.controller.get("/livez").is_some_and(|(status, _)| status == 200));
    sleep(Duration::from_secs(2));
    assert_eq!(states(&stage.look("incident")), [State::Ended; 6]);
    stage.judge(0);
    drop(second);
}

/// A request that was permitted may leave late, when its sender goes on: then it is in vain, or the only one.
fn stopped_and_continued_at_random_moments_two_controllers_close_nothing_twice(plane: &ControlPlane) {
    const STOPS: u64 = 4;
    let conversations = mixed(80);
    let settings = settings("stops", SHORT);
    let stage = Stage::with(plane, "stops", world(&conversations), &settings);
    let second = Controller::start(plane, &settings);
    let work = Work::begin(&stage, 2, &conversations, &json!({ "parallelism": 2 }));
    let mut longest = Duration::ZERO;
    for _ in 0..STOPS {
        work.wait_for_more(2);
        let stopped = at_work(plane, &[&stage.controller, &second]);
        sleep(Duration::from_millis(fastrand::u64(0..300)));
        stopped.pause();
        let since = clock::monotonic();
        // What had left it is received.
        sleep(Duration::from_millis(300));
        work.wait_for_more(1);
        longest = longest.max(clock::monotonic() - since);
        assert!(work.is_unfinished(), "it happened in the middle");
        stopped.unpause();
    }
    work.hurry();
    work.ends();
    let repeated = stage.genesys.witness().repeated_closes;
    assert!(repeated <= STOPS * 4, "more in vain than can have been under way: {repeated}");
    stage.judge(repeated);
    eprintln!("stops: {STOPS} stops; the other one goes on {longest:.1?} later at most; {repeated} closes in vain");
    assert!(longest < Duration::from_secs(SHORT.into()) + TAKEN, "{longest:?}");
}

const CONNECTIONS: usize = 5;
const EACH: usize = 24;

fn five_clients(conversations: &[ConversationSpec]) -> WorldSpec {
    let mut world = world(conversations);
    world.clients = (0..CONNECTIONS).map(|number| ClientSpec { id: format!("client-{number}"), ..sample::client() }).collect();
    world
}

/// A connection with a client of its own, and the work of that connection, for each of them.
fn begin(stage: &Stage<'_>, conversations: &[ConversationSpec], change: &Value) {
    let names: Vec<_> = (0..CONNECTIONS).map(|number| format!("genesys-{number}")).collect();
    stage.grant(&names.iter().map(String::as_str).collect::<Vec<_>>());
    for (number, (name, of_it)) in names.iter().zip(conversations.chunks(EACH)).enumerate() {
        let secret = json!({ "clientId": format!("client-{number}"), "clientSecret": sample::CLIENT_SECRET });
        stage.put_secret(name, SECRET_TYPE, &secret);
        stage.create_connection(name, &json!({ "credentialsSecretRef": { "name": name } }));
        let mut change = change.clone();
        change["connectionRef"] = json!({ "name": name });
        stage.terminate(&format!("incident-{number}"), of_it, &change);
    }
}

fn three_replicas_share_five_connections_and_one_alone_takes_over_all(plane: &ControlPlane) {
    let conversations = mixed(u32::try_from(CONNECTIONS * EACH).unwrap());
    let direct = settings("replicas", SHORT);
    let stage = Stage::bare(plane, "replicas", five_clients(&conversations), &direct);
    let second = Controller::start(plane, &direct);
    let proxy = Proxy::before(plane.server_address());
    let third = Controller::start(plane, &Settings { through: Some(proxy.address()), ..settings("replicas", SHORT) });
    begin(&stage, &conversations, &json!({ "parallelism": 1 }));
    let all = [&stage.controller, &second, &third];
    let at_work_on_all = || all.iter().map(|controller| held(controller)).sum::<u64>() >= CONNECTIONS as u64 && sent(&stage) > 10;
    plane.wait_for("every connection is held", at_work_on_all);
    eprintln!("replicas: they hold {:?} leases", all.map(held));

    stage.controller.kill();
    proxy.silence_new_after(0);
    proxy.open().silence();
    let lost = clock::monotonic();
    plane.wait_for("the second one holds all", || held(&second) >= CONNECTIONS as u64);
    let took = clock::monotonic() - lost;
    eprintln!("replicas: one was killed and one cut off; the third holds all after {took:.1?}");
    assert!(took < Duration::from_secs(SHORT.into()) + TAKEN, "{took:?}");
    assert_eq!(held(&third), 0, "whoever is cut off leads nothing");
    let names: Vec<_> = (0..CONNECTIONS).map(|number| format!("incident-{number}")).collect();
    proxy.mend_new();
    names.iter().for_each(|name| stage.change(name, &json!({ "parallelism": 100 })));
    for name in &names {
        assert_eq!(states(&stage.finished(name)), vec![State::Ended; EACH], "{name}");
    }
    let witness = stage.judge(stage.genesys.witness().repeated_closes);
    eprintln!("replicas: {} closes in vain", witness.repeated_closes);
    assert!(witness.repeated_closes <= 2 * CONNECTIONS as u64, "more in vain than can have been under way");
}

fn a_lease_that_is_given_back_is_taken_before_it_would_have_expired(plane: &ControlPlane) {
    const LONG: u32 = 20;
    let conversations = mixed(40);
    let settings = settings("given-back", LONG);
    let stage = Stage::with(plane, "given-back", world(&conversations), &settings);
    let second = Controller::start(plane, &settings);
    let work = Work::begin(&stage, 1, &conversations, &json!({ "parallelism": 1 }));
    work.wait_for_more(5);
    let (first, other) = match at_work(plane, &[&stage.controller, &second]) {
        leading if std::ptr::eq(leading, &second) => (&second, &stage.controller),
        leading => (leading, &second),
    };
    let asked = clock::monotonic();
    assert!(first.terminate(Duration::from_secs(30)).is_some_and(|ended| ended.success()), "it ends");
    let ended = clock::monotonic();
    work.wait_for_more(1);
    let since = |then: Instant| clock::monotonic() - then;
    eprintln!("given-back: the other one goes on {:.1?} after the end, {:.1?} after it was asked for", since(ended), since(asked));
    assert!(since(ended) < TAKEN, "its lease would have held for {LONG} s");
    assert!(held(other) >= 1);
    work.hurry();
    work.ends();
    stage.judge(0);
}
