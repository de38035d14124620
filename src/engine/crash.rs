//! Crash anywhere: the engine's real rounds against the simulated world, in virtual time, with death at every step.
//!
//! ```text
//! Script ─▶ drive: Process (one life: round after round) ─▶ Bench: clock + record with versions + World ─▶ Witness
//!                     └─ dies or is dropped; the next one starts from what the bench has stored
//! ```
//!
//! The bench outlives every process. It checks what must hold of every record and every write, whatever the test is about.

mod bench;
mod drive;
mod feed;
mod gaps;
mod keep;
mod ports;
mod scenario;
mod translate;

#[cfg(feature = "controller")]
mod stores;
#[cfg(feature = "controller")]
pub(crate) use {keep::Keep, stores::every_death_over};

#[cfg(feature = "server")]
mod played;
#[cfg(feature = "server")]
pub(crate) use played::{Played, played};

mod events;
mod guests;
mod matrix;
mod points;
mod rivals;
mod stops;
mod weather;
