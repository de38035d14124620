//! The crash matrix around external writes: each effect × each moment × each answer, computed from the types.
//!
//! Real: the engine's round, `plan`, `step`, and the store that the matrix is run over. Played: time, Genesys Cloud (the simulated
//! world, with its faults), and what the client makes of an answer (`translate`). A death is a process that is never polled again.
//!
//! One list makes both the samples and a match over all variants: a new variant of an effect, a fault or a moment does not compile
//! until it has its line, and with its line it is tried.

use uuid::Uuid;

use super::bench::{Call, Death, Moment};
use super::guests::without_cascade;
use super::matrix::refused;
use super::scenario::{Scenario, Told, no_cascade, noon, seconds};
use super::translate;
use crate::plan::Write;
use crate::simulator::world::{CommunicationSpec, ConversationSpec, Fault, FaultRule};
use crate::termination::{Address, Effect, Reason, State, Teardown};

/// Each variant with what it is tried by.
macro_rules! each_variant {
    ($of:ty: $($variant:pat => $sample:expr),+ $(,)?) => {{
        let _a_new_variant_needs_a_line = |value: &$of| match value { $($variant => ()),+ };
        [$((stringify!($variant), (|value: &$of| matches!(value, $variant)) as fn(&$of) -> bool, $sample)),+]
    }};
}

/// When a process dies, as seen from one of its writes.
#[derive(Clone, Copy, Debug)]
enum When {
    Unsent,
    Unanswered,
    Unrecorded,
}

impl When {
    fn all() -> [Self; 3] {
        each_variant!(Self:
            Self::Unsent => Self::Unsent,
            Self::Unanswered => Self::Unanswered,
            Self::Unrecorded => Self::Unrecorded,
        )
        .map(|(_, _, when)| when)
    }

    /// The death, given the calls of a run without one, and which of them is the write.
    fn death(self, calls: &[Call], send: usize) -> Death {
        let record = || send + calls[send..].iter().position(|call| *call == Call::Record).unwrap();
        match self {
            Self::Unsent => Death { call: send, moment: Moment::Before },
            Self::Unanswered => Death { call: send, moment: Moment::After },
            Self::Unrecorded => Death { call: record(), moment: Moment::Before },
        }
    }
}

/// A kind of effect: its name, its test, and a way to it.
pub(super) type Way = (&'static str, fn(&Effect) -> bool, Scenario);

pub(super) fn effects() -> Vec<Way> {
    each_variant!(Effect:
        Effect::CloseGuestLeg { address: Address::Participant, .. } => without_cascade(),
        Effect::CloseGuestLeg { address: Address::Communication, .. } => with_a_later_leg(),
        Effect::CloseWrapper => without_cascade(),
        Effect::Teardown => refused().ordering(|order| order.teardown = Teardown::WhenStuck),
    )
    .into()
}

/// The guest holds another communication, which came too late to be a target.
fn with_a_later_leg() -> Scenario {
    let mut conversation = ConversationSpec::usual(1);
    let guest = &mut conversation.participants[0];
    let later =
        CommunicationSpec { id: Uuid::from_u128(0xE), connected_time: Some(noon() - seconds(30)), ..guest.communications[0].clone() };
    guest.communications.push(later);
    Scenario::of("", vec![conversation.overriding(no_cascade())]).ordering(|order| order.legs_connected_before = noon() - seconds(60))
}

/// How a write is answered. None: well.
pub(super) fn answers() -> Vec<Option<Fault>> {
    let told = |status, retry_after_seconds| {
        [false, true].map(|applied| Fault::Answer { status, code: None, retry_after_seconds, applied }).to_vec()
    };
    let refusals = [told(409, None), told(410, None), told(429, Some(7)), told(500, None), told(503, None)].concat();
    let faults = each_variant!(Fault:
        Fault::Answer { .. } => refusals,
        Fault::Latency { .. } => vec![Fault::Latency { milliseconds: 4000 }],
        Fault::Cut { .. } => [false, true].map(|applied| Fault::Cut { applied }).to_vec(),
        Fault::HalfBody => vec![Fault::HalfBody],
        Fault::Timeout { .. } => [false, true].map(|applied| Fault::Timeout { applied }).to_vec(),
    );
    std::iter::once(None).chain(faults.into_iter().flat_map(|(_, _, faults)| faults).map(Some)).collect()
}

/// The first write of a kind, and which call it was.
pub(super) fn find(calls: &[Call], is_meant: fn(&Effect) -> bool) -> Option<(usize, Write)> {
    calls.iter().enumerate().find_map(|(number, call)| match call {
        Call::Send(write) if is_meant(&write.effect) => Some((number, *write)),
        Call::Send(_) | Call::Follow | Call::Look(_) | Call::Record => None,
    })
}

/// One cell of the matrix.
pub(super) struct Point {
    pub(super) name: String,
    pub(super) scenario: Scenario,
    pub(super) death: Death,
    /// How it ends without a fault, and with this answer and no death.
    pub(super) ends: [Vec<(State, Option<Reason>)>; 2],
}

pub(super) fn points() -> Vec<Point> {
    let mut points = Vec::new();
    for (effect, is_meant, scenario) in effects() {
        for scenario in [scenario.clone(), scenario.hearing()] {
            let (calm, calls) = scenario.run_and_list();
            let (_, write) = find(&calls, is_meant).unwrap_or_else(|| panic!("{effect} is never sent"));
            for answer in answers() {
                let name = format!("{effect}, answered {answer:?}, events: {}", scenario.manners.flows);
                let operations = vec![translate::request(&write).operation()];
                let rule = |fault| FaultRule { operations, conversation_id: None, per_thousand: 1000, times: Some(1), fault };
                let mut answered = scenario.clone();
                answered.world.faults.extend(answer.map(rule));
                let (told, calls) = answered.run_and_list();
                let (send, _) = find(&calls, is_meant).unwrap();
                points.extend(When::all().map(|when| Point {
                    name: format!("{name}, dies {when:?}"),
                    scenario: answered.clone(),
                    death: when.death(&calls, send),
                    ends: [calm.states(), told.states()],
                }));
            }
        }
    }
    points
}

/// Holds a run with deaths against those without.
pub(super) fn judge(told: &Told, ends: &[Vec<(State, Option<Reason>)>], died: usize, what: &str) {
    assert_eq!(told.died, died, "{what}: the process lives");
    assert!(ends.contains(&told.states()), "{what}: {:?}, not {ends:?}: {}", told.states(), told.witness);
    assert!(told.is_clean() && told.progress.is_finished(), "{what}: {}", told.witness);
}

#[test]
fn each_effect_at_each_moment_with_each_answer_leads_to_the_same_end() {
    let points = points();
    let mut others = 0;
    for Point { name, scenario, death, ends } in &points {
        let told = scenario.run_with(|bench| bench.lock().deaths = vec![*death]);
        judge(&told, ends, 1, name);
        others += usize::from(told.states() != ends[0]);
    }
    println!("crash matrix, effect x moment x answer: {0}/{0}, {others} of them to another end than without a fault", points.len());
}
