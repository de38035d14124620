//! The user: what is done to the resources, as a person does it who is not hindered by anything.

use k8s_openapi::ByteString;
use serde_json::{Value, json};

use super::api_server::{ApiServer, Key};
use super::judge::Judge;
use super::process::HOST;
use super::scenario::{CLIENTS, Keys, Move};
use crate::clock;
use crate::simulator::server::in_memory::InMemory;
use crate::simulator::world::sample;

/// Where everything is.
const NAMESPACE: &str = "chat";

/// Whoever changes the resources.
pub(super) struct User<'a> {
    pub(super) api_server: &'a ApiServer,
    pub(super) service: &'a InMemory,
    pub(super) judge: &'a Judge,
    pub(super) terminations: &'a [Value],
}

fn key(plural: &str, name: &str) -> Key {
    Key { plural: plural.into(), namespace: NAMESPACE.into(), name: name.into() }
}

pub(super) fn termination(n: usize) -> Key {
    key("webchatterminations", &format!("t{n}"))
}

pub(super) fn connection() -> Key {
    key("genesysconnections", "main")
}

impl User<'_> {
    /// Makes what is there from the beginning.
    pub(super) fn begin(&self) {
        self.credentials(Keys::Good(0));
        self.create_connection();
    }

    /// Does something. What concerns the controller's process is not the user's to do.
    pub(super) fn does(&self, what: &Move) {
        self.judge.tell(&format!("user: {what:?}"));
        match what {
            Move::Create(n) => self.create(*n, None),
            Move::Append(n, conversation) => self.edit(*n, |spec| {
                let sessions = spec["sessions"].as_array_mut().unwrap();
                let added = json!({ "conversationId": conversation });
                if !sessions.contains(&added) {
                    sessions.push(added);
                }
            }),
            Move::Suspend(n, suspend) => self.edit(*n, |spec| spec["suspend"] = json!(suspend)),
            Move::Cancel(n, how) => self.edit(*n, |spec| spec["cancel"] = json!(how)),
            Move::Delete(n) => drop(self.delete(*n)),
            Move::Recreate(n) => {
                self.delete(*n);
                self.create(*n, None);
            }
            Move::Restore(n) => {
                if let Some(old) = self.delete(*n) {
                    self.create(*n, Some(old["status"].clone()));
                }
            }
            Move::LoseStatus(n) => self.with_status(*n, Value::Null),
            Move::Label(n) => self.change(&termination(*n), |object| object["metadata"]["labels"]["seen"] = json!("yes")),
            Move::Credentials(keys) => self.credentials(*keys),
            Move::SuspendConnection(suspend) => self.suspend_connection(*suspend),
            Move::DeleteConnection => {
                self.judge.suspended(false);
                drop(self.api_server.with(|objects| objects.delete(&connection())));
            }
            Move::CreateConnection => self.create_connection(),
            Move::EditConnection(webhook) => {
                let sources = if *webhook { json!(["Webhook", "Poll"]) } else { json!(["Poll"]) };
                self.change(&connection(), |object| object["spec"]["confirmation"]["sources"] = sources);
            }
            Move::RevokeTokens => self.service.with_world(|world| world.revoke_tokens(None)),
            Move::Compact => self.api_server.with(|objects| objects.compact()),
            Move::Die(_) | Move::Stop(_) | Move::Rival | Move::RivalDies => {}
        }
    }

    /// Mends everything. Terminations that are suspended go on, if that is wanted; a restored one is made again.
    pub(super) fn mends(&self, resumes: bool) {
        self.judge.tell("user: mends everything");
        self.credentials(Keys::Good(0));
        self.create_connection();
        self.suspend_connection(false);
        for n in 0..self.terminations.len() {
            if resumes {
                self.does(&Move::Suspend(n, false));
            }
            let found = self.api_server.with(|objects| objects.get(&termination(n)).cloned());
            if found.is_ok_and(|found| is_foreign(&found)) {
                self.does(&Move::Recreate(n));
            }
        }
    }

    fn create(&self, n: usize, status: Option<Value>) {
        let object = json!({
            "apiVersion": "webchatops.dev/v1alpha1", "kind": "WebchatTermination",
            "metadata": { "name": termination(n).name }, "spec": self.terminations[n],
        });
        let created = self.api_server.with(|objects| objects.create(&termination(n), object, clock::now()));
        if let (Ok(_), Some(status)) = (created, status) {
            self.with_status(n, status);
        }
    }

    fn delete(&self, n: usize) -> Option<Value> {
        let old = self.api_server.with(|objects| objects.delete(&termination(n))).ok()?;
        self.judge.forgotten(old["metadata"]["uid"].as_str().unwrap());
        Some(old)
    }

    /// Edits a spec, unless the rules of the resource forbid it once it has finished.
    fn edit(&self, n: usize, edit: impl FnOnce(&mut Value)) {
        self.change(&termination(n), |object| {
            if object["status"]["completionTime"].is_null() {
                edit(&mut object["spec"]);
            }
        });
    }

    fn with_status(&self, n: usize, status: Value) {
        self.change(&termination(n), |object| {
            self.judge.forgotten(object["metadata"]["uid"].as_str().unwrap());
            object["status"] = status;
        });
    }

    fn change(&self, key: &Key, change: impl FnOnce(&mut Value)) {
        // What is not there cannot be changed.
        let _gone = self.api_server.with(|objects| objects.edit(key, change));
    }

    fn suspend_connection(&self, suspend: bool) {
        self.change(&connection(), |object| {
            self.judge.suspended(suspend);
            object["spec"]["suspend"] = json!(suspend);
        });
    }

    fn create_connection(&self) {
        let url = format!("http://{HOST}:1");
        let object = json!({
            "apiVersion": "webchatops.dev/v1alpha1", "kind": "GenesysConnection",
            "metadata": { "name": "main" },
            "spec": {
                "organizationId": sample::ORGANIZATION, "credentialsSecretRef": { "name": "genesys" },
                "endpoints": { "api": url, "login": url }, "confirmation": { "sources": ["Webhook", "Poll"] },
            },
        });
        let _there = self.api_server.with(|objects| objects.create(&connection(), object, clock::now()));
    }

    fn credentials(&self, keys: Keys) {
        let key = key("secrets", "genesys");
        let text = |text: &str| ByteString(text.as_bytes().to_vec());
        let (pair, type_) = match keys {
            Keys::Good(n) => (CLIENTS[n], "webchatops.dev/genesys-oauth"),
            Keys::Wrong => ((CLIENTS[0].0, "wrong"), "webchatops.dev/genesys-oauth"),
            Keys::Foreign => (CLIENTS[0], "Opaque"),
            Keys::Missing => return drop(self.api_server.with(|objects| objects.delete(&key))),
        };
        let data = json!({ "clientId": text(pair.0), "clientSecret": text(pair.1) });
        let object = json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "genesys" }, "type": type_, "data": data });
        let _there = self.api_server.with(|objects| objects.create(&key, object, clock::now()));
        self.change(&key, |object| (object["type"], object["data"]) = (json!(type_), data));
    }
}

/// Whether the status of an object was written for another one.
pub(super) fn is_foreign(object: &Value) -> bool {
    let written_for = &object["status"]["uid"];
    !written_for.is_null() && *written_for != object["metadata"]["uid"]
}
