//! Channels: made, used, subscribed, renewed, replaced, ended.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::World;
use super::super::access::Caller;
use super::super::behaviour::{earlier, later};
use super::super::effect::Effect;
use super::super::refusal::ApiError;
use super::super::serve::Answer;
use super::super::spec::ClientSpec;
use super::deliver::Due;
use super::request::{NotificationAnswer, NotificationRequest, Wanted};
use super::socket::{ChannelOutput, ChannelSocket, Frame};
use super::topic::{TopicState, TopicView, parts, refusal};

/// The id of a channel; no UUID on the real service either.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChannelId(pub String);

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A channel as its client sees it, and the simulator's own API.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChannelView {
    /// Its id.
    pub id: ChannelId,
    /// The OAuth client that it belongs to.
    pub client: String,
    /// When it ends, unless it is renewed.
    pub expires: Timestamp,
    /// How many topics are subscribed, as they were written.
    pub topics: usize,
    /// Whether a socket is open.
    pub open: bool,
}

/// One channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Channel {
    /// The OAuth client that it belongs to; empty for a trusted caller.
    pub(super) owner: String,
    /// The token last used on it, and when that ends.
    pub(super) token: Option<(String, Timestamp)>,
    pub(super) expires: Timestamp,
    last_use: Timestamp,
    /// Topics as they were written, with what they stand for.
    topics: BTreeMap<String, Vec<String>>,
    /// All that they stand for.
    heard: BTreeSet<String>,
    pub(super) socket: Option<ChannelSocket>,
}

impl Channel {
    pub(super) fn hears(&self, topic: &str) -> bool {
        self.heard.contains(topic)
    }

    pub(super) fn set_topics(&mut self, topics: BTreeMap<String, Vec<String>>) {
        self.heard = topics.values().flatten().cloned().collect();
        self.topics = topics;
    }
}

/// Why a channel is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Its time was over.
    Expired,
    /// Another one took its place.
    Replaced,
    /// Its token was revoked, or ended.
    Revoked,
    /// Nobody is told why, not even its socket.
    Silent,
}

impl World {
    /// Answers a request to the notification service.
    pub(in super::super) fn notify(
        &mut self,
        request: &NotificationRequest,
        caller: &Caller,
        client: Option<&ClientSpec>,
    ) -> Result<Answer, ApiError> {
        let answer = match request {
            NotificationRequest::Create => NotificationAnswer::Channel(self.create_channel(caller, client)),
            NotificationRequest::List => NotificationAnswer::Channels(
                self.channels().into_iter().filter(|view| client.is_none_or(|client| view.client == client.id)).collect(),
            ),
            NotificationRequest::Check { channel } => {
                self.owned(channel, client)?;
                NotificationAnswer::Nothing
            }
            NotificationRequest::Topics { channel } => {
                let subscribed = self.owned(channel, client)?.topics.keys();
                NotificationAnswer::Topics(subscribed.map(|id| TopicView::permitted(id)).collect())
            }
            NotificationRequest::Replace { channel, wanted } => {
                NotificationAnswer::Topics(self.subscribe(channel, wanted, true, caller, client)?)
            }
            NotificationRequest::Add { channel, wanted } => {
                NotificationAnswer::Topics(self.subscribe(channel, wanted, false, caller, client)?)
            }
            NotificationRequest::Clear { channel } => {
                self.owned(channel, client)?;
                self.use_channel(channel, |known| known.set_topics(BTreeMap::new()));
                NotificationAnswer::Nothing
            }
            NotificationRequest::Available { expand } => NotificationAnswer::Available(self.available(expand)),
        };
        Ok(Answer::Notification(Box::new(answer)))
    }

    /// All channels, by id.
    #[must_use]
    pub fn channels(&self) -> Vec<ChannelView> {
        self.notifications.channels.iter().map(|(id, channel)| view(id, channel)).collect()
    }

    fn owned(&self, id: &ChannelId, client: Option<&ClientSpec>) -> Result<&Channel, ApiError> {
        let found = self.notifications.channels.get(id).filter(|c| client.is_none_or(|client| c.owner == client.id));
        found.ok_or_else(|| ApiError::new(404, "not.found", format!("The requested resource was not found: channel {id}")))
    }

    fn create_channel(&mut self, caller: &Caller, client: Option<&ClientSpec>) -> ChannelView {
        let owner = client.map(|c| c.id.clone()).unwrap_or_default();
        while let Some(oldest) = self.one_too_many(&owner) {
            self.end_channel(&oldest, Ending::Replaced);
        }
        let id = ChannelId(format!("streaming-{}-{}", self.chance.between(0, 9), self.chance.uuid()));
        let token = self.access.token_and_end(caller);
        let (expires, last_use) = (self.now, self.now);
        if let Some((_, end)) = &token {
            self.plan(*end, Effect::Notify(Due::TokenEnd(id.clone())));
        }
        let channel = Channel { owner, token, expires, last_use, topics: BTreeMap::new(), heard: BTreeSet::new(), socket: None };
        self.notifications.channels.insert(id.clone(), channel);
        self.renew(&id);
        self.ledger.events(|seen| seen.channels += 1);
        let expires = self.notifications.channels.get(&id).map_or(expires, |c| c.expires);
        ChannelView { client: client.map(|c| c.id.clone()).unwrap_or_default(), id, expires, topics: 0, open: false }
    }

    /// The channel that has to go before this client can have another one.
    fn one_too_many(&self, owner: &str) -> Option<ChannelId> {
        let allowed = usize::try_from(self.behaviour.notifications.channels_per_client.max(1)).unwrap_or(usize::MAX);
        let own = || self.notifications.channels.iter().filter(|(_, c)| c.owner == owner);
        let oldest = own().min_by_key(|(_, c)| (c.socket.is_some(), c.last_use))?;
        (own().count() >= allowed).then(|| oldest.0.clone())
    }

    /// Lets a channel live for its full time again.
    fn renew(&mut self, id: &ChannelId) {
        let how = &self.behaviour.notifications;
        let expires = later(self.now, how.channel_lifetime_seconds.max(1).saturating_mul(1000));
        let notice = earlier(expires, how.closing_notice_ms).max(self.now);
        let Some(channel) = self.notifications.channels.get_mut(id).filter(|c| c.expires != expires) else { return };
        channel.expires = expires;
        self.plan(notice, Effect::Notify(Due::Notice(id.clone(), expires)));
        self.plan(expires, Effect::Notify(Due::Expiry(id.clone(), expires)));
    }

    /// Changes a channel and notes that it was used.
    pub(super) fn use_channel(&mut self, id: &ChannelId, change: impl FnOnce(&mut Channel)) {
        if let Some(channel) = self.notifications.channels.get_mut(id) {
            channel.last_use = self.now;
            change(channel);
        }
    }

    pub(super) fn subscribe(
        &mut self,
        id: &ChannelId,
        wanted: &Wanted,
        replace: bool,
        caller: &Caller,
        client: Option<&ClientSpec>,
    ) -> Result<Vec<TopicView>, ApiError> {
        let known = self.owned(id, client)?;
        let mut topics = if replace { BTreeMap::new() } else { known.topics.clone() };
        let names: BTreeSet<&String> = wanted.topics.as_ref().map_err(ApiError::bad_request)?.iter().collect();
        let views: Vec<TopicView> = names.into_iter().map(|name| self.judge(name, client)).collect();
        if let Some(rejected) = views.iter().find(|view| view.state == TopicState::Rejected && !wanted.ignore_errors) {
            return Err(refusal(rejected));
        }
        topics.extend(views.iter().filter(|view| view.state == TopicState::Permitted).map(|view| (view.id.clone(), parts(&view.id))));
        let how = &self.behaviour.notifications;
        let count = if how.combined_topics_count_once { topics.len() } else { topics.values().map(Vec::len).sum() };
        let most = how.topics_per_channel;
        if usize::try_from(most).is_ok_and(|most| count > most) {
            return Err(ApiError::bad_request(format!("A channel may have {most} topics; {count} were asked for.")));
        }
        let permitted = views.iter().filter(|view| view.state == TopicState::Permitted).count();
        let token = self.access.token_and_end(caller);
        if let Some((_, end)) = &token {
            self.plan(*end, Effect::Notify(Due::TokenEnd(id.clone())));
        }
        self.use_channel(id, |channel| {
            channel.set_topics(topics);
            channel.token = token.or(channel.token.take());
        });
        self.renew(id);
        self.ledger.events(|seen| {
            seen.subscriptions += 1;
            seen.topics += permitted as u64;
        });
        Ok(views)
    }

    /// Ends a channel and tells its socket as much as this kind of ending tells.
    pub(super) fn end_channel(&mut self, id: &ChannelId, why: Ending) {
        let Some(channel) = self.notifications.channels.remove(id) else { return };
        let Some(socket) = channel.socket else { return };
        let (channel, client) = (id.clone(), channel.owner);
        match why {
            Ending::Silent => return,
            Ending::Expired => {}
            Ending::Replaced => self.send(socket, Frame::NoLongerSubscribed { channel, client }),
            Ending::Revoked => self.send(socket, Frame::TokenRevoked { channel, client }),
        }
        self.send(socket, Frame::Gone);
        self.finish(socket, ChannelOutput::Close(1000));
    }

    /// Ends the channels of tokens that were revoked.
    pub(in super::super) fn end_channels_of_tokens(&mut self, revoked: impl Fn(&str) -> bool) {
        let of_token = |channel: &Channel| channel.token.as_ref().is_some_and(|(token, _)| revoked(token));
        let hit: Vec<ChannelId> =
            self.notifications.channels.iter().filter(|(_, channel)| of_token(channel)).map(|(id, _)| id.clone()).collect();
        for id in hit {
            self.end_channel(&id, Ending::Revoked);
        }
    }
}

fn view(id: &ChannelId, channel: &Channel) -> ChannelView {
    let Channel { owner, expires, topics, socket, .. } = channel;
    ChannelView { id: id.clone(), client: owner.clone(), expires: *expires, topics: topics.len(), open: socket.is_some() }
}
