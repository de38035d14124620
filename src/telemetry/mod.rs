//! SHELL: what is told about the program's own doing.
//!
//! | file      | what it is |
//! |-----------|------------|
//! | `logs`    | log lines on standard error, as text or JSON |
//! | `labels`  | what tells the values of one metric apart |
//! | `metrics` | every metric, declared in one place |

#[cfg(feature = "controller")]
mod labels;
#[cfg(feature = "cli")]
pub mod logs;
#[cfg(feature = "controller")]
mod metrics;

#[cfg(feature = "controller")]
pub use metrics::Metrics;
