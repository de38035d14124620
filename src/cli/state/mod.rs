//! The durable record without a cluster: a file in place of the resource's status.
//!
//! | file       | what it is |
//! |------------|------------|
//! | `path`     | where it is by default |
//! | `locked`   | the file: locked, replaced whole, synced; never a half one |
//! | `document` | what is in it, and whose it is |
//! | `store`    | the engine's store on it |
//!
//! What never happens: a file that cannot be read is taken for a fresh start; two processes write the same file; a record is
//! said to be durable before file and folder are synced.

#[cfg(test)]
mod crash;
mod document;
#[cfg(test)]
mod hostile;
mod locked;
mod path;
mod store;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;

use super::manifest::Assignment;
use super::{Exit, Failure};
use crate::clock;
use crate::crd::WebchatTermination;
pub(crate) use document::{Document, asked};
use locked::LockedFile;
pub(crate) use path::{StatePath, default_path};
pub(crate) use store::Recorder;

/// What an apply would go on with: what the state file holds, or what a first apply begins with. Nothing is written.
pub(crate) fn resumed(path: &Path, assignment: &Assignment) -> Result<Document, Failure> {
    let found = locked::read(path).and_then(|found| document_of(found.as_deref(), assignment));
    found.map_err(|error| error.at(path))
}

/// What a state file holds; none if it does not exist. Nothing is written.
pub(crate) fn recorded(path: &Path) -> Result<Option<WebchatTermination>, Failure> {
    let found = locked::read(path).and_then(|found| found.map(|bytes| Document::parse(&bytes)).transpose());
    found.map(|document| document.map(|document| document.termination)).map_err(|error| error.at(path))
}

fn document_of(found: Option<&[u8]>, assignment: &Assignment) -> Result<Document, StateError> {
    match found {
        None => Ok(Document::begin(&assignment.termination, &assignment.connection, clock::now())),
        Some(bytes) => Document::parse(bytes)?.resume(&assignment.termination, &assignment.connection),
    }
}

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    #[error("another wct works on it{}; wait until it has ended, or stop it", holder.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    Locked { holder: Option<u32> },
    #[error("{attempt}: {error}; make it possible, or name another file with --state")]
    Io { attempt: &'static str, error: std::io::Error },
    #[error("it is empty; put a copy back, or delete it: then every session is read again before anything is sent")]
    Empty,
    #[error("it is damaged ({0}); put a copy back, or delete it: then every session is read again before anything is sent")]
    Damaged(String),
    #[error("it is not a state file; name another file with --state")]
    NotOurs,
    #[error("it is a folder; name a file with --state")]
    Folder,
    #[error("its format {0:?} is not known to this build; use the version of wct that wrote it")]
    Format(String),
    #[error("it belongs to {theirs}, this is {ours}; name another file with --state")]
    Foreign { theirs: String, ours: String },
    #[error("{0}; a state goes with its manifest: to end other sessions, give the termination a new metadata.name")]
    Changed(String),
    #[error("somebody changed the file meanwhile; nothing more was sent: run the same command again")]
    Conflict,
    #[error("somebody deleted the file meanwhile; nothing more was sent: run the same command again")]
    Gone,
    #[error("{0}")]
    Unavailable(String),
}

impl StateError {
    pub(super) fn at(&self, path: &Path) -> Failure {
        let exit = match self {
            // The file is good: the manifest asks for what may not be asked for.
            Self::Changed(_) => Exit::Usage,
            Self::Locked { .. }
            | Self::Io { .. }
            | Self::Empty
            | Self::Damaged(_)
            | Self::NotOurs
            | Self::Folder
            | Self::Format(_)
            | Self::Foreign { .. }
            | Self::Conflict
            | Self::Gone
            | Self::Unavailable(_) => Exit::State,
        };
        Failure::new(exit, At(path), self)
    }
}

struct At<'a>(&'a Path);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "state file {}", self.0.display())
    }
}
