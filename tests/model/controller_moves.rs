//! What the controllers do, and how time passes for them.

use crate::laws;
use crate::model::{Broken, FAULT, Model, Move, Told};
use crate::mutants::Mutant;
use crate::sessions::Written;
use crate::state::{Controller, Heard, Leg, Look, Part, Phase, Reply, Slot, World, Wrapper};
use webchat_terminator::termination::State;

impl Part {
    fn forget_what_was_told(&mut self) {
        (self.told, self.read, self.cut) = (Heard::default(), false, false);
    }
}

impl World {
    /// A controller that does not lead does not begin a round, and what it knew is old when it leads again.
    pub(crate) fn rest_if_idle(&mut self, c: usize) {
        if self.controllers[c].phase == Phase::Idle && !self.leads(c) {
            self.forget(c);
        }
    }

    pub(crate) fn end_round(&mut self, c: usize) {
        self.controllers[c].phase = Phase::Idle;
        self.controllers[c].slow = false;
        self.controllers[c].knows_of_stop = false;
        self.rest_if_idle(c);
    }

    pub(crate) fn end_if_answered(&mut self, c: usize) {
        if self.lanes.iter().all(|lane| !matches!(lane.parts[c].slot, Slot::Sent(_))) {
            self.end_round(c);
        }
    }

    /// What was heard is on record.
    fn take(&mut self, c: usize) {
        for part in self.lanes.iter_mut().map(|lane| &mut lane.parts[c]) {
            part.heard.events &= !part.told.events;
            part.heard.missed &= !part.read || part.cut;
            part.forget_what_was_told();
        }
    }

    /// The record is read again, and what came before is given up.
    fn read_again(&mut self, c: usize) {
        let record = self.record();
        self.set_view(c, record);
        self.controllers[c].stale = false;
        for part in self.lanes.iter_mut().map(|lane| &mut lane.parts[c]) {
            part.forget_what_was_told();
            part.slot = Slot::Empty;
        }
        self.end_round(c);
    }

    pub(crate) fn told(&self, c: usize, heard: fn(&Part) -> Heard) -> Told {
        let answer = |slot: Slot| match slot {
            Slot::Answered(reply) => Some(reply),
            Slot::Empty | Slot::Planned(_) | Slot::Sent(_) => None,
        };
        let Controller { backwards, knows_of_stop, .. } = self.controllers[c];
        let answers = self.lanes.map(|lane| answer(lane.parts[c].slot));
        Told { view: self.view(c), stopped: knows_of_stop, answers, heard: self.lanes.map(|lane| heard(&lane.parts[c])), backwards }
    }
}

impl Model {
    pub(crate) fn controller_moves(&mut self, world: &World, c: usize, moves: &mut Vec<Move>) -> Result<(), Broken> {
        let leads = world.leads(c);
        match world.controllers[c].phase {
            Phase::Out if leads => self.starts(world, c, moves)?,
            Phase::Out if world.left.troubles > 0 => {
                let mut to = *world;
                to.left.troubles -= 1;
                to.set_view(c, world.record());
                to.controllers[c].phase = Phase::Idle;
                moves.push(Move { to, rank: FAULT, what: "a controller that does not lead reads the record, ahead of time" });
            }
            Phase::Out => return Ok(()),
            Phase::Idle if leads => self.starts(world, c, moves)?,
            Phase::Idle => {}
            Phase::Looking => {
                for (to, rank) in self.served(world, c) {
                    self.plans(to, c, rank, moves)?;
                }
            }
            Phase::Looked => self.plans(*world, c, 3, moves)?,
            Phase::Planned => self.records(world, c, moves)?,
            Phase::Recorded => self.sends_what_it_recorded(world, c, moves)?,
            Phase::Sending => {}
        }
        if world.left.crashes > 0 && world.controllers[c].phase != Phase::Out {
            let mut to = *world;
            to.left.crashes -= 1;
            to.forget(c);
            moves.push(Move { to, rank: FAULT, what: "a controller dies" });
        }
        Ok(())
    }

    /// A round begins: it follows, and asks for its looks.
    fn starts(&mut self, world: &World, c: usize, moves: &mut Vec<Move>) -> Result<(), Broken> {
        let mut ready = *world;
        if ready.controllers[c].phase == Phase::Out {
            ready.set_view(c, if self.is(Mutant::RestartForgets) { Written::default() } else { world.record() });
        }
        if ready.controllers[c].times.finished {
            return Ok(());
        }
        let several = world.lanes.iter().any(|lane| lane.parts[c].heard.events.count_ones() > 1);
        for backwards in if several { &[false, true][..] } else { &[false] } {
            let mut to = ready;
            to.controllers[c].backwards = *backwards;
            to.controllers[c].knows_of_stop = world.stopped;
            let asks = self.asks(&to.told(c, |part| part.heard));
            for (n, lane) in to.lanes.iter_mut().enumerate() {
                let part = &mut lane.parts[c];
                if asks.follows[n] {
                    part.heard = part.heard.following();
                }
                (part.told, part.cut) = (part.heard, false);
                part.look = if asks.looks[n] { Look::Asked } else { Look::None };
            }
            if asks.looks.contains(&true) {
                to.controllers[c].phase = Phase::Looking;
                moves.push(Move { to, rank: 4, what: "a round begins" });
            } else {
                self.plans(to, c, 4, moves)?;
            }
        }
        Ok(())
    }

    /// Its looks are answered: by the truth, by what was true a moment ago, or not at all.
    pub(crate) fn served(&self, world: &World, c: usize) -> Vec<(World, u8)> {
        let mut worlds = vec![(*world, 3)];
        for n in (0..2).filter(|n| world.lanes[*n].parts[c].look == Look::Asked) {
            let mut next = Vec::new();
            for (world, rank) in worlds {
                let lane = &world.lanes[n];
                let truth = lane.shown(false);
                let past = Some(lane.shown(true)).filter(|past| *past != truth);
                for (shown, rank) in std::iter::once((truth, rank)).chain(past.map(|past| (past, FAULT))) {
                    let mut to = world;
                    to.lanes[n].parts[c].look = Look::Shown(shown);
                    next.push((to, rank));
                }
                if world.left.troubles > 0 {
                    let mut to = world;
                    to.left.troubles -= 1;
                    to.lanes[n].parts[c].look = Look::Failed;
                    next.push((to, FAULT));
                }
            }
            worlds = next;
        }
        worlds
    }

    /// Its plan is made; what says nothing new is not written.
    fn plans(&mut self, world: World, c: usize, rank: u8, moves: &mut Vec<Move>) -> Result<(), Broken> {
        let looks = [0, 1].map(|n| self.mutated_look(&world, n, c));
        let plan = self.plan(&world.told(c, |part| part.told), looks, world.controllers[c].slow);
        laws::planned(self, &world, c, &plan)?;
        let mut to = world;
        to.set_view(c, plan.written);
        let own = &mut to.controllers[c];
        (own.phase, own.slow, own.backwards) = (Phase::Planned, false, false);
        for (n, lane) in to.lanes.iter_mut().enumerate() {
            let part = &mut lane.parts[c];
            part.read = matches!(part.look, Look::Shown(_));
            part.told = Heard { events: part.told.events, ..Heard::default() };
            part.look = Look::None;
            part.slot = plan.requests[n].map_or(Slot::Empty, Slot::Planned);
        }
        if !plan.is_news {
            if self.has_neighbours {
                moves.push(Move { to, rank: FAULT, what: "a plan is made, and a neighbour has news" });
            }
            to.take(c);
            to.end_round(c);
        }
        moves.push(Move { to, rank, what: "a plan is made" });
        Ok(())
    }

    fn mutated_look(&self, world: &World, n: usize, c: usize) -> Look {
        let lane = &world.lanes[n];
        let look = lane.parts[c].look;
        let Look::Shown(mut shown) = look else { return look };
        match self.mutant {
            // As if the record were a read.
            Some(Mutant::NoFreshRead) if self.sessions.get(lane.parts[c].session).state == State::GuestLegClosed => {
                shown.legs = shown.legs.map(|leg| leg.map(|_| false));
            }
            Some(Mutant::NewcomersUnseen) => shown.legs[1] = None,
            Some(Mutant::AcceptedCloseIsRead) => {
                (0..2).filter(|leg| lane.legs[*leg] == Leg::Closing).for_each(|leg| shown.legs[leg] = Some(false));
            }
            Some(Mutant::AcceptedEndIsRead) => shown.ended |= lane.wrapper == Wrapper::Closing,
            Some(_) | None => {}
        }
        Look::Shown(shown)
    }

    /// Its record is made durable, if nobody has written since.
    fn records(&mut self, world: &World, c: usize, moves: &mut Vec<Move>) -> Result<(), Broken> {
        let trouble = world.left.troubles > 0;
        if trouble {
            let mut to = *world;
            to.left.troubles -= 1;
            to.read_again(c);
            moves.push(Move { to, rank: FAULT, what: "a record is refused" });
        }
        let mut to = *world;
        if world.controllers[c].stale && !self.is(Mutant::NoVersionCheck) {
            to.read_again(c);
            moves.push(Move { to, rank: 3, what: "a record comes from a stale view" });
            return Ok(());
        }
        let written = self.stored(world, &world.view(c));
        laws::recorded(self, world, &written)?;
        to.times = written.times;
        (0..2).for_each(|n| to.lanes[n].record = written.sessions[n]);
        to.controllers[1 - c].stale = to.controllers[1 - c].phase != Phase::Out;
        if trouble {
            let mut untold = to;
            untold.left.troubles -= 1;
            untold.read_again(c);
            moves.push(Move { to: untold, rank: FAULT, what: "a record is durable, and nobody is told" });
        }
        to.controllers[c].stale = false;
        to.take(c);
        to.controllers[c].phase = Phase::Recorded;
        if self.is(Mutant::NobodyIsTold) {
            to.read_again(c);
        } else if to.lanes.iter().all(|lane| lane.parts[c].slot == Slot::Empty) {
            to.end_round(c);
        }
        moves.push(Move { to, rank: 3, what: "a record is durable" });
        Ok(())
    }

    fn sends_what_it_recorded(&mut self, world: &World, c: usize, moves: &mut Vec<Move>) -> Result<(), Broken> {
        let knows = !world.stopped || world.controllers[c].knows_of_stop;
        let leave = self.is(Mutant::LeaveForEverybody) || world.leads(c) && knows;
        let requests = world.lanes.map(|lane| match lane.parts[c].slot {
            Slot::Planned(request) => Some(request),
            Slot::Empty | Slot::Sent(_) | Slot::Answered(_) => None,
        });
        let sent = self.sends(requests, world.controllers[c].slow, [leave; 2]);
        let mut to = *world;
        to.controllers[c].phase = Phase::Sending;
        to.controllers[c].slow = false;
        for (n, request) in requests.into_iter().enumerate() {
            let Some(request) = request else { continue };
            if sent[n] {
                laws::sent(self, world, c, n, request)?;
            }
            to.lanes[n].parts[c].slot = if sent[n] { Slot::Sent(request) } else { Slot::Answered(Reply::Withheld) };
        }
        to.end_if_answered(c);
        moves.push(Move { to, rank: 3, what: "requests are sent" });
        Ok(())
    }
}
