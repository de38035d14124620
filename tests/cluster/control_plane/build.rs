//! Builds the control plane from its Go modules, pinned by `tests/control-plane/go.mod` and `go.sum`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

const GO_MOD: &str = include_str!("../../control-plane/go.mod");

/// The packages, by the name of the binary; each is a `main`.
const PACKAGES: [(&str, &str); 4] = [
    ("etcd", "go.etcd.io/etcd/server/v3"),
    ("kubectl", "k8s.io/kubernetes/cmd/kubectl"),
    ("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver"),
    ("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager"),
];

/// Where built binaries are kept: keyed by version, outside of `target/`, so that `cargo clean` does not cost a build.
pub(crate) fn cache_folder() -> PathBuf {
    let from_home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(from_home);
    let base = base.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target"));
    let key = format!("kubernetes-{}-etcd-{}", version_of("k8s.io/kubernetes"), version_of("go.etcd.io/etcd/server/v3"));
    base.join("webchat-terminator").join("control-plane").join(key)
}

/// Builds all of [`PACKAGES`] into `folder`, which appears only when it is complete.
pub(crate) fn build_into(folder: &Path) -> Result<(), String> {
    let go = go_version()?;
    let parent = folder.parent().ok_or("the cache has no parent folder")?;
    fs::create_dir_all(parent).map_err(|error| format!("cannot create {}: {error}", parent.display()))?;
    // Another run may be building the same: wait for it, then look again.
    let lock = File::create(parent.join("lock")).map_err(|error| format!("cannot lock {}: {error}", parent.display()))?;
    lock.lock().map_err(|error| format!("cannot lock {}: {error}", parent.display()))?;
    if folder.is_dir() {
        return Ok(());
    }
    let unfinished = parent.join("unfinished");
    for (index, (name, package)) in PACKAGES.into_iter().enumerate() {
        let (step, steps) = (index + 1, PACKAGES.len());
        eprintln!("cluster tests: building {name} with {go} ({step} of {steps}; minutes for the first time, then cached)");
        build(&go, package, &unfinished.join(name))?;
    }
    fs::rename(&unfinished, folder).map_err(|error| format!("cannot keep the build in {}: {error}", folder.display()))
}

fn go_version() -> Result<String, String> {
    let output = Command::new("go").args(["env", "GOVERSION"]).output().map_err(|error| format!("cannot run go: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn build(go: &str, package: &str, binary: &Path) -> Result<(), String> {
    let mut command = Command::new("go");
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/control-plane"));
    command.env("CGO_ENABLED", "0").env("GOFLAGS", "-mod=readonly");
    // kube-openapi of this version serves a broken document with the JSON of Go 1.27.
    if !go.starts_with("go1.26") {
        command.env("GOEXPERIMENT", "nojsonv2");
    }
    command.args(["build", "-trimpath", "-buildvcs=false", "-ldflags", &linker_flags(), "-o"]).arg(binary).arg(package);
    let output = command.output().map_err(|error| format!("cannot run go: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    let last = complaint.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("go said nothing").to_owned();
    Err(format!("go build {package} failed: {last}"))
}

/// Unstamped, the server would call itself v0.0.0, and kubectl would warn of a difference of versions.
fn linker_flags() -> String {
    let version = version_of("k8s.io/kubernetes");
    let minor = version.split('.').nth(1).unwrap_or_default();
    let stamp = "-X k8s.io/component-base/version";
    format!("-s -w {stamp}.gitVersion={version} {stamp}.gitMajor=1 {stamp}.gitMinor={minor}")
}

/// The version that `go.mod` requires of a module.
fn version_of(module: &str) -> &'static str {
    let requirement = |line: &&'static str| line.trim().strip_prefix(module).is_some_and(|rest| rest.starts_with(" v"));
    let line = GO_MOD.lines().find(requirement).unwrap_or_default();
    line.split_whitespace().nth(1).unwrap_or("unknown")
}
