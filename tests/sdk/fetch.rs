//! Gets the SDKs: pinned, into a cache outside of the repository, once for all runs.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The languages that the vendor's SDKs are tried in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// Installed by pip from `requirements.txt`.
    Python,
    /// Installed by npm from `package-lock.json`.
    Node,
}

/// One SDK in one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pin {
    /// The folder of its scripts, and its name in the cache.
    pub(crate) name: &'static str,
    /// Its language.
    pub(crate) language: Language,
    version: &'static str,
}

/// `PureCloudPlatformClientV2`, of today.
pub(crate) const PYTHON: Pin = Pin { name: "python", language: Language::Python, version: "269.0.0" };
/// `purecloud-platform-client-v2`, of today.
pub(crate) const NODE: Pin = Pin { name: "node", language: Language::Node, version: "262.0.0" };
/// `PureCloudPlatformClientV2`, the last that had legacy web chat.
pub(crate) const PYTHON_CHATS: Pin = Pin { name: "python-chats", language: Language::Python, version: "263.0.0" };
/// `purecloud-guest-chat-client`, the guest's side of legacy web chat.
pub(crate) const GUEST: Pin = Pin { name: "guest", language: Language::Node, version: "13.2.0" };

impl Pin {
    /// The file that pins what is installed.
    fn pins(self) -> &'static str {
        match self.language {
            Language::Python => "requirements.txt",
            Language::Node => "package-lock.json",
        }
    }

    /// Where its scripts are.
    pub(crate) fn scripts(self) -> PathBuf {
        scripts().join(self.name)
    }
}

/// Where all scripts are.
pub(crate) fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk")
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// An SDK that is there.
#[derive(Debug, Clone)]
pub(crate) struct Sdk {
    /// Which it is.
    pub(crate) pin: Pin,
    /// The folder that it was installed into.
    pub(crate) folder: PathBuf,
}

impl Sdk {
    /// Finds the SDK in the cache, or fetches it; why not, in one line.
    pub(crate) fn fetch(pin: Pin) -> Result<Self, String> {
        let (Pin { name, version, .. }, pins) = (pin, pin.pins());
        let root = cache().join("sdk");
        let folder = root.join(format!("{name}-{version}"));
        let wanted = fs::read_to_string(pin.scripts().join(pins)).map_err(|error| format!("cannot read {pins}: {error}"))?;
        // The marker says what was installed: another installation is none.
        let installed = || fs::read_to_string(folder.join(".installed")).is_ok_and(|installed| installed == wanted);
        if installed() {
            return Ok(Self { pin, folder });
        }
        let building = root.join(format!("{name}-{version}.{}", std::process::id()));
        let built = build(pin, &building, &wanted);
        if built.is_ok() {
            let _absent = fs::remove_dir_all(&folder);
            // Another run may have been faster; what it put there is as good.
            let _taken = fs::rename(&building, &folder);
        }
        let _gone = fs::remove_dir_all(&building);
        built?;
        if installed() { Ok(Self { pin, folder }) } else { Err(format!("{} cannot be put in place", folder.display())) }
    }
}

fn build(pin: Pin, folder: &Path, pins: &str) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    match pin.language {
        Language::Python => python(pin, folder)?,
        Language::Node => node(pin, folder)?,
    }
    fs::write(folder.join(".installed"), pins).map_err(|error| format!("cannot write to {}: {error}", folder.display()))
}

/// `$XDG_CACHE_HOME/webchat-terminator`, else a folder of the build.
fn cache() -> PathBuf {
    let named = std::env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty());
    named.map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), |cache| PathBuf::from(cache).join("webchat-terminator"))
}

fn python(pin: Pin, folder: &Path) -> Result<(), String> {
    let pins = pin.scripts().join("requirements.txt");
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps", "--require-hashes"]);
    pip.arg("--target").arg(folder).arg("-r").arg(pins);
    run(pip, "python3 with pip is needed")
}

fn node(pin: Pin, folder: &Path) -> Result<(), String> {
    for file in ["package.json", "package-lock.json", ".npmrc"] {
        fs::copy(pin.scripts().join(file), folder.join(file)).map_err(|error| format!("cannot copy {file}: {error}"))?;
    }
    let mut npm = Command::new("npm");
    npm.arg("ci").current_dir(folder);
    run(npm, "node with npm is needed")
}

fn run(mut command: Command, needed: &str) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{needed}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    // npm and pip put the reason into their first error line; what comes before and after are warnings and advice.
    let reason = lines.iter().find(|line| line.to_lowercase().starts_with("error") || line.starts_with("npm err")).or(lines.last());
    Err(format!("the SDK cannot be fetched: {}", reason.copied().unwrap_or("no reason given")))
}
