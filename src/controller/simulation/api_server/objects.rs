//! What an API server keeps: objects of any kind with their versions, generations and uids, and every change in its order.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use crate::clock;

/// Which object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Key {
    pub(in super::super) plural: String,
    pub(in super::super) namespace: String,
    pub(in super::super) name: String,
}

/// One change of one object.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) version: u64,
    pub(super) made: Instant,
    pub(super) plural: String,
    pub(super) what: &'static str,
    pub(super) object: Value,
}

/// Why the server does not do it.
#[derive(Clone, Debug)]
pub(in super::super) struct Refusal {
    pub(super) code: u16,
    pub(super) reason: &'static str,
    pub(super) message: String,
}

/// Which part of an object is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All but the status.
    Body,
    /// The status alone.
    Status,
}

/// Everything that is kept.
#[derive(Debug)]
pub(in super::super) struct Objects {
    version: u64,
    made: u128,
    kept: BTreeMap<Key, Value>,
    changes: Vec<Change>,
    /// Changes up to this version are forgotten.
    compacted: u64,
}

impl Default for Objects {
    fn default() -> Self {
        Self { version: 1000, made: 0, kept: BTreeMap::new(), changes: Vec::new(), compacted: 0 }
    }
}

impl Objects {
    pub(in super::super) fn version(&self) -> u64 {
        self.version
    }

    /// Forgets every change: a watch that is begun from before has to list again.
    pub(in super::super) fn compact(&mut self) {
        self.compacted = self.version;
    }

    /// The next change of a kind after a version, if there is one, unless it is forgotten.
    pub(super) fn after(&self, plural: &str, version: u64) -> Option<Option<Change>> {
        let begin = self.changes.partition_point(|change| change.version <= version);
        let next = || self.changes[begin..].iter().find(|change| change.plural == plural).cloned();
        (version >= self.compacted).then(next)
    }

    pub(in super::super) fn get(&self, key: &Key) -> Result<&Value, Refusal> {
        self.kept.get(key).ok_or_else(|| Refusal {
            code: 404,
            reason: "NotFound",
            message: format!("{} {:?} not found", key.plural, key.name),
        })
    }

    pub(in super::super) fn list(&self, plural: &str) -> Vec<Value> {
        self.kept.iter().filter(|(key, _)| key.plural == plural).map(|(_, object)| object.clone()).collect()
    }

    pub(in super::super) fn create(&mut self, key: &Key, mut object: Value, now: Timestamp) -> Result<Value, Refusal> {
        if self.kept.contains_key(key) {
            let message = format!("{} {:?} already exists", key.plural, key.name);
            return Err(Refusal { code: 409, reason: "AlreadyExists", message });
        }
        self.made += 1;
        let metadata = &mut object["metadata"];
        metadata["namespace"] = json!(key.namespace);
        metadata["uid"] = json!(Uuid::from_u128((0xA1_u128 << 96) | self.made));
        metadata["creationTimestamp"] = json!(Timestamp::from_second(now.as_second()).unwrap());
        metadata["generation"] = json!(1);
        if has_status(&key.plural) {
            object.as_object_mut().unwrap().remove("status");
        }
        Ok(self.commit(key, "ADDED", object))
    }

    /// Writes one part of an object; the other stays as it is.
    pub(super) fn replace(&mut self, key: &Key, sent: &Value, part: Part) -> Result<Value, Refusal> {
        let before = self.get(key)?.clone();
        let expected = ["resourceVersion", "uid"].map(|field| (&sent["metadata"][field], &before["metadata"][field]));
        if expected.iter().any(|(wanted, found)| !wanted.is_null() && wanted != found) {
            let message = format!("{} {:?}: the object has been modified", key.plural, key.name);
            return Err(Refusal { code: 409, reason: "Conflict", message });
        }
        let mut after = before.clone();
        match part {
            Part::Status => after["status"] = sent["status"].clone(),
            Part::Body => {
                after = sent.clone();
                for field in ["uid", "creationTimestamp", "generation", "resourceVersion", "namespace"] {
                    after["metadata"][field] = before["metadata"][field].clone();
                }
                if has_status(&key.plural) {
                    after["status"] = before["status"].clone();
                }
            }
        }
        Ok(self.modify(key, &before, after))
    }

    /// Changes an object as a user does who reads it, edits it and writes it.
    pub(in super::super) fn edit(&mut self, key: &Key, edit: impl FnOnce(&mut Value)) -> Result<Value, Refusal> {
        let before = self.get(key)?.clone();
        let mut after = before.clone();
        edit(&mut after);
        Ok(self.modify(key, &before, after))
    }

    pub(super) fn merge(&mut self, key: &Key, patch: &Value) -> Result<Value, Refusal> {
        self.edit(key, |object| merge(object, patch))
    }

    pub(in super::super) fn delete(&mut self, key: &Key) -> Result<Value, Refusal> {
        let object = self.get(key)?.clone();
        let gone = self.commit(key, "DELETED", object);
        self.kept.remove(key);
        Ok(gone)
    }

    /// A write that changes nothing is none.
    fn modify(&mut self, key: &Key, before: &Value, mut after: Value) -> Value {
        if after["status"].is_null() {
            after.as_object_mut().unwrap().remove("status");
        }
        if *before == after {
            return after;
        }
        if before["spec"] != after["spec"] {
            after["metadata"]["generation"] = json!(before["metadata"]["generation"].as_i64().unwrap_or(0) + 1);
        }
        self.commit(key, "MODIFIED", after)
    }

    fn commit(&mut self, key: &Key, what: &'static str, mut object: Value) -> Value {
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.kept.insert(key.clone(), object.clone());
        self.changes.push(Change {
            version: self.version,
            made: Instant::from_std(clock::monotonic()),
            plural: key.plural.clone(),
            what,
            object: object.clone(),
        });
        object
    }
}

/// Whether a kind has its status as a part that is written by itself.
fn has_status(plural: &str) -> bool {
    ["webchatterminations", "genesysconnections"].contains(&plural)
}

/// A JSON merge patch.
fn merge(into: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *into = patch.clone();
        return;
    };
    if !into.is_object() {
        *into = json!({});
    }
    for (name, value) in fields {
        if value.is_null() {
            into.as_object_mut().unwrap().remove(name);
        } else {
            merge(&mut into[name], value);
        }
    }
}
