//! The last check before a send: whether what the plan assumed still stands, as far as we know.

use kube::ResourceExt;
use kube::runtime::reflector::{ObjectRef, Store};
use tokio_util::sync::CancellationToken;

use super::duty::Duty;
use super::views::Views;
use crate::crd::{GenesysConnection, WebchatTermination};
use crate::engine::{Permit, Withheld};
use crate::plan::Write;

/// Compares the objects that a plan was made from with what is known of them now.
pub(super) struct WatchedPermit<'a> {
    pub(super) termination: &'a WebchatTermination,
    pub(super) terminations: &'a Store<WebchatTermination>,
    /// The plan was made from the newest view: a watch that lags must not call off what it has not told yet.
    pub(super) views: &'a Views,
    pub(super) connection: Option<&'a GenesysConnection>,
    pub(super) connections: &'a Store<GenesysConnection>,
    pub(super) shutdown: &'a CancellationToken,
    /// Whether it is still ours to work on.
    pub(super) duty: &'a Duty<'a>,
}

impl Permit for WatchedPermit<'_> {
    fn permit(&self, _: &Write) -> Result<(), Withheld> {
        if self.shutdown.is_cancelled() {
            return Err(Withheld::Stopped);
        }
        if !self.duty.is_ours() {
            return Err(Withheld::NotLeading);
        }
        let now = self.terminations.get(&ObjectRef::from(self.termination)).ok_or(Withheld::Stopped)?;
        let now = self.views.newest(now);
        let planned = &self.termination.spec;
        let same = now.uid() == self.termination.uid()
            && now.metadata.deletion_timestamp.is_none()
            && (now.spec.suspend, now.spec.cancel) == (planned.suspend, planned.cancel);
        if !same {
            return Err(Withheld::Stopped);
        }
        let Some(connection) = self.connection else { return Err(Withheld::Stopped) };
        let watched = self.connections.get(&ObjectRef::from(connection)).ok_or(Withheld::Stopped)?;
        let unchanged = watched.uid() == connection.uid() && watched.spec.suspend == connection.spec.suspend;
        if unchanged { Ok(()) } else { Err(Withheld::Stopped) }
    }
}
