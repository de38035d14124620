//! The webhooks of connections: which of them listen, with which secret, and what is to be mended where one does not.
//!
//! Requests are answered from memory. What is there was put there by the reconciles of connections, which read the Secrets; a proof that
//! does not hold only asks for such a reconcile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use kube::ResourceExt;
use kube::runtime::reflector::{ObjectRef, Store};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::bells::Bells;
use super::credentials;
use super::scope::Scope;
use crate::clock;
use crate::crd::{CreateOn, GenesysConnection, WebchatTermination, WebhookStanding};
use crate::intake::{ConnectionName, Directory, Listener};

/// How long a Secret is used before it is read again.
const REREAD: Duration = Duration::from_secs(60);

/// How soon it is read again at the earliest when a proof did not hold: it may have been rotated.
const DOUBTED: Duration = Duration::from_secs(5);

/// How many doubts wait to be looked into. Whoever is refused comes again, so that none is lost for good.
const DOUBTS: usize = 64;

/// The webhooks that listen, by the names of their connections.
pub(super) struct Webhooks {
    held: Mutex<HashMap<ConnectionName, Held>>,
    doubts: mpsc::Sender<ConnectionName>,
}

/// What is known of one connection's webhook.
struct Held {
    uid: String,
    generation: Option<i64>,
    secret: String,
    read: Instant,
    doubted: bool,
    listener: Arc<Listener>,
    bells: Bells,
    terminations: Store<WebchatTermination>,
}

impl Webhooks {
    /// None listens yet; and the doubts that are to be looked into.
    pub(super) fn new() -> (Self, mpsc::Receiver<ConnectionName>) {
        let (doubts, to_look_into) = mpsc::channel(DOUBTS);
        (Self { held: Mutex::default(), doubts }, to_look_into)
    }

    /// Finds out whether a connection's webhook listens, and how it stands; nothing where it has none.
    pub(super) async fn refresh(&self, connection: &GenesysConnection, scope: &Scope) -> Option<WebhookStanding> {
        let name = named(connection);
        let webhook = match connection.spec.webhook() {
            Ok(webhook) => webhook,
            Err(standing) => {
                self.lock().remove(&name);
                return standing;
            }
        };
        let (uid, secret, read) = (connection.uid().unwrap_or_default(), webhook.secret_ref.name.clone(), clock::monotonic());
        let before = self.lock().get(&name).filter(|held| held.uid == uid && held.secret == secret).map(|held| {
            let is_fresh = held.generation == connection.metadata.generation && !held.doubted && read - held.read < REREAD;
            (is_fresh, Arc::clone(&held.listener))
        });
        if let Some((true, _)) = before {
            return Some(WebhookStanding::Listening);
        }
        let keys = match (credentials::webhook_keys(&scope.shared.kube, &name.namespace, &secret).await, before) {
            (Ok(keys), _) => keys,
            // The API server's trouble is not the Secret's: what is at hand is used on.
            (Err(blocker), Some((_, before))) if blocker.fault.code == credentials::UNREACHABLE => before.keys.clone(),
            (Err(blocker), _) => {
                self.lock().remove(&name);
                let unread = blocker.fault.code == credentials::UNREACHABLE;
                let standing = if unread { WebhookStanding::SecretUnread } else { WebhookStanding::SecretUnusable };
                return Some(standing(blocker.fault.message));
            }
        };
        let creates = webhook.create_terminations.iter().copied().map(CreateOn::event).collect();
        let listener = Arc::new(Listener { organization_id: connection.spec.organization_id, keys, creates });
        let (generation, bells, terminations) = (connection.metadata.generation, scope.bells.clone(), scope.terminations.clone());
        self.keep(name, Held { uid, generation, secret, read, doubted: false, listener, bells, terminations }, &scope.connections);
        Some(WebhookStanding::Listening)
    }

    /// Keeps what was found out, unless the connection was deleted and forgotten meanwhile: the store knows before it is forgotten.
    fn keep(&self, name: ConnectionName, found: Held, connections: &Store<GenesysConnection>) {
        let mut held = self.lock();
        let there = connections.get(&ObjectRef::new(&name.name).within(&name.namespace));
        if there.is_some_and(|there| there.uid().as_ref() == Some(&found.uid)) {
            held.insert(name, found);
        }
    }

    /// The uid of a connection that listens.
    pub(super) fn uid(&self, connection: &ConnectionName) -> Option<String> {
        self.lock().get(connection).map(|held| held.uid.clone())
    }

    /// Whether an unfinished termination names a conversation, and this connection to end it through.
    pub(super) fn is_worked_on(&self, connection: &ConnectionName, conversation: Uuid) -> bool {
        let Some(terminations) = self.lock().get(connection).map(|held| held.terminations.clone()) else { return false };
        let names = |one: &WebchatTermination| {
            one.namespace().as_deref() == Some(connection.namespace.as_str())
                && one.spec.connection_ref.name == connection.name
                && !one.is_finished()
                && one.spec.sessions.iter().any(|session| session.conversation_id == conversation)
        };
        terminations.find(names).is_some()
    }

    /// Those of connections that are no more listen no more.
    pub(super) fn retain(&self, exists: impl Fn(&str) -> bool) {
        self.lock().retain(|_, held| exists(&held.uid));
    }

    /// A connection is no more.
    pub(super) fn forget(&self, connection: &GenesysConnection) {
        self.lock().remove(&named(connection));
    }

    /// Has connections checked again of which a proof did not hold, for as long as anybody can doubt.
    pub(super) async fn look_into(&self, mut doubts: mpsc::Receiver<ConnectionName>) {
        while let Some(name) = doubts.recv().await {
            let Some((wait, bells)) = self.doubt(&name) else { continue };
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                bells.recheck(ObjectRef::new(&name.name).within(&name.namespace));
            });
        }
    }

    /// Notes a doubt; how soon it may be looked into, and how. One that is known changes nothing.
    fn doubt(&self, name: &ConnectionName) -> Option<(Duration, Bells)> {
        let mut held = self.lock();
        let held = held.get_mut(name).filter(|held| !held.doubted)?;
        held.doubted = true;
        Some((DOUBTED.saturating_sub(clock::monotonic() - held.read), held.bells.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectionName, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Directory for Webhooks {
    fn listener(&self, connection: &ConnectionName) -> Option<Arc<Listener>> {
        self.lock().get(connection).map(|held| Arc::clone(&held.listener))
    }

    fn doubted(&self, connection: &ConnectionName) {
        // The same whether or not there is such a connection; more doubts than fit come again.
        let _ = self.doubts.try_send(connection.clone());
    }
}

fn named(connection: &GenesysConnection) -> ConnectionName {
    ConnectionName { namespace: connection.namespace().unwrap_or_default(), name: connection.name_any() }
}

#[cfg(test)]
mod tests {
    use kube::runtime::reflector;
    use kube::runtime::watcher::Event;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::intake::KeyRing;

    #[test]
    fn a_connection_that_was_deleted_while_its_secret_was_read_does_not_listen() {
        let connection: GenesysConnection = serde_json::from_value(json!({
            "apiVersion": "webchatops.dev/v1alpha1", "kind": "GenesysConnection",
            "metadata": { "name": "main", "namespace": "chat", "uid": "first" },
            "spec": { "organizationId": Uuid::nil(), "region": "eu-central-1", "credentialsSecretRef": { "name": "genesys" } },
        }))
        .unwrap();
        let name = named(&connection);
        let (webhooks, _doubts) = Webhooks::new();
        let (store, mut writer) = reflector::store();
        let found = |uid: &str| {
            let listener = Listener { organization_id: Uuid::nil(), keys: KeyRing::new(&[7; 32], None).unwrap(), creates: Vec::new() };
            let (bells, ..) = Bells::hung();
            let (uid, secret, read) = (uid.to_owned(), "webhook".to_owned(), clock::monotonic());
            let (terminations, _) = reflector::store();
            Held { uid, generation: Some(1), secret, read, doubted: false, listener: Arc::new(listener), bells, terminations }
        };
        webhooks.keep(name.clone(), found("first"), &store);
        assert!(webhooks.listener(&name).is_none(), "it is in no store");
        writer.apply_watcher_event(&Event::Apply(connection.clone()));
        webhooks.keep(name.clone(), found("another"), &store);
        assert!(webhooks.listener(&name).is_none(), "another one has its name now");
        webhooks.keep(name.clone(), found("first"), &store);
        assert!(webhooks.listener(&name).is_some());
        writer.apply_watcher_event(&Event::Delete(connection.clone()));
        webhooks.forget(&connection);
        webhooks.keep(name.clone(), found("first"), &store);
        assert!(webhooks.listener(&name).is_none(), "it was deleted");
    }
}
