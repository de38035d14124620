//! Time as due or not due: every recorded session as one of a few, by number.
//!
//! The model's clock knows two moments, the present and long ago, and one step, [`LONG`], after which everything that waits is due and
//! every wait is over. That loses nothing that the core can tell apart:
//! - our own times are read only as "how long ago", against one limit in each state (visibility, confirmation, settling), and all
//!   limits lie between the two; of a time to come only "due by now" counts, and whether it is further off than polling would be;
//! - times of closing and ending, of the start and of the last error are written and never read, so only their presence is kept (which
//!   keeps [`Progress::says_the_same_as`] exact: an error is never recorded without another change);
//! - the service's clock is read only against itself, and only to order a leg's beginning and end, the next leg's beginning, and the
//!   reads between them: a few fixed moments keep that order.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use webchat_terminator::plan::Progress;
use webchat_terminator::termination::{Session, Source};

/// A step of time. Longer than every wait that there is, and than every lease.
pub(crate) const LONG: SignedDuration = SignedDuration::from_secs(600);

/// Beyond this, what is waited for was left to events.
const FAR: SignedDuration = SignedDuration::from_secs(10);

/// The present.
pub(crate) const NOW: Timestamp = Timestamp::constant(1_763_812_800, 0);

/// A recorded session, by number. Number 0 is pending.
pub(crate) type Number = u16;

/// A record's own times: begun, stopped, finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Times {
    pub(crate) begun: bool,
    pub(crate) stopped: bool,
    pub(crate) finished: bool,
}

/// A record: both sessions and its own times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Written {
    pub(crate) sessions: [Number; 2],
    pub(crate) times: Times,
}

impl Written {
    /// The same whichever session is the first.
    pub(crate) fn sorted(mut self) -> Self {
        self.sessions.sort_unstable();
        self
    }
}

/// Every session that was met.
pub(crate) struct Sessions {
    met: Vec<Session>,
    numbers: HashMap<Session, Number>,
    aged: HashMap<Number, Number>,
}

impl Sessions {
    pub(crate) fn new() -> Self {
        let mut sessions = Self { met: Vec::new(), numbers: HashMap::new(), aged: HashMap::new() };
        sessions.number(&Session::pending(Uuid::nil()), NOW);
        sessions
    }

    pub(crate) fn get(&self, number: Number) -> &Session {
        &self.met[usize::from(number)]
    }

    pub(crate) fn count(&self) -> usize {
        self.met.len()
    }

    /// The number of a session as it is seen at `now`.
    pub(crate) fn number(&mut self, session: &Session, now: Timestamp) -> Number {
        let plain = plain(session, now);
        if let Some(number) = self.numbers.get(&plain) {
            return *number;
        }
        let number = Number::try_from(self.met.len()).expect("few sessions differ");
        self.numbers.insert(plain.clone(), number);
        self.met.push(plain);
        number
    }

    /// The session a step of time later.
    pub(crate) fn aged(&mut self, number: Number) -> Number {
        if let Some(aged) = self.aged.get(&number) {
            return *aged;
        }
        let session = self.get(number).clone();
        let aged = self.number(&session, NOW + LONG);
        self.aged.insert(number, aged);
        aged
    }

    pub(crate) fn written(&mut self, progress: &Progress, now: Timestamp) -> Written {
        let Progress { sessions, start_time, stop_time, completion_time } = progress;
        let times = Times { begun: start_time.is_some(), stopped: stop_time.is_some(), finished: completion_time.is_some() };
        Written { sessions: [self.number(&sessions[0], now), self.number(&sessions[1], now)], times }
    }

    pub(crate) fn progress(&self, written: &Written, ids: [Uuid; 2]) -> Progress {
        let Times { begun, stopped, finished } = written.times;
        let then = |yes: bool| yes.then_some(NOW - LONG);
        let sessions = [0, 1].map(|n| Session { conversation_id: ids[n], ..self.get(written.sessions[n]).clone() });
        Progress { sessions: sessions.into(), start_time: then(begun), stop_time: then(stopped), completion_time: then(finished) }
    }
}

/// What the core can tell of a session at `now`, moved to [`NOW`].
fn plain(session: &Session, now: Timestamp) -> Session {
    let past = |time: Option<Timestamp>| time.map(|time| if time >= now { NOW } else { NOW - LONG });
    let present = |time: Option<Timestamp>| time.map(|_| NOW - LONG);
    let due = |due: Timestamp| {
        let wait = due.duration_since(now);
        match () {
            () if !wait.is_positive() => NOW,
            () if wait <= FAR => NOW + SignedDuration::from_secs(2),
            () => NOW + SignedDuration::from_secs(30),
        }
    };
    Session {
        conversation_id: Uuid::nil(),
        since: past(session.since),
        heard_time: past(session.heard_time),
        next_attempt_time: session.next_attempt_time.map(due),
        guest_closed_time: present(session.guest_closed_time),
        ended_time: present(session.ended_time),
        confirmed_by: session.confirmed_by.map(|_| Source::Poll),
        last_error: None,
        guest_close_correlation_id: None,
        wrapper_close_correlation_id: None,
        ..session.clone()
    }
}
