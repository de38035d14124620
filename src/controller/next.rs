//! How a reconcile ends.

use std::time::Duration;

use crate::engine::StoreError;

/// When to reconcile an object again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// After this time, or when it changes.
    After(Duration),
    /// When it changes.
    OnChange,
}

/// Why a reconcile failed. "Not yet" is no error.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReconcileError {
    /// The record could not be written; nothing was sent.
    #[error("cannot record the progress of the termination")]
    Record(#[source] StoreError),
    /// The code panicked.
    #[error("the reconcile panicked: {0}")]
    Panicked(String),
}
