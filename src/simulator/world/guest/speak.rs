//! What guests, agents and bots say.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::frame::{Content, GuestText, Line, Saying, Speaker};
use super::socket::GuestSocketId;
use super::widget::Step;
use super::{GuestError, GuestEvent, GuestKey, Guests, Profile, WidgetSpec};
use crate::simulator::world::behaviour::{Overrides, later};
use crate::simulator::world::effect::Effect;
use crate::simulator::world::happening::Happening;
use crate::simulator::world::spec::{CommunicationSpec, ConversationSpec, ParticipantSpec};
use crate::simulator::world::words::{CommunicationState, DisconnectType, Media, MessageType, Purpose};
use crate::simulator::world::{LegId, World};

/// The most that a guest may write in one message, in bytes (reported: bytes, not characters).
const TEXT_BYTES: usize = 4_096;
/// The most that custom attributes may hold, in bytes (confirmed).
pub(super) const CUSTOM_BYTES: usize = 2_048;
/// Messages a session may send in a second (reported).
const MESSAGES: u32 = 5;
/// How long simulated agents and bots think, in milliseconds.
const THINKING_MS: u64 = 700;

impl World {
    /// Lets an agent or a bot say something to the guests of a conversation; how many guests there are.
    pub fn says(&mut self, conversation: Uuid, from: Speaker, text: &str, now: Timestamp) -> usize {
        self.advance(now);
        let heard = self.let_say(conversation, from, text, self.now);
        self.attend_widgets(self.now);
        heard
    }

    pub(super) fn let_say(&mut self, conversation: Uuid, from: Speaker, text: &str, at: Timestamp) -> usize {
        let (_, nickname) = self.speaker(conversation);
        let guests = &self.guests.sessions;
        let here = |key: &&GuestKey| guests.get(*key).is_some_and(|s| s.leg.is_some_and(|leg| leg.conversation == conversation));
        let keys: Vec<GuestKey> = guests.keys().filter(here).cloned().collect();
        for key in &keys {
            let line = self.guests.line(from, &nickname, Saying::Text { text: text.into() }, at);
            self.guests.tell_line(key, line, None);
        }
        keys.len() + self.say_to_chat(conversation, text, at)
    }

    /// Who speaks for the organization: an agent who is there, else the bot.
    pub(super) fn speaker(&self, conversation: Uuid) -> (Speaker, String) {
        let mut agents = self.truth(conversation).into_iter().flat_map(|c| &c.participants).filter(|p| p.purpose == Purpose::Agent);
        agents.next_back().map_or((Speaker::Bot, "Bot".into()), |agent| {
            (Speaker::Human, if agent.name.is_empty() { "Agent".into() } else { agent.name.clone() })
        })
    }

    pub(super) fn take_message(
        &mut self,
        id: GuestSocketId,
        key: &GuestKey,
        text: &GuestText,
        tracing_id: &Option<String>,
        at: Timestamp,
    ) -> Result<(), Content> {
        if let Err(refusal) = self.guests.may_write(key, text, at) {
            self.guests.counts.messages_refused += 1;
            self.guests.note(key, at, GuestEvent::Refused);
            return Err(refusal);
        }
        let after_end = self.guests.sessions.get(key).is_some_and(|s| s.ended.is_some());
        self.thread_message(key, at);
        self.guests.counts.messages_after_end += u64::from(after_end);
        self.guests.note(key, at, if after_end { GuestEvent::WroteAfterEnd } else { GuestEvent::Wrote });
        let name = self.guests.sessions.get(key).map(|s| s.name.clone()).unwrap_or_default();
        let mut line = self.guests.line(Speaker::Guest, &name, Saying::Text { text: text.text.clone() }, at);
        line.metadata.clone_from(&text.metadata);
        self.guests.tell_line(key, line, Some((id, tracing_id.clone())));
        self.guests.refresh(key, at);
        self.plan_reply(key, &text.text, at);
        Ok(())
    }

    /// The presence `Join` begins a conversation without a word (autostart).
    pub(super) fn take_join(
        &mut self,
        id: GuestSocketId,
        key: &GuestKey,
        tracing_id: &Option<String>,
        at: Timestamp,
    ) -> Result<(), Content> {
        let session = self.guests.sessions.get(key);
        if session.is_some_and(|s| s.read_only) {
            return Err(read_only());
        }
        // In a conversation that is there already, a join changes nothing (assumed).
        if session.is_some_and(|s| s.leg.is_none()) {
            self.begin_conversation(key, at);
        }
        let line = self.guests.line(Speaker::Guest, "", Saying::Join, at);
        self.guests.tell_line(key, line, Some((id, tracing_id.clone())));
        Ok(())
    }

    /// The presence `Clear`: the guest's own way to end the conversation.
    pub(super) fn take_clear(
        &mut self,
        id: GuestSocketId,
        key: &GuestKey,
        tracing_id: &Option<String>,
        at: Timestamp,
    ) -> Result<(), Content> {
        if !self.guests.deployments.get(&key.deployment).is_some_and(|d| d.conversation_clear) {
            return Err(Content::error(403, "Presence events Conversation Clear are not supported"));
        }
        let leg = self.guests.sessions.get(key).and_then(|s| s.leg);
        let line = self.guests.line(Speaker::Guest, "", Saying::Clear, at);
        let asked = Some((id, tracing_id.clone()));
        self.guests.push_all(key, &Content::SessionCleared, asked.clone());
        self.guests.tell_line(key, line, asked);
        if let Some(leg) = leg {
            self.end(leg.conversation, &[leg], DisconnectType::Endpoint, None, at);
        }
        let sockets = self.guests.sessions.get(key).map(|s| s.connections.clone()).unwrap_or_default();
        for socket in sockets {
            self.guests.say_closed(socket, "conversationCleared");
        }
        self.guests.sessions.remove(key);
        self.guests.legs.retain(|_, session| session != key);
        Ok(())
    }

    /// Brings a message into its conversation: the one that is there, the same one again after its end, or a new one.
    fn thread_message(&mut self, key: &GuestKey, at: Timestamp) {
        if self.leg_is_live(key) {
            return;
        }
        let Some(leg) = self.guests.sessions.get(key).and_then(|s| s.leg) else {
            return self.begin_conversation(key, at);
        };
        let Some(comes_as) = self.truth(leg.conversation).and_then(|truth| self.threads_as(truth, at)) else {
            return self.begin_conversation(key, at);
        };
        self.guests.reviving = Some(key.clone());
        let happening = Happening::GuestReconnects { conversation_id: leg.conversation, comes_as };
        let back = self.take_place(happening, at);
        self.guests.reviving = None;
        if back.is_err() {
            self.begin_conversation(key, at);
        }
    }

    fn begin_conversation(&mut self, key: &GuestKey, at: Timestamp) {
        let dice = &mut self.guests.dice;
        let (conversation, guest, bot) = (dice.uuid(), dice.uuid(), dice.uuid());
        let widget = WidgetSpec {
            deployment_id: Some(key.deployment),
            token: Some(key.token.clone()),
            ..self.guests.sessions.get(key).and_then(|s| s.widget.as_ref()).map_or(WidgetSpec::new(Profile::Person), |w| w.spec.clone())
        };
        let name = self.guests.sessions.get(key).map(|s| s.name.clone()).unwrap_or_default();
        let participants = vec![
            newcomer(guest, Purpose::Customer, name, dice_communication(&mut self.guests, at), Some(widget)),
            newcomer(bot, Purpose::Workflow, String::new(), dice_communication(&mut self.guests, at), None),
        ];
        let leg = LegId { conversation, participant: guest, communication: participants[0].communications[0].id };
        if let Some(session) = self.guests.sessions.get_mut(key) {
            (session.ended, session.back, session.told, session.over) = (None, false, false, false);
        }
        let conversation = ConversationSpec {
            id: conversation,
            story: "A guest began this chat while the world was running.".into(),
            division: Uuid::nil(),
            media: Media::Message,
            message_type: MessageType::Webmessaging,
            start_time: Some(at),
            participants,
            overrides: Overrides::default(),
        };
        // The ids are fresh, so there is nothing in it that could be refused.
        let _begun = self.take_place(Happening::ConversationBegins { conversation }, at);
        self.guests.bind(key, leg);
        self.guests.note(key, at, GuestEvent::Began);
    }

    fn plan_reply(&mut self, key: &GuestKey, text: &str, at: Timestamp) {
        let replies = self.guests.deployments.get(&key.deployment).is_some_and(|d| d.replies);
        let Some(leg) = self.guests.sessions.get(key).and_then(|s| s.leg).filter(|_| replies) else { return };
        let excerpt: String = text.chars().take(60).collect();
        self.plan(later(at, THINKING_MS), Effect::Guest(Step::Reply { conversation: leg.conversation, to: excerpt }));
    }

    /// Lets whoever of the organization is still there answer.
    pub(super) fn let_reply(&mut self, conversation: Uuid, to: &str, at: Timestamp) {
        let live =
            |purpose: Purpose| self.truth(conversation).is_some_and(|c| c.participants.iter().any(|p| p.purpose == purpose && p.is_live()));
        if live(Purpose::Agent) {
            self.let_say(conversation, Speaker::Human, "Thank you, I am looking into that.", at);
        } else if live(Purpose::Workflow) || live(Purpose::Botflow) {
            self.let_say(conversation, Speaker::Bot, &format!("You wrote “{to}”. An agent will be with you."), at);
        }
    }
}

impl Guests {
    /// Whether this may be written now.
    fn may_write(&mut self, key: &GuestKey, text: &GuestText, at: Timestamp) -> Result<(), Content> {
        let Some(session) = self.sessions.get_mut(key) else { return Err(Content::error(4007, "Session not found")) };
        if !session.messages.count(at, 1_000, MESSAGES) {
            return Err(Content::TooManyRequests { retry_after: 3, text: "Message rate too high for this session" });
        }
        if text.text.len() > TEXT_BYTES {
            return Err(Content::error(4011, format!("Message is larger than {TEXT_BYTES} bytes")));
        }
        if text.custom_attributes_bytes > CUSTOM_BYTES {
            return Err(Content::error(4013, format!("Custom Attributes in channel metadata is larger than {CUSTOM_BYTES} bytes")));
        }
        if session.read_only {
            return Err(read_only());
        }
        Ok(())
    }

    pub(super) fn line(&mut self, from: Speaker, nickname: &str, said: Saying, time: Timestamp) -> Line {
        Line { id: self.dice.uuid(), time, from, nickname: nickname.into(), said, metadata: BTreeMap::new() }
    }

    /// Keeps a line and sends it to every socket of the session.
    pub(super) fn tell_line(&mut self, key: &GuestKey, line: Line, asked: Option<(GuestSocketId, Option<String>)>) {
        self.push_all(key, &Content::Line(line.clone()), asked);
        if let Some(session) = self.sessions.get_mut(key) {
            session.keep(line);
        }
    }
}

impl World {
    /// Lets a guest's widget write something, as if a person had typed it there.
    ///
    /// # Errors
    /// When there is no such guest.
    pub fn guest_types(&mut self, participant: Uuid, text: &str, now: Timestamp) -> Result<(), GuestError> {
        self.advance(now);
        let key = self.guests.of_participant(participant).cloned().ok_or(GuestError::NoGuest(participant))?;
        self.widget_types(&key, text, self.now);
        self.attend_widgets(self.now);
        self.advance(now);
        Ok(())
    }
}

fn read_only() -> Content {
    Content::error(409, "Session is read-only, no new messages allowed")
}

fn dice_communication(guests: &mut Guests, at: Timestamp) -> CommunicationSpec {
    CommunicationSpec { id: guests.dice.uuid(), state: CommunicationState::Connected, connected_time: Some(at), disconnected_time: None }
}

fn newcomer(id: Uuid, purpose: Purpose, name: String, communication: CommunicationSpec, widget: Option<WidgetSpec>) -> ParticipantSpec {
    ParticipantSpec {
        id,
        purpose,
        name,
        user_id: None,
        queue_id: None,
        wrap_up_required: false,
        communications: vec![communication],
        widget,
    }
}
