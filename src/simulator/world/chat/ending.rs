//! What the guests of chats notice when legs end and come back, and what their widgets do then.

use jiff::Timestamp;
use uuid::Uuid;

use super::super::World;
use super::super::behaviour::later;
use super::super::effect::Effect;
use super::super::guest::{GuestEvent, Profile};
use super::super::ledger::WriteNumber;
use super::super::operation::Operation;
use super::super::record::LegId;
use super::super::words::DisconnectType;
use super::stream::{ChatFrame, ToChatGuest};
use super::{ChatMessage, MAY_RETURN_MS};

/// How long after the end a widget does what its profile is named after, unless it says otherwise, in milliseconds.
const AFTER_MS: u64 = 1_000;
/// The close code of a stream that has told all.
const OVER: u16 = 1000;

/// Something that a chat's guest will do at a time that is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::simulator::world) enum ChatStep {
    /// A widget attaches for the first time.
    Begin(String),
    /// A widget attaches again.
    Return(String),
    /// Whoever has been away, or has heard nothing, since then is given up.
    TimesOut {
        /// The guest.
        jwt: String,
        /// Since when.
        since: Timestamp,
    },
}

impl World {
    pub(super) fn plan_chat(&mut self, at: Timestamp, step: ChatStep) {
        self.plan(at, Effect::Chat(step));
    }

    pub(in crate::simulator::world) fn step_chat(&mut self, step: ChatStep, at: Timestamp) {
        match step {
            ChatStep::Begin(jwt) => {
                let Some(guest) = self.chats.guests.get(&jwt) else { return };
                match guest.widget.profile {
                    // The first has somebody else to do so, the other has no network.
                    Profile::Person | Profile::Offline => {}
                    Profile::WellBehaved | Profile::Reconnecting | Profile::Reloading | Profile::WritesAgain | Profile::SecondTab => {
                        self.chat_widget_attaches(&jwt, at);
                    }
                }
            }
            ChatStep::Return(jwt) => self.chat_widget_attaches(&jwt, at),
            ChatStep::TimesOut { jwt, since } => self.chat_times_out(&jwt, since, at),
        }
    }

    fn chat_widget_attaches(&mut self, jwt: &str, at: Timestamp) {
        if let Some(guest) = self.chats.guests.get_mut(jwt).filter(|g| !g.for_good) {
            guest.widget_attached = true;
            self.chat_is_attached(jwt, at);
        }
    }

    fn chat_times_out(&mut self, jwt: &str, since: Timestamp, at: Timestamp) {
        let due = |g: &&mut super::ChatGuest| !g.for_good && (g.gone == Some(since) || g.ended == Some(since));
        let Some(guest) = self.chats.guests.get_mut(jwt).filter(due) else { return };
        guest.for_good = true;
        let leg = guest.leg;
        self.leave_chat(leg, at);
        self.end_chat_streams(jwt, &ToChatGuest::Close(OVER));
    }

    /// Takes note that these legs of a conversation have just ended.
    pub(in crate::simulator::world) fn chats_see_end(
        &mut self,
        conversation: Uuid,
        ended: &[LegId],
        how: DisconnectType,
        write: Option<WriteNumber>,
        at: Timestamp,
    ) {
        if self.chats.in_conversation(conversation).is_empty() {
            return;
        }
        for leg in ended {
            match self.chats.of_participant(conversation, leg.participant) {
                None => self.tell_member_change(conversation, leg.participant, at),
                Some(jwt) => match how {
                    DisconnectType::Endpoint => self.chat_has_left(&jwt, GuestEvent::Left, at),
                    DisconnectType::Client | DisconnectType::System | DisconnectType::Peer => self.chat_was_ended(&jwt, write, at),
                },
            }
        }
    }

    /// The guest is told that the leg has ended, for good.
    fn chat_has_left(&mut self, jwt: &str, event: GuestEvent, at: Timestamp) {
        let Some(guest) = self.chats.guests.get_mut(jwt) else { return };
        (guest.told, guest.for_good, guest.gone) = (true, true, None);
        let LegId { conversation, participant, .. } = guest.leg;
        self.chat_diary(jwt, at, event);
        let id = self.chats.dice.uuid();
        let left =
            ChatMessage { id, conversation, sender: participant, body: String::new(), body_type: "member-leave".into(), timestamp: at };
        self.chats.keep(left.clone());
        self.tell_chat(conversation, &ChatFrame::Message(left));
        self.tell_member_change(conversation, participant, at);
        self.end_chat_streams(jwt, &ToChatGuest::Close(OVER));
    }

    /// The guest's leg was ended from the back end. What of it reaches the guest is in the switches; that a close of the wrapper
    /// in `webchat` does not is what the original thread tells.
    fn chat_was_ended(&mut self, jwt: &str, write: Option<WriteNumber>, at: Timestamp) {
        let Some(guest) = self.chats.guests.get_mut(jwt) else { return };
        guest.ended = Some(at);
        guest.back = false;
        let (conversation, signalled, attached) = (guest.leg.conversation, guest.for_good, guest.is_attached());
        self.chat_diary(jwt, at, GuestEvent::LegEnded);
        if signalled {
            return;
        }
        let silent = self.ledger.operation_of(write) == Some(Operation::PatchConversationsWebchat);
        let own = self.conversations.get(&conversation).and_then(|kept| kept.overrides.close_reaches_guest);
        let reaches = own.unwrap_or(self.behaviour.close_reaches_guest);
        if attached && reaches && !silent {
            return self.chat_has_left(jwt, GuestEvent::ToldOfEnd, at);
        }
        self.plan_chat(later(at, MAY_RETURN_MS), ChatStep::TimesOut { jwt: jwt.into(), since: at });
        let cut = attached && !silent;
        if cut {
            self.end_chat_streams(jwt, &ToChatGuest::Cut);
            self.chat_diary(jwt, at, GuestEvent::Cut);
            self.chat_is_gone(jwt, at);
        }
        self.chat_widget_sees_end(jwt, cut, at);
    }

    fn chat_widget_sees_end(&mut self, jwt: &str, cut: bool, at: Timestamp) {
        let Some(guest) = self.chats.guests.get_mut(jwt).filter(|g| g.left > 0) else { return };
        let after = match guest.widget.profile {
            Profile::Person | Profile::WellBehaved => None,
            Profile::Reconnecting => cut.then_some(guest.widget.reconnect_every_ms),
            Profile::Reloading | Profile::WritesAgain | Profile::SecondTab => Some(guest.widget.after_ms.unwrap_or(AFTER_MS)),
            Profile::Offline => guest.widget.after_ms,
        };
        if let Some(after) = after {
            guest.left -= 1;
            self.plan_chat(later(at, after), ChatStep::Return(jwt.into()));
        }
    }

    /// A `CONVERSATION_UPDATE` that names this participant: its guest sees the chat closed, and does not come back.
    pub(in crate::simulator::world) fn signal_chat(&mut self, conversation: Uuid, participant: Uuid, at: Timestamp) {
        let Some(jwt) = self.chats.of_participant(conversation, participant) else { return };
        let Some(guest) = self.chats.guests.get_mut(&jwt).filter(|g| !g.for_good) else { return };
        (guest.told, guest.for_good, guest.gone) = (true, true, None);
        self.chat_diary(&jwt, at, GuestEvent::ToldOfEnd);
        self.put_chat(&jwt, &ToChatGuest::Frame(Box::new(ChatFrame::ConversationUpdate { conversation, participant })));
        self.end_chat_streams(&jwt, &ToChatGuest::Close(OVER));
    }

    /// Lets a guest whose leg has ended come back with a new one.
    pub(super) fn chat_returns(&mut self, jwt: &str, at: Timestamp) {
        let Some(conversation) = self.chats.guests.get(jwt).map(|g| g.leg.conversation) else { return };
        let comes_as = self.behaviour.threading.comes_as;
        self.chats.reviving = Some(jwt.to_owned());
        // A conversation that has vanished takes nobody back.
        let _vanished = self.come_back(conversation, comes_as, at);
        self.chats.reviving = None;
    }

    /// Takes note that a guest has a new leg; `before` is the participant that it was.
    pub(in crate::simulator::world) fn chat_came_back(&mut self, before: Uuid, leg: LegId, at: Timestamp) {
        let named = self.chats.reviving.clone().or_else(|| self.chats.of_participant(leg.conversation, before));
        let Some(jwt) = named else { return };
        let Some(guest) = self.chats.guests.get_mut(&jwt) else { return };
        let ghost = guest.ended.take().is_some() || guest.back;
        (guest.back, guest.told, guest.for_good, guest.leg) = (ghost, false, false, leg);
        self.tell_member_change(leg.conversation, leg.participant, at);
        if ghost {
            self.chats.returns += 1;
            self.chat_diary(&jwt, at, GuestEvent::CameBack);
        }
    }
}
