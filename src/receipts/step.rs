//! A session's row to the steps that it shows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::termination::{Session, Source, State};

/// One step of a session's way to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What happened.
    pub step: Happened,
    /// When, if that was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// By whose clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clock: Option<Clock>,
    /// What confirmed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<Source>,
    /// The service's correlation id of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
}

/// What happened in a step, in the order of a session's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Happened {
    /// A read showed the guest legs that were to be ended, and they were fixed as the targets.
    GuestLegsFrozen,
    /// The service accepted the close of a guest leg. That it closed is another step.
    GuestCloseAccepted,
    /// The last guest leg was confirmed closed.
    GuestLegsClosed,
    /// The service accepted the close of the conversation.
    WrapperCloseAccepted,
    /// The service accepted the forced teardown of the conversation.
    TeardownAccepted,
    /// The first look showed that the conversation had ended before, at a time that is not on record; nothing was sent.
    SeenEnded,
    /// The conversation was read as ended, after what was sent.
    ConversationEnded,
    /// The session became final; of one that ended, until then it was watched for a guest who comes back.
    Finished,
}

/// By whose clock a time is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Clock {
    /// The service's.
    Service,
    /// That of the process that ended the session.
    Terminator,
}

impl Step {
    fn plain(step: Happened) -> Self {
        Self { step, time: None, clock: None, confirmed_by: None, correlation_id: None }
    }

    fn at(step: Happened, time: Option<Timestamp>, clock: Clock) -> Option<Self> {
        time.map(|time| Self { time: Some(time), clock: Some(clock), ..Self::plain(step) })
    }

    fn accepted(step: Happened, correlation_id: Option<&String>) -> Option<Self> {
        correlation_id.map(|id| Self { correlation_id: Some(id.clone()), ..Self::plain(step) })
    }
}

/// The steps that a session's row shows.
pub(super) fn steps(session: &Session) -> Vec<Step> {
    let wrapper = if session.torn_down { Happened::TeardownAccepted } else { Happened::WrapperCloseAccepted };
    let ended = if session.state == State::AlreadyEnded { Happened::SeenEnded } else { Happened::ConversationEnded };
    let closed = Step::at(Happened::GuestLegsClosed, session.guest_closed_time, Clock::Terminator);
    let shown = [
        Step::at(Happened::GuestLegsFrozen, session.frozen_time, Clock::Service),
        Step::accepted(Happened::GuestCloseAccepted, session.guest_close_correlation_id.as_ref()),
        closed.map(|step| Step { confirmed_by: session.confirmed_by, ..step }),
        Step::accepted(wrapper, session.wrapper_close_correlation_id.as_ref()),
        Step::at(ended, session.ended_time, Clock::Terminator),
        Step::at(Happened::Finished, session.since, Clock::Terminator),
    ];
    shown.into_iter().flatten().collect()
}
