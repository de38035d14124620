//! A verdict in a sentence for people.

use crate::plan::{NotFoundPolicy, Order, Progress, Tally, Verdict};
use crate::termination::{Session, State};

/// The session that is tried again after a failure, if one is.
pub(super) fn backing_off(progress: &Progress) -> Option<&Session> {
    progress.sessions.iter().find(|session| session.failures > 0 && !session.state.is_final())
}

/// The sentence.
pub(super) fn message(verdict: &Verdict, order: &Order, progress: &Progress) -> String {
    let Tally { total, ended, already_ended, not_targeted, not_found, failed, stopped, remaining } = progress.tally();
    let are = if total == 1 { "session is" } else { "sessions are" };
    let done = format!("{} of {total} {are} done{}", total - remaining, watched(order, progress));
    match verdict {
        Verdict::Working => match backing_off(progress).and_then(|session| session.last_error.as_ref()) {
            Some(fault) => format!("{done}; retrying after {}: {}", fault.code, fault.message),
            None => done,
        },
        Verdict::Suspended => format!("{done}; no other is started while suspend is true"),
        Verdict::Blocked(blocker) => blocker.fault.message.clone(),
        Verdict::Succeeded => {
            let told = [
                (ended, format!("{ended} ended here{}", torn_down(progress))),
                (already_ended, format!("{already_ended} had already ended")),
                (not_found, format!("{not_found} {} not found", were(not_found))),
            ];
            let whole = if not_targeted > 0 { "nothing is left to end".into() } else { format!("{} ended", all(total)) };
            format!("{whole}: {}{}", listed(&told), left_alone(not_targeted, ended + already_ended + not_found))
        }
        Verdict::Failed(_) => {
            let policy = if order.not_found == NotFoundPolicy::Fail { " (a failure under notFoundPolicy Fail)" } else { "" };
            let told = [
                (failed, format!("{failed} failed{}", refused(progress))),
                (not_found, format!("{not_found} {} not found{policy}", were(not_found))),
                (stopped, format!("{stopped} {} stopped{}", were(stopped), half_closed(progress))),
            ];
            let gone = ended + already_ended;
            let have = if total == 1 { "session has" } else { "sessions have" };
            let left = left_alone(not_targeted, gone);
            format!("{gone} of {total} {have} ended; {}{left}; to try again, write a new WebchatTermination", listed(&told))
        }
    }
}

fn all(total: i32) -> String {
    if total == 1 { "the session has".into() } else { format!("all {total} sessions have") }
}

fn were(count: i32) -> &'static str {
    if count == 1 { "was" } else { "were" }
}

/// What there is of it.
fn listed(told: &[(i32, String)]) -> String {
    let there: Vec<&str> = told.iter().filter(|(count, _)| *count > 0).map(|(_, text)| text.as_str()).collect();
    there.join(", ")
}

/// How many conversations have a guest who is no target and still there: nobody may take them for ended.
fn left_alone(count: i32, others: i32) -> String {
    let joint = if others > 0 { "; " } else { "" };
    match count {
        0 => String::new(),
        1 => format!("{joint}1 has only a guest who is no target: still connected, and left alone"),
        _ => format!("{joint}{count} have only guests who are no targets: still connected, and left alone"),
    }
}

/// How many sessions have ended and do not count as done yet, and until when.
fn watched(order: &Order, progress: &Progress) -> String {
    let settling = progress.sessions.iter().filter(|session| session.state == State::Settling);
    let ends = settling.clone().filter_map(|session| session.since?.checked_add(order.settle).ok());
    match (settling.count(), ends.max()) {
        (count @ 1.., Some(end)) => {
            let (have, are) = if count == 1 { ("has", "is") } else { ("have", "are") };
            format!(", {count} {have} ended and {are} watched until {end:.0} for guests who come back")
        }
        (_, _) => String::new(),
    }
}

/// How many of them were torn down by force: it left a mark in the service.
fn torn_down(progress: &Progress) -> String {
    match progress.sessions.iter().filter(|session| session.state == State::Ended && session.torn_down).count() {
        0 => String::new(),
        count => format!(" ({count} of them torn down by force)"),
    }
}

/// How many guests the service declined to close, and what to do about them.
fn refused(progress: &Progress) -> String {
    match progress.sessions.iter().filter(|session| session.state == State::GuestCloseRefused).count() {
        0 => String::new(),
        count => format!(
            " ({count} of them because the service refuses to close the guest leg: disconnect them in Genesys Cloud, or allow \
             forceTeardown: WhenStuck)"
        ),
    }
}

/// How many sessions were stopped where they may leave a conversation without its guest: what nobody may overlook.
fn half_closed(progress: &Progress) -> String {
    match progress.sessions.iter().filter(|session| session.state == State::HalfClosed).count() {
        0 => String::new(),
        count => format!(" ({count} of them half closed: a guest leg may be closed, the conversation is still open)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crd::WebchatTermination;
    use crate::plan::verdict;
    use crate::termination::{Reason, Session};

    fn order() -> Order {
        let spec = serde_json::json!({ "connectionRef": { "name": "main" }, "sessions": [] });
        WebchatTermination::new("tried", serde_json::from_value(spec).unwrap()).order()
    }

    fn said(sessions: &[(State, Option<Reason>)]) -> String {
        let order = order();
        let session = |(state, reason): &(State, Option<Reason>)| Session { state: *state, reason: *reason, ..Session::default() };
        let sessions: Vec<Session> = sessions.iter().map(session).collect();
        let finished = sessions.iter().all(|session| session.state.is_final());
        let completion_time = finished.then(|| "2026-11-22T12:00:00Z".parse().unwrap());
        let progress = Progress { sessions, completion_time, ..Progress::default() };
        message(&verdict(&order, &progress, None), &order, &progress)
    }

    #[test]
    fn only_what_there_is_is_told() {
        assert_eq!(said(&[(State::Ended, None)]), "the session has ended: 1 ended here");
        assert_eq!(
            said(&[(State::Ended, None), (State::AlreadyEnded, None)]),
            "all 2 sessions have ended: 1 ended here, 1 had already ended"
        );
        assert_eq!(said(&[(State::Pending, None), (State::Ended, None)]), "1 of 2 sessions are done");
        assert_eq!(
            said(&[(State::Failed, None), (State::NotFound, None)]),
            "0 of 2 sessions have ended; 1 failed, 1 was not found (a failure under notFoundPolicy Fail); \
             to try again, write a new WebchatTermination"
        );
    }

    #[test]
    fn a_guest_who_was_left_alone_is_never_passed_over() {
        let alone = (State::NotTargeted, Some(Reason::LaterGuestLegLive));
        assert_eq!(said(&[alone]), "nothing is left to end: 1 has only a guest who is no target: still connected, and left alone");
        let both = said(&[(State::Ended, None), alone]);
        assert_eq!(both, "nothing is left to end: 1 ended here; 1 has only a guest who is no target: still connected, and left alone");
    }

    #[test]
    fn what_has_ended_and_is_still_watched_is_told_with_the_end_of_its_window() {
        let (order, mut progress) = (order(), Progress::default());
        let settling = |since: &str| Session { state: State::Settling, since: Some(since.parse().unwrap()), ..Session::default() };
        progress.sessions = vec![settling("2026-11-22T12:00:00.25Z"), Session::default()];
        let said = |progress: &Progress| message(&verdict(&order, progress, None), &order, progress);
        let one = "0 of 2 sessions are done, 1 has ended and is watched until 2026-11-22T12:00:30Z for guests who come back";
        assert_eq!(said(&progress), one);
        progress.sessions[1] = settling("2026-11-22T12:01:00Z");
        assert!(said(&progress).contains(", 2 have ended and are watched until 2026-11-22T12:01:30Z for"), "{}", said(&progress));
    }

    #[test]
    fn what_was_torn_down_and_what_was_refused_is_never_passed_over() {
        let (order, mut progress) = (order(), Progress { completion_time: Some(jiff::Timestamp::UNIX_EPOCH), ..Progress::default() });
        progress.sessions = vec![Session { state: State::Ended, torn_down: true, ..Session::default() }];
        let said = |progress: &Progress| message(&verdict(&order, progress, None), &order, progress);
        assert_eq!(said(&progress), "the session has ended: 1 ended here (1 of them torn down by force)");
        progress.sessions[0] = Session { state: State::GuestCloseRefused, ..Session::default() };
        assert!(said(&progress).contains("disconnect them in Genesys Cloud, or allow forceTeardown: WhenStuck"), "{}", said(&progress));
    }

    #[test]
    fn what_is_half_closed_is_never_passed_over() {
        let said = said(&[(State::HalfClosed, Some(Reason::Cancelled)), (State::Stopped, Some(Reason::Cancelled))]);
        assert!(said.contains("2 were stopped (1 of them half closed:"), "{said}");
    }
}
