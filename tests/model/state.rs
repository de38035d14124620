//! A state of everything: two sessions, two controllers, the record, the service, what is under way between them. Plain bytes, so that
//! millions of them fit.

use crate::sessions::{Number, Times, Written};

/// What may go wrong, and how often it still may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Left {
    /// Crashes of a controller.
    pub(crate) crashes: u8,
    /// Events that nobody hears, or cuts of the channel that everybody notices.
    pub(crate) losses: u8,
    /// Events that come twice.
    pub(crate) repeats: u8,
    /// Guests who come back.
    pub(crate) returns: u8,
    /// Guests who leave by themselves.
    pub(crate) leaves: u8,
    /// The lease passes on.
    pub(crate) passes: u8,
    /// Answers lost, requests given up or refused, reads that fail or are slow, records that are refused or made and not told.
    pub(crate) troubles: u8,
    /// The user cancels.
    pub(crate) stops: u8,
}

/// A guest leg in the service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Leg {
    #[default]
    Absent,
    /// Live, and a lagging read does not show it yet.
    New,
    Live,
    /// Its close was accepted, and has not taken effect.
    Closing,
    /// Closed, and a lagging read shows it live.
    JustClosed,
    Closed,
}

/// The conversation in the service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Wrapper {
    #[default]
    Live,
    /// Its close was accepted, and has not taken effect.
    Closing,
    /// Ended, and a lagging read shows it live.
    JustEnded,
    Ended,
    /// Live again, and a lagging read shows it ended.
    Revived,
}

/// A request that changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Request {
    /// The close of the guest's first or second leg.
    Guest(u8),
    Wrapper,
    /// The close of one leg alone, whatever else its participant holds.
    Alone(u8),
}

/// What is asked for both sessions.
pub(crate) type Requests = [Option<Request>; 2];

/// How a request was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Reply {
    Accepted,
    Declined,
    Unsettled,
    Withheld,
}

/// What one controller does about one session besides looking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Slot {
    #[default]
    Empty,
    /// The plan asks for it.
    Planned(Request),
    /// It is under way.
    Sent(Request),
    /// It was answered.
    Answered(Reply),
}

/// What a read showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Shown {
    /// Whether each leg is shown, and as live.
    pub(crate) legs: [Option<bool>; 2],
    pub(crate) ended: bool,
    /// Where the guest truly stood: the service's clock.
    pub(crate) moment: u8,
}

/// What one controller's look at one session led to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Look {
    #[default]
    None,
    Asked,
    Shown(Shown),
    Failed,
}

/// Events about one session, as a set: the first leg ended, the second connected, the second ended.
pub(crate) const ENDED: [u8; 2] = [1, 4];
pub(crate) const CONNECTED: u8 = 2;

/// What one controller remembers of what it heard of one session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Heard {
    pub(crate) flowing: bool,
    pub(crate) missed: bool,
    pub(crate) events: u8,
}

/// One controller's part in one session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Part {
    /// The session as this controller sees it: read or planned.
    pub(crate) session: Number,
    pub(crate) heard: Heard,
    /// What its round was told, whether it read the session since, and whether the channel was cut since: events are taken, and gaps
    /// made up for, when the record is durable.
    pub(crate) told: Heard,
    pub(crate) read: bool,
    pub(crate) cut: bool,
    pub(crate) look: Look,
    pub(crate) slot: Slot,
}

/// One session, all around.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Lane {
    pub(crate) record: Number,
    pub(crate) legs: [Leg; 2],
    pub(crate) wrapper: Wrapper,
    /// Events on their way.
    pub(crate) transit: u8,
    /// Requests on their way whose senders are dead or have given up, by [`Request::kind`].
    pub(crate) orphans: [u8; 5],
    pub(crate) parts: [Part; 2],
}

/// Where a controller is in its round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// It knows nothing: dead, just started, or not leading.
    #[default]
    Out,
    /// Between two rounds.
    Idle,
    /// Its looks are under way.
    Looking,
    /// Its looks are answered, and time passed before it heard of that.
    Looked,
    /// Its record is to be written.
    Planned,
    /// Its record is durable; nothing was sent.
    Recorded,
    /// Its requests are under way.
    Sending,
}

/// One controller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Controller {
    pub(crate) phase: Phase,
    /// The record's own times, as it sees them.
    pub(crate) times: Times,
    /// Somebody else has written since it read.
    pub(crate) stale: bool,
    /// A step of time passed since its looks were asked for, or since its plan was made.
    pub(crate) slow: bool,
    /// What it heard is told newest first.
    pub(crate) backwards: bool,
    /// Its round began when the order was cancelled already.
    pub(crate) knows_of_stop: bool,
}

/// Everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct World {
    pub(crate) lanes: [Lane; 2],
    pub(crate) controllers: [Controller; 2],
    /// The record's own times.
    pub(crate) times: Times,
    /// Who has the lease.
    pub(crate) holder: u8,
    /// The user cancelled.
    pub(crate) stopped: bool,
    pub(crate) left: Left,
}

impl World {
    /// Two guests are there, and nothing has happened.
    pub(crate) fn new(left: Left) -> Self {
        let lane = Lane { legs: [Leg::Live, Leg::Absent], ..Lane::default() };
        Self { lanes: [lane; 2], left, ..Self::default() }
    }

    pub(crate) fn record(&self) -> Written {
        Written { sessions: self.lanes.map(|lane| lane.record), times: self.times }
    }

    pub(crate) fn view(&self, c: usize) -> Written {
        Written { sessions: self.lanes.map(|lane| lane.parts[c].session), times: self.controllers[c].times }
    }

    pub(crate) fn set_view(&mut self, c: usize, view: Written) {
        self.controllers[c].times = view.times;
        (0..2).for_each(|n| self.lanes[n].parts[c].session = view.sessions[n]);
    }

    pub(crate) fn leads(&self, c: usize) -> bool {
        usize::from(self.holder) == c
    }

    /// A controller forgets everything: it died, or does not lead any more.
    pub(crate) fn forget(&mut self, c: usize) {
        self.controllers[c] = Controller::default();
        for lane in &mut self.lanes {
            if let Slot::Sent(request) = lane.parts[c].slot {
                lane.orphans[request.kind()] += 1;
            }
            lane.parts[c] = Part::default();
        }
    }

    /// The same state under other names: neither sessions nor controllers have names of their own.
    pub(crate) fn canonical(self) -> Self {
        let mut other = self;
        other.controllers.swap(0, 1);
        other.holder = 1 - other.holder;
        other.lanes.iter_mut().for_each(|lane| lane.parts.swap(0, 1));
        let sorted = |mut world: Self| {
            world.lanes.sort_unstable();
            world
        };
        sorted(self).min(sorted(other))
    }
}

impl Leg {
    pub(crate) fn is_live(self) -> bool {
        matches!(self, Self::New | Self::Live | Self::Closing)
    }

    pub(crate) fn is_closed(self) -> bool {
        matches!(self, Self::JustClosed | Self::Closed)
    }
}

impl Request {
    pub(crate) fn kind(self) -> usize {
        match self {
            Self::Guest(leg) => usize::from(leg),
            Self::Wrapper => 2,
            Self::Alone(leg) => 3 + usize::from(leg),
        }
    }

    /// The guest leg that it is to close.
    pub(crate) fn leg(self) -> Option<usize> {
        match self {
            Self::Guest(leg) | Self::Alone(leg) => Some(usize::from(leg)),
            Self::Wrapper => None,
        }
    }

    pub(crate) const ALL: [Self; 5] = [Self::Guest(0), Self::Guest(1), Self::Wrapper, Self::Alone(0), Self::Alone(1)];
}
