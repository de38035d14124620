//! Tests against a real etcd, kube-apiserver and kube-controller-manager.
//!
//! The first test that asks for it gets the control plane (see `control_plane::locate`) and starts it; all share it, each
//! in namespaces of its own. Where there is none to be had the tests are reported as ignored, with the reason, never as
//! passed. `WCT_REQUIRE=1` makes that a failure.
//!
//! `WCT_CONTROL_PLANE=prepare cargo test --test cluster` gets the binaries and runs no test.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "all of this target is test code, which clippy does not see without a test harness"
)]

mod case;
mod control_plane;
mod controller;
mod deploy;
mod deploy_intake;
mod harness;
mod kubectl;
#[path = "../marked.rs"]
mod marked;
mod receipts;
mod sandbox;
mod schema_change;
mod schema_create;

use std::process::ExitCode;
use std::sync::Arc;

use case::{Case, Shared};

/// How many tests run at a time, unless `--test-threads` says otherwise.
const THREADS: usize = 6;

fn main() -> ExitCode {
    if std::env::var("WCT_CONTROL_PLANE").is_ok_and(|wish| wish == "prepare") {
        return prepare();
    }
    controller::open_binary();
    let mut arguments = libtest_mimic::Arguments::from_args();
    // They mostly wait.
    arguments.test_threads.get_or_insert(THREADS);
    let shared = Arc::new(Shared::default());
    let trials = cases().into_iter().map(|case| case.into_trial(&shared)).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    // Stops the control plane: the trials have given their shares back.
    drop(shared);
    conclusion.exit_code()
}

fn cases() -> Vec<Case> {
    let all = [
        controller::cases(),
        harness::cases(),
        schema_create::cases(),
        schema_change::cases(),
        kubectl::cases(),
        receipts::cases(),
        deploy::cases(),
        deploy_intake::cases(),
    ];
    all.into_iter().flatten().collect()
}

fn prepare() -> ExitCode {
    match control_plane::Assets::locate() {
        Ok(assets) => {
            eprintln!("cluster tests: {assets}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("cluster tests: {reason}");
            ExitCode::FAILURE
        }
    }
}
