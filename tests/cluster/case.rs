//! One test, and what all tests share.

use std::sync::{Arc, OnceLock};

use libtest_mimic::{Completion, Failed, Trial};

use crate::control_plane::{Assets, ControlPlane};

/// The control plane of this run, started by the first test that asks for it.
#[derive(Default)]
pub(crate) struct Shared {
    plane: OnceLock<Result<ControlPlane, Missing>>,
}

/// Why there is no control plane.
enum Missing {
    /// It is not on this machine and cannot be got.
    NotFound(String),
    /// It is there and does not start: never a reason to skip.
    Broken(String),
}

impl Shared {
    fn plane(&self) -> &Result<ControlPlane, Missing> {
        self.plane.get_or_init(|| {
            let assets = Assets::locate().map_err(Missing::NotFound);
            if let Err(Missing::NotFound(reason)) = &assets {
                eprintln!("\ncluster tests SKIPPED: {reason}");
            }
            let plane = ControlPlane::start(&assets?).map_err(Missing::Broken)?;
            install(&plane).map_err(Missing::Broken)?;
            Ok(plane)
        })
    }
}

/// Installs our resource definitions, as they are checked in.
pub(crate) fn install(plane: &ControlPlane) -> Result<(), String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/crds");
    let names = webchat_terminator::crd::all().into_iter().filter_map(|definition| definition.metadata.name);
    let names: Vec<_> = names.map(|name| format!("crd/{name}")).collect();
    let mut wait = vec!["wait", "--for=condition=Established", "--timeout=30s"];
    wait.extend(names.iter().map(String::as_str));
    for arguments in [vec!["apply", "--server-side", "--validate=strict", "-k", folder], wait] {
        let output = plane.kubectl(&arguments);
        if !output.status.success() {
            return Err(format!("cannot install the definitions: {}", String::from_utf8_lossy(&output.stderr)));
        }
    }
    Ok(())
}

/// A test by name: a function that panics when the statement of its name is false.
pub(crate) struct Case {
    name: &'static str,
    run: fn(&ControlPlane),
    only_on_request: bool,
}

impl Case {
    pub(crate) fn new(name: &'static str, run: fn(&ControlPlane)) -> Self {
        Self { name, run, only_on_request: false }
    }

    /// The same, but only with `--ignored`: it takes minutes.
    pub(crate) fn only_on_request(self) -> Self {
        Self { only_on_request: true, ..self }
    }

    pub(crate) fn into_trial(self, shared: &Arc<Shared>) -> Trial {
        let shared = Arc::clone(shared);
        let trial = Trial::ignorable_test(self.name, move || match shared.plane() {
            Ok(plane) => {
                (self.run)(plane);
                Ok(Completion::Completed)
            }
            Err(Missing::NotFound(reason)) if !required() => Ok(Completion::ignored_with(reason)),
            Err(Missing::NotFound(reason) | Missing::Broken(reason)) => Err(Failed::from(reason)),
        });
        trial.with_ignored_flag(self.only_on_request)
    }
}

fn required() -> bool {
    std::env::var("WCT_REQUIRE").is_ok_and(|value| value == "1")
}

/// Makes a list of cases out of functions, named as they are.
macro_rules! cases {
    ($($function:ident),* $(,)?) => {
        vec![$($crate::case::Case::new(stringify!($function), $function)),*]
    };
}
pub(crate) use cases;
