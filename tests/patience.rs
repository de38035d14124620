//! Commands of other languages, run for a bounded time. Shared by the targets that run them.

use std::process::Command;
use std::time::Duration;

use libtest_mimic::Failed;

/// Runs a command for two minutes at most: success, stdout, stderr.
pub(crate) fn patiently(mut command: Command) -> Result<(bool, String, String), Failed> {
    let (stdout, stderr) = (tempfile::NamedTempFile::new()?, tempfile::NamedTempFile::new()?);
    let mut child = command.stdout(stdout.reopen()?).stderr(stderr.reopen()?).spawn()?;
    let mut status = None;
    for _ in 0..2400 {
        status = child.try_wait()?;
        if status.is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    if status.is_none() {
        child.kill()?;
        child.wait()?;
    }
    let text = |file: &tempfile::NamedTempFile| std::fs::read_to_string(file.path());
    Ok((status.is_some_and(|s| s.success()), text(&stdout)?, text(&stderr)?))
}
