//! How each session stands.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use kube::ResourceExt;

use super::Tone;
use super::spared::spared;
use super::table::{rendered, table};
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
    match (&session.reason, &session.last_error) {
        (None, _) if session.state == State::NotFound => session.state.to_string(),
        (Some(reason), _) => reason.to_string(),
        (None, Some(fault)) if session.state != State::Ended => fault.message.clone(),
        (None, Some(fault)) => format!("overcame: {}", fault.message),
        (None, None) => String::new(),
    }
}
