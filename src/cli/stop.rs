//! The wish to stop: Ctrl-C, or the signal of a supervisor. The first lets what is under way come to its end and be recorded;
//! the second ends the process at once.

use tokio::sync::watch;

use crate::engine::{Permit, Withheld};
use crate::plan::Write;

/// Whether, and how urgently, the process is to stop.
#[derive(Clone, Debug)]
pub(super) struct Stop(watch::Receiver<u32>);

impl Stop {
    /// Listens for signals from now on, in the runtime that calls it.
    pub(super) fn on_signals() -> Self {
        let (asked, stop) = watch::channel(0);
        tokio::spawn(async move {
            loop {
                signal().await;
                asked.send_modify(|times| *times += 1);
            }
        });
        Self(stop)
    }

    /// Whether somebody asked.
    pub(super) fn is_asked(&self) -> bool {
        *self.0.borrow() > 0
    }

    /// Waits until somebody has asked so many times.
    pub(super) async fn asked(&self, times: u32) {
        if self.0.clone().wait_for(|asked| *asked >= times).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Nothing new is sent once somebody asked to stop.
impl Permit for Stop {
    fn permit(&self, _: &Write) -> Result<(), Withheld> {
        if self.is_asked() { Err(Withheld::Stopped) } else { Ok(()) }
    }
}

/// Waits for the next signal to stop.
pub(super) async fn signal() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupted => {}
        () = terminated() => {}
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}
