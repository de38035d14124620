//! The controller's process.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Seek;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use super::http;
use crate::control_plane::{ControlPlane, Process};
use crate::deploy;

/// How a controller is started.
pub(super) struct Settings {
    /// The namespaces that it watches; none: all of them.
    pub(super) namespaces: Vec<String>,
    /// The hosts that connections may name.
    pub(super) allowed_hosts: Vec<&'static str>,
    /// What it logs.
    pub(super) log: &'static str,
    /// Whether it takes events.
    pub(super) intake: bool,
    /// By which address it reaches the API server, if not by its own.
    pub(super) through: Option<SocketAddr>,
    /// For how many seconds its Leases hold: short, since whoever comes after a kill has to wait for it, and long enough for a
    /// busy machine.
    pub(super) lease_seconds: u32,
}

impl Settings {
    /// The usual: one namespace, endpoints on this machine.
    pub(super) fn of(namespace: &str) -> Self {
        Self {
            namespaces: vec![namespace.to_owned()],
            allowed_hosts: vec!["127.0.0.1"],
            log: "info,webchat_terminator=debug",
            intake: false,
            through: None,
            lease_seconds: 10,
        }
    }

    /// The same, and events are taken.
    pub(super) fn listening(namespace: &str) -> Self {
        Self { intake: true, ..Self::of(namespace) }
    }
}

/// The built binary as `wct controller`; killed when dropped.
pub(super) struct Controller {
    process: Process,
    health: SocketAddr,
    /// Where events are taken, if they are.
    pub(super) intake: Option<SocketAddr>,
}

impl Controller {
    /// Starts it and waits until it is ready.
    pub(super) fn start(plane: &ControlPlane, settings: &Settings) -> Self {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = plane.folder().join(format!("controller-{number}"));
        std::fs::create_dir(&folder).unwrap();
        let health = free_address();
        let mut arguments = vec!["controller".to_owned(), "--health-address".into(), health.to_string()];
        arguments.extend(["--lease-duration".into(), settings.lease_seconds.to_string()]);
        if !settings.namespaces.is_empty() {
            arguments.extend(["--namespaces".into(), settings.namespaces.join(",")]);
        }
        if !settings.allowed_hosts.is_empty() {
            arguments.extend(["--allow-custom-endpoints".into(), settings.allowed_hosts.join(",")]);
        }
        let intake = settings.intake.then(free_address);
        if let Some(address) = intake {
            arguments.extend(["--intake-address".into(), address.to_string()]);
        }
        let kubeconfig = credentials(plane);
        let kubeconfig = settings.through.map_or(kubeconfig.clone(), |address| plane.kubeconfig_through(&kubeconfig, address));
        let environment = vec![
            ("KUBECONFIG", kubeconfig.display().to_string()),
            ("WCT_LOG", settings.log.into()),
            ("WCT_LEASE_NAMESPACE", deploy::HOME.into()),
            ("NO_PROXY", "127.0.0.1".into()),
            ("no_proxy", "127.0.0.1".into()),
        ];
        let process = Process::start_in(environment, &binary(plane), arguments, &folder).unwrap();
        let controller = Self { process, health, intake };
        // From here on its last words are told when the test fails.
        controller.wait_until_ready(plane);
        controller
    }

    /// Starts it again with the same settings, after `kill -9` where it still runs.
    pub(super) fn restart(&self, plane: &ControlPlane) {
        self.process.restart().unwrap();
        self.wait_until_ready(plane);
    }

    /// `kill -9`.
    pub(super) fn kill(&self) {
        self.process.kill();
    }

    /// SIGTERM; how it ended, if it did within this time.
    pub(super) fn terminate(&self, within: Duration) -> Option<ExitStatus> {
        self.process.terminate(within)
    }

    /// Freezes it: its sockets stay open and nothing answers.
    pub(super) fn pause(&self) {
        self.process.pause();
    }

    /// Thaws it.
    pub(super) fn unpause(&self) {
        self.process.unpause();
    }

    /// All that it logged.
    pub(super) fn log(&self) -> String {
        self.process.log()
    }

    /// What it answers under `path`.
    pub(super) fn get(&self, path: &str) -> Option<(u16, String)> {
        http::ask(self.health, "GET", path, None)
    }

    fn wait_until_ready(&self, plane: &ControlPlane) {
        plane.wait_for("the controller is ready", || {
            assert!(self.process.is_running(), "the controller ended:{}", self.process.last_words());
            self.get("/readyz").is_some_and(|(status, _)| status == 200)
        });
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<_> = log.lines().rev().take(40).collect();
            let last: String = lines.into_iter().rev().map(|line| format!("\n  {line}")).collect();
            eprintln!("the last words of the controller:{last}");
        }
    }
}

/// The kubeconfig of the controller's ServiceAccount, with the rights of `deploy/`, which is installed once per control plane.
fn credentials(plane: &ControlPlane) -> PathBuf {
    static INSTALLED: Mutex<BTreeMap<PathBuf, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut installed = INSTALLED.lock().unwrap();
    installed.entry(plane.folder().to_owned()).or_insert_with(|| deploy::install(plane)).clone()
}

/// The built binary, opened when the tests begin: a build that goes on meanwhile must not change what is tested.
static BUILT: OnceLock<File> = OnceLock::new();

/// Opens the built binary.
pub(crate) fn open_binary() -> &'static File {
    BUILT.get_or_init(|| File::open(env!("CARGO_BIN_EXE_wct")).unwrap())
}

/// A copy of the built binary, in the folder of its control plane.
pub(crate) fn binary(plane: &ControlPlane) -> PathBuf {
    static COPYING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = COPYING.lock().unwrap();
    let path = plane.folder().join("wct");
    if !path.exists() {
        let mut copy = OpenOptions::new().write(true).create_new(true).mode(0o755).open(&path).unwrap();
        let mut built = open_binary();
        built.rewind().unwrap();
        std::io::copy(&mut built, &mut copy).unwrap();
    }
    path
}

/// An address that nobody listens on just now.
fn free_address() -> SocketAddr {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).unwrap()
}
