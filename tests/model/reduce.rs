//! What need not be explored twice.
//!
//! Two moves that neither see nor hinder each other lead to the same state in either order, and one order is enough:
//! - *Service moves* (a close takes effect, a conversation ends, a guest leaves or comes back, a request arrives that nobody waits for) are
//!   seen by looks, by what is heard, and by requests that arrive at the same conversation. While all that goes on is that plans are made
//!   durable and sent, they are put off until the round's end, unless a request is on its way to that conversation; and what could happen
//!   while looks are under way could as well happen before they were asked for, since a look tells of the moment of its answer, unless
//!   time passed or the conversation was not followed before.
//! - What is *heard* is seen where a round begins. Until somebody who follows is between two rounds, it is put off.
//! - *Time* is not put off: it turns the present into the past. Whatever was put off may happen before it passes.
//! - A controller that does not lead and never will again, and whose view is stale or whose record is written, sends nothing: it is out.
//! - An *event* about a leg of which everybody knows already changes nothing.
//! - A *request* that arrives where no guest is and none will be, or after the end, changes nothing.
//! - A session that is final in every eye, and to which no request is on its way, is over: what else becomes of it changes nothing.

use crate::model::Model;
use crate::service::leg_number;
use crate::service_moves::ServiceMove;
use crate::sessions::Number;
use crate::state::{CONNECTED, Controller, ENDED, Heard, Lane, Leg, Phase, Slot, World, Wrapper};

impl World {
    /// Whether a request of somebody who waits is on its way to a session.
    fn is_awaited(&self, n: usize) -> bool {
        self.lanes[n].parts.iter().any(|part| matches!(part.slot, Slot::Sent(_)))
    }

    /// Whether somebody could see at once what the service does to a session.
    pub(crate) fn is_watched(&self, n: usize) -> bool {
        (0..2).any(|c| {
            let controller = &self.controllers[c];
            let followed = self.lanes.iter().all(|lane| lane.parts[c].told.flowing && !lane.parts[c].told.missed);
            match controller.phase {
                Phase::Out | Phase::Idle => self.leads(c),
                Phase::Looking => !self.leads(c) || controller.slow || !followed,
                Phase::Looked | Phase::Planned | Phase::Recorded | Phase::Sending => false,
            }
        }) || self.is_awaited(n)
    }

    /// Whether what happens to the second session is put off until the request for the first one has arrived: neither sees the other.
    pub(crate) fn is_put_off(&self, n: usize) -> bool {
        let both = (0..2).any(|c| self.lanes.iter().all(|lane| matches!(lane.parts[c].slot, Slot::Sent(_))));
        let quiet = self.controllers[usize::from(self.holder)].phase == Phase::Sending;
        n == 1 && both && quiet && self.left.troubles == 0
    }

    /// Whether what is heard of a session could be told at once.
    pub(crate) fn is_listened_to(&self, n: usize) -> bool {
        (0..2).any(|c| self.controllers[c].phase == Phase::Idle && self.lanes[n].parts[c].heard.flowing)
    }

    /// Everything that may have happened by now of what was put off.
    pub(crate) fn caught_up(&self) -> Vec<Self> {
        let mut worlds = vec![*self];
        let mut next = 0;
        while next < worlds.len() {
            let world = worlds[next];
            for n in (0..2).filter(|n| !self.is_watched(*n)) {
                for ServiceMove { lane, left, .. } in world.service_steps(n) {
                    let mut to = World { left, ..world };
                    to.lanes[n] = lane;
                    if !worlds.contains(&to) {
                        worlds.push(to);
                    }
                }
            }
            next += 1;
        }
        worlds
    }
}

impl Model {
    /// The same state without what nobody can see any more.
    pub(crate) fn tidy(&self, mut world: World) -> World {
        if self.is_whole {
            return world;
        }
        for c in 0..2 {
            let Controller { phase, times, stale, .. } = world.controllers[c];
            let never_leads = !world.leads(c) && world.left.passes == 0 && self.mutant.is_none();
            let fenced = match phase {
                Phase::Looking | Phase::Looked | Phase::Planned => stale,
                Phase::Recorded => true,
                Phase::Out | Phase::Idle | Phase::Sending => false,
            };
            if never_leads && fenced || phase == Phase::Idle && times.finished && world.times.finished {
                world.forget(c);
            }
        }
        for n in 0..2 {
            let eyes = [0, 1].map(|c| (world.controllers[c].phase != Phase::Out).then(|| world.lanes[n].parts[c].session));
            let is_final = |number| self.sessions.get(number).state.is_final();
            let lane = &mut world.lanes[n];
            let over = is_final(lane.record) && eyes.iter().flatten().all(|number| is_final(*number));
            let at_rest = lane.orphans == [0; 5] && lane.parts.iter().all(|part| part.slot == Slot::Empty);
            let matters = match over {
                true => 0,
                false => eyes.iter().flatten().chain([&lane.record]).fold(0, |all, number| all | self.matters(*number)),
            };
            if world.left.returns == 0 || lane.legs[1] != Leg::Absent {
                let no_guest = !lane.legs.iter().any(|leg| leg.is_live());
                let ended = matches!(lane.wrapper, Wrapper::JustEnded | Wrapper::Ended);
                lane.orphans = if no_guest { [0, 0, if ended { 0 } else { lane.orphans[2] }, 0, 0] } else { lane.orphans };
            }
            let heard = lane.parts.iter().any(|part| part.heard.flowing);
            lane.transit &= if heard { matters } else { 0 };
            for part in &mut lane.parts {
                part.heard.events &= matters;
                part.told.events &= matters;
                if over {
                    (part.heard, part.told, part.cut) = (Heard::default(), Heard::default(), false);
                }
            }
            if over && at_rest {
                let Lane { record, parts, .. } = *lane;
                let legs = [Leg::Closed, Leg::Closed];
                *lane = Lane { record, parts, legs, wrapper: Wrapper::Ended, ..Lane::default() };
            }
        }
        world
    }

    /// Whether the leader has nothing to do by now, or is not there. That it is slow all the same is one of the troubles.
    pub(crate) fn waits(&mut self, world: &World) -> bool {
        let c = usize::from(world.holder);
        match world.controllers[c].phase {
            Phase::Out => true,
            Phase::Idle => {
                let news = world.lanes.iter().any(|lane| lane.parts[c].slot != Slot::Empty || lane.parts[c].heard.events != 0);
                !news && !self.asks(&world.told(c, |part| part.heard)).looks.contains(&true)
            }
            Phase::Looking | Phase::Looked | Phase::Planned | Phase::Recorded | Phase::Sending => false,
        }
    }

    /// The events that can change anything about a session: none about a leg of which it is recorded already.
    fn matters(&self, number: Number) -> u8 {
        let leg = |n: usize| self.sessions.get(number).legs.iter().find(|leg| leg_number(leg.communication_id) == n);
        let open = |n: usize| leg(n).is_none_or(|leg| !leg.closed);
        let ended = |n: usize| if open(n) { ENDED[n] } else { 0 };
        ended(0) | ended(1) | if leg(1).is_none() { CONNECTED } else { 0 }
    }
}
