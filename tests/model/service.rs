//! The service as the engine's ports meet it: what a read shows, what an event tells, what a request is.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use webchat_terminator::plan::{Look as Seen, Write};
use webchat_terminator::termination::{
    Address, Answer, Communication, Effect, Event, EventKind, Fault, Participant, Reading, Setback, Source,
};

use crate::sessions::NOW;
use crate::state::{CONNECTED, ENDED, Lane, Leg, Look, Reply, Request, Shown, Wrapper};

/// The two conversations.
pub(crate) const CONVERSATIONS: [Uuid; 2] = [Uuid::from_u128(0xC0), Uuid::from_u128(0xC1)];
const GUEST: Uuid = Uuid::from_u128(0x10);
/// A guest's communication, and the one after coming back.
pub(crate) const LEGS: [Uuid; 2] = [Uuid::from_u128(0x11), Uuid::from_u128(0x12)];

/// The service's clock when the guest is: there, gone, back, gone again. Reads are taken at these times.
const READ: [i64; 4] = [10, 22, 30, 45];
/// When each leg connected and ended, by the service's clock.
const LIVES: [(i64, i64); 2] = [(0, 20), (25, 40)];

/// The service's clock. It runs far ahead of ours: nothing may compare the two.
fn at(seconds: i64) -> Timestamp {
    NOW + SignedDuration::from_secs(1_000_000 + seconds)
}

/// Legs that connected later are no targets.
pub(crate) fn legs_connected_before() -> Timestamp {
    at(5)
}

/// Which of a guest's legs a communication is.
pub(crate) fn leg_number(communication: Uuid) -> usize {
    usize::from(communication == LEGS[1])
}

fn setback() -> Setback {
    Setback { fault: Fault::new("timeout", "no answer"), retry_after: None }
}

impl Lane {
    fn moment(&self) -> u8 {
        match self.legs {
            [_, leg] if leg.is_closed() => 3,
            [_, leg] if leg.is_live() => 2,
            [leg, _] => u8::from(leg.is_closed()),
        }
    }

    /// What a read shows now: the truth, or what was true a moment ago.
    pub(crate) fn shown(&self, lagging: bool) -> Shown {
        let leg = |leg: Leg| match leg {
            Leg::Absent => None,
            Leg::New => (!lagging).then_some(true),
            Leg::Live | Leg::Closing => Some(true),
            Leg::JustClosed => Some(lagging),
            Leg::Closed => Some(false),
        };
        let ended = match self.wrapper {
            Wrapper::Live | Wrapper::Closing => false,
            Wrapper::JustEnded => !lagging,
            Wrapper::Ended => true,
            Wrapper::Revived => lagging,
        };
        Shown { legs: self.legs.map(leg), ended, moment: self.moment() }
    }
}

impl Shown {
    /// Whether it shows the end, and of how many legs.
    pub(crate) fn end(&self) -> Option<u8> {
        let live = self.legs.contains(&Some(true));
        (self.ended && !live).then(|| 1 + u8::from(self.legs[1].is_some()))
    }

    fn reading(&self) -> Reading {
        let communication = |n: usize| self.legs[n].map(|live| Communication { id: LEGS[n], connected_time: at(LIVES[n].0), live });
        let communications = [0, 1].into_iter().filter_map(communication).collect();
        let guest = Participant { id: GUEST, guest: true, after_call_work: false, communications };
        let taken = at(READ[usize::from(self.moment)]);
        // A conversation ends after the last leg that is shown.
        let end_time = at(LIVES[usize::from(self.legs[1].is_some())].1 + 1);
        Reading { taken, end_time: self.ended.then_some(end_time), participants: vec![guest] }
    }
}

impl Look {
    pub(crate) fn seen(self) -> Option<Seen> {
        match self {
            Self::None | Self::Asked => None,
            Self::Shown(shown) => Some(Seen::Seen(shown.reading())),
            Self::Failed => Some(Seen::Failed(setback())),
        }
    }
}

/// The events of a set, in the order in which they happened.
pub(crate) fn events(set: u8) -> Vec<Event> {
    let event = |kind, leg: usize, time| {
        let (participant_id, communication_id) = (GUEST, LEGS[leg]);
        Event { kind, participant_id, communication_id, time: at(time), source: Source::Notification }
    };
    let all = [
        (ENDED[0], event(EventKind::Ended, 0, LIVES[0].1)),
        (CONNECTED, event(EventKind::Connected, 1, LIVES[1].0)),
        (ENDED[1], event(EventKind::Ended, 1, LIVES[1].1)),
    ];
    all.into_iter().filter(|(bit, _)| set & bit != 0).map(|(_, event)| event).collect()
}

impl Request {
    pub(crate) fn of(write: &Write) -> Self {
        match write.effect {
            // Every leg of a guest has the same participant here: the close of one closes whichever is live.
            Effect::CloseGuestLeg { communication_id, address: Address::Participant, .. } => {
                Self::Guest(u8::from(leg_number(communication_id) == 1))
            }
            Effect::CloseWrapper => Self::Wrapper,
            Effect::CloseGuestLeg { communication_id, address: Address::Communication, .. } => {
                Self::Alone(u8::from(leg_number(communication_id) == 1))
            }
            Effect::Teardown => panic!("not in this model: {write:?}"),
        }
    }
}

impl Reply {
    pub(crate) fn answer(self) -> Answer {
        match self {
            Self::Accepted => Answer::Accepted(None),
            Self::Declined => Answer::Declined(Fault::new("bad.request", "declined")),
            Self::Unsettled => Answer::Unsettled(setback()),
            Self::Withheld => Answer::Withheld,
        }
    }

    pub(crate) fn of(answer: &Answer) -> Self {
        match answer {
            Answer::Accepted(_) => Self::Accepted,
            Answer::Declined(_) => Self::Declined,
            Answer::Unsettled(_) => Self::Unsettled,
            Answer::Withheld => Self::Withheld,
            Answer::Barred(..) | Answer::Postponed(_) => panic!("not in this model: {answer:?}"),
        }
    }
}
