//! The external writes: what each takes on, refuses, and sets going.

use jiff::Timestamp;
use uuid::Uuid;

use super::access::Caller;
use super::behaviour::Repeats;
use super::effect::Effect;
use super::ledger::WriteNumber;
use super::operation::Operation;
use super::record::{Conversation, LegId, Participant};
use super::refusal::ApiError;
use super::request::{Change, Family, Request};
use super::serve::{Answer, Call};
use super::words::{DisconnectType, Media};
use super::{Kept, World};

impl World {
    /// Reads a conversation as a trusted caller.
    ///
    /// # Errors
    /// 404 when there is none.
    pub fn read_conversation(&mut self, conversation: Uuid, now: Timestamp) -> Result<Conversation, ApiError> {
        match self.trusted(Request::Read { conversation, family: Family::Neutral }, now)? {
            Answer::Conversation(seen, _) => Ok(*seen),
            Answer::Token { .. } | Answer::Organization(_) | Answer::Deployment(..) | Answer::Notification(_) | Answer::Accepted => {
                Err(ApiError::usual(500))
            }
        }
    }

    /// Ends all live communications of a participant, as a trusted caller; accepted is not ended.
    ///
    /// # Errors
    /// 404 when there is none, a refusal where guest legs may not be closed.
    pub fn end_participant(&mut self, conversation: Uuid, participant: Uuid, now: Timestamp) -> Result<(), ApiError> {
        let family = self.own_family(conversation);
        self.trusted(Request::PatchParticipant { conversation, participant, change: Change::Disconnect, family }, now).map(drop)
    }

    /// Ends one communication, as a trusted caller.
    ///
    /// # Errors
    /// 404 when there is none, a refusal where guest legs may not be closed.
    pub fn end_communication(&mut self, leg: LegId, now: Timestamp) -> Result<(), ApiError> {
        let LegId { conversation, participant, communication } = leg;
        let family = self.own_family(conversation);
        self.trusted(Request::PatchCommunication { conversation, participant, communication, change: Change::Disconnect, family }, now)
            .map(drop)
    }

    /// Ends the wrapper by PATCH, as a trusted caller.
    ///
    /// # Errors
    /// 404 when there is none.
    pub fn end_conversation(&mut self, conversation: Uuid, now: Timestamp) -> Result<(), ApiError> {
        let family = self.own_family(conversation);
        self.trusted(Request::PatchConversation { conversation, change: Change::Disconnect, family }, now).map(drop)
    }

    /// Ends the wrapper by DELETE, as a trusted caller.
    ///
    /// # Errors
    /// 404 when there is none.
    pub fn delete_conversation(&mut self, conversation: Uuid, now: Timestamp) -> Result<(), ApiError> {
        self.trusted(Request::Delete { conversation }, now).map(drop)
    }

    /// Tears the conversation down by force, as a trusted caller: agents that owe a wrap-up get the system's.
    ///
    /// # Errors
    /// 404 when there is none.
    pub fn tear_down(&mut self, conversation: Uuid, now: Timestamp) -> Result<(), ApiError> {
        self.trusted(Request::Teardown { conversation }, now).map(drop)
    }

    /// The family of paths that the vendor has for a conversation's medium.
    fn own_family(&self, conversation: Uuid) -> Family {
        match self.truth(conversation).map(|c| c.media) {
            Some(Media::Chat) => Family::Chat,
            Some(Media::Message) | None => Family::Message,
        }
    }

    fn trusted(&mut self, request: Request, now: Timestamp) -> Result<Answer, ApiError> {
        let write = self.receive(&request, now);
        let call = Call { caller: Caller::Trusted, request, correlation_id: None };
        let answer = self.carry_out(&call, None, write);
        let status = answer.as_ref().map_or_else(|error| error.status, |_| call.request.operation().ok_status());
        self.ledger.amend(write, |w| {
            w.status = status;
            w.accepted = answer.is_ok();
        });
        answer
    }

    /// Takes an external write on, or refuses it.
    pub(super) fn change(&mut self, request: &Request, write: Option<WriteNumber>) -> Result<Answer, ApiError> {
        let operation = request.operation();
        match request.change() {
            Change::Disconnect => {}
            Change::Nothing if takes_nothing(operation) => return Ok(Answer::Accepted),
            Change::Nothing => return Err(ApiError::bad_request("a body with a state is required")),
            Change::Other(value) if request.family() == Some(Family::Webchat) => {
                return Err(ApiError::invalid_value("status", &value, "closed"));
            }
            Change::Other(state) => return Err(ApiError::invalid_value("state", &state, "disconnected")),
            Change::Unreadable(why) => return Err(ApiError::bad_request(why)),
        }
        let id = request.conversation().unwrap_or_default();
        let kept = self.conversations.get(&id).ok_or_else(|| ApiError::not_found("conversation", id))?;
        match aim(request, &kept.truth)? {
            Aim::Legs { legs, guest } => self.close_legs(id, &legs, guest, operation, write)?,
            Aim::Guest(participant) => self.signal_chat(id, participant, self.now),
            Aim::Wrapper => self.close_wrapper(id, false, operation, write)?,
            Aim::ByForce => self.close_wrapper(id, true, operation, write)?,
        }
        self.advance(self.now);
        // A PATCH of the wrapper shows the conversation: the vendor's as `Conversation`, that of `webchat` in its own words.
        let shown = if let Request::PatchConversation { family, .. } = request {
            Some(if *family == Family::Webchat { Family::Webchat } else { Family::Neutral })
        } else {
            None
        };
        let answer = shown.zip(self.truth(id)).map(|(family, c)| Answer::Conversation(Box::new(c.clone()), family));
        Ok(answer.unwrap_or(Answer::Accepted))
    }

    fn close_legs(
        &mut self,
        id: Uuid,
        legs: &[LegId],
        guest: bool,
        operation: Operation,
        write: Option<WriteNumber>,
    ) -> Result<(), ApiError> {
        let Some(kept) = self.conversations.get(&id) else { return Ok(()) };
        let live: Vec<LegId> = legs.iter().filter(|leg| kept.truth.is_live(**leg)).copied().collect();
        if live.is_empty() {
            self.repeat()?;
        } else if guest && kept.overrides.refuse_guest_close.unwrap_or(!self.behaviour.customer_leg_may_be_closed) {
            let refusal = &self.behaviour.guest_close_refusal;
            return Err(ApiError::new(refusal.status, refusal.code.clone(), "The participant of the guest cannot be disconnected."));
        }
        if guest {
            let aimed = if live.is_empty() { legs } else { live.as_slice() };
            self.ledger.accepted_guest_close(aimed, &live);
        }
        if !live.is_empty() {
            self.set_going(id, Effect::End { legs: live, how: DisconnectType::Client, write }, operation, write);
        }
        Ok(())
    }

    fn close_wrapper(&mut self, id: Uuid, force: bool, operation: Operation, write: Option<WriteNumber>) -> Result<(), ApiError> {
        let Some(kept) = self.conversations.get(&id) else { return Ok(()) };
        let wraps_up = force && kept.truth.participants.iter().any(Participant::wraps_up);
        if kept.truth.live_legs().is_empty() && !wraps_up {
            return self.repeat();
        }
        self.set_going(id, Effect::EndAll { conversation: id, force, write }, operation, write);
        Ok(())
    }

    /// What a close of something that has ended is answered.
    fn repeat(&self) -> Result<(), ApiError> {
        match self.behaviour.repeats {
            Repeats::Accepted => Ok(()),
            Repeats::Conflict => Err(ApiError::conflict()),
            Repeats::BadRequest => Err(ApiError::bad_request("The resource has already been disconnected.")),
            Repeats::NotFound => Err(ApiError::usual(404)),
        }
    }

    /// Plans an effect, unless this conversation loses it.
    fn set_going(&mut self, id: Uuid, effect: Effect, operation: Operation, write: Option<WriteNumber>) {
        let usual = if operation.is_asynchronous() { self.behaviour.effect_delay_ms } else { self.behaviour.prompt_effect_delay_ms };
        let Some(kept) = self.conversations.get_mut(&id) else { return };
        if lost(kept) {
            return;
        }
        let at = kept.overrides.effect_delay_ms.unwrap_or(usual).after(self.now, &mut self.dice);
        self.ledger.amend(write, |w| w.effect_time = Some(at));
        self.plan(at, effect);
    }
}

/// Whether a body without a state is taken, and nothing happens: the real participant operations do so with messages
/// (confirmed), and with chats (assumed).
fn takes_nothing(operation: Operation) -> bool {
    matches!(operation, Operation::PatchConversationsMessageParticipant | Operation::PatchConversationsChatParticipant)
}

/// Whether this conversation loses the effect of an accepted close; uses up one such loss.
fn lost(kept: &mut Kept) -> bool {
    match kept.overrides.lose_effects {
        None | Some(0) => false,
        Some(left) => {
            kept.overrides.lose_effects = Some(left - 1);
            true
        }
    }
}

/// What an external write is aimed at.
enum Aim {
    Legs {
        legs: Vec<LegId>,
        guest: bool,
    },
    Wrapper,
    ByForce,
    /// Nothing of the service's: the guest is told.
    Guest(Uuid),
}

fn aim(request: &Request, conversation: &Conversation) -> Result<Aim, ApiError> {
    let of = |id: Uuid| conversation.participant(id).ok_or_else(|| ApiError::not_found("participant", id));
    let leg = |p: &Participant, communication| LegId { conversation: conversation.id, participant: p.id, communication };
    match request {
        Request::PatchParticipant { participant, .. } | Request::PostParticipants { participant, .. } => {
            let participant = of(*participant)?;
            let legs = participant.communications.iter().map(|c| leg(participant, c.id)).collect();
            Ok(Aim::Legs { legs, guest: participant.purpose.is_guest() })
        }
        Request::PatchCommunication { participant, communication, .. } => {
            let participant = of(*participant)?;
            let leg = leg(participant, *communication);
            conversation.communication(leg).ok_or_else(|| ApiError::not_found("communication", *communication))?;
            Ok(Aim::Legs { legs: vec![leg], guest: participant.purpose.is_guest() })
        }
        Request::Teardown { .. } => Ok(Aim::ByForce),
        Request::Signal { participant, .. } => of(*participant).map(|p| Aim::Guest(p.id)),
        Request::PatchConversation { .. }
        | Request::Delete { .. }
        | Request::ReadToken
        | Request::CheckToken
        | Request::RevokeToken
        | Request::ReadOrganization
        | Request::ReadDeployment { .. }
        | Request::Notification(_)
        | Request::OpenStream { .. }
        | Request::Read { .. } => Ok(Aim::Wrapper),
    }
}
