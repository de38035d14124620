//! Ends Genesys Cloud web chat and web messaging sessions from the back end: declaratively, in the right order, with no
//! second effective close, with proof.
//!
//! ```text
//!     spec ──────────┐
//!                    ▼
//!     Genesys ─▶ observe ─▶ Inventory ─▶ plan ─▶ Plan ─▶ record ─▶ RecordedPlan ─▶ execute ─▶ Outcome
//!     Cloud      IO          value      PURE    value     IO          value          IO        value
//!       ▲                                                                                        │
//!       └───────────────── the next round reads back: an answer is never taken for a fact ──────┘
//! ```
//!
//! A module may name only what stands before it in this table (held by `tests/architecture`):
//!
//! | module          | kind  | what it is |
//! |-----------------|-------|------------|
//! | `termination`   | core  | one session's way to its end: state, input, effect, policy, `step` |
//! | `plan`          | core  | many sessions under one order: which are due, what is to be written, why |
//! | `engine`        | round | observe → plan → record → execute; its ports are the only seams |
//! | `clock`         | shell | the only file that reads the time |
//! | `genesys`       | shell | the Genesys Cloud client: OAuth, REST, errors to decisions, the notification sockets |
//! | `hearing`       | shell | what events tell, and who waits for it: wakes exactly those |
//! | `simulator`     | shell | a Genesys Cloud with state: a pure world and a thin server; names nothing of ours |
//! | `crd`           | types | the Kubernetes resources and their conditions |
//! | `intake`        | shell | the webhook: events of guests, heard over HTTP, and the server that takes them |
//! | `receipts`      | shell | a receipt per finished session, chained, checked; and the way to send them on |
//! | `controller`    | shell | the kube-rs controller |
//! | `cli`           | shell | the `wct` command, one file a verb |
//! | `telemetry`     | shell | logs and metrics |
//!
//! The invariants that the tests hold, each by a test named after it:
//!
//! 1. The wrapper is never closed before every frozen guest leg is confirmed closed.
//! 2. No external write that the record does not name.
//! 3. No external write begins after `Finished`, or after suspend, cancel, the deadline or deletion was observed
//!    (drains excepted), or against another organization.
//! 4. A session reported as ended was read as ended, or was seen and then gone.
//! 5. If faults stop and the spec stops changing, `Finished` is reached, and stays.
//! 6. The recorded result of a session is never lost, whatever crashes.
//! 7. Secrets and tokens appear in no log, status, event, metric or error.
//! 8. No second effective close of the same leg; no close of a leg that connected after `legsConnectedBefore`, unless it
//!    came back while its session was being ended.

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "shell")]
pub mod clock;
#[cfg(feature = "controller")]
pub mod controller;
#[cfg(feature = "crd")]
pub mod crd;
pub mod engine;
#[cfg(all(test, feature = "cli"))]
#[path = "../tests/fuzz/mod.rs"]
mod fuzz;
#[cfg(feature = "genesys")]
pub mod genesys;
#[cfg(feature = "genesys")]
pub mod hearing;
#[cfg(feature = "intake")]
pub mod intake;
pub mod plan;
#[cfg(feature = "receipts")]
pub mod receipts;
pub mod simulator;
#[cfg(feature = "shell")]
pub mod telemetry;
pub mod termination;
