//! The wire to the API server is cut, or goes silent while it stays up.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::Duration;

use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::json;
use webchat_terminator::clock;
use webchat_terminator::crd::GenesysConnection;
use webchat_terminator::simulator::world::{ConversationSpec, Delay};

use super::super::process::Settings;
use super::super::stage::{SECRET_TYPE, Stage, good_credentials};
use super::proxy::Proxy;
use super::work::{Work, mixed, sent, world};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![
        connections_that_are_cut_again_and_again_lose_nothing,
        while_its_watches_are_silent_what_people_ask_for_takes_effect_in_time,
        when_every_connection_goes_silent_it_goes_on_in_time,
    ]
}

/// How long it may take until a watch that has gone silent is begun again: the longest watch, what is allowed on top of it, and
/// what this machine needs.
const BOUND: Duration = Duration::from_secs(30);

/// How long until a record whose connection has gone silent too is written once more, by another one: it is waited for 10 s, and
/// repeated after 5 s.
const ONE_REQUEST: Duration = Duration::from_secs(20);

/// How long a request that was recorded in time may be on its way.
const ON_ITS_WAY: Duration = Duration::from_secs(2);

fn settings(namespace: &str, proxy: &Proxy) -> Settings {
    Settings { through: Some(proxy.address()), ..Settings::of(namespace) }
}

fn connections_that_are_cut_again_and_again_lose_nothing(plane: &ControlPlane) {
    let proxy = Proxy::before(plane.server_address());
    let conversations = mixed(60);
    let stage = Stage::with(plane, "cut", world(&conversations), &settings("cut", &proxy));
    let work = Work::begin(&stage, 3, &conversations, &json!({ "parallelism": 2 }));
    let (mut rounds, mut cut) = (0, 0);
    while rounds < 10 {
        work.wait_for_more(2);
        let open = proxy.open();
        cut += open.count();
        open.cut();
        rounds += 1;
    }
    assert!(work.is_unfinished(), "it happened in the middle");
    work.hurry();
    work.ends();
    stage.judge(0);
    let (writes, conflicts) = work.status_writes();
    eprintln!("cut: {cut} connections in {rounds} rounds; {writes} status writes, {conflicts} of them conflicts");
}

/// The record's precondition tells of whatever is asked of a termination. Of its connection, and of what is new, only a watch does.
fn while_its_watches_are_silent_what_people_ask_for_takes_effect_in_time(plane: &ControlPlane) {
    let proxy = Proxy::before(plane.server_address());
    let conversations = mixed(141);
    let of = |number: usize| &conversations[number * 45..(number + 1) * 45];
    let new = &conversations[135..];
    let mut world = world(&conversations);
    world.behaviour.effect_delay_ms = Delay::fixed(1000);
    let stage = Stage::bare(plane, "silence", world, &settings("silence", &proxy));
    // Its watches, and what it asks for its Leases.
    let watches = proxy.open();
    stage.grant(&["genesys"]);
    stage.put_secret("genesys", SECRET_TYPE, &good_credentials());
    stage.create_connection("main", &json!({}));
    stage.create_connection("other", &json!({}));
    let slowly = json!({ "parallelism": 1 });
    stage.terminate("deleted", of(0), &slowly);
    stage.terminate("cancelled", of(1), &slowly);
    stage.terminate("held", of(2), &json!({ "parallelism": 1, "connectionRef": { "name": "other" } }));
    plane.wait_for("all are at work", || (0..3).all(|number| !begun(&stage, of(number)).is_empty()));

    eprintln!("silence: {} connections, the watches among them, go silent", watches.count());
    watches.silence();
    let (silent, asked) = (clock::monotonic(), clock::now());
    plane.block_on(stage.terminations().delete("deleted", &DeleteParams::default())).unwrap();
    stage.change("cancelled", &json!({ "cancel": "Immediate" }));
    suspend(&stage, "other", true);
    stage.terminate("new", new, &json!({}));

    stage.wait_for_condition("cancelled", "Finished", "True", "Cancelled");
    let cancelled = clock::monotonic() - silent;
    stage.wait_for_condition("held", "Suspended", "True", "Suspended");
    let held = clock::monotonic() - silent;
    let before = begun(&stage, of(2));
    stage.finished("new");
    let done = clock::monotonic() - silent;
    eprintln!(
        "silence: a cancellation is noticed after {cancelled:.1?}, a suspended connection after {held:.1?}, what is new is done after {done:.1?}"
    );
    assert!(cancelled < ONE_REQUEST, "{cancelled:?}");
    assert!(held < BOUND && done < BOUND, "{held:?} {done:?}");
    let witness = stage.genesys.witness();
    let on_its_way = asked + ON_ITS_WAY;
    let late = of(0).iter().flat_map(|conversation| witness.writes_to(conversation.id)).filter(|write| write.time > on_its_way);
    assert_eq!(late.count(), 0, "sent for what is deleted");
    assert_eq!(begun(&stage, of(2)), before, "no session begins while its connection is suspended");

    suspend(&stage, "other", false);
    stage.change("held", &json!({ "parallelism": 100 }));
    stage.finished("held");
    stage.judge(0);
}

/// The conversations to which something was sent.
fn begun(stage: &Stage<'_>, conversations: &[ConversationSpec]) -> BTreeSet<uuid::Uuid> {
    let witness = stage.genesys.witness();
    conversations.iter().map(|conversation| conversation.id).filter(|id| witness.writes_to(*id).count() > 0).collect()
}

fn suspend(stage: &Stage<'_>, connection: &str, suspend: bool) {
    let patch = Patch::Merge(json!({ "spec": { "suspend": suspend } }));
    let api = stage.api::<GenesysConnection>();
    stage.plane.block_on(api.patch(connection, &PatchParams::default(), &patch)).unwrap();
}

/// What is open goes silent for good, and what is opened for some seconds does so in the middle of its first answer.
fn when_every_connection_goes_silent_it_goes_on_in_time(plane: &ControlPlane) {
    /// The handshake comes through, and the beginning of an answer.
    const SOME: usize = 3_000;
    let proxy = Proxy::before(plane.server_address());
    let conversations = mixed(60);
    let stage = Stage::with(plane, "parted", world(&conversations), &settings("parted", &proxy));
    let work = Work::begin(&stage, 3, &conversations, &json!({ "parallelism": 2 }));
    work.wait_for_more(10);
    proxy.silence_new_after(SOME);
    proxy.open().silence();
    sleep(Duration::from_secs(1));
    let before = sent(&stage);
    sleep(Duration::from_secs(14));
    assert_eq!(sent(&stage), before, "without a record nothing is sent");
    let stuck = proxy.open().count();
    proxy.mend_new();
    let mended = clock::monotonic();
    plane.wait_for("it goes on", || sent(&stage) > before);
    let took = clock::monotonic() - mended;
    eprintln!("parted: {stuck} connections are stuck; it goes on {took:.1?} after new ones are in order");
    assert!(took < BOUND, "{took:?}");
    assert!(work.is_unfinished(), "it happened in the middle");
    work.hurry();
    work.ends();
    // The watch works again, too.
    let more = mixed(60);
    stage.terminate("seen", &more[..1], &json!({}));
    stage.finished("seen");
    eprintln!("parted: what is created then is done {:.1?} after new connections are in order", clock::monotonic() - mended);
    stage.judge(0);
}
