//! What accepted requests do when their time has come.

use jiff::Timestamp;
use uuid::Uuid;

use super::World;
use super::chat::ChatStep;
use super::event::Event;
use super::guest::Step;
use super::happening::Happening;
use super::ledger::WriteNumber;
use super::notify::Due;
use super::push::DeliveryNumber;
use super::record::{Conversation, LegId, Participant};
use super::words::DisconnectType;

/// Something that will happen at a time that is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Effect {
    /// These legs end. They were fixed when the request was accepted: a leg that connects later is not hit.
    End { legs: Vec<LegId>, how: DisconnectType, write: Option<WriteNumber> },
    /// Whatever is live in the conversation by then ends; by force also the after-call work.
    EndAll { conversation: Uuid, force: bool, write: Option<WriteNumber> },
    /// The internal legs end, unless a guest has come back by then.
    Cascade { conversation: Uuid },
    /// An event gets out.
    Announce(Box<Event>),
    /// Something of the notification service is due.
    Notify(Due),
    /// A delivery is to be attempted.
    Push(DeliveryNumber),
    /// Something outside of the service happens.
    Happen(Happening),
    /// A guest, a widget or an agent does something.
    Guest(Step),
    /// A chat's guest does something.
    Chat(ChatStep),
}

/// The name of the wrap-up code that a forced teardown applies.
const SYSTEM_WRAP_UP: &str = "ININ-WRAP-UP-SYSTEM";

impl World {
    pub(super) fn apply(&mut self, effect: Effect, at: Timestamp) {
        match effect {
            Effect::End { legs, how, write } => {
                let Some(first) = legs.first() else { return };
                self.end(first.conversation, &legs, how, write, at);
            }
            Effect::EndAll { conversation, force, write } => {
                let legs = self.truth(conversation).map(Conversation::live_legs).unwrap_or_default();
                let how = if force { DisconnectType::System } else { DisconnectType::Client };
                self.end(conversation, &legs, how, write, at);
                if force {
                    self.wrap_up(conversation, None, SYSTEM_WRAP_UP, at);
                }
            }
            Effect::Cascade { conversation } => {
                let Some(truth) = self.truth(conversation) else { return };
                if truth.live_guest_legs().is_empty() {
                    let legs = truth.live_legs();
                    self.end(conversation, &legs, DisconnectType::Peer, None, at);
                }
            }
            Effect::Announce(event) => self.let_out(*event),
            Effect::Notify(due) => self.notify_due(due, at),
            Effect::Push(number) => self.push_due(number),
            Effect::Happen(happening) => {
                // What was planned for a conversation that has gone since is void.
                let _void = self.take_place(happening, at);
            }
            Effect::Guest(step) => self.step_guest(step, at),
            Effect::Chat(step) => self.step_chat(step, at),
        }
    }

    /// Ends legs of one conversation and, when they were the last guests', plans what follows from that.
    pub(super) fn end(&mut self, conversation: Uuid, legs: &[LegId], how: DisconnectType, write: Option<WriteNumber>, at: Timestamp) {
        let Some(kept) = self.conversations.get_mut(&conversation) else { return };
        let mut guest_ended = false;
        let mut ended = Vec::new();
        for leg in legs {
            let guest = kept.truth.is_guest(*leg);
            if kept.truth.end_leg(*leg, how, at) {
                self.ledger.ended(write, *leg, guest);
                guest_ended |= guest;
                ended.push(*leg);
            }
        }
        if ended.is_empty() {
            return;
        }
        kept.truth.settle(self.behaviour.end_time_waits_for_after_call_work, at);
        kept.remember(at);
        let cascades = !kept.overrides.no_cascade.unwrap_or(!self.behaviour.cascade);
        let others_left = kept.truth.live_guest_legs().is_empty() && !kept.truth.live_legs().is_empty();
        self.announce(&ended, true, at);
        if guest_ended && cascades && others_left {
            let then = self.behaviour.cascade_delay_ms.after(at, &mut self.dice);
            self.plan(then, Effect::Cascade { conversation });
        }
        self.guests_see_end(conversation, &ended, how, at);
        self.chats_see_end(conversation, &ended, how, write, at);
    }

    /// Finishes the after-call work of one participant, or of all; whether there was any.
    pub(super) fn wrap_up(&mut self, conversation: Uuid, participant: Option<Uuid>, code: &str, at: Timestamp) -> bool {
        let Some(kept) = self.conversations.get_mut(&conversation) else { return false };
        let pending = |p: &&Participant| p.wraps_up() && participant.is_none_or(|id| id == p.id);
        let ids: Vec<Uuid> = kept.truth.participants.iter().filter(pending).map(|p| p.id).collect();
        for id in &ids {
            kept.truth.finish_after_call_work(*id, code, at);
        }
        if !ids.is_empty() {
            kept.truth.settle(self.behaviour.end_time_waits_for_after_call_work, at);
            kept.remember(at);
        }
        !ids.is_empty()
    }
}
