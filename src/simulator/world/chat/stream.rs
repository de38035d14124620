//! The guests' event streams: queues towards the server.

use std::collections::VecDeque;

use jiff::Timestamp;
use uuid::Uuid;

use super::super::World;
use super::super::behaviour::later;
use super::super::guest::GuestEvent;
use super::super::spec::ParticipantSpec;
use super::super::words::Purpose;
use super::ending::ChatStep;
use super::member::MemberState;
use super::{ChatMessage, MAY_RETURN_MS};
use crate::simulator::world::sample::plain_participant;

/// The number of a stream; none is used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChatStreamId(u64);

/// One frame towards a guest.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ChatFrame {
    /// `member-change`.
    MemberChange {
        /// The conversation.
        conversation: Uuid,
        /// The member.
        member: Uuid,
        /// How it stands now.
        state: MemberState,
        /// Since when.
        time: Timestamp,
    },
    /// `message`.
    Message(ChatMessage),
    /// `typing-indicator`.
    Typing(ChatMessage),
    /// `CONVERSATION_UPDATE`, as the back end sent it: the chat is closed.
    ConversationUpdate {
        /// The conversation.
        conversation: Uuid,
        /// The participant whom it names.
        participant: Uuid,
    },
}

/// What leaves towards a guest, in order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ToChatGuest {
    /// A frame.
    Frame(Box<ChatFrame>),
    /// The clean end; the last thing.
    Close(u16),
    /// The end without a close frame; the last thing.
    Cut,
}

/// One stream that is open.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Stream {
    jwt: String,
    outbox: VecDeque<ToChatGuest>,
}

impl World {
    /// Attaches a stream. A guest whose leg has ended and who did not leave for good comes back by it.
    ///
    /// # Errors
    /// The status of the refusal: 404 when there is no such guest, 403 when the guest has left for good (not known of the real
    /// service).
    pub fn attach_chat(&mut self, secret: &str, now: Timestamp) -> Result<ChatStreamId, u16> {
        self.advance(now);
        let at = self.now;
        self.chats.next_stream += 1;
        let id = ChatStreamId(self.chats.next_stream);
        let guest = self.chats.guests.get_mut(secret).ok_or(404_u16)?;
        if guest.for_good {
            return Err(403);
        }
        guest.streams.insert(id);
        self.chats.streams.insert(id, Stream { jwt: secret.into(), outbox: VecDeque::new() });
        self.chat_is_attached(secret, at);
        self.advance(now);
        Ok(id)
    }

    /// Takes what is to go out on one stream.
    pub fn take_chat(&mut self, id: ChatStreamId) -> Vec<ToChatGuest> {
        self.chats.streams.get_mut(&id).map(|stream| stream.outbox.drain(..).collect()).unwrap_or_default()
    }

    /// Forgets a stream that has ended; a guest without any may come back for a while.
    pub fn detach_chat(&mut self, id: ChatStreamId, now: Timestamp) {
        self.advance(now);
        let at = self.now;
        let Some(Stream { jwt, outbox: _ }) = self.chats.streams.remove(&id) else { return };
        let Some(guest) = self.chats.guests.get_mut(&jwt) else { return };
        guest.streams.remove(&id);
        self.chat_diary(&jwt, at, GuestEvent::Cut);
        self.chat_is_gone(&jwt, at);
    }

    /// A stream of this guest's was attached just now.
    pub(super) fn chat_is_attached(&mut self, jwt: &str, at: Timestamp) {
        let Some(guest) = self.chats.guests.get_mut(jwt) else { return };
        guest.gone = None;
        let (leg, ended, routed) = (guest.leg, guest.ended.is_some(), guest.routed);
        guest.routed = true;
        self.chat_diary(jwt, at, GuestEvent::Connected);
        if ended {
            self.chat_returns(jwt, at);
        }
        self.tell_member_change(leg.conversation, leg.participant, at);
        if !routed {
            self.route_chat(leg.conversation, at);
        }
    }

    /// Notes since when a guest has no stream.
    pub(super) fn chat_is_gone(&mut self, jwt: &str, at: Timestamp) {
        let Some(guest) = self.chats.guests.get_mut(jwt).filter(|g| !g.is_attached() && !g.for_good) else { return };
        guest.gone = Some(at);
        let leg = guest.leg;
        self.plan_chat(later(at, MAY_RETURN_MS), ChatStep::TimesOut { jwt: jwt.into(), since: at });
        self.tell_member_change(leg.conversation, leg.participant, at);
    }

    /// Lets the inbound flow join, and after it the queue whose name the guest gave.
    fn route_chat(&mut self, conversation: Uuid, at: Timestamp) {
        let ids = [(); 2].map(|()| self.chats.dice.uuid());
        let flow: ParticipantSpec = plain_participant(ids[0], Purpose::Workflow, ids[1], Some(at));
        if let Some(leg) = self.join(conversation, &flow, at) {
            self.announce(&[leg], false, at);
            self.tell_member_change(conversation, leg.participant, at);
        }
    }

    /// Tells the guests of a conversation how a member stands.
    pub(super) fn tell_member_change(&mut self, conversation: Uuid, member: Uuid, time: Timestamp) {
        let Some(state) = self.chat_member(conversation, member).map(|m| m.state) else { return };
        self.tell_chat(conversation, &ChatFrame::MemberChange { conversation, member, state, time });
    }

    /// Sends a frame to every guest of a conversation.
    pub(super) fn tell_chat(&mut self, conversation: Uuid, frame: &ChatFrame) {
        for jwt in self.chats.in_conversation(conversation) {
            self.put_chat(&jwt, &ToChatGuest::Frame(Box::new(frame.clone())));
        }
    }

    /// Puts something into every stream of one guest's.
    pub(super) fn put_chat(&mut self, jwt: &str, outgoing: &ToChatGuest) {
        for stream in self.chats.streams.values_mut().filter(|stream| stream.jwt == jwt) {
            stream.outbox.push_back(outgoing.clone());
            self.news += 1;
        }
    }

    /// Ends every stream of one guest's in this way.
    pub(super) fn end_chat_streams(&mut self, jwt: &str, how: &ToChatGuest) {
        self.put_chat(jwt, how);
        if let Some(guest) = self.chats.guests.get_mut(jwt) {
            guest.streams.clear();
            guest.widget_attached = false;
        }
    }
}
