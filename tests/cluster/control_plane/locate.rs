//! Finds the binaries of the control plane, or has them built.
//!
//! In this order: the folder `KUBEBUILDER_ASSETS`; `PATH`; our own cache; a build from their Go modules into that cache.
//! A place counts only when it has all four binaries of [`BINARIES`].
//!
//! The envtest archive of the Kubernetes project is not among the places: it lacks kube-controller-manager (garbage
//! collection, deletion of namespaces), so most of the Go build would be needed all the same.

use std::fmt;
use std::path::{Path, PathBuf};

use super::build;

/// What a control plane is made of.
pub(crate) const BINARIES: [&str; 4] = ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"];

/// Where each binary of [`BINARIES`] is.
#[derive(Clone, Debug)]
pub(crate) struct Assets {
    /// Which of the places they are from, for people.
    place: String,
    paths: [PathBuf; 4],
}

impl Assets {
    /// Finds the binaries or builds them; the error is one line that says what was looked for and where.
    pub(crate) fn locate() -> Result<Self, String> {
        let mut missing = Vec::new();
        match std::env::var_os("KUBEBUILDER_ASSETS") {
            None => missing.push("KUBEBUILDER_ASSETS is not set".to_owned()),
            Some(folder) => match Self::in_folder(Path::new(&folder), "KUBEBUILDER_ASSETS") {
                Ok(assets) => return Ok(assets),
                Err(name) => missing.push(format!("KUBEBUILDER_ASSETS has no {name}")),
            },
        }
        match Self::on_path() {
            Ok(assets) => return Ok(assets),
            Err(name) => missing.push(format!("PATH has no {name}")),
        }
        let cache = build::cache_folder();
        if let Ok(assets) = Self::in_folder(&cache, "cache") {
            return Ok(assets);
        }
        missing.push(format!("nothing in {}", cache.display()));
        build::build_into(&cache).map_err(|reason| format!("no control plane: {}; {reason}", missing.join("; ")))?;
        Self::in_folder(&cache, "built").map_err(|name| format!("the build of {name} left no binary"))
    }

    pub(crate) fn etcd(&self) -> &Path {
        &self.paths[0]
    }

    pub(crate) fn kube_apiserver(&self) -> &Path {
        &self.paths[1]
    }

    pub(crate) fn kube_controller_manager(&self) -> &Path {
        &self.paths[2]
    }

    pub(crate) fn kubectl(&self) -> &Path {
        &self.paths[3]
    }

    /// The error is the name of a binary that is not there.
    fn in_folder(folder: &Path, place: &str) -> Result<Self, &'static str> {
        Self::from(place, |name| Some(folder.join(name)).filter(|path| path.is_file()))
    }

    fn on_path() -> Result<Self, &'static str> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let find = |name: &str| std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file());
        Self::from("PATH", find)
    }

    fn from(place: &str, find: impl Fn(&str) -> Option<PathBuf>) -> Result<Self, &'static str> {
        let path = |index: usize| find(BINARIES[index]).ok_or(BINARIES[index]);
        Ok(Self { place: place.to_owned(), paths: [path(0)?, path(1)?, path(2)?, path(3)?] })
    }
}

impl fmt::Display for Assets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = self.kube_apiserver().parent().unwrap_or(Path::new("."));
        write!(formatter, "the control plane is in {} ({})", folder.display(), self.place)
    }
}
