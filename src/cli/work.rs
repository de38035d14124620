//! Rounds of the engine until there is nothing left to do, somebody has to mend something, or somebody asks to stop.

use std::time::Duration;

use jiff::Timestamp;

use super::hear::{Doorbell, Notices};
use super::state::Recorder;
use super::stop::Stop;
use crate::clock::{self, SystemClock};
use crate::crd::progress_of;
use crate::engine::{self, Shell, StoreError};
use crate::hearing::Ear;
use crate::plan::{Blocker, BlockerKind, Inventory, Order, Outlook, Progress, Verdict, verdict};
use crate::termination::{Session, State};

/// Sleeps are cut into pieces, so that a change of the wall clock is noticed.
const PIECE: Duration = Duration::from_secs(5);

/// Is told of every round.
pub(super) trait Watch {
    /// What a round changed.
    fn round(&mut self, before: &Progress, after: &Progress, now: Timestamp);
    /// Something else that is worth a line.
    fn notice(&mut self, text: &str);
    /// Work has come to a halt.
    fn halt(&mut self, progress: &Progress);
}

/// Why work came to a halt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    /// Every session is final: `Succeeded` or `Failed`.
    Finished(Verdict),
    /// A person has to mend something.
    Blocked(Blocker),
    /// Held until it is resumed.
    Suspended,
    /// Somebody asked to stop.
    Interrupted,
}

/// Works on what a recorder keeps, as soon as there is something to do by time or by what `ear` hears. `known` is what is known before the first round.
pub(super) async fn work<W: Watch>(
    order: &Order,
    recorder: &mut Recorder,
    ear: &Ear<Doorbell>,
    known: Inventory,
    stop: &Stop,
    watch: &mut W,
) -> Result<Halt, StoreError> {
    let mut progress = progress_of(&recorder.termination().status.clone().unwrap_or_default());
    // A missing permission of an earlier run does not stand: whoever runs the command again has mended it.
    let mut known = known;
    let mut notices = Notices::default();
    let shell = Shell { genesys: &ear.follower(()), permit: stop, time: &SystemClock };
    let halt = loop {
        let round = engine::round(order, &progress, known, &shell, recorder).await?;
        watch.round(&progress.admit(order), &round.progress, clock::now());
        if let Some(notice) = notices.of(ear.flow()) {
            watch.notice(&notice);
        }
        progress = round.progress;
        let outlook = round.outlook;
        let standing = round.blocker.clone().filter(|blocker| blocker.kind == BlockerKind::Permission);
        known = Inventory { standing, ..round.outcome.into_inventory() };
        if outlook == Outlook::Finished {
            break Halt::Finished(verdict(order, &progress, None));
        }
        if let Some(blocker) = round.blocker.filter(|blocker| !others_go_on(blocker, order, &progress)) {
            break Halt::Blocked(blocker);
        }
        match outlook {
            Outlook::Held => break Halt::Suspended,
            Outlook::At(time) => tokio::select! {
                () = sleep_until(time) => {}
                () = ear.audience().rung() => {}
                () = stop.asked(1) => {}
            },
            Outlook::Finished => {}
        }
        if stop.is_asked() {
            progress = engine::take_down(order, &progress, &known, &SystemClock, recorder).await?.progress;
            break Halt::Interrupted;
        }
    };
    watch.halt(&progress);
    Ok(halt)
}

/// A permission may be missing for some conversations only, as divisions have it: the others are not left behind. Anything
/// else that is to be mended concerns them all.
fn others_go_on(blocker: &Blocker, order: &Order, progress: &Progress) -> bool {
    let under_way = |session: &&Session| !session.state.is_final() && session.state != State::Pending;
    let is_healthy = |session: &Session| session.failures == 0;
    let slots_left = progress.sessions.iter().filter(under_way).count() < order.parallelism;
    let may_start = progress.sessions.iter().any(|session| session.state == State::Pending && is_healthy(session)) && slots_left;
    match blocker.kind {
        BlockerKind::Permission => may_start || progress.sessions.iter().filter(under_way).any(is_healthy),
        BlockerKind::Restored | BlockerKind::Connection | BlockerKind::Credentials | BlockerKind::Organization => false,
    }
}

async fn sleep_until(time: Timestamp) {
    while let Ok(rest) = Duration::try_from(time.duration_since(clock::now()))
        && !rest.is_zero()
    {
        tokio::time::sleep(rest.min(PIECE)).await;
    }
}
