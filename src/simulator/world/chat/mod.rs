//! Legacy web chat from the guest's side: members, their tokens, their event streams.
//!
//! ```text
//!     POST …/webchat/guest/conversations ─▶ jwt + event stream ─ attach ─▶ the organization joins
//! ```
//!
//! A member is a participant of the conversation, and its id the participant's. A guest whose stream is gone is shown as
//! `DISCONNECTED` and may attach again for fifteen minutes; who was sent `member-leave` has left for good (both reported by
//! users of the real service). So a close that does not reach the guest leaves a ghost: one who comes back with a new leg, or one
//! whose stream stays open and says nothing.
//!
//! Both dialects have these guests; a `CONVERSATION_UPDATE` on a conversation's own stream reaches them too.

mod ask;
mod ending;
mod member;
mod stream;
mod view;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

pub use ask::{ChatAnswer, ChatCall, ChatRequest, ChatWish};
pub(super) use ending::ChatStep;
pub use member::{ChatMember, MemberRole, MemberState};
pub use stream::{ChatFrame, ChatStreamId, ToChatGuest};
pub use view::ChatGuestView;

use super::guest::{GuestEvent, Profile, WidgetSpec};
use super::record::LegId;
use super::spec::ConversationSpec;
use super::words::{DisconnectType, Media};
use super::{Dice, World};
use stream::Stream;

/// For how long a guest who is not there may come back, in milliseconds (reported of the real service).
const MAY_RETURN_MS: u64 = 900_000;
/// How many messages of a conversation are kept.
const MESSAGES: usize = 200;

/// One message of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatMessage {
    /// Its id.
    pub id: Uuid,
    /// The conversation.
    pub conversation: Uuid,
    /// The member who said it.
    pub sender: Uuid,
    /// The text.
    pub body: String,
    /// What kind of message it is: `standard`, `notice`, `member-join`, `member-leave`, `media-request`.
    pub body_type: String,
    /// When it was said.
    pub timestamp: Timestamp,
}

/// One guest, named by the token.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct ChatGuest {
    leg: LegId,
    name: String,
    /// The streams that are attached from outside.
    streams: BTreeSet<ChatStreamId>,
    /// Whether the simulated widget's stream is attached.
    widget_attached: bool,
    /// Whether the organization takes part: not before a stream is attached for the first time (confirmed).
    routed: bool,
    /// Since when no stream is attached, of a guest who had one.
    gone: Option<Timestamp>,
    /// When the leg was ended from the back end; none once the guest has come back.
    ended: Option<Timestamp>,
    /// Whether the guest was told that it is over.
    told: bool,
    /// Whether the guest has left for good and cannot attach again.
    for_good: bool,
    /// Whether the present leg is one that came after an end.
    back: bool,
    widget: WidgetSpec,
    /// How many ends the widget will still answer in the way of its profile.
    left: u32,
}

impl ChatGuest {
    fn is_attached(&self) -> bool {
        self.widget_attached || !self.streams.is_empty()
    }
}

/// All that the world knows of its chats.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Chats {
    /// By the token, which is also the secret in the address of the guest's stream.
    guests: BTreeMap<String, ChatGuest>,
    streams: BTreeMap<ChatStreamId, Stream>,
    next_stream: u64,
    messages: BTreeMap<Uuid, VecDeque<ChatMessage>>,
    /// The guest who comes back just now.
    reviving: Option<String>,
    /// Ids come from here, so that guests who chat do not shift the rest of the world's chances.
    dice: Dice,
    returns: u64,
    messages_after_end: u64,
    messages_refused: u64,
}

impl Chats {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            guests: BTreeMap::new(),
            streams: BTreeMap::new(),
            next_stream: 0,
            messages: BTreeMap::new(),
            reviving: None,
            dice: Dice::new(seed ^ 0xC4A7),
            returns: 0,
            messages_after_end: 0,
            messages_refused: 0,
        }
    }

    fn keep(&mut self, message: ChatMessage) {
        let kept = self.messages.entry(message.conversation).or_default();
        if kept.len() >= MESSAGES {
            kept.pop_front();
        }
        kept.push_back(message);
    }

    /// The tokens of the guests whose present leg is in this conversation.
    fn in_conversation(&self, conversation: Uuid) -> Vec<String> {
        self.guests.iter().filter(|(_, g)| g.leg.conversation == conversation).map(|(jwt, _)| jwt.clone()).collect()
    }

    fn of_participant(&self, conversation: Uuid, participant: Uuid) -> Option<String> {
        let found = self.guests.iter().find(|(_, g)| g.leg.conversation == conversation && g.leg.participant == participant);
        found.map(|(jwt, _)| jwt.clone())
    }
}

impl World {
    /// Gives each guest of a new chat a token, and lets their widgets begin.
    pub(super) fn admit_chat_guests(&mut self, spec: &ConversationSpec, now: Timestamp) {
        if spec.media != Media::Chat {
            return;
        }
        for participant in spec.participants.iter().filter(|p| p.purpose.is_guest()) {
            let Some(communication) = participant.communications.last() else { continue };
            let leg = LegId { conversation: spec.id, participant: participant.id, communication: communication.id };
            let widget = participant.widget.clone().unwrap_or_else(|| WidgetSpec::new(Profile::Person));
            let jwt = widget.token.clone().unwrap_or_else(|| participant.id.to_string());
            let guest = ChatGuest {
                leg,
                name: participant.name.clone(),
                streams: BTreeSet::new(),
                widget_attached: false,
                routed: true,
                gone: None,
                ended: None,
                told: false,
                for_good: !communication.state.is_live(),
                back: false,
                left: widget.times,
                widget,
            };
            self.chats.guests.insert(jwt.clone(), guest);
            self.plan_chat(now, ChatStep::Begin(jwt));
        }
    }

    /// Lets a guest leave for good, of their own accord.
    fn leave_chat(&mut self, leg: LegId, at: Timestamp) {
        self.end(leg.conversation, &[leg], DisconnectType::Endpoint, None, at);
    }

    fn chat_leg_is_live(&self, guest: &ChatGuest) -> bool {
        self.truth(guest.leg.conversation).is_some_and(|c| c.is_live(guest.leg))
    }

    fn chat_diary(&mut self, jwt: &str, at: Timestamp, event: GuestEvent) {
        if let Some(guest) = self.chats.guests.get(jwt) {
            self.guests.write_down(at, guest.leg.conversation, &guest.name, event);
        }
    }
}
