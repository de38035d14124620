//! Sends what is recorded, and only that.

use futures::stream::{self, StreamExt};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Act, Permit, RecordedPlan, Time, Withheld, observe::AT_ONCE};
use crate::plan::Write;
use crate::termination::Answer;

/// How long after recording began a write may begin. Later, the world may have moved on: it is observed again first.
pub const RECORD_COVERS: SignedDuration = SignedDuration::from_secs(5);

/// How the writes were answered. None of it is a fact; the next round reads back.
#[derive(Debug, Default)]
pub struct Outcome {
    /// One answer per write.
    pub answers: Vec<(Uuid, Answer)>,
    /// What was not sent, and why.
    pub withheld: Vec<(Write, Withheld)>,
}

/// Sends every recorded write that may still be sent.
pub(super) async fn execute<A: Act, P: Permit, T: Time>(actor: &A, permit: &P, time: &T, plan: &RecordedPlan) -> Outcome {
    let recorded = plan.recorded();
    // By value: a stream of futures that borrow their write is not Send for every lifetime.
    let sends: Vec<_> = plan.writes().iter().map(|write| send(actor, permit, time, *write, recorded)).collect();
    let sent: Vec<(Write, Result<Answer, Withheld>)> = stream::iter(sends).buffered(AT_ONCE).collect().await;
    let mut outcome = Outcome::default();
    for (write, result) in sent {
        outcome.withheld.extend(result.as_ref().err().map(|why| (write, *why)));
        outcome.answers.push((write.conversation_id, result.unwrap_or(Answer::Withheld)));
    }
    outcome
}

async fn send<A: Act, P: Permit, T: Time>(
    actor: &A,
    permit: &P,
    time: &T,
    write: Write,
    recorded: Timestamp,
) -> (Write, Result<Answer, Withheld>) {
    let fresh = time.now().duration_since(recorded) <= RECORD_COVERS;
    let leave = if fresh { permit.permit(&write) } else { Err(Withheld::RecordExpired) };
    match leave {
        Ok(()) => (write, Ok(actor.send(&write).await)),
        Err(why) => (write, Err(why)),
    }
}
