//! Finds and reads the files that were named: files, folders, standard input. Bounded before anything is parsed.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::cli::{Exit, Failure};

/// How much is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// The most that one file may hold.
    file: usize,
    /// The most that one command takes in.
    total: usize,
}

const MIB: usize = 1024 * 1024;

impl Bounds {
    /// For manifests. A termination of 100 sessions needs a twentieth of a file.
    pub(crate) const MANIFESTS: Self = Self { file: MIB, total: 16 * MIB };
    /// For results: the terminations of a whole cluster with their status, or the receipts of as many.
    pub(crate) const RESULTS: Self = Self { file: 256 * MIB, total: 256 * MIB };
}

/// What `-` is called.
const STDIN: &str = "standard input";

/// The text of one file, and what it is called in messages.
#[derive(Debug)]
pub(crate) struct Source {
    /// The path as it was given, or `standard input`.
    pub(crate) name: String,
    /// The text.
    pub(crate) text: String,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
enum SourceError {
    #[error("{0}; name a file that can be read")]
    Unreadable(io::Error),
    #[error("larger than {} KiB; split it into several files", _0 / 1024)]
    TooLarge(usize),
    #[error("the files are larger than {} MiB together; take them in several runs", _0 / MIB)]
    TooMuch(usize),
    #[error("not UTF-8 text from byte {0}; save it as UTF-8")]
    NotText(usize),
    #[error("no *.yaml, *.yml or *.json in this folder (subfolders are not read); name a folder that has some, or a file")]
    EmptyFolder,
    #[error("standard input can be read once; name `-` once")]
    StdinTwice,
}

impl SourceError {
    fn at(self, place: impl fmt::Display) -> Failure {
        Failure::new(Exit::Usage, place, self)
    }
}

/// Reads everything that was named, in the order given; a folder's files by name.
pub(crate) fn read_all(named: &[PathBuf], bounds: Bounds) -> Result<Vec<Source>, Failure> {
    let mut sources = Vec::new();
    let mut total = 0;
    if named.iter().filter(|path| is_stdin(path)).count() > 1 {
        return Err(SourceError::StdinTwice.at("-"));
    }
    for path in named {
        let files = if path.is_dir() { folder(path)? } else { vec![path.clone()] };
        for file in files {
            let source = if is_stdin(&file) {
                read_stdin(bounds)?
            } else {
                Source { name: file.display().to_string(), text: read_file(&file, bounds)? }
            };
            total += source.text.len();
            if total > bounds.total {
                return Err(SourceError::TooMuch(bounds.total).at(&source.name));
            }
            sources.push(source);
        }
    }
    Ok(sources)
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// What a path is called in messages.
pub(crate) fn called(path: &Path) -> String {
    if is_stdin(path) { STDIN.to_owned() } else { path.display().to_string() }
}

fn read_stdin(bounds: Bounds) -> Result<Source, Failure> {
    let text = read(io::stdin().lock(), bounds).map_err(|error| error.at(STDIN))?;
    Ok(Source { name: STDIN.to_owned(), text })
}

/// Reads one file of bounded size.
pub(crate) fn read_file(path: &Path, bounds: Bounds) -> Result<String, Failure> {
    let read = File::open(path).map_err(SourceError::Unreadable).and_then(|file| read(file, bounds));
    read.map_err(|error| error.at(path.display()))
}

fn read(from: impl Read, bounds: Bounds) -> Result<String, SourceError> {
    let mut bytes = Vec::new();
    // One byte more than is allowed tells what is too large from what just fits.
    from.take(bounds.file as u64 + 1).read_to_end(&mut bytes).map_err(SourceError::Unreadable)?;
    if bytes.len() > bounds.file {
        return Err(SourceError::TooLarge(bounds.file));
    }
    String::from_utf8(bytes).map_err(|error| SourceError::NotText(error.utf8_error().valid_up_to()))
}

/// The manifests of a folder, sorted by name; what is below it is not looked at.
fn folder(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error| SourceError::Unreadable(error).at(path.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        let is_manifest = file.extension().is_some_and(|extension| extension == "yaml" || extension == "yml" || extension == "json");
        if is_manifest && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() { Err(SourceError::EmptyFolder.at(path.display())) } else { Ok(files) }
}
