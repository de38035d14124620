//! How each session stands.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use kube::ResourceExt;

use super::Tone;
use super::spared::spared;
use super::table::{rendered, table};
use super::why::why;
use crate::crd::{WebchatTermination, WebchatTerminationStatus};
use crate::termination::{Session, Source, State};

/// One line on the whole: its name, whether it succeeded, and why.
pub(crate) fn headline(termination: &WebchatTermination) -> String {
    use owo_colors::OwoColorize;
    let name = format!("{}/{}", termination.namespace().unwrap_or_default(), termination.name_any());
    let status = termination.status.clone().unwrap_or_default();
    let Some(condition) = status.conditions.iter().find(|condition| condition.type_ == "Succeeded") else {
        return format!("{}: nothing was done yet", name.bold());
    };
    let tone = match condition.status.as_str() {
        "True" => Tone::Good,
        "False" => Tone::Bad,
        _ => Tone::Trouble,
    };
    format!("{}: {}: {}", name.bold(), tone.paint(&condition.reason), condition.message)
}

/// The sessions as a table.
pub(crate) fn sessions_table(status: &WebchatTerminationStatus) -> String {
    let mut table = table(&["conversation", "state", "guest closed", "confirmed by", "ended", "correlation", "what"]);
    for session in &status.sessions {
        table.add_row([
            session.conversation_id.to_string(),
            format!("{:?}", session.state),
            time(session.guest_closed_time),
            session.confirmed_by.map(word).unwrap_or_default().to_owned(),
            time(session.ended_time),
            session.guest_close_correlation_id.as_ref().or(session.wrapper_close_correlation_id.as_ref()).cloned().unwrap_or_default(),
            what(session),
        ]);
    }
    let words: Vec<_> = status.sessions.iter().map(|session| (format!("{:?}", session.state), Tone::of(session.state))).collect();
    rendered(&table, &words)
}

/// Where a session stands, in words; half closed is told from what is recorded of its legs.
pub(crate) fn standing(session: &Session) -> String {
    let is_confirmed = !session.legs.is_empty() && session.legs.iter().all(|leg| leg.closed);
    if session.state != State::HalfClosed {
        return session.state.to_string();
    }
    let guest = if is_confirmed { "is confirmed closed" } else { "was asked to close, which is not confirmed" };
    format!("stopped half way: the guest leg {guest}, and the wrapper is open")
}

pub(super) fn word(source: Source) -> &'static str {
    match source {
        Source::Notification => "Notification",
        Source::Webhook => "Webhook",
        Source::Poll => "Poll",
    }
}

fn time(time: Option<Timestamp>) -> String {
    time.map(|time| time.to_zoned(TimeZone::UTC).strftime("%H:%M:%SZ").to_string()).unwrap_or_default()
}

fn what(session: &Session) -> String {
    if let Some(said) = spared(session) {
        return said.to_owned();
    }
    let told = match (why(session), &session.last_error) {
        (None, _) if session.state == State::NotFound => Some(session.state.to_string()),
        (Some(why), _) => Some(why),
        (None, Some(fault)) if session.state == State::Ended => Some(format!("overcame: {}", fault.message)),
        (None, Some(fault)) => Some(fault.message.clone()),
        (None, None) => None,
    };
    let torn_down = session.torn_down.then(|| "torn down by force".to_owned());
    [torn_down, watched(session), told].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// How long an ended session was watched for a guest who comes back. Of what came after that nothing is known.
fn watched(session: &Session) -> Option<String> {
    let (since, ended) = (session.since?, session.ended_time?);
    match session.state {
        State::Settling => Some("watched for a guest who comes back".to_owned()),
        State::Ended if since > ended && session.reason.is_none() => Some(format!("watched until {}", time(Some(since)))),
        State::Ended
        | State::Pending
        | State::GuestLegLive
        | State::GuestCloseRequested
        | State::GuestCloseAccepted
        | State::GuestCloseDeclined
        | State::GuestLegClosed
        | State::WrapperCloseRequested
        | State::WrapperCloseAccepted
        | State::WrapperCloseDeclined
        | State::TeardownRequested
        | State::TeardownAccepted
        | State::AlreadyEnded
        | State::NotTargeted
        | State::NotFound
        | State::Stopped
        | State::HalfClosed
        | State::GuestCloseRefused
        | State::Failed => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_session_says_until_when_it_was_watched_and_no_more() {
        let at = |text: &str| Some(text.parse().unwrap());
        let ended = Session { state: State::Ended, ended_time: at("2026-11-22T12:00:00Z"), ..Session::default() };
        let watched = Session { since: at("2026-11-22T12:00:30Z"), ..ended.clone() };
        assert_eq!(what(&watched), "watched until 12:00:30Z");
        assert_eq!(what(&Session { torn_down: true, ..watched.clone() }), "torn down by force; watched until 12:00:30Z");
        assert_eq!(what(&Session { state: State::Settling, ..watched }), "watched for a guest who comes back");
        assert_eq!(what(&Session { since: ended.ended_time, ..ended }), "");
    }
}
