//! With a control plane of its own: its parts die and freeze in the middle of much work.

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;

use super::super::alone::own_plane;
use super::super::process::Settings;
use super::super::stage::Stage;
use super::work::{Work, mixed, sent, world};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![the_api_server_dies_and_etcd_freezes_in_the_middle_and_nothing_is_lost]
}

/// How long a request that was recorded in time may be on its way.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

fn the_api_server_dies_and_etcd_freezes_in_the_middle_and_nothing_is_lost(_: &ControlPlane) {
    let plane = own_plane();
    let conversations = mixed(100);
    let stage = Stage::with(&plane, "planes", world(&conversations), &Settings { log: "info", ..Settings::of("planes") });
    let work = Work::begin(&stage, 4, &conversations, &json!({ "parallelism": 2 }));
    let nothing_is_sent = |what: &str| {
        sleep(ON_ITS_WAY);
        let before = sent(&stage);
        sleep(3 * ON_ITS_WAY);
        assert_eq!(sent(&stage), before, "without a record nothing is sent: {what}");
    };

    work.wait_for_more(15);
    plane.api_server.kill();
    nothing_is_sent("the API server is dead");
    plane.api_server.restart().unwrap();
    plane.wait_until_ready().unwrap();

    work.wait_for_more(15);
    plane.etcd.pause();
    nothing_is_sent("etcd is frozen");
    plane.etcd.unpause();

    work.wait_for_more(15);
    plane.etcd.kill();
    nothing_is_sent("etcd is dead");
    plane.etcd.restart().unwrap();
    plane.wait_until_ready().unwrap();

    assert!(work.is_unfinished(), "it happened in the middle");
    work.hurry();
    work.ends();
    stage.judge(0);
    let (writes, conflicts) = work.status_writes();
    eprintln!("planes: {} requests that change something, {writes} status writes, {conflicts} of them conflicts", sent(&stage));
}
