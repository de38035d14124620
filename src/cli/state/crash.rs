//! The crash matrix over the state file: the shipped recorder, on a real file system.
//!
//! A death before the write leaves the old content, and half of the next one beside it, as a process does that dies before the
//! rename; a death after it leaves the new content. A rename is never half done. A drop in the midst of a write leaves the write to
//! finish by itself, on its own thread: whoever comes next waits for the lock, and finds the old content or the new one.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::cli::manifest::load_embedded;
use crate::crd::{SessionTarget, progress_of};
use crate::engine::crash::{Keep, every_death_over};
use crate::plan::Progress;

const INCIDENT: &str = include_str!("../../../deploy/examples/incident.yaml");

/// How often a lock is tried for, and how long to rest between.
const TRIES: usize = 10_000;
const REST: Duration = Duration::from_millis(1);

/// A state file in a folder of its own.
struct Folder {
    _folder: TempDir,
    path: PathBuf,
    assignment: Assignment,
}

impl Folder {
    fn of(sessions: &[Uuid], mut assignment: Assignment) -> Self {
        // In memory where that is possible: every write is synced, and that a disk keeps what was synced is not tried here.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let target = |id: &Uuid| serde_json::from_value::<SessionTarget>(serde_json::json!({ "conversationId": id })).unwrap();
        assignment.termination.spec.sessions = sessions.iter().map(target).collect();
        Self { path: folder.path().join("state.json"), _folder: folder, assignment }
    }

    fn document(&self) -> Option<Document> {
        locked::read(&self.path).unwrap().map(|bytes| Document::parse(&bytes).unwrap())
    }
}

impl Keep for Folder {
    type Hand = Recorder;

    async fn take_up(&self) -> (Progress, Recorder) {
        for _ in 0..TRIES {
            match Recorder::open(&self.path, &self.assignment).await {
                Ok(recorder) => {
                    let progress = recorder.termination().status.as_ref().map(progress_of).unwrap_or_default();
                    return (progress, recorder);
                }
                Err(StateError::Locked { .. }) => tokio::time::sleep(REST).await,
                Err(error) => panic!("{error}"),
            }
        }
        panic!("the lock is never released");
    }

    fn stored(&self) -> (Progress, u64) {
        let Some(document) = self.document() else { return (Progress::default(), 0) };
        let progress = document.termination.status.as_ref().map(progress_of).unwrap_or_default();
        (progress, document.sequence.try_into().unwrap())
    }

    fn torn(&self) {
        let whole = fs::read(&self.path).unwrap();
        fs::write(self.path.with_extension("json.new"), &whole[..whole.len() / 2]).unwrap();
    }
}

#[tokio::test]
async fn crash_after_every_effect_leads_to_the_same_end_over_the_state_file() {
    let assignment = load_embedded("m.yaml", INCIDENT).unwrap().assignments.remove(0);
    every_death_over("the state file", |sessions| Folder::of(sessions, assignment.clone())).await;
}
