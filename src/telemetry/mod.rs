//! SHELL: logs and metrics.

#[cfg(feature = "controller")]
mod metrics;

#[cfg(feature = "controller")]
pub use metrics::Metrics;
