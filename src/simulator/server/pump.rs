//! Keeps the world going while nobody asks: what is due by itself happens at its time.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::shared::Shared;

/// How long to wait at most before the clock is looked at again: a test's clock may leap.
const LEAP: Duration = Duration::from_millis(20);

/// Lets happen what is due, until the simulator stops.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut due = shared.due();
    loop {
        let next = *due.borrow_and_update();
        tokio::select! {
            () = until(&shared, next) => shared.with_world(|_, _| ()),
            changed = due.changed() => if changed.is_err() { return },
            () = shared.stopping.cancelled() => return,
        }
    }
}

/// Waits until the clock has come to this moment; for ever when there is none.
async fn until(shared: &Shared, moment: Option<Timestamp>) {
    let Some(moment) = moment else { return std::future::pending().await };
    loop {
        let left = moment.as_millisecond() - shared.now().as_millisecond();
        if left <= 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(left.unsigned_abs()).min(LEAP)).await;
    }
}
