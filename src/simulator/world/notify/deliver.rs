//! What goes out by itself: events to those who subscribed, heartbeats, notices, ends.

use jiff::Timestamp;

use super::super::World;
use super::super::behaviour::later;
use super::super::effect::Effect;
use super::super::event::Event;
use super::channel::{ChannelId, Ending};
use super::socket::{ChannelOutput, ChannelSocket, Frame};

/// Something of the notification service that is due at a time.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in super::super) enum Due {
    /// The next heartbeat of a socket.
    Heartbeat(ChannelSocket),
    /// A socket hears that it will be closed.
    SocketClosing(ChannelSocket),
    /// A socket is closed.
    SocketEnd(ChannelSocket),
    /// A channel that was to end at this time, unless it has been renewed since, hears that it will.
    Notice(ChannelId, Timestamp),
    /// Such a channel ends.
    Expiry(ChannelId, Timestamp),
    /// The token of a channel may have ended.
    TokenEnd(ChannelId),
}

/// What a junk frame holds unless something else is asked for: what Go prints for a time, as the vendor's own command line
/// sends it to the service.
pub(super) const JUNK: &str = "2026-11-20 10:00:00.000000001 +0000 UTC m=+1.000000001";

impl World {
    /// Does what has become due.
    pub(in super::super) fn notify_due(&mut self, due: Due, at: Timestamp) {
        let expires_at = |world: &Self, id: &ChannelId| world.notifications.channels.get(id).map(|channel| channel.expires);
        match due {
            Due::Heartbeat(socket) => {
                let pause = self.behaviour.notifications.heartbeat_ms;
                if pause > 0 && self.has_socket(socket) {
                    self.send(socket, Frame::Heartbeat);
                    self.plan(later(at, pause), Effect::Notify(Due::Heartbeat(socket)));
                }
            }
            Due::SocketClosing(socket) => self.send(socket, Frame::SocketClosing),
            Due::SocketEnd(socket) => self.finish(socket, ChannelOutput::Close(1000)),
            Due::Notice(id, expires) => {
                let socket = self.notifications.channels.get(&id).and_then(|channel| channel.socket);
                if let Some(socket) = socket.filter(|_| expires_at(self, &id) == Some(expires)) {
                    self.send(socket, Frame::SocketClosing);
                }
            }
            Due::Expiry(id, expires) => {
                if expires_at(self, &id) == Some(expires) {
                    self.end_channel(&id, Ending::Expired);
                }
            }
            Due::TokenEnd(id) => {
                let token = self.notifications.channels.get(&id).and_then(|channel| channel.token.as_ref());
                if self.behaviour.notifications.channel_ends_with_token && token.is_some_and(|(_, end)| *end <= at) {
                    self.end_channel(&id, Ending::Revoked);
                }
            }
        }
    }

    /// Puts an event on the way to every channel that hears it.
    pub(in super::super) fn notify_channels(&mut self, event: &Event) {
        let topic = event.topic();
        let hearing: Vec<Option<ChannelSocket>> =
            self.notifications.channels.values().filter(|channel| channel.hears(&topic)).map(|channel| channel.socket).collect();
        for socket in hearing {
            match socket {
                Some(socket) => self.send_event(socket, event),
                None => self.ledger.events(|seen| seen.missed += 1),
            }
        }
    }

    fn send_event(&mut self, socket: ChannelSocket, event: &Event) {
        let how = &self.behaviour.notifications;
        let (lost, junk, cut) = (how.lost_per_thousand, how.junk_per_thousand, how.cut_per_thousand);
        let mute = self.notifications.sockets.get(&socket).is_none_or(|socket| socket.mute);
        if mute || self.chance.per_thousand(lost) {
            self.ledger.events(|seen| seen.missed += 1);
        } else if self.chance.per_thousand(cut) {
            self.ledger.events(|seen| seen.missed += 1);
            self.finish(socket, ChannelOutput::Cut);
        } else {
            if self.chance.per_thousand(junk) {
                self.send(socket, Frame::Junk(JUNK.into()));
            }
            self.send(socket, Frame::Event(Box::new(event.clone())));
        }
    }
}
