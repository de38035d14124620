//! Between the world's words and the engine's: what the Genesys Cloud client does on the wire, done here by value.

use jiff::SignedDuration;
use uuid::Uuid;

use super::bench::Inner;
use crate::plan::{Blocker, BlockerKind, Look, Write};
use crate::simulator::world::{self, ApiError, Caller, Change, Delivery, Family, Request, Served};
use crate::termination::{Address, Answer, Bar, Communication, Effect, Fault, Participant, Reading, Setback};

/// How long a request waits for its answer.
const REQUEST_TIMEOUT: SignedDuration = SignedDuration::from_secs(10);

pub(super) fn look(inner: &mut Inner, conversation: Uuid) -> Look {
    match exchange(inner, Request::Read { conversation, family: Family::Neutral }) {
        Ok(world::Answer::Conversation(seen, _)) => Look::Seen(reading(inner, &seen)),
        Ok(
            world::Answer::Token { .. }
            | world::Answer::Organization(_)
            | world::Answer::Deployment(..)
            | world::Answer::Notification(_)
            | world::Answer::Accepted,
        ) => {
            panic!("a read shows no conversation")
        }
        Err(Trouble::Refused(error)) => match error.status {
            404 => Look::Absent,
            401 | 403 => Look::Barred(Blocker { kind: BlockerKind::Permission, fault: fault(&error) }),
            _ => Look::Failed(setback(&error)),
        },
        Err(Trouble::NoAnswer) => Look::Failed(no_answer()),
    }
}

/// The request that a write is.
pub(super) fn request(write: &Write) -> Request {
    let (conversation, change) = (write.conversation_id, Change::Disconnect);
    match write.effect {
        Effect::CloseGuestLeg { participant_id: participant, communication_id: communication, address } => match address {
            Address::Participant => Request::PatchParticipant { conversation, participant, change, family: Family::Message },
            Address::Communication => {
                Request::PatchCommunication { conversation, participant, communication, change, family: Family::Message }
            }
        },
        Effect::CloseWrapper => Request::PatchConversation { conversation, change, family: Family::Message },
        Effect::Teardown => Request::Teardown { conversation },
    }
}

pub(super) fn send(inner: &mut Inner, write: &Write) -> Answer {
    match exchange(inner, request(write)) {
        Ok(_) => Answer::Accepted(Some(format!("c-{}", inner.calls.len()))),
        Err(Trouble::Refused(error)) => match error.status {
            401 => Answer::Barred(Bar::Credentials, fault(&error)),
            403 => Answer::Barred(Bar::Permission, fault(&error)),
            408 | 429 | 500.. => Answer::Unsettled(setback(&error)),
            _ => Answer::Declined(fault(&error)),
        },
        Err(Trouble::NoAnswer) => Answer::Unsettled(no_answer()),
    }
}

/// Why there is no good answer.
enum Trouble {
    Refused(ApiError),
    NoAnswer,
}

fn exchange(inner: &mut Inner, request: Request) -> Result<world::Answer, Trouble> {
    let now = inner.service_time();
    let call = world::Call { caller: Caller::Trusted, request, correlation_id: None };
    let Served { answer, delivery, rate: _ } = inner.world.serve(&call, now);
    match delivery {
        Delivery::Prompt => {}
        Delivery::Late(milliseconds) => inner.pass(SignedDuration::from_millis(i64::try_from(milliseconds).unwrap())),
        Delivery::Cut | Delivery::HalfBody => return Err(Trouble::NoAnswer),
        Delivery::Never => {
            inner.pass(REQUEST_TIMEOUT);
            return Err(Trouble::NoAnswer);
        }
    }
    answer.map_err(Trouble::Refused)
}

fn fault(error: &ApiError) -> Fault {
    Fault::new(&error.code, &error.message)
}

fn setback(error: &ApiError) -> Setback {
    Setback { fault: fault(error), retry_after: error.retry_after_seconds.map(|seconds| SignedDuration::from_secs(seconds.into())) }
}

fn no_answer() -> Setback {
    Setback { fault: Fault::new("timeout", "no answer"), retry_after: None }
}

fn reading(inner: &Inner, seen: &world::Conversation) -> Reading {
    let communication = |c: &world::Communication| Communication { id: c.id, connected_time: c.connected_time, live: c.state.is_live() };
    let participant = |p: &world::Participant| Participant {
        id: p.id,
        guest: p.purpose.is_guest(),
        after_call_work: p.wraps_up(),
        communications: p.communications.iter().map(communication).collect(),
    };
    Reading { taken: inner.world.now(), end_time: seen.end_time, participants: seen.participants.iter().map(participant).collect() }
}
