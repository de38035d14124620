//! A plan in words: the verdict on the whole, and what happens to each session and why.

use std::fmt;

use super::{Blocker, Order, Plan, Progress, Write};
use crate::termination::{Address, Effect, Reason, Session, State};

/// The verdict on the whole. Conditions, exit codes and metrics derive from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Under way, waiting or backing off.
    Working,
    /// Held until it is resumed.
    Suspended,
    /// Held up until a person mends something.
    Blocked(Blocker),
    /// Every session is ended, or was.
    Succeeded,
    /// Finished, and not every session is ended.
    Failed(Failure),
}

/// Why the whole failed: the gravest of its reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// Some conversations were not found, and that counts as a failure.
    SessionsNotFound,
    /// Some sessions failed or were refused.
    SessionsFailed,
    /// It was cancelled.
    Cancelled,
    /// Its active deadline passed.
    DeadlineExceeded,
    /// More sessions failed than allowed.
    FailureLimitExceeded,
}

/// Judges how an order stands.
#[must_use]
pub fn verdict(order: &Order, progress: &Progress, blocker: Option<&Blocker>) -> Verdict {
    if !progress.is_finished() {
        return match blocker {
            _ if order.suspended => Verdict::Suspended,
            Some(blocker) => Verdict::Blocked(blocker.clone()),
            None => Verdict::Working,
        };
    }
    if progress.tally().is_success(order.not_found) { Verdict::Succeeded } else { Verdict::Failed(failure(progress)) }
}

fn failure(progress: &Progress) -> Failure {
    let of_session = |session: &Session| match (session.state, session.reason) {
        (State::Stopped | State::HalfClosed, Some(Reason::FailureLimitExceeded)) => Some(Failure::FailureLimitExceeded),
        (State::Stopped | State::HalfClosed, Some(Reason::DeadlineExceeded)) => Some(Failure::DeadlineExceeded),
        (State::Stopped | State::HalfClosed, _) => Some(Failure::Cancelled),
        (State::Failed | State::GuestCloseRefused, _) => Some(Failure::SessionsFailed),
        // Where it counts as a success, something graver has failed.
        (State::NotFound, _) => Some(Failure::SessionsNotFound),
        _ => None,
    };
    progress.sessions.iter().filter_map(of_session).max().unwrap_or(Failure::SessionsFailed)
}

impl Plan {
    /// Whether nothing is to be sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for session in &self.progress.sessions {
            match self.writes.iter().find(|write| write.conversation_id == session.conversation_id) {
                Some(write) => writeln!(f, "{write}")?,
                None => writeln!(f, "{}: nothing: {}", session.conversation_id, session.state)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.conversation_id, self.effect)
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CloseGuestLeg { participant_id, address: Address::Participant, .. } => {
                write!(f, "close the guest leg of participant {participant_id}")
            }
            Self::CloseGuestLeg { participant_id, communication_id, address: Address::Communication } => {
                write!(f, "close communication {communication_id} of participant {participant_id}")
            }
            Self::CloseWrapper => f.write_str("close the wrapper"),
            Self::Teardown => f.write_str("tear the conversation down"),
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "nothing has been read yet",
            Self::GuestLegLive => "a guest leg is live",
            Self::GuestCloseRequested => "the guest leg's close is recorded, its outcome unknown",
            Self::GuestCloseAccepted => "the guest leg's close was accepted, not confirmed",
            Self::GuestCloseDeclined => "the guest leg's close was declined, a read has to show why",
            Self::GuestLegClosed => "the guest leg is confirmed closed",
            Self::WrapperCloseRequested => "the wrapper's close is recorded, its outcome unknown",
            Self::WrapperCloseAccepted => "the wrapper's close was accepted, not confirmed",
            Self::WrapperCloseDeclined => "the wrapper's close was declined, a read has to show why",
            Self::TeardownRequested => "the teardown is recorded, its outcome unknown",
            Self::TeardownAccepted => "the teardown was accepted, not confirmed",
            Self::Settling => "read as ended, watched for a guest who comes back",
            Self::Ended => "ended, and read as ended",
            Self::AlreadyEnded => "had already ended",
            Self::NotTargeted => "only a guest who is no target is there, and was left alone",
            Self::NotFound => "no such conversation",
            Self::Stopped => "stopped before anything was closed",
            Self::HalfClosed => "stopped half way: the guest leg may be closed, the wrapper is open",
            Self::GuestCloseRefused => "the service refuses to close the guest leg; the wrapper was left alone",
            Self::Failed => "failed",
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAGuest => "a named participant is not a guest: name the guest's participant, or none",
            Self::ParticipantNotFound => "a named participant is not in the conversation: check participantIds",
            Self::AttemptsExhausted => "accepted closes were never confirmed: look at the conversation in Genesys Cloud",
            Self::WrapperCloseRefused => "the service refuses to close the wrapper: disconnect it in Genesys Cloud",
            Self::TeardownRefused => "the service refuses the teardown: ask Genesys Cloud customer care",
            Self::LaterGuestLegLive => "a guest who connected after legsConnectedBefore is there and was left alone",
            Self::UntargetedGuestLegLive => "a guest who is not in participantIds is there and was left alone",
            Self::NoGuestLeg => "the conversation has no guest: disconnect it in Genesys Cloud if it must end",
            Self::GuestReturned => "the guest came back and was left alone",
            Self::Gone => "the conversation was seen, and then it was gone",
            Self::Cancelled => "the termination was cancelled",
            Self::DeadlineExceeded => "activeDeadlineSeconds passed",
            Self::FailureLimitExceeded => "more sessions failed than maxFailedSessions allows",
        })
    }
}
