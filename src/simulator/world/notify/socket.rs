//! Sockets: opened, spoken to, closed, and the frames that wait to go out on each.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::Serialize;

use super::super::World;
use super::super::access::Caller;
use super::super::behaviour::{earlier, later};
use super::super::effect::Effect;
use super::super::event::{Event, EventKind};
use super::channel::ChannelId;
use super::deliver::Due;
use super::request::Wanted;

/// The number of a socket that was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ChannelSocket(u64);

/// One frame of text to a client.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Frame {
    /// An event of a topic that is subscribed.
    Event(Box<Event>),
    /// `WebSocket Heartbeat`.
    Heartbeat,
    /// The answer to a ping.
    Pong,
    /// The answer to a subscription in band.
    Subscribed {
        /// As the client had sent it.
        correlation_id: Option<String>,
    },
    /// The refusal of a subscription in band.
    NotSubscribed {
        /// `failure` when topics were refused, `error` when the frame could not be understood.
        status: &'static str,
        /// Why.
        message: String,
        /// As the client had sent it.
        correlation_id: Option<String>,
    },
    /// Result `404`: the channel is gone.
    Gone,
    /// `v2.system.socket_closing`.
    SocketClosing,
    /// `v2.system.no_longer_subscribed.{id}`.
    NoLongerSubscribed {
        /// The channel.
        channel: ChannelId,
        /// Its OAuth client.
        client: String,
    },
    /// `v2.system.token_revoked.{id}`.
    TokenRevoked {
        /// The channel.
        channel: ChannelId,
        /// Its OAuth client.
        client: String,
    },
    /// No frame of the protocol at all.
    Junk(String),
}

/// What is to be done with a socket, in order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ChannelOutput {
    /// Send this.
    Frame(Frame),
    /// Close it properly, with this code; the last thing.
    Close(u16),
    /// Cut it without a close frame; the last thing.
    Cut,
}

/// What a client says on a socket.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ChannelInput {
    /// `{"message":"ping"}`.
    Ping,
    /// `{"message":"subscribe", …}`.
    Subscribe {
        /// The topics, or why they cannot be read.
        topics: Result<Vec<String>, String>,
        /// To be sent back.
        correlation_id: Option<String>,
    },
    /// Anything else; it is ignored, as clients are known to send such things (confirmed of the vendor's own command line).
    Other,
}

/// One socket.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Socket {
    pub(super) channel: ChannelId,
    outgoing: VecDeque<ChannelOutput>,
    /// Whether frames may still be added.
    open: bool,
    /// Whether frames are swallowed.
    pub(super) mute: bool,
}

impl World {
    /// Opens a socket on a channel; an earlier one is closed (confirmed: one socket a channel; its close code is not known).
    ///
    /// # Errors
    /// The HTTP status with which the handshake is refused.
    pub fn open_socket(&mut self, channel: &ChannelId, now: Timestamp) -> Result<ChannelSocket, u16> {
        self.advance(now);
        let how = &self.behaviour.notifications;
        if let Some(status) = how.handshake_status {
            return Err(status);
        }
        let earlier = match self.notifications.channels.get(channel) {
            None if how.gone_channel_refuses_handshake => return Err(404),
            None => None,
            Some(channel) => channel.socket,
        };
        if let Some(earlier) = earlier {
            self.finish(earlier, ChannelOutput::Close(1000));
        }
        self.notifications.opened += 1;
        let id = ChannelSocket(self.notifications.opened);
        let socket = Socket { channel: channel.clone(), outgoing: VecDeque::new(), open: true, mute: false };
        self.notifications.sockets.insert(id, socket);
        self.ledger.events(|seen| seen.sockets += 1);
        if self.notifications.channels.contains_key(channel) {
            self.use_channel(channel, |channel| channel.socket = Some(id));
            self.plan_life(id);
        } else {
            self.send(id, Frame::Gone);
            self.finish(id, ChannelOutput::Close(1000));
        }
        Ok(id)
    }

    fn plan_life(&mut self, id: ChannelSocket) {
        let how = &self.behaviour.notifications;
        let (heartbeat, notice, lifetime) = (how.heartbeat_ms, how.closing_notice_ms, how.socket_lifetime_ms);
        if heartbeat > 0 {
            self.plan(later(self.now, heartbeat), Effect::Notify(Due::Heartbeat(id)));
        }
        if let Some(lifetime) = lifetime {
            let end = lifetime.after(self.now, &mut self.chance);
            self.plan(earlier(end, notice).max(self.now), Effect::Notify(Due::SocketClosing(id)));
            self.plan(end, Effect::Notify(Due::SocketEnd(id)));
        }
    }

    /// Hears what a client says on a socket.
    pub fn hear(&mut self, id: ChannelSocket, said: ChannelInput, now: Timestamp) {
        self.advance(now);
        let Some(socket) = self.notifications.sockets.get(&id).filter(|socket| socket.open) else { return };
        let channel = socket.channel.clone();
        match said {
            ChannelInput::Other => {}
            ChannelInput::Ping => {
                self.use_channel(&channel, |_| {});
                self.send(id, Frame::Pong);
            }
            ChannelInput::Subscribe { topics, correlation_id } => {
                let answer = self.subscribe_in_band(&channel, topics, correlation_id);
                self.send(id, answer);
            }
        }
    }

    /// Subscribes besides what is subscribed (whether the service replaces instead is not known).
    fn subscribe_in_band(&mut self, channel: &ChannelId, topics: Result<Vec<String>, String>, correlation_id: Option<String>) -> Frame {
        let Some(known) = self.notifications.channels.get(channel) else { return Frame::Gone };
        let client = self.access.clients().find(|client| client.id == known.owner).cloned();
        let topics = match topics {
            Ok(topics) => topics,
            Err(message) => return Frame::NotSubscribed { status: "error", message, correlation_id },
        };
        let wanted = Wanted { topics: Ok(topics), ignore_errors: false };
        match self.subscribe(channel, &wanted, false, &Caller::Nobody, client.as_ref()) {
            Ok(_) => Frame::Subscribed { correlation_id },
            Err(error) => Frame::NotSubscribed { status: "failure", message: error.message, correlation_id },
        }
    }

    /// Takes what is to go out on a socket; after [`ChannelOutput::Close`] and [`ChannelOutput::Cut`] the socket is no more. What is
    /// taken counts as delivered.
    pub fn take_outgoing(&mut self, id: ChannelSocket) -> Vec<ChannelOutput> {
        let Some(socket) = self.notifications.sockets.get_mut(&id) else { return Vec::new() };
        let taken: Vec<ChannelOutput> = socket.outgoing.drain(..).collect();
        if !socket.open {
            self.notifications.sockets.remove(&id);
        }
        for outgoing in &taken {
            match outgoing {
                ChannelOutput::Frame(Frame::Event(event)) => {
                    self.ledger.events(|seen| seen.frames += 1);
                    if event.kind == EventKind::CustomerEnd {
                        self.ledger.told(event.leg);
                    }
                }
                ChannelOutput::Frame(_) => self.ledger.events(|seen| seen.control_frames += 1),
                ChannelOutput::Close(_) | ChannelOutput::Cut => {}
            }
        }
        taken
    }

    /// Whether this socket is still there.
    #[must_use]
    pub fn has_socket(&self, id: ChannelSocket) -> bool {
        self.notifications.sockets.contains_key(&id)
    }

    /// Notes that the client has closed a socket, or is gone.
    pub fn close_socket(&mut self, id: ChannelSocket) {
        self.leave(id);
        self.notifications.sockets.remove(&id);
    }

    /// Adds a frame to what goes out, unless the socket is mute or closing.
    pub(super) fn send(&mut self, id: ChannelSocket, frame: Frame) {
        if let Some(socket) = self.notifications.sockets.get_mut(&id).filter(|socket| socket.open && !socket.mute) {
            socket.outgoing.push_back(ChannelOutput::Frame(frame));
            self.news += 1;
        }
    }

    /// Ends a socket from this side.
    pub(super) fn finish(&mut self, id: ChannelSocket, how: ChannelOutput) {
        self.leave(id);
        if let Some(socket) = self.notifications.sockets.get_mut(&id).filter(|socket| socket.open) {
            socket.open = false;
            if how == ChannelOutput::Cut {
                socket.outgoing.clear();
            }
            socket.outgoing.push_back(how);
            self.news += 1;
        }
    }

    /// Cuts every socket.
    pub(in super::super) fn cut_sockets(&mut self) {
        let all: Vec<ChannelSocket> = self.notifications.sockets.keys().copied().collect();
        for id in all {
            self.finish(id, ChannelOutput::Cut);
        }
    }

    fn leave(&mut self, id: ChannelSocket) {
        for channel in self.notifications.channels.values_mut().filter(|channel| channel.socket == Some(id)) {
            channel.socket = None;
        }
    }
}
