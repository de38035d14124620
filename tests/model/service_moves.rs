//! What the service, the guests and the network do of themselves.

use crate::laws;
use crate::model::{Broken, FAULT, Model, Move};
use crate::mutants::Mutant;
use crate::state::{CONNECTED, ENDED, Lane, Left, Leg, Reply, Request, Slot, World, Wrapper};

impl Lane {
    pub(crate) fn is_heard(&self) -> bool {
        self.parts.iter().any(|part| part.heard.flowing)
    }

    /// Something happened: whoever follows is told.
    fn announce(&mut self, event: u8) {
        if self.is_heard() {
            self.transit |= event;
        }
    }

    fn close_leg(&mut self, leg: usize) {
        self.legs[leg] = Leg::JustClosed;
        self.announce(ENDED[leg]);
    }

    /// What was accepted takes effect. The end of the conversation is the end of everybody in it.
    fn take_effect(&self) -> Option<Self> {
        let mut lane = *self;
        let closing = self.legs.iter().position(|leg| *leg == Leg::Closing);
        if let Some(leg) = closing {
            lane.close_leg(leg);
        } else if self.wrapper == Wrapper::Closing {
            lane.wrapper = Wrapper::JustEnded;
            (0..2).filter(|leg| self.legs[*leg].is_live()).for_each(|leg| lane.close_leg(leg));
        } else {
            return None;
        }
        Some(lane)
    }

    /// The end of the last guest leg may end the conversation.
    fn cascade(&self) -> Option<Self> {
        let lives = matches!(self.wrapper, Wrapper::Live | Wrapper::Revived);
        (lives && !self.legs.iter().any(|leg| leg.is_live())).then_some(Self { wrapper: Wrapper::JustEnded, ..*self })
    }

    fn leave(&self) -> Option<Self> {
        let leg = self.legs.iter().position(|leg| matches!(leg, Leg::New | Leg::Live))?;
        let mut lane = *self;
        lane.close_leg(leg);
        Some(lane)
    }

    /// The guest comes back, with a communication of her own, to a conversation that lives again if it had ended.
    fn come_back(&self) -> Option<Self> {
        if !self.legs[0].is_closed() || self.legs[1] != Leg::Absent {
            return None;
        }
        let mut lane = *self;
        lane.legs[1] = Leg::New;
        lane.wrapper = match self.wrapper {
            Wrapper::Live | Wrapper::Revived | Wrapper::JustEnded => Wrapper::Live,
            Wrapper::Closing => Wrapper::Closing,
            Wrapper::Ended => Wrapper::Revived,
        };
        lane.announce(CONNECTED);
        Some(lane)
    }

    /// The live leg that the close of a guest's leg would close: whichever is live of its participant, unless it names one alone.
    pub(crate) fn hit_by(&self, request: Request) -> Option<usize> {
        match request {
            Request::Guest(_) => self.legs.iter().position(|leg| leg.is_live()),
            Request::Alone(leg) => Some(usize::from(leg)).filter(|leg| self.legs[*leg].is_live()),
            Request::Wrapper => None,
        }
    }

    /// A request arrives. Tells how it is answered; what it does comes later.
    pub(crate) fn arrive(&mut self, request: Request) -> Reply {
        match request {
            Request::Guest(_) | Request::Alone(_) => match self.hit_by(request) {
                Some(leg) => {
                    self.legs[leg] = Leg::Closing;
                    Reply::Accepted
                }
                None => Reply::Declined,
            },
            Request::Wrapper => match self.wrapper {
                Wrapper::Live | Wrapper::Revived | Wrapper::Closing => {
                    self.wrapper = Wrapper::Closing;
                    Reply::Accepted
                }
                Wrapper::JustEnded | Wrapper::Ended => Reply::Declined,
            },
        }
    }

    fn hear(&mut self, event: u8, mutant: Option<Mutant>) {
        let event = if mutant == Some(Mutant::EventsCloseAnyLeg) && event == ENDED[0] { ENDED[0] | ENDED[1] } else { event };
        for part in self.parts.iter_mut().filter(|part| part.heard.flowing) {
            part.heard.events |= event;
        }
    }
}

/// Something that the service, a guest or the network does to a session of itself.
pub(crate) struct ServiceMove {
    pub(crate) lane: Lane,
    pub(crate) left: Left,
    pub(crate) rank: u8,
    pub(crate) what: &'static str,
    /// The request that arrives, if one does.
    pub(crate) arrives: Option<Request>,
}

impl World {
    /// What the service, the guest and the network may do to a session of themselves, whoever sees it.
    pub(crate) fn service_steps(&self, n: usize) -> Vec<ServiceMove> {
        let (lane, left) = (&self.lanes[n], self.left);
        let (mut fewer_leaves, mut fewer_returns) = (left, left);
        fewer_leaves.leaves = left.leaves.saturating_sub(1);
        fewer_returns.returns = left.returns.saturating_sub(1);
        let mut steps = Vec::new();
        let mut step = |next: Option<Lane>, left, rank, what| {
            steps.extend(next.map(|lane| ServiceMove { lane, left, rank, what, arrives: None }));
        };
        step(lane.take_effect(), left, 2, "a close takes effect");
        step(lane.cascade(), left, FAULT, "the conversation ends after its last guest");
        step(lane.leave().filter(|_| left.leaves > 0), fewer_leaves, FAULT, "a guest leaves");
        step(lane.come_back().filter(|_| left.returns > 0), fewer_returns, FAULT, "a guest comes back");
        for request in Request::ALL.into_iter().filter(|request| lane.orphans[request.kind()] > 0) {
            let mut next = *lane;
            next.orphans[request.kind()] -= 1;
            next.arrive(request);
            let what = "a request arrives that nobody waits for";
            steps.push(ServiceMove { lane: next, left, rank: 1, what, arrives: Some(request) });
        }
        steps
    }
}

impl Model {
    pub(crate) fn service_moves(&mut self, world: &World, n: usize, moves: &mut Vec<Move>) -> Result<(), Broken> {
        if !self.is_whole && world.is_put_off(n) {
            return Ok(());
        }
        if self.is_whole || world.is_listened_to(n) {
            self.news(world, n, moves);
        }
        if self.is_whole || world.is_watched(n) {
            for ServiceMove { lane, left, rank, what, arrives } in world.service_steps(n) {
                if let Some(request) = arrives {
                    laws::arrives(self, world, n, request, None)?;
                }
                let mut to = World { left, ..*world };
                to.lanes[n] = lane;
                moves.push(Move { to, rank, what });
            }
        }
        self.arrivals(world, n, moves)
    }

    /// Events are heard, told twice, or lost.
    fn news(&self, world: &World, n: usize, moves: &mut Vec<Move>) {
        let lane = &world.lanes[n];
        let mut with = |lane: Lane, left: Left, rank: u8, what: &'static str| {
            let mut to = World { left, ..*world };
            to.lanes[n] = lane;
            moves.push(Move { to, rank, what });
        };
        let left = world.left;
        for event in [ENDED[0], CONNECTED, ENDED[1]].into_iter().filter(|event| lane.transit & event != 0) {
            let mut heard = *lane;
            heard.hear(event, self.mutant);
            let transit = lane.transit & !event;
            with(Lane { transit, ..heard }, left, 0, "an event is heard");
            if left.repeats > 0 {
                with(heard, Left { repeats: left.repeats - 1, ..left }, FAULT, "an event is heard, and will be again");
            }
            if left.losses > 0 {
                with(Lane { transit, ..*lane }, Left { losses: left.losses - 1, ..left }, FAULT, "an event is lost");
            }
        }
    }

    fn arrivals(&mut self, world: &World, n: usize, moves: &mut Vec<Move>) -> Result<(), Broken> {
        for c in 0..2 {
            let Slot::Sent(request) = world.lanes[n].parts[c].slot else { continue };
            laws::arrives(self, world, n, request, Some(c))?;
            let mut arrived = *world;
            let reply = arrived.lanes[n].arrive(request);
            let mut answer = |to: World, reply: Reply, rank: u8, what: &'static str| {
                let mut to = to;
                to.lanes[n].parts[c].slot = Slot::Answered(reply);
                if self.is(Mutant::AcceptedIsEnded) && reply == Reply::Accepted {
                    to.lanes[n].parts[c].heard.events |= request.leg().map_or(0, |leg| ENDED[leg]);
                }
                to.end_if_answered(c);
                moves.push(Move { to, rank, what });
            };
            answer(arrived, reply, 1, "a request is answered");
            if world.left.troubles > 0 {
                arrived.left.troubles -= 1;
                answer(arrived, Reply::Unsettled, FAULT, "a request arrives, and its answer is lost");
                let mut away = *world;
                away.left.troubles -= 1;
                answer(away, Reply::Declined, FAULT, "a request is declined without reason");
                away.lanes[n].orphans[request.kind()] += 1;
                answer(away, Reply::Unsettled, FAULT, "a request is given up, and arrives later");
            }
        }
        Ok(())
    }
}
