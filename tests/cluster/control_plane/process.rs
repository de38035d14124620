//! One process of a test: started, ended, killed, frozen and thawed by its pid.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::Duration;

/// Kills the process and removes its folder when we die without a chance to: our end of the pipe closes, however we end.
const WATCHDOG: &str = "trap '' INT TERM HUP; read -r _; kill -9 \"$0\"; sleep 1; rm -rf \"$1\"";

/// A process with its command, so that it can be started again.
pub(crate) struct Process {
    binary: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
    log: PathBuf,
    running: Mutex<Option<Running>>,
}

struct Running {
    child: Child,
    watchdog: Child,
}

impl Process {
    /// Starts it; its output goes to a file in `folder`.
    pub(crate) fn start(binary: &Path, arguments: Vec<String>, folder: &Path) -> Result<Self, String> {
        Self::start_in(Vec::new(), binary, arguments, folder)
    }

    /// Starts it with more variables in its environment.
    pub(crate) fn start_in(
        environment: Vec<(&'static str, String)>,
        binary: &Path,
        arguments: Vec<String>,
        folder: &Path,
    ) -> Result<Self, String> {
        let name = binary.file_name().unwrap_or_default().to_string_lossy();
        let log = folder.join(format!("{name}.log"));
        let process = Self { binary: binary.to_owned(), arguments, environment, log, running: Mutex::new(None) };
        process.restart()?;
        Ok(process)
    }

    /// Starts it with the same command, after ending what still runs.
    pub(crate) fn restart(&self) -> Result<(), String> {
        self.kill();
        let failed = |error: std::io::Error| format!("cannot start {}: {error}", self.binary.display());
        let log = OpenOptions::new().create(true).append(true).open(&self.log).map_err(failed)?;
        let mut command = Command::new(&self.binary);
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(failed)?)
            .stderr(log);
        let child = command.spawn().map_err(failed)?;
        let mut watchdog = Command::new("sh");
        watchdog.args(["-c", WATCHDOG, &child.id().to_string()]).arg(self.log.parent().unwrap_or(&self.log));
        watchdog.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let watchdog = watchdog.spawn().map_err(failed)?;
        *self.running() = Some(Running { child, watchdog });
        Ok(())
    }

    /// Ends it at once, as `kill -9` does, and waits until it is gone.
    pub(crate) fn kill(&self) {
        if let Some(Running { mut child, mut watchdog }) = self.running().take() {
            // The watchdog first: it must not find another process under this pid.
            let _ = watchdog.kill().and_then(|()| watchdog.wait());
            let _ = child.kill().and_then(|()| child.wait());
        }
    }

    /// Asks it to end, as Kubernetes does first; how it ended, if it did so within this time.
    pub(crate) fn terminate(&self, within: Duration) -> Option<ExitStatus> {
        self.signal("-TERM");
        let rounds = within.as_millis() / 20;
        let ended = (0..rounds).find_map(|_| {
            sleep(Duration::from_millis(20));
            self.running().as_mut().and_then(|running| running.child.try_wait().ok().flatten())
        });
        if ended.is_some() {
            self.kill();
        }
        ended
    }

    /// All that it wrote, in all its lives.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Freezes it: its sockets stay open and nothing answers.
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
    }

    /// Thaws it.
    pub(crate) fn unpause(&self) {
        self.signal("-CONT");
    }

    /// Whether it still runs; one that ended by itself does not.
    pub(crate) fn is_running(&self) -> bool {
        self.running().as_mut().is_some_and(|running| matches!(running.child.try_wait(), Ok(None)))
    }

    /// The last lines that it wrote, for an error message.
    pub(crate) fn last_words(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = text.lines().rev().take(8).collect();
        let name = self.log.file_stem().unwrap_or_default().to_string_lossy();
        lines.into_iter().rev().map(|line| format!("\n  {name}: {line}")).collect()
    }

    fn signal(&self, signal: &str) {
        if let Some(running) = self.running().as_ref() {
            let sent = Command::new("kill").args([signal, &running.child.id().to_string()]).status();
            assert!(sent.is_ok_and(|status| status.success()), "cannot send {signal} to {}", self.binary.display());
        }
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
