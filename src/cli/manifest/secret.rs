//! Secrets: the credentials of a connection. No message names a value.

use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::ByteString;
use secrecy::SecretString;
use serde::de::IntoDeserializer;

use super::metadata;
use super::node::{Content, Node};
use super::schema::Mistake;
use crate::cli::{Exit, Failure};

/// The only type of Secret that is used. Otherwise any Secret could be sent out.
pub(crate) const SECRET_TYPE: &str = "webchatops.dev/genesys-oauth";

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
        let Self { name, kind, .. } = self;
        let wrong = |said: String| Failure::new(Exit::Usage, origin, said);
        if kind != SECRET_TYPE {
            return Err(wrong(format!("Secret {name} has the type {kind}; only {SECRET_TYPE} is used, set `type`")));
        }
        let value = |key: &str| {
            let value = self.values.get(key).filter(|value| !secrecy::ExposeSecret::expose_secret(*value).is_empty());
            value.ok_or_else(|| wrong(format!("Secret {name} has no {key}; it needs the keys clientId and clientSecret")))
        };
        let client_id = secrecy::ExposeSecret::expose_secret(value("clientId")?).to_owned();
        Ok(Login { found: format!("Secret {name} at {origin}"), client_id, client_secret: value("clientSecret")?.clone() })
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
