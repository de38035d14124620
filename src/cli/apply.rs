//! `wct apply`: brings the sessions to their end, and says how it went.

use std::path::Path;

use serde_json::json;

use super::connect::Clients;
use super::deployments::Deployments;
use super::ending::{named, report};
use super::listen::{Listen, Listening};
use super::manifest::{Assignment, Files};
use super::output::{self, Format};
use super::show::{headline, live_among, sessions_table, spared_warning};
use super::state::{Recorder, StateError, StatePath, asked};
use super::stop::Stop;
use super::together::together;
use super::work::{Halt, work};
use super::{Exit, Failure, connect, exit, hear, runtime};
use crate::clock;
use crate::crd::{WebchatTermination, later_guests_warning, progress_of};
use crate::engine::StoreError;
use crate::genesys::Client;
use crate::plan::{Deployment, Inventory, Progress, verdict};

/// What `--help` adds.
const HELP: &str = "\
Examples:
  WCT_CLIENT_ID=… WCT_CLIENT_SECRET=… wct apply -f incident.yaml
  wct apply -f connection.yaml -f secret.yaml -f incident.yaml -o json";

/// End the sessions, without a cluster: same resources, same engine, a state file in place of the status
///
/// Several terminations are worked on at once, and one that has to wait holds up no other.
/// Interrupt it or kill it, and run the same command again: it looks first, and goes on at the right step.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{HELP}\n\n{}", exit::TABLE))]
pub(crate) struct Apply {
    #[command(flatten)]
    files: Files,

    #[command(flatten)]
    state: StatePath,

    #[command(flatten)]
    listen: Listen,

    /// How the result is printed: table, or the resource with its status as a cluster would hold it
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: Format,
}

impl Apply {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let manifests = self.files.load()?;
        manifests.notes.iter().for_each(|note| output::say(note));
        self.state.suits(manifests.assignments.len())?;
        let runtime = runtime()?;
        let done = runtime.block_on(async {
            let stop = Stop::on_signals()?;
            let listening = self.listen.start(&manifests.assignments).await?;
            let all = async {
                let done = self.apply_all(&manifests.assignments, listening.as_ref(), &stop).await;
                if let Some(listening) = listening {
                    listening.stop().await;
                }
                done
            };
            tokio::select! {
                done = all => done,
                () = stop.asked(2) => {
                    output::say("stopped at once; run the same command again: it looks first, and goes on at the right step");
                    Ok(Exit::Interrupted)
                }
            }
        });
        // A request that hangs is not waited for.
        runtime.shutdown_background();
        done
    }

    async fn apply_all(&self, assignments: &[Assignment], listening: Option<&Listening>, stop: &Stop) -> Result<Exit, Failure> {
        let (clients, deployments) = (Clients::default(), Deployments::default());
        let shared = Shared { count: assignments.len(), listening, stop, clients, deployments };
        let shared = &shared;
        let all = together(assignments, stop, |assignment| async move {
            let done = self.apply(assignment, shared).await;
            shared.tell(assignment, &done);
            (assignment, done)
        });
        let all = all.await;
        let mut exit = if all.len() < assignments.len() { Exit::Interrupted } else { Exit::Succeeded };
        let mut results = Vec::new();
        for (assignment, done) in all {
            match done {
                Ok((termination, halt)) => {
                    exit = exit.worse(report(assignment, &termination, &halt));
                    results.push(termination);
                }
                // One that cannot be worked on does not keep the others from their end.
                Err(failure) => exit = exit.worse(output::fail(&failure)),
            }
        }
        let printed = self.print(&results);
        for result in &results {
            let sessions = result.status.iter().flat_map(|status| &status.sessions);
            spared_warning(&named(result), sessions).iter().for_each(|warning| output::warn(warning));
        }
        // The work is done, whoever hears of it.
        Ok(match printed {
            Ok(()) => exit,
            Err(failure) if failure.exit == Exit::Usage => {
                output::fail(&failure);
                exit
            }
            Err(failure) => exit.worse(output::fail(&failure)),
        })
    }

    async fn apply(&self, assignment: &Assignment, shared: &Shared<'_>) -> Result<(WebchatTermination, Halt), Failure> {
        let stop = shared.stop;
        let path = self.state.of(assignment)?;
        let mut recorder = Recorder::open(&path, assignment).await.map_err(|error| error.at(&path))?;
        let progress = progress_of(&recorder.termination().status.clone().unwrap_or_default());
        resuming(&path, assignment, recorder.termination(), &progress);
        warn_of_later_guests(recorder.termination(), &progress);
        let order = recorder.order().clone();
        if progress.is_finished() {
            return Ok((recorder.termination().clone(), Halt::Finished(verdict(&order, &progress, None))));
        }
        let client = shared.clients.of(assignment)?;
        let known = tokio::select! {
            (known, read) = begin(&client, assignment, &shared.deployments) => {
                recorder.learn(read);
                known
            }
            () = stop.asked(1) => return Ok((recorder.termination().clone(), Halt::Interrupted)),
        };
        let mut live = live_among(shared.count, &named(&assignment.termination), order.targets.len());
        let ear = hear::ear(client, assignment, stop);
        let handed = shared.listening.map(|listening| listening.hand_to(&assignment.connection, &ear));
        let halt = work(&order, &mut recorder, &ear, known, stop, &mut live).await;
        drop(handed);
        ear.close().await;
        let halt = halt.map_err(|error| {
            let error = match error {
                StoreError::Conflict => StateError::Conflict,
                StoreError::Gone => StateError::Gone,
                StoreError::Unavailable(said) => StateError::Unavailable(said),
            };
            error.at(&path)
        })?;
        Ok((recorder.termination().clone(), halt))
    }

    fn print(&self, results: &[WebchatTermination]) -> Result<(), Failure> {
        let text = match (self.output, results) {
            (_, []) => return Ok(()),
            (Format::Table, results) => {
                let tables = results
                    .iter()
                    .map(|result| format!("{}\n{}", headline(result), sessions_table(&result.status.clone().unwrap_or_default())));
                tables.collect::<Vec<_>>().join("\n")
            }
            (format @ (Format::Json | Format::Yaml), [one]) => output::render(one, format)?,
            (format @ (Format::Json | Format::Yaml), many) => {
                output::render(&json!({ "apiVersion": "v1", "kind": "List", "items": many }), format)?
            }
        };
        output::print(&text)
    }
}

/// What all terminations of a command share.
struct Shared<'a> {
    /// How many there are.
    count: usize,
    listening: Option<&'a Listening>,
    stop: &'a Stop,
    clients: Clients,
    deployments: Deployments,
}

impl Shared<'_> {
    /// Says at once what a person has to mend while others go on; the errors come at the end, in the order of the manifests.
    fn tell(&self, assignment: &Assignment, done: &Result<(WebchatTermination, Halt), Failure>) {
        let failure = match done {
            Ok((_, Halt::Blocked(blocker))) => connect::blocked(assignment, blocker),
            Ok((_, Halt::Finished(_) | Halt::Suspended | Halt::Interrupted)) => return,
            Err(failure) => failure.clone(),
        };
        if self.count > 1 {
            output::say(&format!("{}: the others go on without it: {failure}", named(&assignment.termination)));
        }
    }
}

/// Makes sure of the access, and warns of what guests can still do after the end.
async fn begin(client: &Client, assignment: &Assignment, deployments: &Deployments) -> (Inventory, Vec<Deployment>) {
    let known = connect::check(client, assignment).await;
    if known.blocker.is_some() {
        return (known, Vec::new());
    }
    let (read, warning) = deployments.of(assignment, client).await;
    warning.iter().filter(|warning| warning.is_news).for_each(|warning| output::warn(&warning.text));
    (known, read)
}

/// Warns before anything is sent, if guests who come later are not left alone.
fn warn_of_later_guests(termination: &WebchatTermination, progress: &Progress) {
    let warning = later_guests_warning(termination, clock::now()).filter(|_| !progress.is_finished());
    warning.iter().for_each(|said| output::warn(&format!("{}: {said}", named(termination))));
}

/// Says where it goes on, if it does not begin.
fn resuming(path: &Path, assignment: &Assignment, recorded: &WebchatTermination, progress: &Progress) {
    let tally = progress.tally();
    let file = path.display();
    if let Some(time) = progress.completion_time {
        output::say(&format!("{file}: it finished at {time:.0}; nothing more is sent"));
        if asked(&assignment.termination, recorded) != recorded.spec {
            output::say(&format!("{file}: what was changed in the manifest since has no effect: give it a new metadata.name"));
        }
    } else if tally.total > 0 {
        output::say(&format!("{file}: going on with {}/{} sessions done", tally.total - tally.remaining, tally.total));
    }
}
