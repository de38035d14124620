//! What goes wrong between the controllers and the API server, as long as it is not calm.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::chance::Chance;
use crate::simulator::world::Dice;

/// What becomes of a request to the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is answered.
    Answered,
    /// It is refused with 500, and nothing was done.
    Refused,
    /// It never arrives, and the connection is cut.
    Cut,
    /// It is done, and answered 500.
    Untold,
    /// It is done, and the connection is cut.
    CutAfterwards,
}

/// How likely what is; in a thousand.
#[derive(Clone, Copy, Debug)]
struct Manners {
    refused: u16,
    untold: u16,
    slow: u16,
    lagging: u16,
    broken: u16,
}

/// The weather of a run.
#[derive(Clone)]
pub(super) struct Weather {
    chance: Chance,
    manners: Manners,
    calm: Arc<AtomicBool>,
}

/// How long one watch takes, and how it tells.
pub(super) struct Watch {
    /// How long it takes until an event is told.
    pub(super) lag: Duration,
    /// When the server ends it.
    pub(super) life: Duration,
    /// Whether it breaks off.
    pub(super) breaks: bool,
}

impl Weather {
    pub(super) fn new(chance: &Chance) -> Self {
        let dice = &mut chance.of("weather");
        let mut most = |of_all: u16, most: u64| if dice.per_thousand(of_all) { u16::try_from(dice.between(0, most)).unwrap() } else { 0 };
        let manners = Manners {
            refused: most(500, 150),
            untold: most(500, 120),
            slow: most(400, 60),
            lagging: most(500, 500),
            broken: most(500, 500),
        };
        Self { chance: chance.clone(), manners, calm: Arc::default() }
    }

    pub(super) fn calm_down(&self) {
        self.calm.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    /// How long the way there is, what becomes of a request, and how long the way back is.
    pub(super) fn request(&self, name: &str) -> (Duration, Fate, Duration) {
        let dice = &mut self.chance.of(name);
        let (there, back) = (milliseconds(dice, 1, 20), milliseconds(dice, 1, 20));
        if self.is_calm() {
            return (there, Fate::Answered, back);
        }
        let Manners { refused, untold, slow, .. } = self.manners;
        let cut = dice.per_thousand(400);
        let fate = match (dice.per_thousand(refused), dice.per_thousand(untold)) {
            (true, _) if cut => Fate::Cut,
            (true, _) => Fate::Refused,
            (false, true) if cut => Fate::CutAfterwards,
            (false, true) => Fate::Untold,
            (false, false) => Fate::Answered,
        };
        // Some are so slow that nobody waits for them any more.
        let back = if dice.per_thousand(slow) { milliseconds(dice, 500, 14_000) } else { back };
        (there, fate, back)
    }

    /// How a watch goes.
    pub(super) fn watch(&self, name: &str) -> Watch {
        let dice = &mut self.chance.of(name);
        let lag = milliseconds(dice, 1, 30);
        let patience = Duration::from_secs(290);
        if self.is_calm() {
            return Watch { lag, life: patience, breaks: false };
        }
        let Manners { lagging, broken, .. } = self.manners;
        let lag = if dice.per_thousand(lagging) { milliseconds(dice, 100, 6000) } else { lag };
        let life = if dice.per_thousand(broken) { milliseconds(dice, 200, 30_000) } else { patience };
        Watch { lag, life, breaks: dice.per_thousand(500) }
    }
}

fn milliseconds(dice: &mut Dice, least: u64, most: u64) -> Duration {
    Duration::from_millis(dice.between(least, most))
}
