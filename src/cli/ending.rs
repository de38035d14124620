//! How a termination came to a halt: what is said of it, and how the command is to exit for it.

use kube::ResourceExt;

use super::manifest::Assignment;
use super::show::{standing, why};
use super::work::Halt;
use super::{Exit, Failure, connect, output};
use crate::crd::WebchatTermination;
use crate::plan::{NotFoundPolicy, Verdict};
use crate::termination::{Session, State};

/// Says why it came to a halt, and how the command is to exit for it.
pub(super) fn report(assignment: &Assignment, termination: &WebchatTermination, halt: &Halt) -> Exit {
    let name = named(termination);
    let status = termination.status.clone().unwrap_or_default();
    match halt {
        Halt::Finished(verdict) => finished(termination, verdict),
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

/// Says which sessions of a finished termination count as not ended.
pub(super) fn finished(termination: &WebchatTermination, verdict: &Verdict) -> Exit {
    if *verdict == Verdict::Succeeded {
        return Exit::Succeeded;
    }
    let name = named(termination);
    let sessions = termination.status.clone().unwrap_or_default().sessions;
    for (session, others) in failures(&sessions, termination.order().not_found) {
        let place = format!("{name}: conversation {}{others}", session.conversation_id);
        output::fail(&Failure::new(Exit::NotAllEnded, place, failure(session)));
    }
    Exit::NotAllEnded
}

/// Namespace and name, for people.
pub(super) fn named(termination: &WebchatTermination) -> String {
    format!("{}/{}", termination.namespace().unwrap_or_default(), termination.name_any())
}

/// The sessions that count as not ended: the first of each reason, and how many others share it.
fn failures(sessions: &[Session], not_found: NotFoundPolicy) -> Vec<(&Session, String)> {
    let mut groups: Vec<(&Session, usize)> = Vec::new();
    for session in sessions.iter().filter(|session| is_failure(session, not_found)) {
        match groups.iter_mut().find(|(first, _)| (first.state, why(first)) == (session.state, why(session))) {
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

/// Why a session failed, and the way out: a finished termination stays as it is.
fn failure(session: &Session) -> String {
    match (session.state, why(session)) {
        (State::NotFound, _) => {
            "no such conversation; check the id, or set notFoundPolicy: Succeed; a finished termination stays as it is: give the new one \
             a new metadata.name"
                .to_owned()
        }
        (State::GuestCloseRefused, _) => {
            let fault = session.last_error.clone().unwrap_or_default();
            format!(
                "{} ({}); disconnect it in Genesys Cloud, or allow forceTeardown: WhenStuck under a new metadata.name",
                session.state, fault.message
            )
        }
        (_, Some(why)) => format!("{}: {why}; to try again, give it a new metadata.name", standing(session)),
        (_, None) => format!("{}; to try again, give it a new metadata.name", standing(session)),
    }
}
