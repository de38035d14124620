//! The file itself: locked for as long as it is worked on, replaced whole, never half written.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::StateError;

/// No state of 100 sessions comes near it; a file that is larger is none of ours.
const LIMIT: u64 = 8 * 1024 * 1024;

/// A state file that no other process can write as long as this value lives.
#[derive(Debug)]
pub(crate) struct LockedFile {
    path: PathBuf,
    _lock: File,
}

impl LockedFile {
    /// Locks a state file, which need not exist yet. Its folder is made when it does not exist.
    pub(crate) fn lock(path: &Path) -> Result<Self, StateError> {
        // Replacing a link would leave what it points to behind.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        make_folder(&path).map_err(io_error("cannot make its folder"))?;
        let lock_path = beside(&path, "lock");
        let options = private().read(true).write(true).create(true).truncate(false).open(&lock_path);
        let mut lock = options.map_err(io_error("cannot open its lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StateError::Locked { holder: holder(&mut lock) }),
            Err(TryLockError::Error(error)) => return Err(StateError::Io { attempt: "cannot lock it", error }),
        }
        // The lock file stays when all is done: were it deleted, two processes could each hold the lock of another file.
        let signed = lock.set_len(0).and_then(|()| writeln!(lock, "{}", std::process::id()));
        signed.map_err(io_error("cannot write its lock"))?;
        Ok(Self { path, _lock: lock })
    }

    /// What is in it; none if it does not exist.
    pub(crate) fn read(&self) -> Result<Option<Vec<u8>>, StateError> {
        read(&self.path)
    }

    /// Replaces what is in it, if that is still what it was. When this returns, the new content survives a crash of the
    /// machine.
    pub(crate) fn replace(&self, before: Option<&[u8]>, after: &[u8]) -> Result<(), StateError> {
        match (self.read()?, before) {
            (None, Some(_)) => return Err(StateError::Gone),
            (found, before) if found.as_deref() != before => return Err(StateError::Conflict),
            (_, _) => {}
        }
        let new = beside(&self.path, "new");
        let written = private().write(true).create(true).truncate(true).open(&new).and_then(|mut file| {
            file.write_all(after)?;
            file.sync_all()
        });
        written.map_err(io_error("cannot write it"))?;
        fs::rename(&new, &self.path).map_err(io_error("cannot replace it"))?;
        sync_folder(&self.path).map_err(io_error("cannot sync its folder"))
    }
}

/// Reads a state file without a lock; none if it does not exist.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, StateError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StateError::Io { attempt: "cannot open it", error }),
    };
    if file.metadata().is_ok_and(|about| about.is_dir()) {
        return Err(StateError::Folder);
    }
    let mut bytes = Vec::new();
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(io_error("cannot read it"))?;
    if bytes.len() as u64 > LIMIT { Err(StateError::NotOurs) } else { Ok(Some(bytes)) }
}

fn io_error(attempt: &'static str) -> impl Fn(io::Error) -> StateError {
    move |error| StateError::Io { attempt, error }
}

/// `FILE.suffix`, beside the file, so that a rename stays within one file system.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(suffix);
    path.with_file_name(name)
}

fn make_folder(path: &Path) -> io::Result<()> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Files that only their owner can read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a rename durable. Only Unix can open a folder for that; elsewhere the file system sees to it.
fn sync_folder(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    File::open(folder)?.sync_all()
}

/// Who holds the lock, as far as it can be told.
fn holder(lock: &mut File) -> Option<u32> {
    let mut text = String::new();
    lock.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
