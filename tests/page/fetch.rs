//! Gets a browser and its driver: Chromium from the machine, the driver pinned, into a cache outside of the repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The names that Chromium goes by.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// What is put into the cache.
const FILES: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];

/// A browser that is there, with its driver.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    /// The browser.
    pub(crate) executable: PathBuf,
    /// The folder that the driver was installed into.
    pub(crate) driver: PathBuf,
}

impl Browser {
    /// Finds or fetches both; why not, in one line. Where tests are required and the harness may, it installs the browser.
    pub(crate) fn fetch(required: bool) -> Result<Self, String> {
        let executable = match find() {
            Some(found) => found,
            None => install(required)?,
        };
        Ok(Self { executable, driver: driver()? })
    }
}

/// Where the scripts are.
pub(crate) fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/page/node")
}

fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).find(|file| file.is_file())
}

fn install(required: bool) -> Result<PathBuf, String> {
    let missing = format!("none of {} is in the PATH", NAMES.join(", "));
    let wanted = required || std::env::var_os("CI").is_some_and(|value| !value.is_empty());
    if !wanted {
        return Err(format!("{missing}; install one, or set WCT_REQUIRE=1 as root to have Debian's installed"));
    }
    let mut id = Command::new("id");
    let root = id.arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    if !root {
        return Err(format!("{missing}, and only root may install one"));
    }
    for arguments in [&["update", "-qq"][..], &["install", "-y", "-qq", "--no-install-recommends", "chromium"]] {
        let mut apt = Command::new("apt-get");
        apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        run(apt, "apt-get is needed to install a browser")?;
    }
    find().ok_or(missing)
}

/// The driver in the cache, or a fresh one.
fn driver() -> Result<PathBuf, String> {
    let wanted =
        fs::read_to_string(scripts().join("package-lock.json")).map_err(|error| format!("cannot read package-lock.json: {error}"))?;
    let version = version(&wanted).ok_or("package-lock.json names no version of playwright-core")?;
    let root = cache().join("page");
    let folder = root.join(&version);
    // The marker says what was installed: another installation is none.
    let installed = || fs::read_to_string(folder.join(".installed")).is_ok_and(|installed| installed == wanted);
    if installed() {
        return Ok(folder);
    }
    let building = root.join(format!("{version}.{}", std::process::id()));
    let built = build(&building, &wanted);
    if built.is_ok() {
        let _absent = fs::remove_dir_all(&folder);
        // Another run may have been faster; what it put there is as good.
        let _taken = fs::rename(&building, &folder);
    }
    let _gone = fs::remove_dir_all(&building);
    built?;
    if installed() { Ok(folder) } else { Err(format!("{} cannot be put in place", folder.display())) }
}

fn version(lock: &str) -> Option<String> {
    let lock: serde_json::Value = serde_json::from_str(lock).ok()?;
    lock["packages"]["node_modules/playwright-core"]["version"].as_str().map(str::to_owned)
}

fn build(folder: &Path, wanted: &str) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    for file in FILES {
        fs::copy(scripts().join(file), folder.join(file)).map_err(|error| format!("cannot copy {file}: {error}"))?;
    }
    let mut npm = Command::new("npm");
    npm.arg("ci").current_dir(folder);
    run(npm, "node with npm is needed")?;
    fs::write(folder.join(".installed"), wanted).map_err(|error| format!("cannot write to {}: {error}", folder.display()))
}

/// `$XDG_CACHE_HOME/webchat-terminator`, else a folder of the build.
fn cache() -> PathBuf {
    let named = std::env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty());
    named.map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), |cache| PathBuf::from(cache).join("webchat-terminator"))
}

fn run(mut command: Command, needed: &str) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{needed}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    // npm and apt-get put the reason into their first error line; what comes before and after are warnings and advice.
    let starts = |line: &&&str| ["error", "npm err", "e:"].iter().any(|start| line.to_lowercase().starts_with(start));
    let reason = lines.iter().find(starts).or(lines.last());
    Err(format!("{needed}, and it failed: {}", reason.copied().unwrap_or("no reason given")))
}
