//! What guests notice when legs end and come back.

use jiff::Timestamp;
use uuid::Uuid;

use super::frame::Saying;
use super::{ConversationDisconnect, GuestEvent, GuestKey};
use crate::simulator::world::World;
use crate::simulator::world::record::{Conversation, LegId};
use crate::simulator::world::words::{DisconnectType, Purpose};

impl World {
    /// Takes note that these legs of a conversation have just ended.
    pub(in crate::simulator::world) fn guests_see_end(&mut self, conversation: Uuid, ended: &[LegId], how: DisconnectType, at: Timestamp) {
        for leg in ended {
            let Some(key) = self.guests.legs.get(&leg.communication).cloned() else { continue };
            let from_back_end = match how {
                DisconnectType::Endpoint => false,
                DisconnectType::Client | DisconnectType::System | DisconnectType::Peer => true,
            };
            if let Some(session) = self.guests.sessions.get_mut(&key) {
                session.ended = from_back_end.then_some(at);
                session.over = !from_back_end;
                session.back = false;
            }
            self.guests.note(&key, at, if from_back_end { GuestEvent::LegEnded } else { GuestEvent::Left });
            if from_back_end {
                let told = self.guests.deployments.get(&key.deployment).is_some_and(|d| d.customer_end_is_told);
                if told {
                    self.tell_of_end(&key, at);
                }
                self.widget_sees_end(&key, at);
            }
        }
        if self.organization_has_left(conversation, ended) {
            for key in self.guests_of(conversation) {
                self.tell_of_end(&key, at);
            }
        }
        self.attend_widgets(at);
    }

    /// Whether the last of the agents and flows has just gone: the end that the vendor documents as being told.
    fn organization_has_left(&self, conversation: Uuid, ended: &[LegId]) -> bool {
        let Some(truth) = self.truth(conversation) else { return false };
        let theirs = |purpose: Purpose| matches!(purpose, Purpose::Agent | Purpose::Workflow | Purpose::Botflow);
        let one_ended = ended.iter().filter_map(|leg| truth.participant(leg.participant)).any(|p| theirs(p.purpose));
        one_ended && !truth.participants.iter().any(|p| theirs(p.purpose) && p.is_live())
    }

    /// The sessions whose present leg is in this conversation.
    fn guests_of(&self, conversation: Uuid) -> Vec<GuestKey> {
        let legs = self.truth(conversation).into_iter().flat_map(|c: &Conversation| &c.participants);
        let guests = legs.filter(|p| p.purpose.is_guest()).flat_map(|p| &p.communications);
        guests.filter_map(|c| self.guests.legs.get(&c.id)).cloned().collect()
    }

    /// Sends the presence `Disconnect`, where the deployment has it, once per end.
    fn tell_of_end(&mut self, key: &GuestKey, at: Timestamp) {
        let Some(session) = self.guests.sessions.get(key).filter(|s| !s.told && !s.over) else { return };
        let conversation = session.leg.map(|leg| leg.conversation).unwrap_or_default();
        let mode = self.guests.deployments.get(&key.deployment).map(|d| d.conversation_disconnect).unwrap_or_default();
        let read_only = match mode {
            ConversationDisconnect::Off => return,
            ConversationDisconnect::Send => false,
            ConversationDisconnect::ReadOnly => true,
        };
        let (from, nickname) = self.speaker(conversation);
        let line = self.guests.line(from, &nickname, Saying::Disconnect { read_only }, at);
        self.guests.tell_line(key, line, None);
        if let Some(session) = self.guests.sessions.get_mut(key) {
            session.told = true;
            session.read_only = read_only;
        }
        let connections = self.guests.sessions.get(key).map(|s| s.connections.clone()).unwrap_or_default();
        for id in connections {
            if let Some(socket) = self.guests.sockets.get_mut(&id) {
                socket.told = true;
            }
        }
        self.guests.note(key, at, if read_only { GuestEvent::ToldReadOnly } else { GuestEvent::ToldOfEnd });
    }

    /// Takes note that a guest has a new leg; `before` is the participant that it was.
    pub(in crate::simulator::world) fn guest_came_back(&mut self, before: Uuid, leg: LegId, at: Timestamp) {
        let key = self.guests.reviving.clone().or_else(|| self.guests.of_participant(before).cloned());
        let Some(key) = key else { return };
        let Some(session) = self.guests.sessions.get_mut(&key) else { return };
        let ghost = session.ended.take().is_some() || session.back;
        (session.back, session.told, session.read_only, session.over) = (ghost, false, false, false);
        let connections = session.connections.clone();
        for id in connections {
            if let Some(socket) = self.guests.sockets.get_mut(&id) {
                socket.told = false;
            }
        }
        self.guests.bind(&key, leg);
        if ghost {
            self.guests.counts.returns += 1;
            self.guests.note(&key, at, GuestEvent::CameBack);
        }
    }
}
