//! `--listen`: events are taken over HTTP while the command works.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use kube::ResourceExt;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::hear::Doorbell;
use super::manifest::{Assignment, source};
use super::{Exit, Failure, output};
use crate::crd::{ConfirmationSource, GenesysConnection, WebchatTermination};
use crate::hearing::Ear;
use crate::intake::{
    Bounds, Certificate, ConnectionName, Create, CreateError, Creation, Directory, Heard, Intake, KeyRing, Limits, Listener, Server,
    TakeError, Taker, routes,
};

/// Holds the secret where no file is named.
const SECRET: &str = "WCT_WEBHOOK_SECRET";

/// Where events are taken, and from whom.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Listen {
    /// Take events at POST /v1/events/NAMESPACE/CONNECTION while working: they confirm sooner than polling. Plain HTTP without a
    /// certificate: put something in front that ends TLS
    #[arg(long, env = "WCT_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,

    /// A file with the secret (at least 32 bytes) that callers must prove to know. Without it: WCT_WEBHOOK_SECRET, or the Secret that the
    /// connection's confirmation.webhook.secretRef names, with -f
    #[arg(long, value_name = "FILE", requires = "listen")]
    listen_secret_file: Option<PathBuf>,

    /// The PEM file of a certificate, with its chain; read again when it has changed
    #[arg(long, value_name = "FILE", requires_all = ["listen", "listen_tls_key"])]
    listen_tls_cert: Option<PathBuf>,

    /// The PEM file of the certificate's key
    #[arg(long, value_name = "FILE", requires = "listen_tls_cert")]
    listen_tls_key: Option<PathBuf>,
}

/// Events are being taken, until it is stopped or dropped.
#[derive(Debug)]
pub(super) struct Listening {
    ears: Ears,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

impl Listen {
    /// Begins to take events for the connections of these assignments, if that is wanted.
    pub(super) async fn start(&self, assignments: &[Assignment]) -> Result<Option<Listening>, Failure> {
        let Some(address) = self.listen else { return Ok(None) };
        let listeners = listeners(assignments, self.keys()?.as_ref())?;
        let failed = |place: &str, said: String| Failure::new(Exit::Usage, place, said);
        let certificate = match (&self.listen_tls_cert, &self.listen_tls_key) {
            (Some(certificate), Some(key)) => {
                let read = Certificate::read(certificate.clone(), key.clone()).await;
                Some(read.map_err(|error| failed("--listen-tls-cert", error.to_string()))?)
            }
            (Some(_), None) | (None, _) => None,
        };
        let scheme = if certificate.is_some() { "https" } else { "http" };
        let server = Server::bind(address, certificate, Bounds::default()).await;
        let server = server.map_err(|error| failed("--listen", format!("cannot listen on {address}: {error}; choose another address")))?;
        for name in listeners.keys() {
            output::say(&format!("events are taken at {scheme}://{}/v1/events/{name}", server.address()));
        }
        if server.is_exposed() {
            let said = "events and their secrets come in over plain HTTP; end TLS in front, or give --listen-tls-cert and --listen-tls-key";
            output::warn(&format!("--listen: {said}"));
        }
        let ears = Ears::default();
        let intake = Arc::new(Intake::new(Named(listeners), ears.clone(), Nothing, Limits::default()));
        let stop = CancellationToken::new();
        let served = tokio::spawn(server.serve(routes(intake), stop.clone()));
        Ok(Some(Listening { ears, stop, served }))
    }

    /// The keys of the file that was named or of the environment, which go before those of any Secret.
    fn keys(&self) -> Result<Option<KeyRing>, Failure> {
        let of_environment = || std::env::var(SECRET).ok().filter(|value| !value.trim().is_empty());
        let (place, secret) = match &self.listen_secret_file {
            Some(file) => (file.display().to_string(), Some(source::read_file(file, source::Bounds::MANIFESTS)?)),
            None => (SECRET.to_owned(), of_environment()),
        };
        let keys = secret.map(|secret| KeyRing::new(secret.as_bytes(), None)).transpose();
        keys.map_err(|error| Failure::new(Exit::Usage, place, format_args!("{error}; make a longer one")))
    }
}

impl Listening {
    /// From now on the events of this connection go to this ear as well, for as long as what is returned is kept: nobody reads what
    /// the ear of an assignment that is done hears.
    #[must_use]
    pub(super) fn hand_to(&self, connection: &GenesysConnection, ear: &Ear<Doorbell>) -> Arc<Ear<Doorbell>> {
        self.ears.give(named(connection), ear)
    }

    /// Takes no event any more, and waits until those under way are answered.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        // It has nothing to tell.
        let _ended = self.served.await;
    }
}

/// The connections that listen: with these keys, or with those of their own Secrets.
fn listeners(assignments: &[Assignment], keys: Option<&KeyRing>) -> Result<HashMap<ConnectionName, Arc<Listener>>, Failure> {
    let mut listeners = HashMap::new();
    for Assignment { connection, webhook, .. } in assignments {
        let name = named(connection);
        if listeners.contains_key(&name) {
            continue;
        }
        let spec = &connection.spec;
        let is_source = spec.confirmation.names(ConfirmationSource::Webhook);
        let Some(keys) = keys.or(webhook.as_ref()).filter(|_| is_source) else {
            let why = if is_source { "no secret for it is in the given files" } else { "confirmation.sources does not list Webhook" };
            output::say(&format!("GenesysConnection {name}: no events are taken for it: {why}"));
            continue;
        };
        if spec.confirmation.webhook.as_ref().is_some_and(|webhook| !webhook.create_terminations.is_empty()) {
            output::say(&format!("GenesysConnection {name}: createTerminations has no part in this: events create nothing here"));
        }
        let listener = Listener { organization_id: spec.organization_id, keys: keys.clone(), creates: Vec::new() };
        listeners.insert(name, Arc::new(listener));
    }
    if listeners.is_empty() {
        let said = format!(
            "no connection can take events; name a secret with --listen-secret-file or {SECRET}, or add the Secret that \
             confirmation.webhook.secretRef names with -f"
        );
        return Err(Failure::new(Exit::Usage, "--listen", said));
    }
    Ok(listeners)
}

fn named(connection: &GenesysConnection) -> ConnectionName {
    ConnectionName { namespace: connection.namespace().unwrap_or_default(), name: connection.name_any() }
}

/// The connections that listen, by name.
struct Named(HashMap<ConnectionName, Arc<Listener>>);

impl Directory for Named {
    fn listener(&self, connection: &ConnectionName) -> Option<Arc<Listener>> {
        self.0.get(connection).cloned()
    }

    /// The secrets were given once and for all.
    fn doubted(&self, _: &ConnectionName) {}
}

/// The ears of the connections that are worked through at present, one for each assignment.
#[derive(Clone, Debug, Default)]
struct Ears(Arc<Mutex<HashMap<ConnectionName, Given>>>);

/// The ears of one connection that were given, for as long as somebody keeps them.
type Given = Vec<Weak<Ear<Doorbell>>>;

impl Ears {
    fn give(&self, connection: ConnectionName, ear: &Ear<Doorbell>) -> Arc<Ear<Doorbell>> {
        let given = Arc::new(ear.clone());
        let mut ears = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ears = ears.entry(connection).or_default();
        ears.retain(|ear| ear.strong_count() > 0);
        ears.push(Arc::downgrade(&given));
        given
    }

    fn of(&self, connection: &ConnectionName) -> Vec<Arc<Ear<Doorbell>>> {
        let ears = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ears.get(connection).into_iter().flatten().filter_map(Weak::upgrade).collect()
    }
}

impl Taker for Ears {
    async fn take(&self, connection: &ConnectionName, heard: Heard) -> Result<(), TakeError> {
        // Two terminations may name the same conversation: each is told.
        let awaiting = self.of(connection).iter().filter(|ear| ear.deliver(heard.conversation_id, &heard.event)).count();
        if awaiting > 0 { Ok(()) } else { Err(TakeError::UnknownConversation) }
    }
}

/// Creates nothing: there is no cluster to create it in.
struct Nothing;

impl Create for Nothing {
    async fn create(&self, _: WebchatTermination) -> Result<Creation, CreateError> {
        Err(CreateError::Refused("there is no cluster".into()))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::engine::Listen as _;
    use crate::genesys::{Client, Credentials, Dialect, Endpoints, Settings};
    use crate::hearing::Sources;
    use crate::intake::Medium;
    use crate::termination::{Event, EventKind, Source};

    #[tokio::test]
    async fn an_event_is_taken_by_whoever_waits_for_it_and_by_nobody_when_that_assignment_is_done() {
        let ear = || {
            let endpoints = Endpoints::custom("http://127.0.0.1:1", "http://127.0.0.1:1").unwrap();
            let credentials = Credentials::new("id", "secret".into());
            let client = Client::new(endpoints, Uuid::nil(), credentials, Dialect::Messages, Settings::default()).unwrap();
            let ear = Ear::new(client, Doorbell::default(), &CancellationToken::new());
            ear.listen_to(Sources { notification: false, webhook: true });
            ear
        };
        let (ears, first, second) = (Ears::default(), ear(), ear());
        let name = ConnectionName { namespace: "chat".into(), name: "main".into() };
        let [of_first, of_second] = [1, 2].map(Uuid::from_u128);
        first.follower(()).follow(&[of_first]).await;
        second.follower(()).follow(&[of_second]).await;
        let take = async |conversation_id: Uuid| {
            let (participant_id, communication_id) = (Uuid::nil(), Uuid::nil());
            let time = "2026-11-22T12:00:00Z".parse().unwrap();
            let event = Event { kind: EventKind::Ended, participant_id, communication_id, time, source: Source::Webhook };
            let heard = Heard { conversation_id, event, medium: Medium::WebMessaging, organization_id: None, envelope_id: None };
            ears.take(&name, heard).await
        };
        let given = [&first, &second].map(|ear| ears.give(name.clone(), ear));
        assert_eq!((take(of_first).await, take(of_second).await), (Ok(()), Ok(())));
        let [first, _second] = given;
        drop(first);
        assert_eq!((take(of_first).await, take(of_second).await), (Err(TakeError::UnknownConversation), Ok(())));
    }
}
