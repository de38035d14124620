//! What a seed stands for: a world with its conversations and guests, what is ordered of it, and what everybody does on the way.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use super::chance::Chance;
use crate::simulator::world::{
    Behaviour, ClientSpec, CommunicationState, ConversationSpec, Delay, Dice, EventBehaviour, Fault, FaultRule, Happening, Overrides,
    Purpose, Repeats, Return, WorldSpec, sample,
};

/// How long faults and mutations last, in milliseconds.
pub(super) const UNREST: u64 = 150_000;

/// What a user, or whoever runs the cluster, does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Create(usize),
    Append(usize, Uuid),
    Suspend(usize, bool),
    Cancel(usize, &'static str),
    Delete(usize),
    /// Deletes it and creates it again under its name.
    Recreate(usize),
    /// Deletes it and brings it back from a backup, with the status that it had.
    Restore(usize),
    /// Puts its status back to nothing.
    LoseStatus(usize),
    /// Changes what concerns nobody.
    Label(usize),
    /// The Secret holds these.
    Credentials(Keys),
    SuspendConnection(bool),
    DeleteConnection,
    CreateConnection,
    /// Other sources of confirmation.
    EditConnection(bool),
    /// The service drops all tokens.
    RevokeTokens,
    /// The API server forgets its history.
    Compact,
    /// The controller dies, and another one starts after so many milliseconds.
    Die(u64),
    /// The controller is asked to stop, and another one starts after so many milliseconds.
    Stop(u64),
    /// Another one starts beside it, as if nobody had said that there may be only one.
    Rival,
    /// The other one dies.
    RivalDies,
}

/// What a Secret holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    /// Those of the first or the second OAuth client.
    Good(usize),
    /// A wrong secret.
    Wrong,
    /// It is not there.
    Missing,
    /// It is of another type.
    Foreign,
}

/// A run, described.
pub(super) struct Scenario {
    pub(super) world: WorldSpec,
    pub(super) happenings: Vec<(u64, Happening)>,
    /// The terminations' specs; they are called by their number.
    pub(super) terminations: Vec<Value>,
    /// By milliseconds since the beginning, in order.
    pub(super) moves: Vec<(u64, Move)>,
    /// The conversations whose guests come and go as they like, or cannot be closed.
    pub(super) restless: BTreeSet<Uuid>,
    /// Whether terminations that are suspended when it gets calm go on.
    pub(super) resumes: bool,
    /// Whether nothing goes wrong between the controller and the API server.
    pub(super) calm: bool,
}

pub(super) fn noon() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// The OAuth clients, each with its secret.
pub(super) const CLIENTS: [(&str, &str); 2] =
    [(sample::CLIENT_ID, sample::CLIENT_SECRET), ("00000000-0000-4000-8000-00000000c12e", "kept-for-nobody-else")];

impl Scenario {
    pub(super) fn of(chance: &Chance, seed: u64) -> Self {
        let dice = &mut chance.of("scenario");
        let count = u32::try_from(dice.between(1, 4)).unwrap();
        let conversations: Vec<ConversationSpec> = (1..=count).map(|n| conversation(dice, n)).collect();
        let ids: Vec<Uuid> = conversations.iter().map(|spec| spec.id).collect();
        let mut restless: BTreeSet<Uuid> =
            conversations.iter().filter(|spec| spec.overrides.refuse_guest_close == Some(true)).map(|spec| spec.id).collect();
        let mut world = sample::world(conversations);
        world.seed = seed;
        world.faults = faults(dice);
        let (id, secret) = CLIENTS[1];
        world.clients.push(ClientSpec { id: id.into(), secret: secret.into(), ..sample::client() });
        behave(dice, &mut world.behaviour);
        let happenings = happenings(dice, &ids, &mut restless);
        let wanted = usize::try_from(dice.between(1, 3)).unwrap();
        let terminations = (0..wanted).map(|_| termination(dice, &ids)).collect();
        let moves = moves(dice, wanted, &ids);
        Self { world, happenings, terminations, moves, restless, resumes: dice.per_thousand(700), calm: false }
    }

    /// Many sessions, one after the other, of a connection that is suspended while they are at it, and stays so for long.
    pub(super) fn crowd(seed: u64) -> Self {
        let conversations: Vec<ConversationSpec> = (1..=12).map(ConversationSpec::usual).collect();
        let sessions: Vec<Value> = conversations.iter().map(|spec| json!({ "conversationId": spec.id })).collect();
        let mut world = sample::world(conversations);
        world.seed = seed;
        world.behaviour.rate_limit = 1_000_000;
        // Going through all of them takes longer than waiting to look at the first one again.
        let fault = Fault::Latency { milliseconds: 100 };
        world.faults = vec![FaultRule { operations: Vec::new(), conversation_id: None, per_thousand: 1000, times: None, fault }];
        let terminations = vec![json!({ "connectionRef": { "name": "main" }, "sessions": sessions, "parallelism": 1 })];
        let moves = vec![(0, Move::Create(0)), (1_000 + seed * 67, Move::SuspendConnection(true))];
        Self { world, happenings: Vec::new(), terminations, moves, restless: BTreeSet::new(), resumes: true, calm: true }
    }
}

fn pick<T: Clone>(dice: &mut Dice, all: &[T]) -> T {
    all[usize::try_from(dice.between(0, all.len() as u64 - 1)).unwrap()].clone()
}

fn conversation(dice: &mut Dice, n: u32) -> ConversationSpec {
    let two = [Purpose::Customer, Purpose::External, Purpose::Workflow, Purpose::Agent];
    let spec = match dice.between(0, 6) {
        0 => ConversationSpec::usual(n).all_in(CommunicationState::Disconnected),
        1 => ConversationSpec::usual(n).with_wrap_up(),
        2 => ConversationSpec::of(n, &two),
        _ => ConversationSpec::usual(n),
    };
    let overrides = Overrides {
        no_cascade: Some(dice.per_thousand(600)),
        effect_delay_ms: dice.per_thousand(300).then_some(Delay { min: 0, max: 6000 }),
        lose_effects: dice.per_thousand(150).then_some(2),
        refuse_guest_close: dice.per_thousand(80).then_some(true),
        ..Overrides::default()
    };
    spec.overriding(overrides)
}

fn behave(dice: &mut Dice, behaviour: &mut Behaviour) {
    behaviour.effect_delay_ms = Delay { min: 0, max: dice.between(0, 3000) };
    behaviour.prompt_effect_delay_ms = Delay { min: 0, max: dice.between(0, 1000) };
    behaviour.cascade_delay_ms = Delay { min: 0, max: dice.between(0, 3000) };
    behaviour.read_lag_ms = if dice.per_thousand(500) { dice.between(0, 4000) } else { 0 };
    // How a repeat is answered matters only where reads keep up: a decline is judged by what they show.
    if behaviour.read_lag_ms < 1900 {
        behaviour.repeats = pick(dice, &[Repeats::Accepted, Repeats::Conflict, Repeats::BadRequest, Repeats::NotFound]);
    }
    behaviour.events = EventBehaviour {
        delay_ms: Delay { min: 0, max: dice.between(0, 2000) },
        lost_per_thousand: u16::try_from(dice.between(0, 500)).unwrap(),
        duplicated_per_thousand: u16::try_from(dice.between(0, 300)).unwrap(),
        late_per_thousand: u16::try_from(dice.between(0, 300)).unwrap(),
        late_by_ms: Delay { min: 0, max: 20_000 },
    };
    behaviour.rate_limit = pick(dice, &[300, 300, 40]);
}

/// Ways to go wrong, each for a while.
fn faults(dice: &mut Dice) -> Vec<FaultRule> {
    let seconds = u32::try_from(dice.between(0, 40)).unwrap();
    let kinds = Fault::of_every_kind(seconds, dice.between(0, 8000));
    let mut rule = |fault| {
        let per_thousand = if dice.per_thousand(500) { u16::try_from(dice.between(0, 120)).unwrap() } else { 0 };
        let times = u32::try_from(dice.between(0, 6)).unwrap();
        FaultRule { operations: Vec::new(), conversation_id: None, per_thousand, times: Some(times), fault }
    };
    kinds.into_iter().map(&mut rule).collect()
}

fn happenings(dice: &mut Dice, ids: &[Uuid], restless: &mut BTreeSet<Uuid>) -> Vec<(u64, Happening)> {
    let mut all = Vec::new();
    for &conversation_id in ids {
        let moment = dice.between(0, UNREST / 3);
        match dice.between(0, 9) {
            0 => all.push((moment, Happening::GuestLeaves { conversation_id })),
            1 => all.push((moment, Happening::AgentFinishes { conversation_id })),
            2 | 3 => {
                for n in 0..dice.between(1, 2) {
                    let comes_as = pick(dice, &[Return::NewCommunication, Return::NewParticipant]);
                    all.push((moment + n * 9000, Happening::GuestReconnects { conversation_id, comes_as }));
                }
                restless.insert(conversation_id);
            }
            4 if dice.per_thousand(200) => {
                all.push((moment, Happening::ConversationVanishes { conversation_id }));
                restless.insert(conversation_id);
            }
            _ => {}
        }
    }
    all
}

fn termination(dice: &mut Dice, ids: &[Uuid]) -> Value {
    let first = pick(dice, ids);
    let rest = ids.iter().filter(|id| **id != first && dice.per_thousand(400));
    let sessions: Vec<Value> = std::iter::once(&first).chain(rest).map(|id| json!({ "conversationId": id })).collect();
    let mut spec = json!({
        "connectionRef": { "name": "main" },
        "sessions": sessions,
        "settleSeconds": dice.between(0, 30),
        "parallelism": dice.between(1, 4),
        "attemptsPerSession": dice.between(2, 8),
        "confirmTimeoutSeconds": dice.between(5, 30),
        "onReconnect": pick(dice, &["Terminate", "Terminate", "Report"]),
        "forceTeardown": pick(dice, &["Never", "Never", "Never", "WhenStuck"]),
        "notFoundPolicy": pick(dice, &["Fail", "Succeed"]),
        "activeDeadlineSeconds": pick(dice, &[86_400, 86_400, 86_400, 60]),
    });
    if dice.per_thousand(200) {
        spec["maxFailedSessions"] = json!(0);
    }
    if dice.per_thousand(400) {
        let bound = noon() + SignedDuration::from_secs(i64::try_from(dice.between(0, 60)).unwrap());
        spec["legsConnectedBefore"] = json!(bound);
    }
    spec
}

fn moves(dice: &mut Dice, terminations: usize, ids: &[Uuid]) -> Vec<(u64, Move)> {
    let mut moves = Vec::new();
    for n in 0..terminations {
        let begin = dice.between(0, 10_000);
        moves.push((begin, Move::Create(n)));
        for _ in 0..dice.between(0, 3) {
            let at = begin + dice.between(1, UNREST / 2);
            match dice.between(0, 12) {
                0..=2 => moves.push((at, Move::Append(n, pick(dice, ids)))),
                3..=5 => {
                    moves.push((at, Move::Suspend(n, true)));
                    moves.push((at + dice.between(100, 60_000), Move::Suspend(n, false)));
                }
                6 => moves.push((at, Move::Cancel(n, pick(dice, &["Drain", "Immediate"])))),
                7 => moves.push((at, Move::Delete(n))),
                8 | 9 => moves.push((at, Move::Recreate(n))),
                10 => moves.push((at, Move::Restore(n))),
                11 => moves.push((at, Move::LoseStatus(n))),
                _ => moves.push((at, Move::Label(n))),
            }
        }
    }
    for _ in 0..dice.between(0, 4) {
        let (at, later) = (dice.between(0, UNREST - 30_000), dice.between(500, 30_000));
        match dice.between(0, 9) {
            0 => moves.push((at, Move::Credentials(Keys::Good(1)))),
            1 => moves.extend([
                (at, Move::Credentials(pick(dice, &[Keys::Wrong, Keys::Missing, Keys::Foreign]))),
                (at + later, Move::Credentials(Keys::Good(0))),
            ]),
            2 => moves.extend([(at, Move::SuspendConnection(true)), (at + later, Move::SuspendConnection(false))]),
            3 => moves.extend([(at, Move::DeleteConnection), (at + later, Move::CreateConnection)]),
            4 => moves.push((at, Move::EditConnection(dice.per_thousand(500)))),
            5 => moves.push((at, Move::RevokeTokens)),
            6 => moves.push((at, Move::Compact)),
            7 if dice.per_thousand(500) => moves.extend([(at, Move::Rival), (at + later, Move::RivalDies)]),
            7 => moves.push((at, Move::Stop(dice.between(100, 10_000)))),
            _ => moves.push((at, Move::Die(dice.between(100, 10_000)))),
        }
    }
    moves.sort_by_key(|(at, _)| *at);
    moves
}
