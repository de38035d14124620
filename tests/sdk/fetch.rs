//! Gets the SDKs: pinned, into a cache outside of the repository, once for all runs.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The languages that the vendor's SDKs are tried in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    /// `PureCloudPlatformClientV2`.
    Python,
    /// `purecloud-platform-client-v2`.
    Node,
}

impl Language {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::Python, Self::Node];

    /// The folder and the version in the name of the cache, and the file that pins what is in it.
    fn pins(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Python => ("python", "269.0.0", "requirements.txt"),
            Self::Node => ("node", "262.0.0", "package-lock.json"),
        }
    }

    /// Where the scripts of this language are.
    pub(crate) fn scripts(self) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk").join(self.pins().0)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.pins().0)
    }
}

/// An SDK that is there.
#[derive(Debug, Clone)]
pub(crate) struct Sdk {
    /// Its language.
    pub(crate) language: Language,
    /// The folder that it was installed into.
    pub(crate) folder: PathBuf,
}

impl Sdk {
    /// Finds the SDK in the cache, or fetches it; why not, in one line.
    pub(crate) fn fetch(language: Language) -> Result<Self, String> {
        let (name, version, pins) = language.pins();
        let root = cache().join("sdk");
        let folder = root.join(format!("{name}-{version}"));
        let wanted = fs::read_to_string(language.scripts().join(pins)).map_err(|error| format!("cannot read {pins}: {error}"))?;
        // The marker says what was installed: another installation is none.
        let installed = || fs::read_to_string(folder.join(".installed")).is_ok_and(|installed| installed == wanted);
        if installed() {
            return Ok(Self { language, folder });
        }
        let building = root.join(format!("{name}-{version}.{}", std::process::id()));
        let built = build(language, &building, &wanted);
        if built.is_ok() {
            let _absent = fs::remove_dir_all(&folder);
            // Another run may have been faster; what it put there is as good.
            let _taken = fs::rename(&building, &folder);
        }
        let _gone = fs::remove_dir_all(&building);
        built?;
        if installed() { Ok(Self { language, folder }) } else { Err(format!("{} cannot be put in place", folder.display())) }
    }
}

fn build(language: Language, folder: &Path, pins: &str) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| format!("cannot make {}: {error}", folder.display()))?;
    match language {
        Language::Python => python(folder)?,
        Language::Node => node(folder)?,
    }
    fs::write(folder.join(".installed"), pins).map_err(|error| format!("cannot write to {}: {error}", folder.display()))
}

/// `$XDG_CACHE_HOME/webchat-terminator`, else a folder of the build.
fn cache() -> PathBuf {
    let named = std::env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty());
    named.map_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")), |cache| PathBuf::from(cache).join("webchat-terminator"))
}

fn python(folder: &Path) -> Result<(), String> {
    let pins = Language::Python.scripts().join("requirements.txt");
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps", "--require-hashes"]);
    pip.arg("--target").arg(folder).arg("-r").arg(pins);
    run(pip, "python3 with pip is needed")
}

fn node(folder: &Path) -> Result<(), String> {
    for file in ["package.json", "package-lock.json", ".npmrc"] {
        fs::copy(Language::Node.scripts().join(file), folder.join(file)).map_err(|error| format!("cannot copy {file}: {error}"))?;
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
