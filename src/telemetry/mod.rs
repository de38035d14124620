//! SHELL: what is told about the program's own doing.
//!
//! | file      | what it is |
//! |-----------|------------|
//! | `logs`    | log lines on standard error, as text or JSON |
//! | `metrics` | every metric, declared in one place |

#[cfg(feature = "cli")]
pub mod logs;
#[cfg(feature = "controller")]
mod metrics;

#[cfg(feature = "controller")]
pub use metrics::Metrics;
