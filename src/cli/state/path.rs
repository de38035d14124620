//! Where a state file is when nobody said it.

use std::fmt::Write as _;
use std::path::PathBuf;

use kube::ResourceExt;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::cli::manifest::Assignment;
use crate::cli::{Exit, Failure};

/// Which state file is used.
#[derive(Debug, clap::Args)]
pub(crate) struct StatePath {
    /// The state file: what is recorded before it is sent. By default its path follows from organization, namespace and name,
    /// below $XDG_STATE_HOME/webchat-terminator
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

impl StatePath {
    /// One file is the state of one termination.
    pub(crate) fn suits(&self, terminations: usize) -> Result<(), Failure> {
        match &self.state {
            Some(path) if terminations > 1 => {
                let said =
                    format!("{terminations} WebchatTerminations cannot share a state file; apply them one by one, or without --state");
                Err(Failure::new(Exit::Usage, format_args!("--state {}", path.display()), said))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// The state file of a termination.
    pub(crate) fn of(&self, assignment: &Assignment) -> Result<PathBuf, Failure> {
        if let Some(path) = &self.state {
            return Ok(path.clone());
        }
        let (termination, organization) = (&assignment.termination, assignment.connection.spec.organization_id);
        default_path(organization, &termination.namespace().unwrap_or_default(), &termination.name_any())
    }
}

/// The default path of a termination's state: it follows from whose sessions are ended and from the termination's name, so
/// that the same command finds it again.
pub(crate) fn default_path(organization: Uuid, namespace: &str, name: &str) -> Result<PathBuf, Failure> {
    let folder = folder(|name| std::env::var_os(name).map(PathBuf::from));
    folder.and_then(|folder| default_path_in(folder, organization, namespace, name)).ok_or_else(|| {
        Failure::new(Exit::Usage, "state file", "no folder for it is known; set XDG_STATE_HOME or HOME, or name a file with --state")
    })
}

fn default_path_in(folder: PathBuf, organization: Uuid, namespace: &str, name: &str) -> Option<PathBuf> {
    let digest = Sha256::digest(format!("{organization}\n{namespace}\n{name}"));
    let mut short = String::new();
    for byte in digest.iter().take(8) {
        write!(short, "{byte:02x}").ok()?;
    }
    // The name is for people; the digest is what tells two terminations apart.
    let readable: String = name.chars().take(64).collect();
    Some(folder.join("webchat-terminator").join(format!("{readable}-{short}.json")))
}

/// Where programs keep what is to outlive them: as the XDG base directories have it, else as the platform does.
fn folder(read: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let absolute = |name| read(name).filter(|path| path.is_absolute());
    absolute("XDG_STATE_HOME").or_else(|| {
        if cfg!(windows) {
            absolute("LOCALAPPDATA")
        } else if cfg!(target_os = "macos") {
            absolute("HOME").map(|home| home.join("Library/Application Support"))
        } else {
            absolute("HOME").map(|home| home.join(".local/state"))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_follows_from_organization_namespace_and_name() {
        let path =
            |organization, namespace, name| default_path_in("/state".into(), Uuid::from_u128(organization), namespace, name).unwrap();
        let one = path(1, "default", "incident");
        assert_eq!(one, path(1, "default", "incident"));
        assert!(one.to_str().unwrap().starts_with("/state/webchat-terminator/incident-"));
        for other in [path(2, "default", "incident"), path(1, "other", "incident"), path(1, "default", "incident-2")] {
            assert_ne!(one, other);
        }
        assert!(path(1, "default", &"x".repeat(253)).file_name().unwrap().len() < 128);
    }

    #[test]
    fn a_relative_folder_is_not_used() {
        assert_eq!(folder(|name| (name == "XDG_STATE_HOME").then(|| "/xdg".into())), Some("/xdg".into()));
        assert_eq!(folder(|name| (name == "XDG_STATE_HOME").then(|| "relative".into())), None);
    }
}
