//! One Genesys Cloud client per connection: built when it is first needed, with credentials that are read again so often
//! that a rotated Secret takes effect without a restart.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::future::join_all;
use kube::ResourceExt;
use kube::runtime::reflector::ObjectRef;
use tokio_util::sync::CancellationToken;

use super::bells::Bells;
use super::waiting::{Waiters, sources};
use super::{credentials, dialect, endpoints};
use crate::clock;
use crate::crd::GenesysConnection;
use crate::genesys::notifications::Tally;
use crate::genesys::{Access, AccessError, Client, Settings};
use crate::hearing::Ear;
use crate::plan::{Blocker, BlockerKind};
use crate::telemetry::Metrics;
use crate::termination::Fault;

/// How long credentials are used before the Secret is read again.
const REREAD: Duration = Duration::from_secs(60);

/// How long what blocks a connection is taken for granted: many terminations that name it ask once.
const STILL_BLOCKED: Duration = Duration::from_secs(5);

/// The Genesys Cloud clients, by the uid of their connection.
pub(super) struct Clients {
    kube: kube::Client,
    allowed_hosts: Vec<String>,
    entries: Mutex<HashMap<String, Entry>>,
    blocked: Mutex<HashMap<String, Blocked>>,
    /// Held by the one task that builds a client or reads its Secret: several reconciles need the same at the same time.
    turn: tokio::sync::Mutex<()>,
    /// What was sent by clients whose connection does not exist any more.
    sent_before: Mutex<BTreeMap<(&'static str, &'static str), u64>>,
    metrics: Arc<Metrics>,
    shutdown: CancellationToken,
    settings: Settings,
}

#[derive(Clone, Debug)]
struct Entry {
    client: Client,
    ear: Ear<Waiters>,
    secret: String,
    read: Instant,
    missing_permission: Option<Blocker>,
}

/// What blocked a connection: since when, in which generation.
#[derive(Debug)]
struct Blocked {
    since: Instant,
    generation: Option<i64>,
    blocker: Blocker,
}

/// Whether a connection can be used now.
#[derive(Debug)]
pub(super) struct Usable {
    pub(super) client: Client,
    /// Hears of the connection's conversations, looks at them and changes them.
    pub(super) ear: Ear<Waiters>,
    /// What is known of the token; nothing while the service cannot be reached.
    pub(super) access: Option<Access>,
    /// The missing permission that was last reported.
    pub(super) missing_permission: Option<Blocker>,
}

impl Clients {
    pub(super) fn new(kube: kube::Client, allowed_hosts: Vec<String>, metrics: Arc<Metrics>, shutdown: CancellationToken) -> Self {
        Self {
            kube,
            allowed_hosts,
            entries: Mutex::default(),
            blocked: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            sent_before: Mutex::default(),
            metrics,
            shutdown,
            settings: Settings::default(),
        }
    }

    /// The same, with clients that talk to the service in another way.
    #[cfg(test)]
    pub(super) fn with_settings(self, settings: Settings) -> Self {
        Self { settings, ..self }
    }

    /// The client of a connection, with a token that belongs to the right organization. When the service cannot be reached
    /// the client is handed out all the same: its requests fail, and each session backs off by itself. What its ear hears rings
    /// these bells.
    ///
    /// # Errors
    /// What a person has to mend.
    pub(super) async fn usable(&self, connection: &GenesysConnection, bells: &Bells) -> Result<Usable, Blocker> {
        let uid = connection.uid().unwrap_or_default();
        let generation = connection.metadata.generation;
        if let Some(blocked) = self.blocked().get(&uid)
            && blocked.generation == generation
            && clock::monotonic() - blocked.since < STILL_BLOCKED
        {
            return Err(blocked.blocker.clone());
        }
        let outcome = self.ask(connection, bells, &uid).await;
        match &outcome {
            Ok(_) => drop(self.blocked().remove(&uid)),
            Err(blocker) => {
                let blocked = Blocked { since: clock::monotonic(), generation, blocker: blocker.clone() };
                self.blocked().insert(uid, blocked);
            }
        }
        outcome
    }

    async fn ask(&self, connection: &GenesysConnection, bells: &Bells, uid: &str) -> Result<Usable, Blocker> {
        let fresh = |entry: &Entry| entry.secret == secret_name(connection) && clock::monotonic() - entry.read < REREAD;
        let entry = match self.entry(uid).filter(fresh) {
            Some(entry) => entry,
            None => {
                let _turn = self.turn.lock().await;
                match self.entry(uid) {
                    Some(entry) if fresh(&entry) => entry,
                    Some(entry) => self.reread(connection, entry).await?,
                    None => self.build(connection, bells).await?,
                }
            }
        };
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
        let missing_permission = self.entry(uid).and_then(|entry| entry.missing_permission);
        match outcome {
            Ok(access) => Ok(Usable { client: entry.client, ear: entry.ear, access: Some(access), missing_permission }),
            Err(AccessError::Setback(_)) => Ok(Usable { client: entry.client, ear: entry.ear, access: None, missing_permission }),
            Err(AccessError::Blocked(blocker)) => Err(with_way_out(connection, blocker)),
        }
    }

    /// Notes what the service said of our permissions, for the connection's conditions. Tells whether that is news.
    pub(super) fn note_permission(&self, connection: &GenesysConnection, missing: Option<&Blocker>) -> bool {
        let said = |blocker: &Blocker| blocker.fault.message.clone();
        let mut entries = self.lock();
        let Some(entry) = entries.get_mut(&connection.uid().unwrap_or_default()) else { return false };
        let news = entry.missing_permission.as_ref().map(said) != missing.map(said);
        entry.missing_permission = missing.cloned();
        news
    }

    /// What was sent so far, and what came of it, summed over all clients that there ever were.
    pub(super) fn requests(&self) -> Vec<(&'static str, &'static str, u64)> {
        let mut sums = self.sent_before.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.lock().values().for_each(|entry| add_up(&entry.client, &mut sums));
        sums.into_iter().map(|((operation, outcome), count)| (operation, outcome, count)).collect()
    }

    /// How the conversations that are followed stand, summed over all connections.
    pub(super) fn follows(&self) -> Tally {
        self.lock().values().map(|entry| entry.ear.tally()).fold(Tally::default(), Tally::plus)
    }

    /// The ear of the connection with this uid, if anybody has listened through it.
    pub(super) fn ear(&self, uid: &str) -> Option<Ear<Waiters>> {
        self.lock().get(uid).map(|entry| entry.ear.clone())
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
        let mut sums = self.sent_before.lock().unwrap_or_else(PoisonError::into_inner);
        gone.iter().for_each(|entry| add_up(&entry.client, &mut sums));
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
        let client = Client::new(endpoints, spec.organization_id, credentials, dialect(spec), self.settings.clone())
            .map_err(|error| unusable("client.unusable", error.to_string()))?;
        let waiters = Waiters { bells: bells.clone(), metrics: Arc::clone(&self.metrics), connection: ObjectRef::from(connection) };
        let ear = Ear::new(client.clone(), waiters, &self.shutdown);
        let entry = Entry { client, ear, secret, read, missing_permission: None };
        self.lock().insert(connection.uid().unwrap_or_default(), entry.clone());
        Ok(entry)
    }

    async fn reread(&self, connection: &GenesysConnection, entry: Entry) -> Result<Entry, Blocker> {
        let read = clock::monotonic();
        let secret = secret_name(connection);
        match credentials::read(&self.kube, &connection.namespace().unwrap_or_default(), &secret).await {
            Ok(credentials) => entry.client.set_credentials(credentials),
            // The API server's trouble is not the credentials': the ones at hand are used on, if they are of this Secret.
            Err(blocker) if blocker.fault.code == credentials::UNREACHABLE && entry.secret == secret => {}
            Err(blocker) => return Err(blocker),
        }
        // Only noted where it is kept: it may have been forgotten, or told more, while the Secret was read.
        if let Some(kept) = self.lock().get_mut(&connection.uid().unwrap_or_default()) {
            (kept.secret, kept.read) = (secret.clone(), read);
        }
        Ok(Entry { secret, read, ..entry })
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

/// Says where to mend credentials that the service does not take.
fn with_way_out(connection: &GenesysConnection, blocker: Blocker) -> Blocker {
    if blocker.kind != BlockerKind::Credentials {
        return blocker;
    }
    let Fault { code, message } = &blocker.fault;
    let secret = format!("{}/{}", connection.namespace().unwrap_or_default(), secret_name(connection));
    Blocker { fault: Fault::new(code, &format!("mend clientId and clientSecret in Secret {secret}: {message}")), ..blocker }
}

fn add_up(client: &Client, sums: &mut BTreeMap<(&'static str, &'static str), u64>) {
    for count in client.counters() {
        *sums.entry((count.operation.label(), count.outcome.label())).or_default() += count.count;
    }
}

fn secret_name(connection: &GenesysConnection) -> String {
    connection.spec.credentials_secret_ref.name.clone()
}

#[cfg(test)]
mod tests;
