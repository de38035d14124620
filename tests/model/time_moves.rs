//! What is nobody's doing: time passes, the lease passes on, the channel is cut, the user cancels.

use crate::model::{FAULT, Model, Move};
use crate::state::{Leg, Phase, Reply, Slot, World, Wrapper};

impl World {
    /// No request outlives its sender's patience, which is shorter than the lease: nobody waits for it any more, and it may still arrive.
    pub(crate) fn gives_up(&mut self) -> bool {
        let mut any = false;
        for c in 0..2 {
            for lane in &mut self.lanes {
                if let Slot::Sent(request) = lane.parts[c].slot {
                    lane.orphans[request.kind()] += 1;
                    lane.parts[c].slot = Slot::Answered(Reply::Unsettled);
                    any = true;
                }
            }
            if self.controllers[c].phase == Phase::Sending {
                self.end_round(c);
            }
        }
        any
    }
}

impl Model {
    /// Time passes, the lease passes on, the channel is cut, the user cancels.
    pub(crate) fn time_moves(&mut self, world: &World, moves: &mut Vec<Move>) {
        let left = world.left;
        if left.stops > 0 && !world.stopped {
            let mut to = World { stopped: true, ..*world };
            to.left.stops -= 1;
            moves.push(Move { to, rank: FAULT, what: "the user cancels" });
        }
        if left.losses > 0 && (0..2).any(|n| world.is_listened_to(n)) {
            let mut to = *world;
            to.left.losses -= 1;
            for lane in &mut to.lanes {
                lane.transit = 0;
                lane.parts.iter_mut().filter(|part| part.heard.flowing).for_each(|part| (part.heard.missed, part.cut) = (true, true));
            }
            moves.push(Move { to, rank: FAULT, what: "the channel is cut" });
        }
        let waits = self.waits(world);
        for (before, rank) in self.before_time_passes(world) {
            let left = before.left;
            let mut to = before;
            let given_up = to.gives_up();
            if waits && !given_up {
                moves.push(Move { to: self.later(to), rank, what: "time passes" });
            } else if left.troubles > 0 {
                to.left.troubles -= 1;
                moves.push(Move { to: self.later(to), rank: FAULT, what: "time passes in the middle of a round" });
            }
            if left.passes > 0 {
                let mut to = World { holder: 1 - before.holder, ..before };
                to.left.passes -= 1;
                to.gives_up();
                to.rest_if_idle(usize::from(before.holder));
                moves.push(Move { to: self.later(to), rank: FAULT, what: "time passes, and the lease passes on" });
            }
        }
    }

    /// How things may stand when time passes: what was put off may have happened, and a look may have been answered before and be heard
    /// of after.
    pub(crate) fn before_time_passes(&self, world: &World) -> Vec<(World, u8)> {
        let mut worlds: Vec<(World, u8)> = world.caught_up().into_iter().map(|world| (world, 5)).collect();
        for (world, _) in worlds.clone() {
            for c in (0..2).filter(|c| world.controllers[*c].phase == Phase::Looking && world.left.troubles > 0) {
                for (mut to, _) in self.served(&world, c) {
                    if to.left.troubles == world.left.troubles {
                        to.left.troubles -= 1;
                        to.controllers[c].phase = Phase::Looked;
                        worlds.push((to, FAULT));
                    }
                }
            }
        }
        worlds
    }

    /// The same a step of time later.
    pub(crate) fn later(&mut self, mut world: World) -> World {
        for c in 0..2 {
            let phase = world.controllers[c].phase;
            world.controllers[c].slow |= matches!(phase, Phase::Looking | Phase::Looked | Phase::Planned | Phase::Recorded);
            // A round that has begun goes on in its own time.
            if !matches!(phase, Phase::Looking | Phase::Looked | Phase::Out) {
                world.lanes.iter_mut().for_each(|lane| lane.parts[c].session = self.sessions.aged(lane.parts[c].session));
            }
        }
        for lane in &mut world.lanes {
            lane.record = self.sessions.aged(lane.record);
            lane.legs = lane.legs.map(|leg| match leg {
                Leg::New => Leg::Live,
                Leg::JustClosed => Leg::Closed,
                Leg::Absent | Leg::Live | Leg::Closing | Leg::Closed => leg,
            });
            lane.wrapper = match lane.wrapper {
                Wrapper::JustEnded => Wrapper::Ended,
                Wrapper::Revived => Wrapper::Live,
                Wrapper::Live | Wrapper::Closing | Wrapper::Ended => lane.wrapper,
            };
        }
        world
    }
}
