//! PURE: who follows which conversation, and what was heard for each of them and not taken yet.
//!
//! It reads no clock and knows no socket. What it keeps to:
//!
//! * An event stays until [`Switchboard::taken`] says that a record holds it, so a failed record loses none.
//! * A gap that is announced after a round began is not closed by what that round read.
//! * Events are bounded for each follower and conversation. What does not fit becomes a gap: a read makes up for it.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::inbox::Inbox;
use crate::plan::Hearing;
use crate::termination::Event;

/// Who follows which conversation; `K` is who.
#[derive(Debug)]
pub struct Switchboard<K> {
    followers: BTreeMap<K, BTreeMap<Uuid, Inbox>>,
    conversations: BTreeMap<Uuid, BTreeSet<K>>,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery<K> {
    /// Nobody follows the conversation.
    Unknown,
    /// Whoever follows the conversation knows it already.
    Repeated,
    /// It is news for these.
    News(Vec<K>),
}

impl<K> Default for Switchboard<K> {
    fn default() -> Self {
        Self { followers: BTreeMap::new(), conversations: BTreeMap::new() }
    }
}

impl<K: Clone + Ord> Switchboard<K> {
    /// From now on `key` follows these conversations and no other. Returns those that nobody follows any more.
    pub fn follow(&mut self, key: &K, conversations: &[Uuid]) -> Vec<Uuid> {
        let wanted: BTreeSet<Uuid> = conversations.iter().copied().collect();
        let inboxes = self.followers.entry(key.clone()).or_default();
        let unwanted: Vec<Uuid> = inboxes.keys().filter(|id| !wanted.contains(id)).copied().collect();
        for id in wanted {
            inboxes.entry(id).or_insert_with(Inbox::new);
            self.conversations.entry(id).or_default().insert(key.clone());
        }
        self.unfollow(key, unwanted)
    }

    /// `key` follows nothing any more. Returns the conversations that nobody follows any more.
    pub fn drop_follower(&mut self, key: &K) -> Vec<Uuid> {
        let all = self.followers.get(key).map(|inboxes| inboxes.keys().copied().collect());
        self.unfollow(key, all.unwrap_or_default())
    }

    fn unfollow(&mut self, key: &K, conversations: Vec<Uuid>) -> Vec<Uuid> {
        if let Some(inboxes) = self.followers.get_mut(key) {
            conversations.iter().for_each(|id| drop(inboxes.remove(id)));
            if inboxes.is_empty() {
                self.followers.remove(key);
            }
        }
        let mut left = Vec::new();
        for id in conversations {
            let Some(keys) = self.conversations.get_mut(&id) else { continue };
            keys.remove(key);
            if keys.is_empty() {
                self.conversations.remove(&id);
                left.push(id);
            }
        }
        left
    }

    /// Takes an event in, and says whom it is news for.
    pub fn deliver(&mut self, conversation: Uuid, event: &Event) -> Delivery<K> {
        let keys = self.followers_of(&[conversation]);
        if keys.is_empty() {
            return Delivery::Unknown;
        }
        let news = |key: &K| self.inbox(key, conversation).is_some_and(|inbox| inbox.put(event));
        let woken: Vec<K> = keys.into_iter().filter(news).collect();
        if woken.is_empty() { Delivery::Repeated } else { Delivery::News(woken) }
    }

    /// Events of these conversations may have been missed. Returns whom that concerns.
    pub fn missed(&mut self, conversations: &[Uuid]) -> Vec<K> {
        let keys = self.followers_of(conversations);
        for key in &keys {
            for id in conversations {
                if let Some(inbox) = self.inbox(key, *id) {
                    inbox.open_gap();
                }
            }
        }
        keys
    }

    /// Who follows any of these conversations.
    #[must_use]
    pub fn followers_of(&self, conversations: &[Uuid]) -> Vec<K> {
        let keys: BTreeSet<&K> = conversations.iter().filter_map(|id| self.conversations.get(id)).flatten().collect();
        keys.into_iter().cloned().collect()
    }

    /// Tells `key` what was heard of its conversations and was not taken yet. Of those whose events do not flow, some are being
    /// missed all the time: that is told once they flow.
    pub fn hearing(&mut self, key: &K, flowing: &BTreeSet<Uuid>) -> Hearing {
        let mut hearing = Hearing::default();
        for (id, inbox) in self.followers.get_mut(key).into_iter().flatten() {
            if !flowing.contains(id) {
                inbox.open_gap();
            } else {
                hearing.flowing.insert(*id);
                if inbox.tell_gap() {
                    hearing.missed.insert(*id);
                }
            }
            hearing.events.extend(inbox.events().into_iter().map(|event| (*id, event)));
        }
        hearing
    }

    /// A record holds what `hearing` told `key`, and these conversations were read since.
    pub fn taken(&mut self, key: &K, hearing: &Hearing, read: &[Uuid]) {
        for (id, event) in &hearing.events {
            if let Some(inbox) = self.inbox(key, *id) {
                inbox.take(event);
            }
        }
        for id in read.iter().filter(|id| hearing.missed.contains(id)) {
            if let Some(inbox) = self.inbox(key, *id) {
                inbox.close_gap();
            }
        }
    }

    /// The conversations that anybody follows.
    pub fn conversations(&self) -> impl Iterator<Item = Uuid> {
        self.conversations.keys().copied()
    }

    /// Everybody who follows anything.
    pub fn followers(&self) -> impl Iterator<Item = &K> {
        self.followers.keys()
    }

    fn inbox(&mut self, key: &K, conversation: Uuid) -> Option<&mut Inbox> {
        self.followers.get_mut(key)?.get_mut(&conversation)
    }
}

#[cfg(test)]
mod tests;
