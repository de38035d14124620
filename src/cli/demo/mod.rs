//! `wct demo`: an incident in a simulated Genesys Cloud in this process. No arguments, no network, no account.

mod tale;

use std::net::{Ipv4Addr, SocketAddr};

use jiff::Timestamp;
use serde::Serialize;

use super::manifest::{self, Assignment};
use super::output::{self, Format};
use super::show::{Live, Step, live, steps};
use super::simulate::serve;
use super::state::{Document, Recorder};
use super::stop::Stop;
use super::work::{Halt, Watch, work};
use super::{Exit, Failure, connect, hear, runtime};
use crate::clock;
use crate::genesys::Endpoints;
use crate::plan::{Inventory, Progress, Verdict};
use crate::simulator::server::{RunningSimulator, default_world};
use crate::simulator::world::{Witness, WorldSpec};
use crate::termination::Session;
use tale::Tale;

/// The manifest that is applied.
const INCIDENT: &str = include_str!("../../../deploy/examples/incident.yaml");

/// Watch an incident being dealt with in a simulated Genesys Cloud: no account, no network, under 20 seconds
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// How the result is printed; json and yaml hold the session rows and the simulator's witness
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,
}

/// The result for programs.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    sessions: &'a [Session],
    witness: &'a Witness,
}

/// What happened in the demo.
#[derive(Debug)]
struct Happened {
    begun: Timestamp,
    ended: Timestamp,
    halt: Halt,
    /// How many sessions were to be ended.
    total: usize,
    sessions: Vec<Session>,
    steps: Vec<Step>,
    witness: Witness,
}

impl Demo {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let world = default_world();
        let world =
            world.map_err(|error| Failure::new(Exit::Internal, "the built-in world", format_args!("{error}; please report this")))?;
        let runtime = runtime()?;
        if self.output == Format::Table {
            output::print(&tale::opening())?;
        }
        let happened = runtime.block_on(async {
            let stop = Stop::on_signals()?;
            tokio::select! {
                happened = play(world.clone(), &stop) => happened.map(Some),
                () = stop.asked(2) => Ok(None),
            }
        });
        runtime.shutdown_background();
        let Some(happened) = happened? else {
            output::say("stopped at once");
            return Ok(Exit::Interrupted);
        };
        if happened.halt == Halt::Interrupted {
            let done = happened.sessions.iter().filter(|session| session.state.is_final()).count();
            output::say(&format!("interrupted with {done}/{} sessions done", happened.total));
            return Ok(Exit::Interrupted);
        }
        let text = match self.output {
            Format::Table => Tale::of(&world, &happened).text(),
            Format::Json | Format::Yaml => {
                output::render(&Shown { sessions: &happened.sessions, witness: &happened.witness }, self.output)?
            }
        };
        output::print(&text)?;
        Ok(if happened.halt == Halt::Finished(Verdict::Succeeded) { Exit::Succeeded } else { Exit::NotAllEnded })
    }
}

/// Applies the incident to a world of its own.
async fn play(world: WorldSpec, stop: &Stop) -> Result<Happened, Failure> {
    let simulator = serve(world, SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let assignment = assignment(&simulator)?;
    let document = Document::begin(&assignment.termination, &assignment.connection, clock::now());
    let mut recorder = Recorder::in_memory(document, &assignment);
    let order = recorder.order().clone();
    let client = connect::client(&assignment)?;
    // What the guests have now is what may be closed; whoever comes later is nobody's target.
    simulator.with_world(|world| order.targets.iter().for_each(|target| world.name_live_legs_as_targets(target.conversation_id)));
    let begun = clock::now();
    let mut watch = Listener { live: live(order.targets.len()), steps: Vec::new() };
    let ear = hear::ear(client, &assignment, stop);
    let halt = work(&order, &mut recorder, &ear, Inventory::default(), stop, &mut watch).await;
    ear.close().await;
    let halt = halt.map_err(|error| Failure::new(Exit::Internal, "demo", format_args!("{error}; please report this")))?;
    simulator.with_world(|world| world.mark_finished(None));
    let sessions = recorder.termination().status.clone().unwrap_or_default().sessions;
    Ok(Happened {
        begun,
        ended: clock::now(),
        halt,
        total: order.targets.len(),
        sessions,
        steps: watch.steps,
        witness: simulator.witness(),
    })
}

/// The incident, with a simulator in place of the region that it names.
fn assignment(simulator: &RunningSimulator) -> Result<Assignment, Failure> {
    let manifests = manifest::load_embedded("deploy/examples/incident.yaml", INCIDENT)?;
    let assignment = manifests.assignments.into_iter().next();
    let mut assignment = assignment.ok_or_else(|| Failure::new(Exit::Internal, "incident.yaml", "nothing in it; please report this"))?;
    let url = simulator.url();
    assignment.endpoints = Endpoints::custom(&url, &url)
        .map_err(|error| Failure::new(Exit::Internal, "the simulator's address", format_args!("{error}; please report this")))?;
    Ok(assignment)
}

/// Shows what happens on a terminal, and keeps it for the tale.
struct Listener {
    live: Live,
    steps: Vec<Step>,
}

impl Watch for Listener {
    fn round(&mut self, before: &Progress, after: &Progress, now: Timestamp) {
        self.steps.extend(steps(before, after, now));
        // Without a terminal to draw on, the tale at the end says it all.
        match &mut self.live {
            bars @ Live::Bars(_) => bars.round(before, after, now),
            Live::Lines => {}
        }
    }

    fn notice(&mut self, text: &str) {
        self.live.notice(text);
    }

    fn halt(&mut self, progress: &Progress) {
        self.live.halt(progress);
    }
}
