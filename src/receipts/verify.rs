//! Checks chains of receipts. It reads them as plain JSON: a receipt of a later build may have fields that this one does not know, and they
//! are hashed all the same.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use uuid::Uuid;

use super::{FORMAT, canonical, identity};

/// A chain that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The organization.
    pub organization_id: Uuid,
    /// The termination.
    pub termination_uid: String,
    /// How many receipts there are. Whether these are all only the termination itself can tell.
    pub receipts: usize,
    /// The hash of the last one. Kept elsewhere, it also shows when the last ones are taken away.
    pub head: String,
}

/// The first thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// Something is no receipt, or one of a format that this build does not know. Counted from 1.
    #[error("number {0} is no receipt of a known format")]
    Unreadable(usize),
    /// A receipt was changed after it was made.
    #[error("receipt {0} does not have the hash that it says: it was changed")]
    Changed(Uuid),
    /// A receipt's id is not that of its organization, termination and conversation.
    #[error("receipt {0} has another id than its organization, termination and conversation give it")]
    Id(Uuid),
    /// There are two receipts of one session that say different things.
    #[error("there are two different receipts with id {0}")]
    Conflict(Uuid),
    /// Two receipts name the same one before them.
    #[error("receipts {0} and {1} both claim the same place in their chain")]
    Fork(Uuid, Uuid),
    /// A chain is broken: one or more receipts are missing.
    #[error("the chain of termination {termination_uid} breaks off after {reached} of {present} receipts: one is missing")]
    Gap {
        /// The termination.
        termination_uid: String,
        /// How many can be reached from its beginning.
        reached: usize,
        /// How many there are.
        present: usize,
    },
}

/// What the chain needs of a receipt.
struct Link {
    id: Uuid,
    chain: (Uuid, String),
    previous: String,
    hash: String,
}

/// Checks receipts of any number of terminations, in any order; the same one may be there twice.
///
/// # Errors
/// The first [`Flaw`].
pub fn verify(receipts: &[Value]) -> Result<Vec<Chain>, Flaw> {
    let mut chains: BTreeMap<(Uuid, String), HashMap<Uuid, Link>> = BTreeMap::new();
    for (place, receipt) in receipts.iter().enumerate() {
        let link = link(receipt, place + 1)?;
        let links = chains.entry(link.chain.clone()).or_default();
        if links.get(&link.id).is_some_and(|other| other.hash != link.hash) {
            return Err(Flaw::Conflict(link.id));
        }
        links.insert(link.id, link);
    }
    chains.into_iter().map(|((organization_id, termination_uid), links)| walk(organization_id, termination_uid, &links)).collect()
}

/// Checks receipts in lines of JSON.
///
/// # Errors
/// The first [`Flaw`].
pub fn verify_ndjson(text: &str) -> Result<Vec<Chain>, Flaw> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let parsed = lines.map(|(place, line)| serde_json::from_str(line).map_err(|_| Flaw::Unreadable(place + 1)));
    verify(&parsed.collect::<Result<Vec<Value>, Flaw>>()?)
}

/// Reads one receipt, and checks what can be checked of it alone.
fn link(receipt: &Value, place: usize) -> Result<Link, Flaw> {
    let text = |name: &str| receipt.get(name).and_then(Value::as_str).ok_or(Flaw::Unreadable(place));
    let uuid = |name: &str| text(name)?.parse::<Uuid>().map_err(|_| Flaw::Unreadable(place));
    if text("format")? != FORMAT {
        return Err(Flaw::Unreadable(place));
    }
    let (id, organization_id, conversation_id) = (uuid("id")?, uuid("organizationId")?, uuid("conversationId")?);
    let (termination_uid, hash) = (text("terminationUid")?.to_owned(), text("hash")?.to_owned());
    if !is_uid(&termination_uid) {
        return Err(Flaw::Unreadable(place));
    }
    if canonical::hash(receipt) != hash {
        return Err(Flaw::Changed(id));
    }
    if identity::receipt_id(organization_id, &termination_uid, conversation_id) != id {
        return Err(Flaw::Id(id));
    }
    Ok(Link { id, chain: (organization_id, termination_uid), previous: text("previousHash")?.to_owned(), hash })
}

/// It is printed next to what was found: a text that looks like a finding must not pass for one.
fn is_uid(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Goes along a chain from its beginning.
fn walk(organization_id: Uuid, termination_uid: String, links: &HashMap<Uuid, Link>) -> Result<Chain, Flaw> {
    let mut after: HashMap<&str, &Link> = HashMap::new();
    for link in links.values() {
        if let Some(other) = after.insert(&link.previous, link) {
            return Err(Flaw::Fork(link.id.min(other.id), link.id.max(other.id)));
        }
    }
    let (mut head, mut reached) = (identity::genesis(organization_id, &termination_uid), 0);
    while let Some(link) = after.remove(head.as_str()) {
        head.clone_from(&link.hash);
        reached += 1;
    }
    let present = links.len();
    if reached < present {
        return Err(Flaw::Gap { termination_uid, reached, present });
    }
    Ok(Chain { organization_id, termination_uid, receipts: present, head })
}
