//! CORE: one session's way to its end.
//!
//! [`step`] takes a session as it is recorded, one thing that was learned of it, the policy and the time, and says what
//! the session is now and which single external write, if any, comes next. It reads no clock, draws no random number,
//! awaits nothing and knows no other module. [`crate::plan`] is its only caller.
//!
//! ```text
//! Pending ─▶ GuestLegLive ─▶ GuestCloseRequested ─▶ GuestCloseAccepted ─▶ GuestLegClosed
//!                                                                              │ fresh read
//!            Ended ◀─ Settling ◀─ WrapperCloseAccepted ◀─ WrapperCloseRequested ◀┘
//! ```

mod backoff;
mod effect;
mod input;
mod policy;
mod reading;
mod session;
mod state;
mod step;

#[cfg(test)]
mod answers;
#[cfg(test)]
mod first_wins;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod laws;

pub use backoff::{LONGEST, VISIBILITY};
pub use effect::{Address, Effect};
pub use input::{Answer, Bar, Event, EventKind, Fault, Input, Setback};
pub use policy::{Events, Gate, OnReconnect, Policy, Teardown};
pub use reading::{Communication, Participant, Reading};
pub use session::{Leg, MAX_LEGS, MAX_RECONNECTS, Session, Source};
pub use state::{Reason, State};
pub use step::{Step, step};
