//! What a round changed, in words: one step after the other, as a person would tell it.

use jiff::Timestamp;
use uuid::Uuid;

use super::Tone;
use super::sessions::standing;
use super::spared::spared;
use super::why::why;
use crate::plan::Progress;
use crate::termination::{Session, Source, State};

/// One thing that happened to a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) conversation_id: Uuid,
    /// When it was recorded.
    pub(crate) at: Timestamp,
    pub(crate) tone: Tone,
    pub(crate) text: String,
}

/// What lies between two progresses, session by session.
pub(crate) fn steps(before: &Progress, after: &Progress, now: Timestamp) -> Vec<Step> {
    let mut told = Vec::new();
    for session in &after.sessions {
        let unknown = Session::pending(session.conversation_id);
        let known = before.sessions.iter().find(|known| known.conversation_id == session.conversation_id).unwrap_or(&unknown);
        let entered = (known.state, known.since) != (session.state, session.since);
        // A state is entered before what follows from it is sent.
        let at = session.since.filter(|_| entered).unwrap_or(now);
        let mut teller = Teller { before: known, after: session, entered, at, steps: Vec::new() };
        teller.tell();
        told.append(&mut teller.steps);
    }
    told
}

struct Teller<'a> {
    before: &'a Session,
    after: &'a Session,
    entered: bool,
    at: Timestamp,
    steps: Vec<Step>,
}

impl Teller<'_> {
    /// In the order in which a round takes things up: answers, what was read, what is asked for next, the end.
    fn tell(&mut self) {
        self.answers();
        self.readings();
        if self.entered {
            self.request();
            self.end();
        }
    }

    fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.steps.push(Step { conversation_id: self.after.conversation_id, at: self.at, tone, text: text.into() });
    }

    fn answers(&mut self) {
        let (before, after) = (self.before, self.after);
        let accepted = |whose: &str, id: &str| format!("{whose} close accepted, which proves nothing yet (correlation {id})");
        if let Some(id) = after.guest_close_correlation_id.as_deref().filter(|id| before.guest_close_correlation_id.as_deref() != Some(id))
        {
            self.say(Tone::Plain, accepted("guest", id));
        }
        if let Some(id) =
            after.wrapper_close_correlation_id.as_deref().filter(|id| before.wrapper_close_correlation_id.as_deref() != Some(id))
        {
            let told = if after.torn_down { accepted("forced", id) } else { accepted("conversation", id) };
            self.say(Tone::Plain, told);
        }
        if after.failures > before.failures {
            let fault = after.last_error.clone().unwrap_or_default();
            self.say(Tone::Trouble, format!("{}; tried again later", fault.message.trim_end_matches('.')));
        }
        if after.attempts > before.attempts {
            self.say(Tone::Trouble, format!("not confirmed in time, attempt {} is used up", after.attempts));
        }
    }

    fn readings(&mut self) {
        let (before, after) = (self.before, self.after);
        let seen = |communication: Uuid| before.legs.iter().any(|leg| leg.communication_id == communication);
        let new = after.legs.iter().filter(|leg| !seen(leg.communication_id)).count();
        if after.reconnects > before.reconnects && !after.state.is_final() {
            self.say(Tone::Trouble, "the guest came back; that leg is closed too");
        } else if new > 0 {
            let legs = if new == 1 { "one live guest leg is".to_owned() } else { format!("{new} live guest legs are") };
            self.say(Tone::Plain, format!("read: {legs} there, and noted down as what is to be closed"));
        }
        let closed = |session: &Session| session.legs.iter().filter(|leg| leg.closed).count();
        let (was, is) = (closed(before), closed(after));
        if is > was {
            let by = source(after.confirmed_by);
            let which = if after.legs.len() == 1 { "guest leg".to_owned() } else { format!("guest leg {is} of {}", after.legs.len()) };
            self.say(Tone::Good, format!("{which} confirmed closed{by}"));
        }
    }

    fn request(&mut self) {
        match self.after.state {
            State::GuestCloseRequested if self.after.resent => {
                self.say(Tone::Plain, "a read still shows the guest leg live; recorded, then sent once more: close the guest leg");
            }
            State::GuestCloseRequested => self.say(Tone::Plain, "recorded, then sent: close the guest leg"),
            State::WrapperCloseRequested if self.after.legs.is_empty() => {
                self.say(Tone::Plain, "read: no guest leg is live, the conversation is; recorded, then sent: close the conversation");
            }
            State::WrapperCloseRequested => {
                self.say(Tone::Plain, "a fresh read shows every guest leg closed; recorded, then sent: close the conversation");
            }
            State::TeardownRequested => self.say(Tone::Trouble, "stuck; recorded, then sent: tear the conversation down by force"),
            State::GuestCloseDeclined | State::WrapperCloseDeclined => {
                let fault = self.after.last_error.clone().unwrap_or_default();
                self.say(Tone::Trouble, format!("declined ({}); a read has to show why", fault.message));
            }
            State::Settling if self.took_the_rest_along() => {
                self.say(Tone::Plain, "read as ended: the guest's end took the rest along; watched for a guest who comes back");
            }
            State::Settling => self.say(Tone::Plain, "read as ended; watched for a guest who comes back"),
            State::Pending
            | State::GuestLegLive
            | State::GuestCloseAccepted
            | State::GuestLegClosed
            | State::WrapperCloseAccepted
            | State::TeardownAccepted
            | State::Ended
            | State::AlreadyEnded
            | State::NotTargeted
            | State::NotFound
            | State::Stopped
            | State::HalfClosed
            | State::GuestCloseRefused
            | State::Failed => {}
        }
    }

    /// Whether the conversation ended with its guest, and needed no close of its own.
    fn took_the_rest_along(&self) -> bool {
        self.after.wrapper_close_correlation_id.is_none() && !self.after.torn_down && !self.after.legs.is_empty()
    }

    fn end(&mut self) {
        if !self.after.state.is_final() {
            return;
        }
        if let Some(said) = spared(self.after) {
            return self.say(Tone::Trouble, said);
        }
        let why = why(self.after).map(|why| format!(": {why}")).unwrap_or_default();
        let text = match self.after.state {
            State::Ended if self.before.state == State::Settling => "ended, and watched until now".to_owned(),
            State::Ended if self.took_the_rest_along() => {
                "ended: the guest's end took the rest along; the conversation needed no close of its own".to_owned()
            }
            State::Ended => "ended, and read as ended".to_owned(),
            State::AlreadyEnded => "read: it had ended before; nothing was sent".to_owned(),
            State::NotTargeted => "read: only a guest who is no target is there; nothing was sent".to_owned(),
            State::Pending
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
            | State::Settling
            | State::NotFound
            | State::Stopped
            | State::HalfClosed
            | State::GuestCloseRefused
            | State::Failed => standing(self.after),
        };
        self.say(Tone::of(self.after.state), format!("{text}{why}"));
    }
}

fn source(source: Option<Source>) -> &'static str {
    match source {
        Some(Source::Poll) => " by a read",
        Some(Source::Notification) => " by a notification",
        Some(Source::Webhook) => " by a webhook event",
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::termination::{Fault, Leg};

    fn told(before: &Session, after: &Session) -> Vec<String> {
        let progress = |session: &Session| Progress { sessions: vec![session.clone()], ..Progress::default() };
        steps(&progress(before), &progress(after), Timestamp::UNIX_EPOCH).into_iter().map(|step| step.text).collect()
    }

    fn leg(closed: bool) -> Leg {
        Leg { participant_id: Uuid::nil(), communication_id: Uuid::nil(), connected_time: Timestamp::UNIX_EPOCH, closed }
    }

    #[test]
    fn nothing_new_is_nothing_to_tell() {
        let session = Session { state: State::GuestCloseAccepted, legs: vec![leg(false)], failures: 2, ..Session::default() };
        assert_eq!(told(&session, &session), Vec::<String>::new());
    }

    #[test]
    fn the_first_read_and_what_it_leads_to_are_two_steps() {
        let after = Session { state: State::GuestCloseRequested, legs: vec![leg(false)], ..Session::default() };
        assert_eq!(
            told(&Session::default(), &after),
            ["read: one live guest leg is there, and noted down as what is to be closed", "recorded, then sent: close the guest leg"]
        );
    }

    #[test]
    fn a_set_back_names_its_cause() {
        let before = Session { state: State::GuestCloseRequested, legs: vec![leg(false)], ..Session::default() };
        let after =
            Session { failures: 1, last_error: Some(Fault::new("service.unavailable", "the service answered 503")), ..before.clone() };
        assert_eq!(told(&before, &after), ["the service answered 503; tried again later"]);
    }

    #[test]
    fn a_cascade_is_told_as_one() {
        let before = Session { state: State::GuestCloseAccepted, legs: vec![leg(false)], ..Session::default() };
        let after = Session { state: State::Ended, legs: vec![leg(true)], confirmed_by: Some(Source::Poll), ..Session::default() };
        assert_eq!(
            told(&before, &after),
            [
                "guest leg confirmed closed by a read",
                "ended: the guest's end took the rest along; the conversation needed no close of its own"
            ]
        );
    }

    #[test]
    fn the_end_and_the_end_of_its_watch_are_two_steps() {
        let before = Session { state: State::GuestCloseAccepted, legs: vec![leg(true)], ..Session::default() };
        let watched = Session { state: State::Settling, ..before.clone() };
        let along = "read as ended: the guest's end took the rest along; watched for a guest who comes back";
        assert_eq!(told(&before, &watched), [along]);
        let forced = Session { torn_down: true, ..watched.clone() };
        assert_eq!(told(&before, &forced), ["read as ended; watched for a guest who comes back"]);
        assert_eq!(told(&watched, &Session { state: State::Ended, ..watched.clone() }), ["ended, and watched until now"]);
    }
}
