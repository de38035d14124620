//! SHELL: what events tell of conversations, and who waits for it.
//!
//! ```text
//! notification sockets ─▶ Heard ─┐
//!                                ├─▶ Switchboard ─▶ wakes whoever waits ─▶ follow: Hearing ─▶ a round ─▶ taken
//! webhook ─▶ Ear::deliver ───────┘   PURE                                  IO        value
//! ```
//!
//! | file          | what it is |
//! |---------------|------------|
//! | `inbox`       | what was heard of one conversation, for one who follows it |
//! | `switchboard` | who follows which conversation; pure |
//! | `line`        | the listener of the notification service, and what it is told to follow |
//! | `desk`        | what an ear knows: the switchboard, the line, whether events flow |
//! | `ear`         | one connection's: everything above, and the task between them |
//! | `follower`    | one who follows, as the engine's ports want it |
//!
//! What never happens: an event is forgotten before a record holds what it told; a conversation counts as one whose events flow
//! while a gap in them is not told; a round waits again and again for a service that is not there.

mod desk;
mod ear;
mod follower;
mod inbox;
mod line;
mod switchboard;

pub use desk::{Flow, Sources};
pub use ear::{Audience, Ear};
pub use follower::Follower;
pub use switchboard::{Delivery, Switchboard};
