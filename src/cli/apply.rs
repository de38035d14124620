//! `wct apply`: brings the sessions to their end, and says how it went.

use std::path::Path;

use kube::ResourceExt;
use serde_json::json;

use super::deployments::Deployments;
use super::listen::{Listen, Listening};
use super::manifest::{Assignment, Files};
use super::output::{self, Format};
use super::show::{headline, live, sessions_table, spared_warning, standing};
use super::state::{Recorder, StateError, StatePath};
use super::stop::Stop;
use super::work::{Halt, work};
use super::{Exit, Failure, connect, hear, runtime};
use crate::crd::{WebchatTermination, progress_of};
use crate::engine::StoreError;
use crate::genesys::Client;
use crate::plan::{Deployment, Inventory, NotFoundPolicy, Progress, Verdict};
use crate::termination::{Session, State};

/// What `--help` adds.
const HELP: &str = "\
Examples:
  WCT_CLIENT_ID=… WCT_CLIENT_SECRET=… wct apply -f incident.yaml
  wct apply -f connection.yaml -f secret.yaml -f incident.yaml -o json";

/// End the sessions, without a cluster: same resources, same engine, a state file in place of the status
///
/// Interrupt it or kill it, and run the same command again: it looks first, and goes on at the right step.
#[derive(Debug, clap::Args)]
#[command(after_help = HELP)]
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
        let mut exit = Exit::Succeeded;
        let mut results = Vec::new();
        let mut deployments = Deployments::default();
        for assignment in assignments {
            if stop.is_asked() {
                exit = exit.worse(Exit::Interrupted);
                break;
            }
            match self.apply(assignment, listening, stop, &mut deployments).await {
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
            let name = format!("{}/{}", result.namespace().unwrap_or_default(), result.name_any());
            let sessions = result.status.iter().flat_map(|status| &status.sessions);
            spared_warning(&name, sessions).iter().for_each(|warning| output::warn(warning));
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

    async fn apply(
        &self,
        assignment: &Assignment,
        listening: Option<&Listening>,
        stop: &Stop,
        deployments: &mut Deployments,
    ) -> Result<(WebchatTermination, Halt), Failure> {
        let path = self.state.of(assignment)?;
        let mut recorder = Recorder::open(&path, assignment).await.map_err(|error| error.at(&path))?;
        let client = connect::client(assignment)?;
        let progress = progress_of(&recorder.termination().status.clone().unwrap_or_default());
        resuming(&path, &progress);
        let order = recorder.order().clone();
        let known = tokio::select! {
            (known, read) = begin(&client, assignment, deployments), if !progress.is_finished() => {
                recorder.learn(read);
                known
            }
            () = stop.asked(1), if !progress.is_finished() => return Ok((recorder.termination().clone(), Halt::Interrupted)),
            else => Inventory::default(),
        };
        let mut live = live(order.targets.len());
        let ear = hear::ear(client, assignment, stop);
        let handed = listening.map(|listening| listening.hand_to(&assignment.connection, &ear));
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

/// Makes sure of the access, and warns of what guests can still do after the end.
async fn begin(client: &Client, assignment: &Assignment, deployments: &mut Deployments) -> (Inventory, Vec<Deployment>) {
    let known = connect::check(client, assignment).await;
    if known.blocker.is_some() {
        return (known, Vec::new());
    }
    let (read, warning) = deployments.of(assignment, client).await;
    warning.iter().for_each(|warning| output::warn(warning));
    (known, read)
}

/// Says where it goes on, if it does not begin.
fn resuming(path: &Path, progress: &Progress) {
    let tally = progress.tally();
    let file = path.display();
    if let Some(time) = progress.completion_time {
        output::say(&format!("{file}: it finished at {time:.0}; nothing more is sent"));
    } else if tally.total > 0 {
        output::say(&format!("{file}: going on with {}/{} sessions done", tally.total - tally.remaining, tally.total));
    }
}

/// Says why it came to a halt, and how the command is to exit for it.
fn report(assignment: &Assignment, termination: &WebchatTermination, halt: &Halt) -> Exit {
    let name = format!("{}/{}", termination.namespace().unwrap_or_default(), termination.name_any());
    let status = termination.status.clone().unwrap_or_default();
    match halt {
        Halt::Finished(Verdict::Succeeded) => Exit::Succeeded,
        Halt::Finished(_) => {
            let not_found = termination.order().not_found;
            for (session, others) in failures(&status.sessions, not_found) {
                let place = format!("{name}: conversation {}{others}", session.conversation_id);
                output::fail(&Failure::new(Exit::NotAllEnded, place, why(session)));
            }
            Exit::NotAllEnded
        }
        Halt::Blocked(blocker) => output::fail(&connect::blocked(assignment, blocker)),
        Halt::Suspended => {
            let done = status.progress.unwrap_or_default();
            let whose = if termination.spec.suspend { "its" } else { "its connection's" };
            output::say(&format!(
                "{name}: suspended with {done} sessions done; set {whose} suspend to false and run the same command again"
            ));
            Exit::Interrupted
        }
        Halt::Interrupted => {
            let done = status.progress.unwrap_or_else(|| format!("0/{}", termination.spec.sessions.len()));
            output::say(&format!(
                "{name}: interrupted with {done} sessions done, all of it recorded; run the same command again to resume"
            ));
            Exit::Interrupted
        }
    }
}

/// The sessions that count as not ended: the first of each reason, and how many others share it.
fn failures(sessions: &[Session], not_found: NotFoundPolicy) -> Vec<(&Session, String)> {
    let mut groups: Vec<(&Session, usize)> = Vec::new();
    for session in sessions.iter().filter(|session| is_failure(session, not_found)) {
        match groups.iter_mut().find(|(first, _)| (first.state, first.reason) == (session.state, session.reason)) {
            Some((_, others)) => *others += 1,
            None => groups.push((session, 0)),
        }
    }
    let named = |(first, others)| (first, if others == 0 { String::new() } else { format!(" and {others} more") });
    groups.into_iter().map(named).collect()
}

fn is_failure(session: &Session, not_found: NotFoundPolicy) -> bool {
    !session.state.is_final() || not_found.counts_as_failure(session.state)
}

fn why(session: &Session) -> String {
    match (session.state, session.reason) {
        (State::NotFound, _) => "no such conversation; check the id, or set notFoundPolicy: Succeed".to_owned(),
        (State::GuestCloseRefused, _) => {
            let fault = session.last_error.clone().unwrap_or_default();
            format!(
                "{} ({}); disconnect it in Genesys Cloud, or allow forceTeardown: WhenStuck under a new metadata.name",
                session.state, fault.message
            )
        }
        (_, Some(reason)) => format!("{}: {reason}; to try again, give it a new metadata.name", standing(session)),
        (_, None) => format!("{}; to try again, give it a new metadata.name", standing(session)),
    }
}
