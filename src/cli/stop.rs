//! The wish to stop: Ctrl-C, or the signal of a supervisor. The first lets what is under way come to its end and be recorded;
//! the second ends the process at once.

use std::io;

use tokio::sync::watch;

use super::{Exit, Failure};
use crate::engine::{Permit, Withheld};
use crate::plan::Write;

/// Whether, and how urgently, the process is to stop.
#[derive(Clone, Debug)]
pub(super) struct Stop(watch::Receiver<u32>);

impl Stop {
    /// Listens for signals from now on, in the runtime that calls it.
    pub(super) fn on_signals() -> Result<Self, Failure> {
        let deaf = |error| Failure::new(Exit::Internal, "signals", format_args!("{error}; allow this process to handle signals"));
        let mut signals = Signals::listen().map_err(deaf)?;
        let (asked, stop) = watch::channel(0);
        tokio::spawn(async move {
            loop {
                signals.next().await;
                asked.send_modify(|times| *times += 1);
            }
        });
        Ok(Self(stop))
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

/// The signals that ask to stop. None is lost between two waits.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The signals that ask to stop.
#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
