//! One Genesys Cloud client per connection: built when it is first needed, with credentials that are read again so often
//! that a rotated Secret takes effect without a restart.

mod entry;
mod sent;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use kube::ResourceExt;
use kube::runtime::reflector::ObjectRef;
use tokio_util::sync::CancellationToken;

pub(super) use entry::Usable;
use entry::{Blocked, Entry};
use sent::SentBefore;

use super::bells::Bells;
use super::leases::{Family, LeaseName};
use super::waiting::{Waiters, sources};
use super::{credentials, dialect, endpoints};
use crate::clock;
use crate::crd::GenesysConnection;
use crate::genesys::notifications::Tally;
use crate::genesys::{AccessError, Client, Settings};
use crate::hearing::Ear;
use crate::plan::{Blocker, BlockerKind};
use crate::telemetry::Metrics;
use crate::termination::Fault;

/// How long credentials are used before the Secret is read again.
const REREAD: Duration = Duration::from_secs(60);

/// The Genesys Cloud clients, by the uid of their connection.
pub(super) struct Clients {
    kube: kube::Client,
    allowed_hosts: Vec<String>,
    family: Family,
    entries: Mutex<HashMap<String, Entry>>,
    blocked: Mutex<HashMap<String, Blocked>>,
    /// Held by the one task that builds a client or reads its Secret: several reconciles need the same at the same time.
    turn: tokio::sync::Mutex<()>,
    sent_before: SentBefore,
    metrics: Arc<Metrics>,
    shutdown: CancellationToken,
    settings: Settings,
}

impl Clients {
    pub(super) fn new(
        kube: kube::Client,
        allowed_hosts: Vec<String>,
        family: Family,
        metrics: Arc<Metrics>,
        shutdown: CancellationToken,
        settings: Settings,
    ) -> Self {
        Self {
            kube,
            allowed_hosts,
            family,
            entries: Mutex::default(),
            blocked: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            sent_before: SentBefore::default(),
            metrics,
            shutdown,
            settings,
        }
    }

    /// The lease of the connection's client. The Secret is read where need be, and the service is not asked.
    ///
    /// # Errors
    /// What a person has to mend before there is a client.
    pub(super) async fn lease_of(&self, connection: &GenesysConnection, bells: &Bells) -> Result<LeaseName, Blocker> {
        Ok(self.known(connection, bells).await?.lease)
    }

    /// The client of a connection, with a token that belongs to the right organization. When the service cannot be reached
    /// the client is handed out all the same: its requests fail, and each session backs off by itself. What its ear hears rings
    /// these bells.
    ///
    /// # Errors
    /// What a person has to mend.
    pub(super) async fn usable(&self, connection: &GenesysConnection, bells: &Bells) -> Result<Usable, Blocker> {
        if let Some(blocker) = self.still_blocked(connection) {
            return Err(blocker);
        }
        let outcome = self.ask(connection, bells).await;
        match &outcome {
            Ok(_) => drop(self.blocked().remove(&uid_of(connection))),
            Err(blocker) => self.note_blocked(connection, blocker),
        }
        outcome
    }

    /// Somebody else works with the client of this connection: nothing is heard of it here any more.
    pub(super) async fn rest(&self, connection: &GenesysConnection, bells: &Bells) {
        let retired = self.lock().get_mut(&uid_of(connection)).filter(|entry| entry.used).map(|entry| {
            entry.used = false;
            let fresh = self.ear_of(connection, &entry.client, bells);
            std::mem::replace(&mut entry.ear, fresh)
        });
        if let Some(ear) = retired {
            ear.close().await;
        }
    }

    async fn ask(&self, connection: &GenesysConnection, bells: &Bells) -> Result<Usable, Blocker> {
        let mut entry = self.known(connection, bells).await?;
        let uid = uid_of(connection);
        if let Some(kept) = self.lock().get_mut(&uid) {
            kept.used = true;
            // It may have been replaced meanwhile.
            entry.ear = kept.ear.clone();
        }
        entry.ear.listen_to(sources(connection));
        let outcome = match entry.client.check().await {
            // The Secret may have been mended since it was read: read it again at once, and try once more.
            Err(AccessError::Blocked(blocker)) if blocker.kind == BlockerKind::Credentials => {
                let entry = self.reread(connection, entry.clone()).await?;
                entry.client.check().await
            }
            outcome => outcome,
        };
        // It may have been noted meanwhile.
        let missing_permission = self.entry(&uid).and_then(|entry| entry.missing_permission);
        match outcome {
            Ok(access) => Ok(Usable { client: entry.client, ear: entry.ear, access: Some(access), missing_permission }),
            Err(AccessError::Setback(_)) => Ok(Usable { client: entry.client, ear: entry.ear, access: None, missing_permission }),
            Err(AccessError::Blocked(blocker)) => Err(credentials::with_way_out(connection, blocker)),
        }
    }

    /// What is kept of a connection, with credentials that are fresh enough.
    async fn known(&self, connection: &GenesysConnection, bells: &Bells) -> Result<Entry, Blocker> {
        let uid = uid_of(connection);
        let fresh = |entry: &Entry| entry.secret == secret_name(connection) && clock::monotonic() - entry.read < REREAD;
        if let Some(entry) = self.entry(&uid).filter(fresh) {
            return Ok(entry);
        }
        if let Some(blocker) = self.still_blocked(connection) {
            return Err(blocker);
        }
        let _turn = self.turn.lock().await;
        let outcome = match self.entry(&uid) {
            Some(entry) if fresh(&entry) => Ok(entry),
            Some(entry) => self.reread(connection, entry).await,
            None => self.build(connection, bells).await,
        };
        if let Err(blocker) = &outcome {
            self.note_blocked(connection, blocker);
        }
        outcome
    }

    /// What blocked a connection just now, in this generation.
    fn still_blocked(&self, connection: &GenesysConnection) -> Option<Blocker> {
        let blocked = self.blocked();
        let blocked = blocked.get(&uid_of(connection))?;
        blocked.holds_for(connection, clock::monotonic()).then(|| blocked.blocker.clone())
    }

    fn note_blocked(&self, connection: &GenesysConnection, blocker: &Blocker) {
        let blocked = Blocked { since: clock::monotonic(), generation: connection.metadata.generation, blocker: blocker.clone() };
        self.blocked().insert(uid_of(connection), blocked);
    }

    /// Notes what the service said of our permissions, for the connection's conditions. Tells whether that is news.
    pub(super) fn note_permission(&self, connection: &GenesysConnection, missing: Option<&Blocker>) -> bool {
        let said = |blocker: &Blocker| blocker.fault.message.clone();
        let mut entries = self.lock();
        let Some(entry) = entries.get_mut(&uid_of(connection)) else { return false };
        let news = entry.missing_permission.as_ref().map(said) != missing.map(said);
        entry.missing_permission = missing.cloned();
        news
    }

    /// What was sent so far, and what came of it, summed over all clients that there ever were.
    pub(super) fn requests(&self) -> Vec<(&'static str, &'static str, u64)> {
        self.sent_before.with(self.lock().values().map(|entry| &entry.client))
    }

    /// How the conversations that are followed stand, summed over all connections.
    pub(super) fn follows(&self) -> Tally {
        self.lock().values().map(|entry| entry.ear.tally()).fold(Tally::default(), Tally::plus)
    }

    /// The ear of the connection with this uid, if anybody has listened through it.
    pub(super) fn ear(&self, uid: &str) -> Option<Ear<Waiters>> {
        self.lock().get(uid).map(|entry| entry.ear.clone())
    }

    /// Whether this replica works with the client of the connection with this uid.
    pub(super) fn works_with(&self, uid: &str) -> bool {
        self.lock().get(uid).is_some_and(|entry| entry.used)
    }

    /// Whether the connection has another OAuth client, and so another lease, than its terminations were told.
    pub(super) fn has_moved(&self, connection: &GenesysConnection) -> bool {
        let mut entries = self.lock();
        let Some(entry) = entries.get_mut(&uid_of(connection)) else { return false };
        std::mem::replace(&mut entry.told, entry.lease.clone()) != entry.lease
    }

    /// A termination does not exist any more: nothing is followed for it.
    pub(super) fn leave(&self, termination: &str) {
        self.lock().values().for_each(|entry| entry.ear.retain(|who| who.uid != termination));
    }

    /// Forgets connections, and what is followed for terminations, that do not exist any more.
    pub(super) fn retain(&self, exists: impl Fn(&str) -> bool) {
        let mut entries = self.lock();
        let gone: Vec<Entry> = entries.extract_if(|uid, _| !exists(uid)).map(|(_, entry)| entry).collect();
        entries.values().for_each(|entry| entry.ear.retain(|who| exists(&who.uid)));
        drop(entries);
        gone.iter().for_each(|entry| self.sent_before.add(&entry.client));
        self.blocked().retain(|uid, _| exists(uid));
    }

    /// Closes every notification socket.
    pub(super) async fn close(&self) {
        let ears: Vec<_> = self.lock().values().map(|entry| entry.ear.clone()).collect();
        join_all(ears.iter().map(Ear::close)).await;
    }

    async fn build(&self, connection: &GenesysConnection, bells: &Bells) -> Result<Entry, Blocker> {
        let unusable = |code: &str, why: String| Blocker { kind: BlockerKind::Connection, fault: Fault::new(code, &why) };
        let endpoints = endpoints(&connection.spec, &self.allowed_hosts).map_err(|why| unusable(why.code(), why.to_string()))?;
        let read = clock::monotonic();
        let secret = secret_name(connection);
        let credentials = credentials::read(&self.kube, &connection.namespace().unwrap_or_default(), &secret).await?;
        let spec = &connection.spec;
        let lease = self.family.of_client(&endpoints, &credentials);
        let client = Client::new(endpoints, spec.organization_id, credentials, dialect(spec), self.settings.clone())
            .map_err(|error| unusable("client.unusable", error.to_string()))?;
        let ear = self.ear_of(connection, &client, bells);
        let entry = Entry { client, ear, told: lease.clone(), lease, used: false, secret, read, missing_permission: None };
        self.lock().insert(uid_of(connection), entry.clone());
        Ok(entry)
    }

    fn ear_of(&self, connection: &GenesysConnection, client: &Client, bells: &Bells) -> Ear<Waiters> {
        let waiters = Waiters { bells: bells.clone(), metrics: Arc::clone(&self.metrics), connection: ObjectRef::from(connection) };
        Ear::new(client.clone(), waiters, &self.shutdown)
    }

    async fn reread(&self, connection: &GenesysConnection, entry: Entry) -> Result<Entry, Blocker> {
        let read = clock::monotonic();
        let secret = secret_name(connection);
        let mut lease = entry.lease.clone();
        match credentials::read(&self.kube, &connection.namespace().unwrap_or_default(), &secret).await {
            Ok(credentials) => {
                lease = self.family.of_client(entry.client.endpoints(), &credentials);
                entry.client.set_credentials(credentials);
            }
            // The API server's trouble is not the credentials': the ones at hand are used on, if they are of this Secret.
            Err(blocker) if blocker.fault.code == credentials::UNREACHABLE && entry.secret == secret => {}
            Err(blocker) => return Err(blocker),
        }
        // Only noted where it is kept: it may have been forgotten, or told more, while the Secret was read.
        if let Some(kept) = self.lock().get_mut(&uid_of(connection)) {
            (kept.secret, kept.read, kept.lease) = (secret.clone(), read, lease.clone());
        }
        Ok(Entry { lease, secret, read, ..entry })
    }

    fn entry(&self, uid: &str) -> Option<Entry> {
        self.lock().get(uid).cloned()
    }

    fn blocked(&self) -> MutexGuard<'_, HashMap<String, Blocked>> {
        self.blocked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn uid_of(connection: &GenesysConnection) -> String {
    connection.uid().unwrap_or_default()
}

fn secret_name(connection: &GenesysConnection) -> String {
    connection.spec.credentials_secret_ref.name.clone()
}
