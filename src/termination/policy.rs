//! What the user asked for, as far as one session is concerned.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::Reason;

/// What the user asked for, as far as one session is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The participants to end; empty: every live guest.
    pub participants: Vec<Uuid>,
    /// Legs that connected later are never targets, unless they came back while their session was being ended.
    pub legs_connected_before: Timestamp,
    /// How long an accepted close may wait for its confirmation.
    pub confirm_timeout: SignedDuration,
    /// How many accepted closes may go unconfirmed.
    pub attempts: i32,
    /// How long an ended conversation is watched for a guest who comes back.
    pub settle: SignedDuration,
    /// What is done with a guest leg that comes back.
    pub on_reconnect: OnReconnect,
    /// Whether a forced teardown may be the last step.
    pub teardown: Teardown,
    /// Whether events about this session flow at present, so that reads are only the backstop.
    pub events: Events,
    /// Whether closes may be started.
    pub gate: Gate,
}

/// What is done with a guest leg that comes back while its session is being ended or watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnReconnect {
    /// It is ended again, at most three times.
    Terminate,
    /// It is reported, and left alone.
    Report,
}

/// Whether a forced teardown may be the last step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Teardown {
    /// Never.
    Never,
    /// When the ordinary way is refused or used up.
    WhenStuck,
}

/// Whether events about a session flow at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Events {
    /// None: reads alone confirm.
    Absent,
    /// They do: a read is the backstop at the end of a wait.
    Flowing,
}

/// Whether closes may be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// They may.
    Open,
    /// Suspended: nothing starts and nothing is given up; what is half closed may go on until the given time.
    Held {
        /// When draining ends, by our clock.
        until: Timestamp,
    },
    /// Stopped: what has not started is given up; what is half closed may go on until the given time.
    Draining {
        /// When draining ends, by our clock.
        until: Timestamp,
        /// What stopped it.
        why: Reason,
    },
    /// Stopped at once: everything is given up as it stands.
    Shut {
        /// What stopped it.
        why: Reason,
    },
}
