//! A session's record: the row in the status, and the state that `step` works on. They are one type, so that nothing
//! can be lost between them.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Fault, Reason, State, backoff};

/// The most guest legs that are frozen at a time. More are taken up as these close.
pub const MAX_LEGS: usize = 4;

/// How often a guest who comes back is ended again.
pub const MAX_RECONNECTS: i32 = 3;

/// One session's record: where it stands and what is known of it.
///
/// With one frozen leg a record is at most 1 KiB of JSON, with four at most 1600 bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The conversation (the wrapper).
    pub conversation_id: Uuid,
    /// Where the session stands. On its way: Pending, GuestLegLive, GuestCloseRequested, GuestCloseAccepted, GuestCloseDeclined,
    /// GuestLegClosed, WrapperCloseRequested, WrapperCloseAccepted, WrapperCloseDeclined, TeardownRequested, TeardownAccepted,
    /// Settling. Final: Ended (here), AlreadyEnded (at the first look), NotTargeted (only a guest who is no
    /// target is there), NotFound, Stopped (nothing was closed),
    /// HalfClosed (a guest leg may be closed, and the conversation is not, or a guest may be back), GuestCloseRefused (the conversation was left alone),
    /// Failed (`reason` says why).
    pub state: State,
    /// Why it stopped there, where the state alone does not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The frozen guest legs: what is to be closed, and nothing else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 4))]
    pub legs: Vec<Leg>,
    /// Accepted closes that were not confirmed in time.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(min = 0))]
    pub attempts: i32,
    /// Requests in a row that taught nothing (throttled, failed, timed out). They grow the back-off and use up no attempt.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(min = 0))]
    pub failures: i32,
    /// How often a guest leg came back while its session was being ended.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(min = 0))]
    pub reconnects: i32,
    /// Whether a close of a guest leg may have reached the service: its effect may come at any time, even after a read showed
    /// the leg live.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub close_sent: bool,
    /// Whether the close of the guest leg that comes next, or was sent last, is a second one, sent because the first was declined.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resent: bool,
    /// Whether a forced teardown was recorded for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub torn_down: bool,
    /// When the state was taken, by our clock. Of an ended session: until when it was watched for a guest who comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When the session is looked at again, by our clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_time: Option<Timestamp>,
    /// When the legs were frozen, by the service's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen_time: Option<Timestamp>,
    /// When an event last told of a guest who connected, or may have been missed, by our clock. Kept until a read must have shown
    /// that guest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard_time: Option<Timestamp>,
    /// What confirmed that the last guest leg closed; of what had already ended, the read that showed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<Source>,
    /// When the last guest leg was confirmed closed, by our clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest_closed_time: Option<Timestamp>,
    /// When the conversation was first read as ended, by our clock. What came after `since` is not known here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_time: Option<Timestamp>,
    /// The service's correlation id of the last accepted close of a guest leg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 36))]
    pub guest_close_correlation_id: Option<String>,
    /// The service's correlation id of the last accepted close of the wrapper, or of the teardown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 36))]
    pub wrapper_close_correlation_id: Option<String>,
    /// The last error, kept after it was overcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<Fault>,
}

/// One guest's presence in a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Leg {
    /// The guest's participant.
    pub participant_id: Uuid,
    /// The guest's communication (a detail event calls it `sessionId`).
    pub communication_id: Uuid,
    /// When it connected, by the service's clock.
    pub connected_time: Timestamp,
    /// Whether an event or a read confirmed that it closed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
}

/// How the end of the last guest leg was confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Source {
    /// An event on a notification channel.
    Notification,
    /// An event at the webhook intake.
    Webhook,
    /// A read of the conversation.
    Poll,
}

impl Session {
    /// A session of which nothing is known.
    #[must_use]
    pub fn pending(conversation_id: Uuid) -> Self {
        Self { conversation_id, ..Self::default() }
    }

    /// Whether the session is to be looked at by now.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        !self.state.is_final() && self.next_attempt_time.is_none_or(|due| due <= now)
    }

    /// Whether a read has begun it, and nothing has ended it yet.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        self.since.is_some() && !self.state.is_final()
    }

    /// Whether its next look is so far off that only events can have been relied on until then.
    #[must_use]
    pub fn is_left_to_events(&self, now: Timestamp) -> bool {
        let waited = self.since.map_or(SignedDuration::ZERO, |since| now.duration_since(since));
        let polled = backoff::pace(self.state, waited).max(backoff::VISIBILITY);
        self.state.is_told_by_events() && self.next_attempt_time.is_some_and(|due| due.duration_since(now) > polled)
    }

    /// Whether time alone may close its settle window while events flow: an event of the notification service confirmed the last
    /// close, so that they are known to arrive for this very session, and nothing was heard or missed since. Otherwise a read
    /// decides.
    #[must_use]
    pub fn is_watched_by_events(&self) -> bool {
        self.state == State::Settling && self.confirmed_by == Some(Source::Notification) && self.heard_time.is_none()
    }

    /// Whether what is missed now may be a guest who comes back after every leg that was to be closed has closed.
    #[must_use]
    pub fn may_miss_a_return(&self) -> bool {
        self.state >= State::GuestLegClosed && !self.state.is_final()
    }

    /// Whether every frozen leg is confirmed closed.
    #[must_use]
    pub fn legs_closed(&self) -> bool {
        self.legs.iter().all(|leg| leg.closed)
    }

    /// The leg whose close comes next, or is under way.
    #[must_use]
    pub fn open_leg(&self) -> Option<&Leg> {
        self.legs.iter().find(|leg| !leg.closed)
    }

    /// Whether stopping now would leave a wrapper without its guest: a ghost of our own making.
    #[must_use]
    pub fn is_half_closed(&self) -> bool {
        match self.state {
            State::Pending | State::GuestLegLive => self.close_sent || self.legs.iter().any(|leg| leg.closed),
            State::GuestCloseRequested
            | State::GuestCloseAccepted
            | State::GuestCloseDeclined
            | State::GuestLegClosed
            | State::WrapperCloseRequested
            | State::WrapperCloseAccepted
            | State::WrapperCloseDeclined
            | State::TeardownRequested
            | State::TeardownAccepted
            | State::Settling => true,
            State::Ended
            | State::AlreadyEnded
            | State::NotTargeted
            | State::NotFound
            | State::Stopped
            | State::HalfClosed
            | State::GuestCloseRefused
            | State::Failed => false,
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(count: &i32) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::termination::golden::{noon, policy, reading, sample};
    use crate::termination::{Effect, Gate, Step, Teardown, step};

    fn json(session: &Session) -> String {
        serde_json::to_string(session).unwrap()
    }

    /// The longest record that there can be of a session that is not final.
    fn largest(legs: usize) -> Session {
        let mut session = sample(State::WrapperCloseRequested);
        let time = "2026-11-22T22:45:00.123Z".parse().unwrap();
        // Our own times are kept to the millisecond, the service's as it tells them.
        let precise = "2026-11-22T22:45:00.123456789Z".parse().unwrap();
        (session.close_sent, session.resent) = (true, true);
        session.legs = vec![Leg { connected_time: precise, ..session.legs[0].clone() }; legs];
        (session.attempts, session.failures, session.reconnects) = (99, 99_999, 99);
        session.since = Some(time);
        session.next_attempt_time = Some(time);
        session.frozen_time = Some(precise);
        session.heard_time = Some(time);
        session.guest_closed_time = Some(time);
        session.ended_time = Some(time);
        session.confirmed_by = Some(Source::Notification);
        session.guest_close_correlation_id = Some("x".repeat(36));
        session.wrapper_close_correlation_id = Some("x".repeat(36));
        session.last_error = Some(Fault::new(&"c".repeat(500), &"m".repeat(500)));
        session
    }

    #[test]
    fn a_record_is_bounded() {
        let ended = |legs| Session {
            state: State::GuestCloseRefused,
            reason: Some(Reason::UntargetedGuestLegLive),
            next_attempt_time: None,
            heard_time: None,
            ..largest(legs)
        };
        let sizes = [1, MAX_LEGS].map(|legs| json(&largest(legs)).len().max(json(&ended(legs)).len()));
        println!("largest record: {} bytes with one leg, {} with {MAX_LEGS}", sizes[0], sizes[1]);
        assert!(sizes[0] <= 1024 && sizes[1] <= 1600, "{sizes:?}");
    }

    #[test]
    fn at_most_four_legs_are_frozen_and_the_rest_follow() {
        let many: Vec<_> = (0..7).map(|n| (Uuid::from_u128(0x100 + n), -120, true)).collect();
        let open = policy(Gate::Open, Teardown::Never);
        let Step { session, .. } =
            step(&Session::pending(sample(State::Pending).conversation_id), &reading(&many, true, false, false), &open, noon(), 0);
        assert_eq!(session.legs.len(), MAX_LEGS);
        let four_closed: Vec<_> = many.iter().enumerate().map(|(n, (id, connected, _))| (*id, *connected, n >= 4)).collect();
        let Step { session, effect } = step(&session, &reading(&four_closed, true, false, false), &open, noon(), 0);
        assert_eq!(session.legs.iter().filter(|leg| !leg.closed).count(), 3);
        assert!(matches!(effect, Some(Effect::CloseGuestLeg { .. })));
    }

    #[test]
    fn what_says_nothing_is_left_out_of_a_record() {
        let fresh = Session::pending(Uuid::nil());
        assert_eq!(json(&fresh), format!(r#"{{"conversationId":"{}","state":"Pending"}}"#, Uuid::nil()));
        let counted = Session { attempts: 1, failures: 2, reconnects: 3, ..fresh };
        assert!(json(&counted).ends_with(r#""attempts":1,"failures":2,"reconnects":3}"#), "{}", json(&counted));
    }

    #[test]
    fn the_legs_are_closed_when_each_is() {
        let leg = |closed| Leg { closed, ..sample(State::GuestCloseRequested).legs[0].clone() };
        let closed = |legs| Session { legs, ..sample(State::GuestCloseRequested) }.legs_closed();
        assert!(closed(vec![leg(true), leg(true)]));
        assert!(!closed(vec![leg(true), leg(false)]));
    }

    #[test]
    fn a_state_is_called_what_the_record_calls_it() {
        for state in State::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.name());
        }
    }
}
