//! Where a session stands, and why it stopped there.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a session stands. Each name says what is true of it, as far as the record knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum State {
    /// Nothing has been read yet.
    #[default]
    Pending,
    /// A read showed the guest legs to end, and they are frozen; no close is recorded.
    GuestLegLive,
    /// The close of a guest leg is recorded; its outcome is unknown.
    GuestCloseRequested,
    /// The close of a guest leg was accepted; nothing has confirmed it yet.
    GuestCloseAccepted,
    /// The close of a guest leg was declined; a read has still to show whether the leg is live.
    GuestCloseDeclined,
    /// Every frozen guest leg is confirmed closed; the wrapper waits for a fresh read.
    GuestLegClosed,
    /// The close of the wrapper is recorded; its outcome is unknown.
    WrapperCloseRequested,
    /// The close of the wrapper was accepted; no read has shown its end yet.
    WrapperCloseAccepted,
    /// The close of the wrapper was declined; a read has still to show whether it is live.
    WrapperCloseDeclined,
    /// The forced teardown is recorded; its outcome is unknown.
    TeardownRequested,
    /// The forced teardown was accepted; no read has shown the end yet.
    TeardownAccepted,
    /// The conversation was read as ended; the settle window is open.
    Settling,
    /// Final: ended by this termination, read as ended, and watched until the settle window closed.
    Ended,
    /// Final: the conversation was read as ended at the first read.
    AlreadyEnded,
    /// Final: no guest leg that was to be ended was live at the first read, and another guest is there. Nothing was sent.
    NotTargeted,
    /// Final: the first read found no such conversation.
    NotFound,
    /// Final: stopped before any close took effect.
    Stopped,
    /// Final: stopped after a guest leg may have been closed and before the wrapper's end was read, or before a read told whether
    /// a guest came back after it.
    HalfClosed,
    /// Final: the service declined twice to close a guest leg that reads showed live. The wrapper was left alone.
    GuestCloseRefused,
    /// Final: not ended; `reason` says why.
    Failed,
}

impl State {
    /// Every state, in the order of a session's life.
    pub const ALL: [Self; 20] = [
        Self::Pending,
        Self::GuestLegLive,
        Self::GuestCloseRequested,
        Self::GuestCloseAccepted,
        Self::GuestCloseDeclined,
        Self::GuestLegClosed,
        Self::WrapperCloseRequested,
        Self::WrapperCloseAccepted,
        Self::WrapperCloseDeclined,
        Self::TeardownRequested,
        Self::TeardownAccepted,
        Self::Settling,
        Self::Ended,
        Self::AlreadyEnded,
        Self::NotTargeted,
        Self::NotFound,
        Self::Stopped,
        Self::HalfClosed,
        Self::GuestCloseRefused,
        Self::Failed,
    ];

    /// The state's name, as in the record.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::GuestLegLive => "GuestLegLive",
            Self::GuestCloseRequested => "GuestCloseRequested",
            Self::GuestCloseAccepted => "GuestCloseAccepted",
            Self::GuestCloseDeclined => "GuestCloseDeclined",
            Self::GuestLegClosed => "GuestLegClosed",
            Self::WrapperCloseRequested => "WrapperCloseRequested",
            Self::WrapperCloseAccepted => "WrapperCloseAccepted",
            Self::WrapperCloseDeclined => "WrapperCloseDeclined",
            Self::TeardownRequested => "TeardownRequested",
            Self::TeardownAccepted => "TeardownAccepted",
            Self::Settling => "Settling",
            Self::Ended => "Ended",
            Self::AlreadyEnded => "AlreadyEnded",
            Self::NotTargeted => "NotTargeted",
            Self::NotFound => "NotFound",
            Self::Stopped => "Stopped",
            Self::HalfClosed => "HalfClosed",
            Self::GuestCloseRefused => "GuestCloseRefused",
            Self::Failed => "Failed",
        }
    }

    /// Whether nothing more will happen to the session under this termination.
    #[must_use]
    pub fn is_final(self) -> bool {
        self >= Self::Ended
    }

    /// Whether events about guest legs tell of what is waited for in this state. No event tells that a wrapper ended, nor when a
    /// read will show what an event told.
    #[must_use]
    pub fn is_told_by_events(self) -> bool {
        matches!(self, Self::GuestCloseRequested | Self::GuestCloseAccepted | Self::Settling)
    }

    /// Whether a write that is recorded in this state has an outcome that only an answer or a read can tell.
    #[must_use]
    pub fn is_requested(self) -> bool {
        matches!(self, Self::GuestCloseRequested | Self::WrapperCloseRequested | Self::TeardownRequested)
    }
}

/// Why a final state was taken, where the state alone does not say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Reason {
    /// A named participant is not a guest. Nothing was written.
    NotAGuest,
    /// A named participant is not in the conversation. Nothing was written.
    ParticipantNotFound,
    /// Accepted closes were not confirmed in time, as often as `attemptsPerSession` allows.
    AttemptsExhausted,
    /// The service declines to close a wrapper that a read shows live.
    WrapperCloseRefused,
    /// The service declines a forced teardown of a conversation that a read shows live.
    TeardownRefused,
    /// A guest leg that connected after `legsConnectedBefore` is live. It is no target, so the wrapper was left open.
    LaterGuestLegLive,
    /// A live guest leg is not named in `participantIds`, so the wrapper was left open.
    UntargetedGuestLegLive,
    /// The conversation lives, and no read shows that it ever had a guest. Nothing was written.
    NoGuestLeg,
    /// A guest leg came back and was left alone: `onReconnect` says so, or it was ended again as often as it may be.
    GuestReturned,
    /// The conversation was seen, and then the service knew it no more.
    Gone,
    /// The termination was cancelled.
    Cancelled,
    /// The termination's active deadline passed.
    DeadlineExceeded,
    /// More sessions failed than `maxFailedSessions` allows.
    FailureLimitExceeded,
}
