//! Turns what was learned into a plan. The only caller of `step`.

use jiff::Timestamp;
use uuid::Uuid;

use super::{Blocker, BlockerKind, Inventory, Look, Order, Progress, Target, gate};
use crate::termination::{Answer, Effect, Gate, Input, Session, Setback, Step, step};

/// What is to be recorded, and then done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The progress to record. It names every write.
    pub progress: Progress,
    /// The external writes to send once that is durable: at most one per session.
    pub writes: Vec<Write>,
    /// What keeps work from going on, if anything does.
    pub blocker: Option<Blocker>,
    /// The conversations of which what was missed need not be told again once that is durable: a read made up for it, or the
    /// record says from when on a read does.
    pub made_up: Vec<Uuid>,
}

/// One external write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Write {
    /// The conversation.
    pub conversation_id: Uuid,
    /// What is to be done to it.
    pub effect: Effect,
}

/// Plans the next step of every session that something was learned of. `salt` is a fresh random number.
#[must_use]
pub fn build(order: &Order, progress: &Progress, inventory: &Inventory, now: Timestamp, salt: u64) -> Plan {
    // Nobody reads a record's times closer than this, and it keeps a row small.
    let now = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
    // A finished record stays as it is, and so does a record of somebody else's: not even time goes on in them.
    let foreign = inventory.blocker.as_ref().is_some_and(|blocker| blocker.kind == BlockerKind::Restored);
    if foreign || progress.is_finished() {
        return Plan { progress: progress.clone(), writes: Vec::new(), blocker: blocker_in(inventory), made_up: Vec::new() };
    }
    let mut progress = progress.admit(order);
    let (gate, stop_time) = gate::gate(order, &progress, now);
    progress.stop_time = stop_time;
    match gate {
        // A suspended order's clock stands still: it starts afresh when the order is resumed.
        Gate::Held { .. } => progress.start_time = None,
        Gate::Open | Gate::Draining { .. } | Gate::Shut { .. } => {
            progress.start_time.get_or_insert(now);
        }
    }
    let mut plan = Plan { progress: Progress::default(), writes: Vec::new(), blocker: blocker_in(inventory), made_up: Vec::new() };
    for (index, target) in order.targets.iter().enumerate() {
        let session = &progress.sessions[index];
        let salt = salt.wrapping_add(index as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(31);
        let Advance { session, effect, made_up } = advance(order, target, session, inventory, gate, (now, salt));
        plan.progress.sessions.push(session);
        plan.made_up.extend(made_up.then_some(target.conversation_id));
        plan.writes.extend(effect.map(|effect| Write { conversation_id: target.conversation_id, effect }));
    }
    plan.progress.start_time = progress.start_time;
    plan.progress.stop_time = progress.stop_time;
    if plan.progress.sessions.iter().all(|session| session.state.is_final()) {
        plan.progress.completion_time = Some(now);
    }
    plan
}

/// Where everything that was learned leads a session.
struct Advance {
    session: Session,
    effect: Option<Effect>,
    /// Whether what was missed of it need not be told again.
    made_up: bool,
}

/// Feeds a session everything that was learned of it. Only the last step's write counts: what an earlier one asked for,
/// later knowledge has overtaken.
fn advance(order: &Order, target: &Target, session: &Session, inventory: &Inventory, gate: Gate, (now, salt): (Timestamp, u64)) -> Advance {
    let read = inventory.read().any(|id| id == target.conversation_id);
    let policy = order.policy_for(target, inventory.hearing.events_of(target.conversation_id, read), gate);
    let take = |advance: Advance, input: Input| {
        let Step { session, effect } = step(&advance.session, &input, &policy, now, salt);
        Advance { session, effect, ..advance }
    };
    let begin = Advance { session: session.clone(), effect: None, made_up: false };
    let told = unlooked(inventory, target.conversation_id).fold(begin, take);
    let made_up = if told.session.may_miss_a_return() { told.session.heard_time == Some(now) } else { read };
    looked(inventory, target.conversation_id).into_iter().fold(Advance { made_up, ..told }, take)
}

/// Every session as the answers and the events leave it, before anything is looked at.
pub(super) fn tell(order: &Order, progress: &Progress, known: &Inventory, gate: Gate, now: Timestamp) -> Progress {
    let mut told = progress.clone();
    for (target, session) in order.targets.iter().zip(&mut told.sessions) {
        let policy = order.policy_for(target, known.hearing.events_of(target.conversation_id, false), gate);
        for input in unlooked(known, target.conversation_id) {
            *session = step(session, &input, &policy, now, 0).session;
        }
    }
    told
}

/// What was learned of one conversation without looking: the answers, the events, and last that some were missed, so that it
/// counts for what they lead to.
fn unlooked(known: &Inventory, id: Uuid) -> impl Iterator<Item = Input> {
    let answers = known.answers.iter().filter(move |(of, _)| *of == id).map(|(_, answer)| Input::Answered(answer.clone()));
    let events = known.hearing.events.iter().filter(move |(of, _)| *of == id).map(|(_, event)| Input::Event(event.clone()));
    answers.chain(events).chain(known.hearing.has_gap(id).then_some(Input::Missed))
}

/// What looking at one conversation told. Where no look tells more, time counts, and last: nothing is given up for the time
/// before what was learned is heard.
fn looked(inventory: &Inventory, id: Uuid) -> Vec<Input> {
    let looks = inventory.looks.iter().filter(|(of, _, _)| *of == id).map(|(_, asked, look)| match look {
        Look::Seen(reading) => Input::Read { reading: reading.clone(), asked: *asked },
        Look::Absent => Input::Absent,
        Look::Failed(setback) => Input::ReadFailed(setback.clone()),
        Look::Barred(blocker) => Input::ReadFailed(Setback { fault: blocker.fault.clone(), retry_after: None }),
    });
    let mut inputs: Vec<Input> = looks.collect();
    if inputs.is_empty() {
        inputs.push(Input::Time);
    }
    inputs
}

/// The first thing that a person has to mend.
fn blocker_in(inventory: &Inventory) -> Option<Blocker> {
    let barred_looks = inventory.looks.iter().filter_map(|(_, _, look)| match look {
        Look::Barred(blocker) => Some(blocker.clone()),
        Look::Seen(_) | Look::Absent | Look::Failed(_) => None,
    });
    let barred_answers = inventory.answers.iter().filter_map(|(_, answer)| match answer {
        Answer::Barred(bar, fault) => Some(Blocker { kind: BlockerKind::from(*bar), fault: fault.clone() }),
        Answer::Accepted(_) | Answer::Declined(_) | Answer::Unsettled(_) | Answer::Withheld | Answer::Postponed(_) => None,
    });
    let accepted = inventory.answers.iter().any(|(_, answer)| matches!(answer, Answer::Accepted(_)));
    let standing = inventory.standing.clone().filter(|_| !accepted);
    inventory.blocker.clone().into_iter().chain(barred_looks).chain(barred_answers).chain(standing).next()
}
