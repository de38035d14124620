//! The incident, applied to a world of its own.

use jiff::Timestamp;

use super::super::manifest::{self, Assignment};
use super::super::show::{Live, Step, live, steps};
use super::super::state::{Document, Recorder};
use super::super::stop::Stop;
use super::super::work::{Halt, Watch, work};
use super::super::{Exit, Failure, connect, hear};
use crate::clock;
use crate::genesys::Endpoints;
use crate::plan::{Inventory, Progress};
use crate::simulator::server::RunningSimulator;
use crate::simulator::world::{DiaryEntry, GuestView, Witness};
use crate::termination::Session;

/// The manifest that is applied.
const INCIDENT: &str = include_str!("../../../deploy/examples/incident.yaml");

/// What happened in the demo.
#[derive(Debug)]
pub(super) struct Happened {
    pub(super) begun: Timestamp,
    pub(super) ended: Timestamp,
    pub(super) halt: Halt,
    /// How many sessions were to be ended.
    pub(super) total: usize,
    pub(super) sessions: Vec<Session>,
    pub(super) steps: Vec<Step>,
    pub(super) witness: Witness,
    /// What happened to the guests, in order.
    pub(super) diary: Vec<DiaryEntry>,
    /// How the guests stand at the end.
    pub(super) guests: Vec<GuestView>,
}

/// Applies the incident to the world of a simulator.
pub(super) async fn play(simulator: &RunningSimulator, stop: &Stop) -> Result<Happened, Failure> {
    let assignment = assignment(simulator)?;
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
    let (diary, guests) = simulator.with_world(|world| {
        world.mark_finished(None);
        (world.diary(0).cloned().collect(), world.guests().collect())
    });
    let sessions = recorder.termination().status.clone().unwrap_or_default().sessions;
    Ok(Happened {
        begun,
        ended: clock::now(),
        halt,
        total: order.targets.len(),
        sessions,
        steps: watch.steps,
        witness: simulator.witness(),
        diary,
        guests,
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
        if self.live.is_drawn() {
            self.live.round(before, after, now);
        }
    }

    fn notice(&mut self, text: &str) {
        self.live.notice(text);
    }

    fn halt(&mut self, progress: &Progress) {
        self.live.halt(progress);
    }
}
