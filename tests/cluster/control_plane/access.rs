//! Ways into a running control plane: kubectl, a client, kubeconfigs, its metrics.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use super::start::{ControlPlane, kubeconfig};

impl ControlPlane {
    /// Runs a future to its end on the runtime that the clients of this control plane live on.
    pub(crate) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// A client that may do everything.
    pub(crate) fn admin_client(&self) -> Client {
        self.client(&self.admin_kubeconfig())
    }

    /// A client with the rights of a kubeconfig.
    pub(crate) fn client(&self, kubeconfig: &Path) -> Client {
        self.block_on(async {
            let file = Kubeconfig::read_from(kubeconfig).expect("a kubeconfig of ours is readable");
            let mut config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await.expect("it is complete");
            config.proxy_url = None;
            Client::try_from(config).expect("a client can be made of it")
        })
    }

    /// The kubeconfig of whoever may do everything.
    pub(crate) fn admin_kubeconfig(&self) -> PathBuf {
        self.folder.path().join("admin.kubeconfig")
    }

    /// A kubeconfig with the rights of a ServiceAccount: its token is asked for as the kubelet would.
    pub(crate) fn service_account_kubeconfig(&self, namespace: &str, name: &str) -> PathBuf {
        let token = self.kubectl_ok(&["create", "token", name, "-n", namespace, "--duration=2h"]);
        let path = self.folder.path().join(format!("{namespace}.{name}.kubeconfig"));
        let authority = self.folder.path().join("ca.crt");
        // Whoever reads it meanwhile sees the old one or the new one.
        let draft = self.folder.path().join(format!("{namespace}.{name}.{:016x}", fastrand::u64(..)));
        std::fs::write(&draft, kubeconfig(&self.server, &authority, token.trim())).expect("the folder is writable");
        std::fs::rename(&draft, &path).expect("the folder is writable");
        path
    }

    /// Where the API server listens.
    pub(crate) fn server_address(&self) -> SocketAddr {
        let address = self.server.trim_start_matches("https://").parse();
        address.expect("it is an address of this machine")
    }

    /// The same kubeconfig for whoever reaches the API server by another address.
    pub(crate) fn kubeconfig_through(&self, kubeconfig: &Path, address: SocketAddr) -> PathBuf {
        let path = self.folder.path().join(format!("through-{}.kubeconfig", address.port()));
        let text = std::fs::read_to_string(kubeconfig).expect("a kubeconfig of ours is readable");
        std::fs::write(&path, text.replace(&self.server, &format!("https://{address}"))).expect("the folder is writable");
        path
    }

    /// Runs kubectl as admin.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Output {
        self.kubectl_as(&self.admin_kubeconfig(), arguments, "")
    }

    /// Runs kubectl in a folder, whose files the arguments may name.
    pub(crate) fn kubectl_in(&self, folder: &Path, arguments: &[&str]) -> Output {
        self.kubectl_command(&self.admin_kubeconfig(), arguments).current_dir(folder).output().expect("kubectl can be started")
    }

    fn kubectl_command(&self, kubeconfig: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.assets.kubectl());
        command.arg("--kubeconfig").arg(kubeconfig).args(arguments);
        // Its cache of what the server offers goes into the folder of this run.
        command.env("HOME", self.folder.path()).env("NO_PROXY", "127.0.0.1").env_remove("KUBECONFIG");
        command
    }

    /// Runs kubectl with the rights of a kubeconfig, and with `input` as its standard input.
    pub(crate) fn kubectl_as(&self, kubeconfig: &Path, arguments: &[&str], input: &str) -> Output {
        let mut command = self.kubectl_command(kubeconfig, arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("kubectl can be started");
        let mut stdin = child.stdin.take().expect("its input is piped");
        // It may end without reading all of it, which then shows in its status.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child.wait_with_output().expect("kubectl ends")
    }

    /// Runs kubectl as admin, which must succeed; its output.
    pub(crate) fn kubectl_ok(&self, arguments: &[&str]) -> String {
        succeeded(&self.kubectl(arguments), arguments)
    }

    /// Applies manifests (YAML text, several documents) on the server side, with strict validation; this must succeed.
    pub(crate) fn apply_manifests(&self, manifests: &str) -> String {
        let arguments = ["apply", "--server-side", "--force-conflicts", "--validate=strict", "-f", "-"];
        succeeded(&self.kubectl_as(&self.admin_kubeconfig(), &arguments, manifests), &arguments)
    }

    /// Makes a namespace; its name.
    pub(crate) fn create_namespace<'a>(&self, name: &'a str) -> &'a str {
        self.kubectl_ok(&["create", "namespace", name]);
        name
    }

    /// Asks until it is so; panics, naming `what`, when it does not become so within 30 s.
    pub(crate) fn wait_for(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let asked = (0..300).any(|_| {
            let so = is_so();
            if !so {
                sleep(Duration::from_millis(100));
            }
            so
        });
        assert!(asked, "waited in vain: {what}");
    }

    /// What the API server counts about itself, as Prometheus text.
    pub(crate) fn api_server_metrics(&self) -> String {
        self.kubectl_ok(&["get", "--raw=/metrics"])
    }

    /// The folder of this run, with the logs in it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

fn succeeded(output: &Output, arguments: &[&str]) -> String {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "kubectl {} failed: {complaint}", arguments.join(" "));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
