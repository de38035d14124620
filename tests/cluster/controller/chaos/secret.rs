//! A Secret that is rotated while much work depends on it.

use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, Patch, PatchParams};
use serde_json::json;
use webchat_terminator::simulator::world::sample;

use super::super::process::Settings;
use super::super::stage::Stage;
use super::work::{Work, mixed, sent, world};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![a_secret_that_is_rotated_twice_in_the_middle_of_a_hundred_sessions_loses_nothing]
}

/// Once the new one is stored before the old one is revoked, and once after it.
fn a_secret_that_is_rotated_twice_in_the_middle_of_a_hundred_sessions_loses_nothing(plane: &ControlPlane) {
    let conversations = mixed(100);
    let stage = Stage::with(plane, "secret", world(&conversations), &Settings { log: "info", ..Settings::of("secret") });
    let work = Work::begin(&stage, 4, &conversations, &json!({ "parallelism": 3 }));
    work.wait_for_more(20);
    store(&stage, "second");
    revoke_all_but(&stage, "second");
    work.wait_for_more(20);
    revoke_all_but(&stage, "third");
    store(&stage, "third");
    work.wait_for_more(20);
    assert!(work.is_unfinished(), "it happened in the middle");
    work.hurry();
    work.ends();
    let refused = stage.judge(0).writes.iter().filter(|write| !write.accepted).count();
    eprintln!("secret: {} requests that change something, {refused} of them refused for a token that was revoked", sent(&stage));
}

/// Puts a secret into the Secret of the connection.
pub(super) fn store(stage: &Stage<'_>, secret: &str) {
    let api: Api<Secret> = stage.api();
    let patch = Patch::Merge(json!({ "stringData": { "clientSecret": secret } }));
    stage.plane.block_on(api.patch("genesys", &PatchParams::default(), &patch)).unwrap();
}

/// From now on the service takes this secret only, and no token that was issued before.
pub(super) fn revoke_all_but(stage: &Stage<'_>, secret: &str) {
    stage.genesys.world(|world| {
        world.set_secret(sample::CLIENT_ID, secret).unwrap();
        world.revoke_tokens(None);
    });
}
