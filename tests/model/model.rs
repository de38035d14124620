//! The model: every move that there is from a state, and what must hold of it.

use std::collections::HashMap;

use crate::mutants::Mutant;
use crate::round::{Rest, Tape};
use crate::service::CONVERSATIONS;
use crate::sessions::{LONG, NOW, Sessions, Written};
use crate::state::{Heard, Left, Look, Reply, Requests, World};
#[cfg(test)]
use crate::{explore::explore, round::number};
use webchat_terminator::termination::{Session, State};

/// What is not part of the fault-free continuation.
pub(crate) const FAULT: u8 = u8::MAX;

/// One move.
pub(crate) struct Move {
    pub(crate) to: World,
    /// The fault-free continuation takes the lowest rank that changes anything.
    pub(crate) rank: u8,
    pub(crate) what: &'static str,
}

/// An invariant that does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) invariant: u8,
    pub(crate) what: &'static str,
}

pub(crate) fn broken<T>(invariant: u8, what: &'static str) -> Result<T, Broken> {
    Err(Broken { invariant, what })
}

/// What a controller's round is told before it looks.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Told {
    pub(crate) view: Written,
    pub(crate) stopped: bool,
    pub(crate) answers: [Option<Reply>; 2],
    pub(crate) heard: [Heard; 2],
    pub(crate) backwards: bool,
}

/// What it asks for then.
#[derive(Clone, Copy)]
pub(crate) struct Asks {
    pub(crate) follows: [bool; 2],
    pub(crate) looks: [bool; 2],
}

/// What it plans.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) written: Written,
    pub(crate) requests: Requests,
    /// Whether it has to be written at all.
    pub(crate) is_news: bool,
}

/// The residual window, as it was met: requests that arrived when the record did not name them any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Residual {
    /// They changed nothing.
    pub(crate) idle: u64,
    /// They closed a guest's leg.
    pub(crate) guest: u64,
    /// They closed a wrapper.
    pub(crate) wrapper: u64,
}

pub(crate) struct Model {
    pub(crate) sessions: Sessions,
    pub(crate) mutant: Option<Mutant>,
    /// Whether everything is explored, also what need not be.
    pub(crate) is_whole: bool,
    /// Whether rounds are also recorded for the sake of sessions that are not in the model.
    pub(crate) has_neighbours: bool,
    pub(crate) residual: Residual,
    asks: HashMap<Told, Asks>,
    plans: HashMap<(Told, [Look; 2], bool), Plan>,
    stand_ins: HashMap<Requests, Tape>,
    sends: HashMap<(Requests, Rest), Requests>,
}

impl Model {
    pub(crate) fn new(mutant: Option<Mutant>) -> Self {
        let (asks, plans, stand_ins, sends) = Default::default();
        Self {
            sessions: Sessions::new(),
            mutant,
            is_whole: false,
            has_neighbours: false,
            residual: Residual::default(),
            asks,
            plans,
            stand_ins,
            sends,
        }
    }

    /// One session, among neighbours of which nothing is assumed. All that sessions share is their record, so all that a neighbour can do
    /// to the one is to have a record written.
    pub(crate) fn alone(&mut self, left: Left) -> World {
        self.has_neighbours = true;
        let over = Session { state: State::NotFound, since: Some(NOW - LONG), ..Session::default() };
        let mut world = World::new(left);
        world.lanes[1].record = self.sessions.number(&over, NOW);
        self.tidy(world)
    }

    /// How many different rounds were run.
    pub(crate) fn rounds(&self) -> usize {
        self.plans.len()
    }

    pub(crate) fn is(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }

    /// Every move from a state.
    ///
    /// # Errors
    /// The first invariant that one of them breaks.
    pub(crate) fn moves(&mut self, world: &World, moves: &mut Vec<Move>) -> Result<(), Broken> {
        moves.clear();
        for n in 0..2 {
            self.service_moves(world, n, moves)?;
        }
        for c in 0..2 {
            self.controller_moves(world, c, moves)?;
        }
        self.time_moves(world, moves);
        Ok(())
    }

    fn tape(&self, told: &Told, looks: [Look; 2], slow_looks: bool) -> Tape {
        let everybody = self.is(Mutant::LatecomersAreTargets);
        let Told { view, stopped, answers, heard, backwards } = *told;
        let view = self.sessions.progress(&view, CONVERSATIONS);
        Tape { view, stopped, answers, heard, backwards, looks, slow_looks, everybody }
    }

    /// What a round asks for, as the shipped code has it.
    pub(crate) fn asks(&mut self, told: &Told) -> Asks {
        if let Some(asks) = self.asks.get(told) {
            return *asks;
        }
        let deeds = self.tape(told, [Look::None; 2], false).asks();
        let asks = Asks {
            follows: CONVERSATIONS.map(|id| deeds.followed.contains(&id)),
            looks: CONVERSATIONS.map(|id| deeds.looked.contains(&id)),
        };
        self.asks.insert(*told, asks);
        asks
    }

    /// What a round plans, as the shipped code has it.
    pub(crate) fn plan(&mut self, told: &Told, looks: [Look; 2], slow: bool) -> Plan {
        if let Some(plan) = self.plans.get(&(*told, looks, slow)) {
            return *plan;
        }
        let tape = self.tape(told, looks, slow);
        let (progress, names_writes) = tape.plans().recorded.expect("a round comes to its record");
        let written = self.sessions.written(&progress, tape.planned_at());
        let mut requests = [None; 2];
        if names_writes {
            requests = tape.sends(Rest { slow_record: false, leave: [true; 2], replies: [Reply::Accepted; 2] });
            self.stand_ins.entry(requests).or_insert_with(|| tape.clone());
        }
        let is_news = names_writes || !progress.says_the_same_as(&tape.view);
        let plan = Plan { written, requests, is_news };
        self.plans.insert((*told, looks, slow), plan);
        plan
    }

    /// What is sent of what is recorded, as the shipped code has it.
    pub(crate) fn sends(&mut self, requests: Requests, slow_record: bool, leave: [bool; 2]) -> [bool; 2] {
        let slow_record = slow_record && !self.is(Mutant::RecordCoversForever);
        let rest = Rest { slow_record, leave, replies: [Reply::Accepted; 2] };
        if let Some(sent) = self.sends.get(&(requests, rest)) {
            return sent.map(|sent| sent.is_some());
        }
        let Some(tape) = self.stand_ins.get(&requests) else {
            // Planned for the same sessions under each other's names.
            let [first, second] = self.sends([requests[1], requests[0]], slow_record, [leave[1], leave[0]]);
            return [second, first];
        };
        let sent = tape.sends(rest);
        for reply in [Reply::Accepted, Reply::Declined, Reply::Unsettled] {
            let ends = tape.ends(Rest { replies: [reply; 2], ..rest });
            let expected = [0, 1].map(|n| requests[n].map(|_| if sent[n].is_some() { reply } else { Reply::Withheld }));
            assert_eq!(ends, expected, "what is answered is handed on as it is");
        }
        self.sends.insert((requests, rest), sent);
        sent.map(|sent| sent.is_some())
    }
}

/// The same under the sessions' other names.
fn swapped<T: Copy>(pair: [T; 2]) -> [T; 2] {
    [pair[1], pair[0]]
}

#[test]
fn a_new_order_follows_and_looks_at_both_sessions() {
    assert_eq!(CONVERSATIONS.map(number), [0, 1]);
    let mut model = Model::new(None);
    let told = Told { view: Written::default(), stopped: false, answers: [None; 2], heard: [Heard::default(); 2], backwards: false };
    let asks = model.asks(&told);
    assert_eq!((asks.follows, asks.looks), ([true; 2], [true; 2]));
}

#[test]
fn sessions_have_no_names_of_their_own() {
    let mut model = Model::new(None);
    let left = Left { returns: 1, losses: 1, ..Left::default() };
    assert!(explore(&mut model, World::new(left)).is_ok());
    let planned: Vec<_> = model.plans.keys().copied().collect();
    for (told, looks, slow) in &planned {
        let plan = model.plan(told, *looks, *slow);
        let view = Written { sessions: swapped(told.view.sessions), ..told.view };
        let mirrored = Told { view, answers: swapped(told.answers), heard: swapped(told.heard), ..*told };
        let other = model.plan(&mirrored, swapped(*looks), *slow);
        let expected = Written { sessions: swapped(plan.written.sessions), ..plan.written };
        assert_eq!((other.written, other.requests, other.is_news), (expected, swapped(plan.requests), plan.is_news));
    }
    assert!(planned.len() > 1000, "{} plans", planned.len());
}
