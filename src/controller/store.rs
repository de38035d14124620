//! The record in the status: written whole, always with a resourceVersion, so that a stale view or a second actor gets a
//! conflict and does nothing.

use kube::api::PostParams;
use kube::{Api, ResourceExt};

use crate::clock;
use crate::crd::{RecordStatus, WebchatTermination, WebchatTerminationStatus, guests_warning, progress_of, report};
use crate::engine::{Record, Store, StoreError};
use crate::plan::{Deployment, Order};
use crate::telemetry::Metrics;

#[cfg(test)]
mod tests;

/// Writes the record of one termination.
#[derive(Debug)]
pub(super) struct StatusStore<'a> {
    pub(super) api: Api<WebchatTermination>,
    pub(super) metrics: &'a Metrics,
    /// Who writes.
    pub(super) holder: &'a str,
    /// What the record is made for.
    pub(super) order: Order,
    /// What the record is to be known by. What is `None` is carried over.
    pub(super) uid: Option<String>,
    pub(super) connection_uid: Option<String>,
    pub(super) organization_id: Option<uuid::Uuid>,
    /// What the deployments of its connection tell guests.
    pub(super) deployments: Vec<Deployment>,
    /// The object as last read or written.
    pub(super) termination: WebchatTermination,
}

impl StatusStore<'_> {
    /// The status as it is to be written, with the identity of the record that stands.
    fn status(&self, record: &Record<'_>) -> WebchatTerminationStatus {
        let before = self.termination.status.as_ref().map(progress_of).unwrap_or_default();
        // A look that taught nothing is no reason to write.
        let progress = if !record.names_writes && record.progress.says_the_same_as(&before) { &before } else { record.progress };
        let now = clock::now();
        let mut status = report(&self.termination, &self.order, progress, record.blocker, now);
        status.conditions.extend(guests_warning(&self.termination, &self.deployments, now));
        WebchatTerminationStatus {
            uid: self.uid.clone().or(status.uid),
            connection_uid: self.connection_uid.clone().or(status.connection_uid),
            organization_id: self.organization_id.or(status.organization_id),
            ..status
        }
    }

    /// Says that the status of a finished termination is about the present generation, and nothing else: how it ended stays.
    pub(super) async fn restamp(&mut self) -> Result<(), StoreError> {
        let generation = self.termination.metadata.generation;
        let mut status = self.termination.status.clone().unwrap_or_default();
        status.observed_generation = generation;
        status.conditions.iter_mut().for_each(|condition| condition.observed_generation = generation);
        self.replace(status).await
    }

    async fn replace(&mut self, status: WebchatTerminationStatus) -> Result<(), StoreError> {
        let record = Some(self.next(status.record.as_ref()));
        let written = WebchatTermination { status: Some(WebchatTerminationStatus { record, ..status }), ..self.termination.clone() };
        let outcome = self.api.replace_status(&written.name_any(), &PostParams::default(), &written).await;
        self.metrics.status_written(outcome.is_ok());
        match outcome {
            Ok(stored) => {
                self.termination = stored;
                Ok(())
            }
            Err(kube::Error::Api(answer)) if answer.code == 409 => Err(StoreError::Conflict),
            Err(kube::Error::Api(answer)) if answer.code == 404 => Err(StoreError::Gone),
            Err(error) => Err(StoreError::Unavailable(error.to_string())),
        }
    }

    /// The next record: its sequence grows with every write, its epoch with every change of hands.
    fn next(&self, before: Option<&RecordStatus>) -> RecordStatus {
        let same_hands = before.and_then(|record| record.holder.as_deref()) == Some(self.holder);
        let epoch = before.and_then(|record| record.epoch).unwrap_or(0).saturating_add(i64::from(!same_hands));
        let sequence = before.and_then(|record| record.sequence).unwrap_or(0).saturating_add(1);
        RecordStatus { holder: Some(self.holder.to_owned()), epoch: Some(epoch), sequence: Some(sequence) }
    }
}

impl Store for StatusStore<'_> {
    async fn write(&mut self, record: Record<'_>) -> Result<(), StoreError> {
        let status = self.status(&record);
        if !record.names_writes && self.termination.status.as_ref() == Some(&status) {
            return Ok(());
        }
        self.replace(status).await
    }
}
