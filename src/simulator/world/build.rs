//! Makes a world of its specification.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use uuid::Uuid;

use super::access::Access;
use super::behaviour::{earlier, later};
use super::chat::Chats;
use super::fault::Faults;
use super::guest::Guests;
use super::ledger::Ledger;
use super::notify::Notifications;
use super::push::Pushes;
use super::record::{Communication, Conversation, LegId, Participant};
use super::spec::{CommunicationSpec, ConversationSpec, ParticipantSpec, SpecError, WorldSpec};
use super::words::{AfterCallWork, Purpose};
use super::{Dice, Kept, World, instant};

/// How long before the world's beginning a leg connected that does not say when: ten minutes.
const DEFAULT_AGE_MS: u64 = 600_000;
/// How long a leg lasted that has ended and does not say when: one minute.
const DEFAULT_LENGTH_MS: u64 = 60_000;

impl World {
    /// Begins a world at `now`.
    ///
    /// # Errors
    /// When ids repeat or a gateway prefix is no path.
    pub fn new(spec: WorldSpec, now: Timestamp) -> Result<Self, SpecError> {
        spec.check()?;
        let WorldSpec { organization, seed, clients, behaviour, faults, gateway_prefixes, push_targets, deployments, conversations } = spec;
        let mut world = Self {
            now: instant(now),
            organization,
            behaviour,
            gateway_prefixes,
            unreachable: false,
            access: Access::new(clients),
            faults: Faults::new(faults),
            dice: Dice::new(seed),
            chance: Dice::new(seed ^ 0xE7E4_7500),
            announced: VecDeque::new(),
            notifications: Notifications::default(),
            pushes: Pushes::new(push_targets),
            ledger: Ledger::default(),
            conversations: BTreeMap::new(),
            guests: Guests::new(deployments, seed),
            chats: Chats::new(seed),
            due: BTreeMap::new(),
            sequence: 0,
            news: 0,
        };
        for conversation in conversations {
            world.put_conversation(conversation, now);
        }
        Ok(world)
    }

    /// Puts a conversation into the world; one with the same id gives way.
    pub(super) fn put_conversation(&mut self, spec: ConversationSpec, now: Timestamp) {
        let now = instant(now);
        let waits = self.behaviour.end_time_waits_for_after_call_work;
        let truth = conversation(&spec, waits, now);
        let ConversationSpec { id, story, overrides, .. } = spec.clone();
        let mut kept = Kept { truth, past: Vec::new(), overrides, story };
        kept.remember(Timestamp::MIN);
        self.conversations.insert(id, kept);
        self.admit_guests(&spec, now);
        self.admit_chat_guests(&spec, now);
    }

    /// Lets a participant join a conversation that is there; the leg.
    pub(super) fn join(&mut self, id: Uuid, spec: &ParticipantSpec, at: Timestamp) -> Option<LegId> {
        let kept = self.conversations.get_mut(&id)?;
        let peer = kept.truth.participants.iter().filter(|p| p.purpose.is_guest()).flat_map(|p| &p.communications).map(|c| c.id).next();
        let newcomer = participant(spec, peer, at);
        let leg = newcomer.communications.last().map(|c| LegId { conversation: id, participant: newcomer.id, communication: c.id });
        kept.truth.participants.push(newcomer);
        kept.remember(at);
        leg
    }
}

fn conversation(spec: &ConversationSpec, waits_for_after_call_work: bool, now: Timestamp) -> Conversation {
    let peer = spec.participants.iter().filter(|p| p.purpose.is_guest()).flat_map(|p| &p.communications).map(|c| c.id).next();
    let participants: Vec<Participant> = spec.participants.iter().map(|p| participant(p, peer, now)).collect();
    let first = participants.iter().map(|p| p.connected_time).min().unwrap_or(now);
    let last_end = participants.iter().filter_map(|p| p.end_time).max().unwrap_or(now);
    let mut conversation = Conversation {
        id: spec.id,
        division: spec.division,
        media: spec.media,
        message_type: spec.message_type,
        start_time: spec.start_time.unwrap_or(first),
        end_time: None,
        participants,
    };
    conversation.settle(waits_for_after_call_work, last_end);
    conversation
}

fn participant(spec: &ParticipantSpec, peer: Option<Uuid>, now: Timestamp) -> Participant {
    let peer_id = peer.filter(|_| !spec.purpose.is_guest());
    let mut communications: Vec<Communication> = spec.communications.iter().map(|c| communication(c, peer_id, now)).collect();
    let wraps_up = spec.purpose == Purpose::Agent && spec.wrap_up_required;
    let over = communications.iter().all(|c| !c.state.is_live());
    let end_time = communications.iter().filter_map(|c| c.disconnected_time).max().filter(|_| over);
    if wraps_up {
        for ended in communications.iter_mut().filter(|c| !c.state.is_live()) {
            ended.after_call_work = AfterCallWork::Pending;
        }
    }
    Participant {
        id: spec.id,
        purpose: spec.purpose,
        name: spec.name.clone(),
        user_id: spec.user_id,
        queue_id: spec.queue_id,
        connected_time: communications.iter().map(|c| c.connected_time).min().unwrap_or(now),
        end_time,
        wrap_up_required: spec.wrap_up_required,
        start_acw_time: end_time.filter(|_| wraps_up),
        end_acw_time: None,
        wrap_up: None,
        communications,
    }
}

fn communication(spec: &CommunicationSpec, peer_id: Option<Uuid>, now: Timestamp) -> Communication {
    let connected_time = spec.connected_time.map_or_else(|| earlier(now, DEFAULT_AGE_MS), instant);
    let ended = || spec.disconnected_time.map_or_else(|| later(connected_time, DEFAULT_LENGTH_MS), instant);
    Communication {
        id: spec.id,
        state: spec.state,
        connected_time,
        disconnected_time: (!spec.state.is_live()).then(ended),
        disconnect_type: (!spec.state.is_live()).then_some(super::DisconnectType::Endpoint),
        peer_id,
        after_call_work: AfterCallWork::NotApplicable,
    }
}
