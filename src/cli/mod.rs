//! SHELL: the `wct` command, one file a verb.
//!
//! | file         | what it is |
//! |--------------|------------|
//! | `plan`       | what would happen to each session, and why; can write nothing outside |
//! | `apply`      | brings the sessions to their end, with a state file in place of a cluster |
//! | `listen`     | takes events over HTTP while `apply` works |
//! | `demo`       | the same on a simulated Genesys Cloud in this process |
//! | `simulate`   | serves the simulated Genesys Cloud |
//! | `receipts`   | a receipt per finished session: printed, sent on, checked |
//! | `controller` | the seam to the kube-rs controller |
//! | `crds`       | prints the resource definitions |
//! | `manifest`   | files to checked resources |
//! | `connect`    | from an assignment to a client |
//! | `deployments` | what guests can still do after an end |
//! | `hear`       | events end the wait of the work loop |
//! | `state`      | the durable record without a cluster |
//! | `work`       | rounds of the engine until there is nothing left to do |
//! | `together`   | several terminations at once |
//! | `ending`     | how a termination came to a halt, and the exit code for it |
//! | `stop`       | Ctrl-C, once and twice |
//! | `show`       | plans, sessions and steps in words and tables |
//! | `output`     | the only place that writes to the terminal |
//!
//! Every error is one line, `error: <place>: <what>; <way out>`, and every ending has its exit code ([`Exit`]).

mod apply;
mod connect;
mod controller;
mod crds;
mod demo;
mod deployments;
mod ending;
mod exit;
mod failure;
mod hear;
mod listen;
mod manifest;
mod output;
mod plan;
mod receipts;
mod show;
mod simulate;
mod state;
mod stop;
mod together;
mod work;

use std::ffi::OsString;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

pub use exit::Exit;
use failure::Failure;

use crate::telemetry::logs;

/// Ends Genesys Cloud web messaging sessions from the back end: in the right order, with proof.
///
/// The guest's leg is closed first; when a read or an event confirms that, the conversation. Nothing is closed twice, nothing is
/// believed that was not read, and whatever crashes on the way, the next run goes on at the right step.
#[derive(Debug, Parser)]
#[command(name = "wct", version, propagate_version = true, after_help = exit::TABLE, max_term_width = 120)]
pub struct Wct {
    #[command(subcommand)]
    verb: Verb,

    #[command(flatten)]
    logs: logs::Options,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Plan(plan::Plan),
    Apply(apply::Apply),
    Demo(demo::Demo),
    Simulate(simulate::Simulate),
    Receipts(receipts::Receipts),
    Controller(controller::Controller),
    Crds(crds::Crds),
}

/// Parses a command line. Help, the version and what is wrong with the line are said here.
///
/// # Errors
/// How the process is to exit when there is nothing to run.
pub fn parse(line: impl IntoIterator<Item = OsString>) -> Result<Wct, Exit> {
    let line: Vec<OsString> = line.into_iter().collect();
    let name = called(line.first());
    let parsed = Wct::command().bin_name(name).try_get_matches_from(line).and_then(|matches| Wct::from_arg_matches(&matches));
    parsed.map_err(|said| {
        let _unheard = said.print();
        if said.use_stderr() { Exit::Usage } else { Exit::Succeeded }
    })
}

/// What the user called: `kubectl wct` finds the same binary under the name `kubectl-wct`.
fn called(program: Option<&OsString>) -> &'static str {
    let stem = program.and_then(|program| Path::new(program).file_stem()).and_then(|stem| stem.to_str());
    if stem.is_some_and(|stem| stem.starts_with("kubectl-")) { "kubectl wct" } else { "wct" }
}

/// Runs a command to its end.
#[must_use]
pub fn run(command: Wct) -> Exit {
    let Wct { verb, logs } = command;
    panic::set_hook(Box::new(|panic| {
        output::say(&format!("error: internal error (a bug): {}; please report this", failure::one_line(&panic.to_string())));
    }));
    let chattiness = match &verb {
        Verb::Controller(_) => logs::Chattiness::Telling,
        Verb::Plan(_) | Verb::Apply(_) | Verb::Demo(_) | Verb::Simulate(_) | Verb::Receipts(_) | Verb::Crds(_) => logs::Chattiness::Quiet,
    };
    if let Err(error) = logs::start(&logs, chattiness) {
        return output::fail(&Failure::new(Exit::Usage, "--log (WCT_LOG)", error));
    }
    let done = panic::catch_unwind(AssertUnwindSafe(|| match verb {
        Verb::Plan(plan) => plan.run(),
        Verb::Apply(apply) => apply.run(),
        Verb::Demo(demo) => demo.run(),
        Verb::Simulate(simulate) => simulate.run(),
        Verb::Receipts(receipts) => receipts.run(),
        Verb::Controller(controller) => controller.run(),
        Verb::Crds(crds) => crds.run(),
    }));
    match done {
        Ok(Ok(exit)) => exit,
        Ok(Err(failure)) => output::fail(&failure),
        Err(_) => Exit::Internal,
    }
}

/// The runtime of the verbs that talk to anybody.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let built = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    built.map_err(|error| Failure::new(Exit::Internal, "runtime", format_args!("{error}; free some threads and try again")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Wct::command().debug_assert();
    }

    #[test]
    fn the_plugin_calls_itself_as_it_was_called() {
        assert_eq!(called(Some(&"/usr/local/bin/kubectl-wct".into())), "kubectl wct");
        assert_eq!(called(Some(&"./wct".into())), "wct");
        assert_eq!(called(None), "wct");
    }
}
