//! The simulated world: a value with explicit time.
//!
//! A test of the core uses it like this: build a [`WorldSpec`] ([`sample`] has the usual conversations), make a [`World`] of it,
//! call its methods with a `now` of its own, and judge by the [`Witness`]. The methods named after what they do
//! ([`World::end_participant`] and so on) are for trusted callers and know neither faults nor limits; [`World::serve`] is
//! the whole service as a client meets it, with authentication, rate limit, permissions and faults.
//!
//! What is accepted takes effect when time has advanced far enough; [`World::next_due`] says when to look again. Time never
//! runs backwards here: an earlier `now` counts as the latest one seen.

mod access;
mod announce;
mod behaviour;
mod build;
mod change;
mod chat;
mod dice;
mod effect;
mod event;
mod fault;
pub mod ghosts;
mod guest;
mod happening;
mod ledger;
mod notify;
mod operation;
mod push;
mod record;
mod refusal;
mod request;
pub mod sample;
mod serve;
mod settings;
mod spec;
#[cfg(test)]
mod tests;
mod threading;
mod witness;
mod words;

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use uuid::Uuid;

pub use access::{Caller, Credentials, Grant, RateReading};
pub use announce::EventBehaviour;
#[cfg(feature = "server")]
pub(crate) use behaviour::later;
pub use behaviour::{Behaviour, Delay, InvisibleDivision, Overrides, Paths, Refusal, Repeats};
pub use chat::{
    ChatAnswer, ChatCall, ChatFrame, ChatGuestView, ChatMember, ChatMessage, ChatRequest, ChatStreamId, ChatWish, MemberRole, MemberState,
    ToChatGuest,
};
pub use dice::Dice;
pub use event::{DetailEvent, Event, EventKind};
pub use fault::{Delivery, Fault, FaultRule};
pub use guest::{
    Content, ConversationDisconnect, DEFAULT_DEPLOYMENT, DeploymentPart, DeploymentSpec, DiaryEntry, GuestAction, GuestCounts, GuestError,
    GuestEvent, GuestFrame, GuestKey, GuestRequest, GuestSocketId, GuestText, GuestView, HowCut, Line, Profile, Saying, SessionState,
    Speaker, ToGuest, WidgetSpec,
};
pub use happening::{Happening, HappeningError, Return};
pub use notify::{
    AvailableTopic, ChannelId, ChannelInput, ChannelOutput, ChannelSocket, ChannelView, Frame, Mischief, NotificationAnswer,
    NotificationBehaviour, NotificationRequest, TopicState, TopicView, Wanted,
};
pub use operation::Operation;
pub use push::{
    Attempt, DeliveryNumber, DeliveryState, Push, PushBehaviour, PushDelivery, PushOutcome, PushShape, PushTarget, SecretHeader,
};
pub use record::{Communication, Conversation, LegId, Participant};
pub use refusal::{ApiError, LoginError};
pub use request::{Change, Family, Request};
pub use serve::{Answer, Arrived, Call, Served, ServedLogin};
pub use spec::{ClientSpec, ClientState, CommunicationSpec, ConversationSpec, OrganizationSpec, ParticipantSpec, SpecError, WorldSpec};
pub use threading::Threading;
pub use witness::{EventWitness, LegCloses, PushWitness, Witness, Write};
pub use words::{AfterCallWork, CommunicationState, DisconnectType, Media, MessageType, Purpose};

use access::Access;
use chat::Chats;
use effect::Effect;
use fault::Faults;
use guest::Guests;
use ledger::Ledger;
use notify::Notifications;
use push::Pushes;

/// A Genesys Cloud as a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    now: Timestamp,
    organization: OrganizationSpec,
    behaviour: Behaviour,
    gateway_prefixes: Vec<String>,
    unreachable: bool,
    access: Access,
    faults: Faults,
    dice: Dice,
    /// Decides about events, apart from `dice`.
    chance: Dice,
    /// The latest events that got out, oldest first.
    announced: VecDeque<Event>,
    notifications: Notifications,
    pushes: Pushes,
    ledger: Ledger,
    conversations: BTreeMap<Uuid, Kept>,
    guests: Guests,
    chats: Chats,
    due: BTreeMap<(Timestamp, u64), Effect>,
    sequence: u64,
    /// Grows whenever there is something to be sent out of the world.
    news: u64,
}

/// One conversation with what the world knows beside it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Kept {
    truth: Conversation,
    /// Older states with the moment from which each held, oldest first; the last one is the truth.
    past: Vec<(Timestamp, Conversation)>,
    overrides: Overrides,
    story: String,
}

/// How many states of a conversation are remembered for lagging reads.
const REMEMBERED: usize = 32;

impl Kept {
    /// Remembers the present state as of `at`.
    fn remember(&mut self, at: Timestamp) {
        if self.past.len() >= REMEMBERED {
            self.past.remove(0);
        }
        self.past.push((at, self.truth.clone()));
    }

    /// What a read shows that lags behind the truth: the state that held at `then`, or the oldest remembered.
    fn as_of(&self, then: Timestamp) -> &Conversation {
        let held = self.past.iter().rev().find(|(at, _)| *at <= then).or_else(|| self.past.first());
        held.map_or(&self.truth, |(_, state)| state)
    }
}

impl World {
    /// Applies everything that is due by `now`, in the order of its time.
    pub fn advance(&mut self, now: Timestamp) {
        self.now = self.now.max(instant(now));
        while let Some(entry) = self.due.first_entry().filter(|entry| entry.key().0 <= self.now) {
            let (at, _) = *entry.key();
            let effect = entry.remove();
            self.apply(effect, at);
        }
    }

    /// When something will happen by itself next.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    /// The latest moment that the world has seen.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// What was seen so far.
    #[must_use]
    pub fn witness(&self) -> Witness {
        Witness { guests: self.guest_counts(), ..self.ledger.witness() }
    }

    /// The truth about a conversation, without lag and without being counted as a read.
    #[must_use]
    pub fn truth(&self, conversation: Uuid) -> Option<&Conversation> {
        self.conversations.get(&conversation).map(|kept| &kept.truth)
    }

    /// Every conversation with its story, by id.
    pub fn conversations(&self) -> impl Iterator<Item = (&Conversation, &str)> {
        self.conversations.values().map(|kept| (&kept.truth, kept.story.as_str()))
    }

    /// Names a leg that the test's subject is to close: where any is named, only named legs count as out of order when they
    /// are live at a wrapper close.
    pub fn name_target(&mut self, leg: LegId) {
        self.ledger.target(leg.conversation, [leg]);
    }

    /// Names every guest leg that is live now as a target, so that a leg that comes later counts no more.
    pub fn name_live_legs_as_targets(&mut self, conversation: Uuid) {
        let live = self.truth(conversation).map(Conversation::live_guest_legs).unwrap_or_default();
        self.ledger.target(conversation, live);
    }

    /// Marks a conversation, or everything, as finished: external writes from now on count as `afterFinished`.
    pub fn mark_finished(&mut self, conversation: Option<Uuid>) {
        self.ledger.finish(conversation, true);
    }

    /// Takes such a mark back; without a conversation, all of them.
    pub fn unmark_finished(&mut self, conversation: Option<Uuid>) {
        self.ledger.finish(conversation, false);
    }

    /// A number that grows whenever there is something to be sent out of the world, so that a server knows when to look.
    #[must_use]
    pub fn news(&self) -> u64 {
        self.news
    }

    fn plan(&mut self, at: Timestamp, effect: Effect) {
        self.sequence += 1;
        self.due.insert((at, self.sequence), effect);
    }
}

/// The service keeps times in milliseconds.
fn instant(now: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}
