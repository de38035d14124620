//! Misbehaviour on demand.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::super::World;
use super::super::behaviour::later;
use super::super::effect::Effect;
use super::channel::{ChannelId, Ending};
use super::deliver::{Due, JUNK};
use super::socket::{ChannelOutput, ChannelSocket, Frame};

/// Something that the notification service does to a channel and its socket.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Mischief {
    /// Sends a heartbeat out of turn.
    Heartbeat,
    /// Says `v2.system.socket_closing` and closes the socket this many milliseconds later.
    SocketClosing {
        /// How much later; by default as the behaviour's notice says.
        #[serde(default)]
        after_ms: Option<u64>,
    },
    /// Takes all topics away and says `v2.system.no_longer_subscribed.{id}`; channel and socket stay.
    NoLongerSubscribed,
    /// Says `v2.system.token_revoked.{id}` and ends the channel; the token itself stays good.
    TokenRevoked,
    /// Ends the channel as if its time were over: result `404`, and the socket is closed.
    Expire,
    /// Ends the channel without a word: its socket stays open, heartbeats go on, and no event comes any more.
    Vanish,
    /// Sends a frame that is none of the protocol's.
    Junk {
        /// The text; by default no JSON.
        #[serde(default)]
        text: Option<String>,
    },
    /// Cuts the socket without a close frame.
    Cut,
    /// Closes the socket properly.
    Close {
        /// The close code.
        #[serde(default = "normal")]
        code: u16,
    },
    /// Swallows every frame from now on, heartbeats and pongs too; the socket stays open.
    Mute,
}

fn normal() -> u16 {
    1000
}

impl World {
    /// Does this to a channel, or to all; how many it was done to.
    pub fn misbehave(&mut self, mischief: &Mischief, channel: Option<&ChannelId>, now: Timestamp) -> usize {
        self.advance(now);
        let all = self.notifications.channels.keys();
        let hit: Vec<ChannelId> = all.filter(|id| channel.is_none_or(|channel| channel == *id)).cloned().collect();
        for id in &hit {
            self.misbehave_on(mischief, id);
        }
        self.advance(now);
        hit.len()
    }

    fn misbehave_on(&mut self, mischief: &Mischief, id: &ChannelId) {
        let Some(known) = self.notifications.channels.get(id) else { return };
        let (socket, client) = (known.socket, known.owner.clone());
        match mischief {
            Mischief::Expire => self.end_channel(id, Ending::Expired),
            Mischief::Vanish => self.end_channel(id, Ending::Silent),
            Mischief::TokenRevoked => self.end_channel(id, Ending::Revoked),
            Mischief::NoLongerSubscribed => {
                self.use_channel(id, |channel| channel.set_topics(BTreeMap::new()));
                if let Some(socket) = socket {
                    self.send(socket, Frame::NoLongerSubscribed { channel: id.clone(), client });
                }
            }
            Mischief::Heartbeat
            | Mischief::SocketClosing { .. }
            | Mischief::Junk { .. }
            | Mischief::Cut
            | Mischief::Close { .. }
            | Mischief::Mute => {
                if let Some(socket) = socket {
                    self.misbehave_at(mischief, socket);
                }
            }
        }
    }

    fn misbehave_at(&mut self, mischief: &Mischief, socket: ChannelSocket) {
        match mischief {
            Mischief::Heartbeat => self.send(socket, Frame::Heartbeat),
            Mischief::SocketClosing { after_ms } => {
                let notice = after_ms.unwrap_or(self.behaviour.notifications.closing_notice_ms);
                self.send(socket, Frame::SocketClosing);
                self.plan(later(self.now, notice), Effect::Notify(Due::SocketEnd(socket)));
            }
            Mischief::Junk { text } => self.send(socket, Frame::Junk(text.clone().unwrap_or_else(|| JUNK.into()))),
            Mischief::Cut => self.finish(socket, ChannelOutput::Cut),
            Mischief::Close { code } => self.finish(socket, ChannelOutput::Close(*code)),
            Mischief::Mute => {
                if let Some(socket) = self.notifications.sockets.get_mut(&socket) {
                    socket.mute = true;
                }
            }
            // These are done to the channel.
            Mischief::Expire | Mischief::Vanish | Mischief::TokenRevoked | Mischief::NoLongerSubscribed => {}
        }
    }
}
