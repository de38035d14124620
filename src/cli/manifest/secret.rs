//! Secrets: the credentials of a connection. No message names a value.

use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::ByteString;
use secrecy::{ExposeSecret, SecretString};
use serde::de::IntoDeserializer;

use super::metadata;
use super::node::{Content, Node};
use super::schema::Mistake;
use crate::cli::{Exit, Failure};
use crate::crd::{OAUTH_SECRET_TYPE, WEBHOOK_SECRET_TYPE};
use crate::intake::KeyRing;

/// A Secret as it was written down. `Debug` shows no value.
pub(super) struct SecretManifest {
    pub(super) namespace: String,
    pub(super) name: String,
    kind: String,
    values: BTreeMap<String, SecretString>,
}

impl fmt::Debug for SecretManifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret {}/{}", self.namespace, self.name)
    }
}

impl SecretManifest {
    /// Reads a Secret; whether it serves is only asked when a connection names it.
    pub(super) fn read(node: &Node) -> Result<Self, Mistake> {
        let metadata = metadata::check(node)?;
        let mut values = BTreeMap::new();
        for (field, is_encoded) in [("data", true), ("stringData", false)] {
            let Some(texts) = node.field(field) else { continue };
            let Content::Fields(fields) = &texts.content else {
                return Err(Mistake::new(texts.place, field, "fields are expected; write clientId and clientSecret below it"));
            };
            for (key, value) in fields {
                let path = format!("{field}.{}", key.name);
                let text = value.text().ok_or_else(|| Mistake::new(value.place, &path, "a text is expected; put it in quotes"))?;
                let text = if is_encoded { decoded(text) } else { Some(text.to_owned()) };
                let text = text
                    .ok_or_else(|| Mistake::new(value.place, &path, "not the base64 of a text; encode it, or write it under stringData"))?;
                values.insert(key.name.clone(), SecretString::from(text.trim().to_owned()));
            }
        }
        let word = |name: &str| metadata[name].as_str().unwrap_or_default().to_owned();
        let kind = node.field("type").and_then(Node::text).unwrap_or("Opaque").to_owned();
        Ok(Self { namespace: word("namespace"), name: word("name"), kind, values })
    }

    /// The client id and secret in it.
    pub(super) fn login(&self, origin: &str) -> Result<Login, Failure> {
        self.check_type(origin, OAUTH_SECRET_TYPE)?;
        let name = &self.name;
        let value = |key: &str| {
            let said = format_args!("Secret {name} has no {key}; it needs the keys clientId and clientSecret");
            self.value(key).ok_or_else(|| Failure::new(Exit::Usage, origin, said))
        };
        let client_id = value("clientId")?.expose_secret().to_owned();
        Ok(Login { found: format!("Secret {name} at {origin}"), client_id, client_secret: value("clientSecret")?.clone() })
    }

    /// The keys of a webhook in it.
    pub(super) fn webhook_keys(&self, origin: &str) -> Result<KeyRing, Failure> {
        self.check_type(origin, WEBHOOK_SECRET_TYPE)?;
        let name = &self.name;
        let wrong = |said: String| Failure::new(Exit::Usage, origin, said);
        let bytes = |key: &str| self.value(key).map(|value| value.expose_secret().as_bytes());
        let current = bytes("secret").ok_or_else(|| wrong(format!("Secret {name} has no secret; it needs the key secret")))?;
        KeyRing::new(current, bytes("previousSecret")).map_err(|error| wrong(format!("Secret {name}: {error}; make a longer one")))
    }

    fn check_type(&self, origin: &str, wanted: &str) -> Result<(), Failure> {
        let Self { name, kind, .. } = self;
        let said = format_args!("Secret {name} has the type {kind}; only {wanted} is used, set `type`");
        if kind == wanted { Ok(()) } else { Err(Failure::new(Exit::Usage, origin, said)) }
    }

    fn value(&self, key: &str) -> Option<&SecretString> {
        self.values.get(key).filter(|value| !value.expose_secret().is_empty())
    }
}

fn decoded(text: &str) -> Option<String> {
    use serde::Deserialize;
    let deserializer: serde::de::value::StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
    let ByteString(bytes) = ByteString::deserialize(deserializer).ok()?;
    String::from_utf8(bytes).ok()
}

/// An OAuth client's id and secret. `Debug` shows the id only.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    /// Where they were found, in words.
    pub(crate) found: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
}

impl Login {
    /// The credentials of the environment, which go before those of any Secret.
    pub(super) fn of_environment(read: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, Failure> {
        let value = |name| read(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        match (value(CLIENT_ID), value(CLIENT_SECRET)) {
            (Some(client_id), Some(secret)) => {
                Ok(Some(Self { found: format!("{CLIENT_ID} and {CLIENT_SECRET}"), client_id, client_secret: secret.into() }))
            }
            (None, None) => Ok(None),
            (Some(_), None) => {
                Err(Failure::new(Exit::Usage, CLIENT_SECRET, format_args!("missing while {CLIENT_ID} is set; set both or neither")))
            }
            (None, Some(_)) => {
                Err(Failure::new(Exit::Usage, CLIENT_ID, format_args!("missing while {CLIENT_SECRET} is set; set both or neither")))
            }
        }
    }
}

const CLIENT_ID: &str = "WCT_CLIENT_ID";
const CLIENT_SECRET: &str = "WCT_CLIENT_SECRET";
