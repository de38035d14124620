//! One thing wrong at a time, each a value that the shipped code would be fed if the line behind an invariant were wrong.

use crate::model::Model;
use crate::sessions::{NOW, Written};
use crate::state::{Left, World};
use webchat_terminator::termination::State;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// The record is written as it was: nothing names what is sent.
    RecordNamesNothing,
    /// A record is stored whatever view it comes from.
    NoVersionCheck,
    /// Whoever does not lead, or was stopped, may send all the same.
    LeaveForEverybody,
    /// A record covers a request however late it begins.
    RecordCoversForever,
    /// A process that starts takes the record for empty.
    RestartForgets,
    /// A record takes final rows back.
    FinalRowsAreReopened,
    /// What the record says of a leg counts as a read of it.
    NoFreshRead,
    /// A read does not tell of a guest who came back.
    NewcomersUnseen,
    /// A read shows what was accepted as done: guest legs.
    AcceptedCloseIsRead,
    /// A read shows what was accepted as done: conversations.
    AcceptedEndIsRead,
    /// An accepted close counts as an event that it is done.
    AcceptedIsEnded,
    /// An event closes the leg of another communication too.
    EventsCloseAnyLeg,
    /// A record takes back that a guest leg is closed.
    ClosedLegsAreReopened,
    /// Whoever came later is a target too.
    LatecomersAreTargets,
    /// Records are written, and nobody is told.
    NobodyIsTold,
}

impl Mutant {
    /// Every mutant: the invariants of which it breaks one, and what must be able to go wrong besides.
    pub(crate) const ALL: [(Self, &[u8], Left); 15] = {
        let none = Left { crashes: 0, losses: 0, repeats: 0, returns: 0, leaves: 0, passes: 0, troubles: 0, stops: 0 };
        let (pass, back, stop) = (Left { passes: 1, ..none }, Left { returns: 1, ..none }, Left { stops: 1, ..none });
        [
            (Self::RecordNamesNothing, &[2], none),
            (Self::NoVersionCheck, &[2], pass),
            (Self::LeaveForEverybody, &[3], stop),
            (Self::RecordCoversForever, &[2], Left { passes: 2, ..none }),
            (Self::RestartForgets, &[6, 8], Left { crashes: 1, ..none }),
            (Self::FinalRowsAreReopened, &[6], none),
            (Self::NoFreshRead, &[1], Left { leaves: 1, ..back }),
            (Self::NewcomersUnseen, &[1], back),
            (Self::AcceptedCloseIsRead, &[1], none),
            (Self::AcceptedEndIsRead, &[4], none),
            (Self::AcceptedIsEnded, &[1], none),
            (Self::EventsCloseAnyLeg, &[1], Left { repeats: 1, ..back }),
            (Self::ClosedLegsAreReopened, &[8], none),
            (Self::LatecomersAreTargets, &[8], Left { leaves: 1, ..back }),
            (Self::NobodyIsTold, &[5], none),
        ]
    };
}

impl Model {
    /// What a record becomes when it is stored.
    pub(crate) fn stored(&mut self, world: &World, next: &Written) -> Written {
        let mut stored = *next;
        if self.is(Mutant::RecordNamesNothing) {
            stored.sessions = world.record().sessions;
        }
        if self.is(Mutant::FinalRowsAreReopened) {
            for (n, lane) in world.lanes.iter().enumerate() {
                if self.sessions.get(lane.record).state.is_final() {
                    stored.sessions[n] = 0;
                }
            }
        }
        if self.is(Mutant::ClosedLegsAreReopened) {
            for (n, lane) in world.lanes.iter().enumerate() {
                let mut session = self.sessions.get(stored.sessions[n]).clone();
                if session.state == State::WrapperCloseAccepted && self.sessions.get(lane.record).state == State::WrapperCloseRequested {
                    session.legs.iter_mut().for_each(|leg| leg.closed = false);
                    stored.sessions[n] = self.sessions.number(&session, NOW);
                }
            }
        }
        stored
    }
}
