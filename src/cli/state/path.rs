//! Where a state file is when nobody said it.

use std::fmt::Write as _;
use std::path::PathBuf;

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The default path of a termination's state: it follows from whose sessions are ended and from the termination's name, so
/// that the same command finds it again. None where there is no folder for such files.
pub(crate) fn default_path(organization: Uuid, namespace: &str, name: &str) -> Option<PathBuf> {
    default_path_in(folder(|name| std::env::var_os(name).map(PathBuf::from))?, organization, namespace, name)
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
