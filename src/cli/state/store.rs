//! The engine's store without a cluster: the status goes into the state file before anything is sent.

use std::path::Path;

use uuid::Uuid;

use super::{Document, LockedFile, StateError, document_of};
use crate::cli::manifest::Assignment;
use crate::clock;
use crate::crd::{RecordStatus, WebchatTermination, WebchatTerminationStatus, guests_warning, report};
use crate::engine::{Record, Store, StoreError};
use crate::plan::{Deployment, Order};

/// Keeps the resource with its status, durably where there is a file.
#[derive(Debug)]
pub(crate) struct Recorder {
    file: Option<LockedFile>,
    /// What is in the file, byte by byte: somebody else's change shows.
    written: Option<Vec<u8>>,
    document: Document,
    /// What is asked for. A suspended connection suspends whatever names it.
    order: Order,
    /// What the deployments of its connection tell guests, as far as it is known.
    deployments: Vec<Deployment>,
    /// Who writes: one process, one epoch.
    record: RecordStatus,
}

impl Recorder {
    /// Keeps a document in memory only, for worlds that end with the process.
    pub(crate) fn in_memory(document: Document, assignment: &Assignment) -> Self {
        Self::new(None, None, document, assignment)
    }

    /// Locks a state file, and takes up what it holds or begins it. From then on identity and times are kept, whatever
    /// happens next.
    pub(crate) async fn open(path: &Path, assignment: &Assignment) -> Result<Self, StateError> {
        // No lock is left beside what is no state file.
        super::locked::read(path)?.map_or(Ok(()), |bytes| Document::check_ours(&bytes))?;
        let file = LockedFile::lock(path)?;
        let written = file.read()?;
        let document = document_of(written.as_deref(), assignment)?;
        let is_news = written.as_deref() != Some(&document.bytes()?);
        let mut recorder = Self::new(Some(file), written, document, assignment);
        if is_news {
            let document = recorder.document.clone();
            recorder.keep(document).await?;
        }
        Ok(recorder)
    }

    fn new(file: Option<LockedFile>, written: Option<Vec<u8>>, document: Document, assignment: &Assignment) -> Self {
        let order = assignment.order_of(&document.termination);
        let before = document.termination.status.as_ref().and_then(|status| status.record.as_ref());
        let epoch = before.and_then(|record| record.epoch).unwrap_or(0).saturating_add(1);
        let record = RecordStatus { holder: Some(format!("wct-{}", std::process::id())), epoch: Some(epoch), sequence: None };
        Self { file, written, document, order, deployments: Vec::new(), record }
    }

    /// The resource as it was last recorded.
    pub(crate) fn termination(&self) -> &WebchatTermination {
        &self.document.termination
    }

    /// What is asked for.
    pub(crate) fn order(&self) -> &Order {
        &self.order
    }

    /// Lets the record warn of guests who can write after the end.
    pub(crate) fn learn(&mut self, deployments: Vec<Deployment>) {
        self.deployments = deployments;
    }

    async fn keep(&mut self, mut document: Document) -> Result<(), StateError> {
        document.sequence = document.sequence.saturating_add(1);
        if let Some(file) = self.file.take() {
            let (before, after) = (self.written.clone(), document.bytes()?);
            // Files are synced, which may take its time: not on a thread that others wait for.
            let task = tokio::task::spawn_blocking(move || {
                let replaced = file.replace(before.as_deref(), &after);
                (file, after, replaced)
            });
            let (file, after, replaced) =
                task.await.map_err(|error| StateError::Io { attempt: "cannot write it", error: std::io::Error::other(error) })?;
            self.file = Some(file);
            replaced?;
            self.written = Some(after);
        }
        self.document = document;
        Ok(())
    }

    fn status(&self, record: &Record<'_>) -> WebchatTerminationStatus {
        let termination = &self.document.termination;
        let organization: Uuid = self.document.organization_id;
        let now = clock::now();
        let mut status = report(termination, &self.order, record.progress, record.blocker, now);
        status.conditions.extend(guests_warning(termination, &self.deployments, now));
        WebchatTerminationStatus { uid: termination.metadata.uid.clone(), organization_id: Some(organization), ..status }
    }
}

impl Store for Recorder {
    async fn write(&mut self, record: Record<'_>) -> Result<(), StoreError> {
        let mut status = self.status(&record);
        if !record.names_writes && self.document.termination.status.as_ref() == Some(&status) {
            return Ok(());
        }
        status.record = Some(RecordStatus { sequence: Some(self.document.sequence.saturating_add(1)), ..self.record.clone() });
        let mut document = self.document.clone();
        document.termination.status = Some(status);
        self.keep(document).await.map_err(|error| match error {
            StateError::Conflict => StoreError::Conflict,
            StateError::Gone => StoreError::Gone,
            StateError::Locked { .. }
            | StateError::Io { .. }
            | StateError::Empty
            | StateError::Damaged(_)
            | StateError::NotOurs
            | StateError::Folder
            | StateError::Format(_)
            | StateError::Foreign { .. }
            | StateError::Changed(_)
            | StateError::Unavailable(_) => StoreError::Unavailable(error.to_string()),
        })
    }
}
