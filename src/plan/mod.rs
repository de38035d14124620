//! CORE: many sessions under one order.
//!
//! [`followed`] says of which sessions events are to be heard, [`due`] which are to be looked at, and [`build`] turns what was learned into a [`Plan`]: the progress to
//! record, the external writes to send after that, and when to look again. Both are pure. A plan is data: it prints
//! itself, and the engine consumes it. [`Afterwards`] says what guests can still do when it is done.

mod build;
mod deployment;
mod gate;
mod hearing;
mod inventory;
mod order;
mod progress;
mod render;
mod select;
mod waiting;

#[cfg(test)]
mod tests;

pub use build::{Plan, Write, build};
pub use deployment::{Afterwards, ConversationDisconnect, Deployment, MOST_DEPLOYMENTS};
pub use gate::DRAIN;
pub use hearing::Hearing;
pub use inventory::{Blocker, BlockerKind, Inventory, Look};
pub use order::{Cancel, NotFoundPolicy, Order, Target};
pub use progress::{Progress, Tally};
pub use render::{Failure, Verdict, verdict};
pub use select::{due, followed};
pub use waiting::{Outlook, outlook};
