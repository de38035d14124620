//! `wct plan`: what would happen to each session, and why. It is handed nothing that can write.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kube::ResourceExt;
use serde::Serialize;
use uuid::Uuid;

use super::connect::Clients;
use super::deployments::Deployments;
use super::ending::{self, named};
use super::manifest::{Assignment, Files};
use super::output::{self, Format};
use super::show::{Intent, intents, intents_table, recorded as recorded_intents, spared_warning};
use super::state::{StatePath, resumed};
use super::stop::Stop;
use super::together::together;
use super::{Exit, Failure, connect, runtime};
use crate::clock::{self, SystemClock};
use crate::crd::{WebchatTermination, later_guests_warning, progress_of};
use crate::engine::{self, Observe};
use crate::plan::{Blocker, Deployment, Inventory, Order, Progress, verdict};

/// What `--help` adds.
const HELP: &str = "\
Examples:
  WCT_CLIENT_ID=… WCT_CLIENT_SECRET=… wct plan -f incident.yaml
  wct plan -f connection.yaml -f secret.yaml -f incident.yaml -o json

Exit codes:
   0  for every session it could be said what would happen, and an apply would end them all
   1  an apply would fail for some sessions
   2  bad usage or bad input; nothing was asked
   3  blocked, or some sessions could not be read: see the error, fix it, plan again
   4  interrupted
   5  the state file is unusable
  70  internal error (a bug)";

/// Show what would happen to each session and why; changes nothing
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Plan {
    #[command(flatten)]
    files: Files,

    #[command(flatten)]
    state: StatePath,

    /// How the plan is printed
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,
}

/// The plans of all terminations, for programs.
#[derive(Debug, Serialize)]
struct Plans {
    terminations: Vec<Planned>,
}

/// The plan of one termination.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Planned {
    namespace: String,
    name: String,
    organization_id: Uuid,
    /// When it finished: nothing more would be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    completion_time: Option<Timestamp>,
    sessions: Vec<Intent>,
    /// What the deployments that its connection lists tell guests after the end.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    deployments: Vec<Deployment>,
    /// What somebody may have meant otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    #[serde(skip)]
    blocker: Option<Blocker>,
}

impl Plan {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let manifests = self.files.load()?;
        manifests.notes.iter().for_each(|note| output::say(note));
        self.state.suits(manifests.assignments.len())?;
        let runtime = runtime()?;
        let done = runtime.block_on(async {
            let stop = Stop::on_signals()?;
            tokio::select! {
                done = self.plan_all(&manifests.assignments, &stop) => done,
                () = stop.asked(1) => Ok(Exit::Interrupted),
            }
        });
        runtime.shutdown_background();
        done
    }

    async fn plan_all(&self, assignments: &[Assignment], stop: &Stop) -> Result<Exit, Failure> {
        let (clients, deployments) = (Clients::default(), Deployments::default());
        let (clients, deployments) = (&clients, &deployments);
        let all = together(assignments, stop, |assignment| async move { (assignment, self.plan(assignment, clients, deployments).await) });
        let all = all.await;
        let mut exit = if all.len() < assignments.len() { Exit::Interrupted } else { Exit::Succeeded };
        let mut plans = Plans { terminations: Vec::new() };
        for (assignment, planned) in all {
            match planned {
                Ok((recorded, planned)) => {
                    exit = exit.worse(report(assignment, &recorded, &planned));
                    plans.terminations.push(planned);
                }
                // One that cannot be planned does not keep the others from it.
                Err(failure) => exit = exit.worse(output::fail(&failure)),
            }
        }
        if plans.terminations.is_empty() {
            return Ok(exit);
        }
        let text = match self.output {
            Format::Table => plans.terminations.iter().map(table).collect::<Vec<_>>().join("\n"),
            Format::Json | Format::Yaml => output::render(&plans, self.output)?,
        };
        let printed = output::print(&text);
        // What concerns a connection is said of each termination that uses it, and told once.
        let mut told = BTreeSet::new();
        let warnings = plans.terminations.iter().flat_map(|planned| &planned.warnings);
        warnings.filter(|&warning| told.insert(warning)).for_each(|warning| output::warn(warning));
        printed?;
        Ok(exit)
    }

    /// What is recorded of a termination, and what would happen to it.
    async fn plan(
        &self,
        assignment: &Assignment,
        clients: &Clients,
        deployments: &Deployments,
    ) -> Result<(WebchatTermination, Planned), Failure> {
        let path = self.state.of(assignment)?;
        let recorded = resumed(&path, assignment)?.termination;
        let order = assignment.order_of(&recorded);
        let progress = progress_of(&recorded.status.clone().unwrap_or_default());
        if progress.is_finished() {
            return Ok((recorded, finished(assignment, &progress)));
        }
        let client = clients.of(assignment)?;
        let known = connect::check(&client, assignment).await;
        let mut planned = plan(assignment, order, progress, known, &client).await;
        let later_guests = later_guests_warning(&recorded, clock::now());
        planned.warnings.extend(later_guests.map(|said| format!("{}: {said}", named(&recorded))));
        if planned.blocker.is_none() {
            let (read, warning) = deployments.of(assignment, &client).await;
            planned.deployments = read;
            planned.warnings.extend(warning.map(|warning| warning.text));
        }
        Ok((recorded, planned))
    }
}

/// Nothing would happen, and the service need not be asked.
fn finished(assignment: &Assignment, progress: &Progress) -> Planned {
    let termination = &assignment.termination;
    Planned {
        namespace: termination.namespace().unwrap_or_default(),
        name: termination.name_any(),
        organization_id: assignment.connection.spec.organization_id,
        completion_time: progress.completion_time,
        sessions: recorded_intents(progress),
        deployments: Vec::new(),
        blocker: None,
        warnings: spared_warning(&named(termination), progress.sessions.iter()).into_iter().collect(),
    }
}

/// Looks at every session and plans. The observer can do nothing else.
async fn plan<O: Observe>(assignment: &Assignment, order: Order, mut progress: Progress, known: Inventory, observer: &O) -> Planned {
    // All at once, and now: a plan starts nothing that would have to be spread out.
    let order = Order { parallelism: order.targets.len(), ..order };
    progress.sessions.iter_mut().filter(|session| !session.state.is_final()).for_each(|session| session.next_attempt_time = None);
    let plan = engine::preview(&order, &progress, known, observer, &SystemClock).await;
    let (namespace, name) = (assignment.termination.namespace().unwrap_or_default(), assignment.termination.name_any());
    Planned {
        warnings: spared_warning(&format!("{namespace}/{name}"), plan.progress.sessions.iter()).into_iter().collect(),
        deployments: Vec::new(),
        namespace,
        name,
        organization_id: assignment.connection.spec.organization_id,
        completion_time: None,
        sessions: intents(&order, &plan),
        blocker: plan.blocker,
    }
}

fn table(planned: &Planned) -> String {
    use owo_colors::OwoColorize;
    let name = format!("{}/{}", planned.namespace, planned.name);
    let whole = match planned.completion_time {
        Some(time) => format!(": it finished at {time:.0}; nothing more would be sent"),
        None => " (nothing was changed)".to_owned(),
    };
    format!("{}{whole}\n{}", name.bold(), intents_table(&planned.sessions))
}

/// Says what stands in the way, and how the command is to exit for it.
fn report(assignment: &Assignment, recorded: &WebchatTermination, planned: &Planned) -> Exit {
    if planned.completion_time.is_some() {
        let progress = progress_of(&recorded.status.clone().unwrap_or_default());
        return ending::finished(recorded, &verdict(&recorded.order(), &progress, None));
    }
    let Planned { namespace, name, sessions, blocker, .. } = planned;
    if let Some(blocker) = blocker {
        return output::fail(&connect::blocked(assignment, blocker));
    }
    let unknown = sessions.iter().filter(|intent| intent.is_unknown()).count();
    if unknown > 0 {
        let said = format!(
            "{unknown} of {} sessions could not be read from {}; plan again later",
            sessions.len(),
            connect::hosts(assignment).join(" and ")
        );
        return output::fail(&Failure::new(Exit::Blocked, format_args!("{namespace}/{name}"), said));
    }
    let mut exit = Exit::Succeeded;
    for (conversation, why) in sessions.iter().filter_map(Intent::failure) {
        exit = output::fail(&Failure::new(Exit::NotAllEnded, format_args!("{namespace}/{name}: conversation {conversation}"), why));
    }
    exit
}
