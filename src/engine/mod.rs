//! ROUND: observe → plan → record → execute.
//!
//! ```text
//! follow ─▶ Hearing ─┐
//!           observe ─▶ Inventory ─▶ plan ─▶ Plan ─▶ record ─▶ RecordedPlan ─▶ execute ─▶ Outcome ─▶ the next Inventory
//! ```
//!
//! The ports are the only seams: whoever observes cannot write, whoever executes needs a [`RecordedPlan`], and recording
//! is the only way to get one. The controller, the CLI, the crash tests and the model checker run this same round.

mod execute;
mod observe;
mod ports;
mod record;
mod round;

#[cfg(test)]
pub(crate) mod crash;

pub use execute::{Outcome, RECORD_COVERS};
pub use ports::{Act, Listen, Observe, Permit, Record, Store, StoreError, Time, Withheld};
pub use record::RecordedPlan;
pub use round::{Round, Shell, preview, round, take_down};
