//! Starts a control plane of its own: fresh folder, ports, certificates and tokens, RBAC on.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::audit;
use super::certs::Certs;
use super::locate::Assets;
use super::process::Process;

/// Only what the product needs: deletion of owned objects and namespaces, ServiceAccounts with their tokens, aggregated roles.
const CONTROLLERS: &str = "garbage-collector-controller,namespace-controller,serviceaccount-controller,\
                           serviceaccount-token-controller,root-ca-certificate-publisher-controller,\
                           clusterrole-aggregation-controller";

/// How often, and how many times, a starting part is asked whether it is ready.
const ASK_EVERY: Duration = Duration::from_millis(100);
const ASK_TIMES: u32 = 600;

/// A running control plane; stops when dropped.
pub(crate) struct ControlPlane {
    // The processes before the folder: they are ended before their files are removed.
    pub(crate) controller_manager: Process,
    pub(crate) api_server: Process,
    pub(crate) etcd: Process,
    pub(super) assets: Assets,
    pub(super) server: String,
    pub(super) runtime: Runtime,
    pub(super) folder: TempDir,
}

impl ControlPlane {
    /// Starts all parts and waits until they are ready.
    pub(crate) fn start(assets: &Assets) -> Result<Self, String> {
        let plain = |error: &dyn std::error::Error| format!("cannot start the control plane: {error}");
        let folder = tempfile::Builder::new().prefix("wct-cluster-").tempdir().map_err(|error| plain(&error))?;
        let certs = Certs::create(folder.path()).map_err(|error| plain(&*error))?;
        let ports = free_ports().map_err(|error| plain(&error))?;
        let server = format!("https://127.0.0.1:{}", ports[2]);
        write_files(folder.path(), &server, &certs).map_err(|error| plain(&error))?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(|error| plain(&error))?;

        let etcd = Process::start(assets.etcd(), etcd_arguments(folder.path(), ports), folder.path())?;
        let arguments = api_server_arguments(folder.path(), &certs, ports);
        let api_server = Process::start(assets.kube_apiserver(), arguments, folder.path())?;
        let arguments = controller_manager_arguments(folder.path(), &certs, ports);
        let controller_manager = Process::start(assets.kube_controller_manager(), arguments, folder.path())?;
        let plane = Self { controller_manager, api_server, etcd, assets: assets.clone(), server, runtime, folder };
        plane.wait_until_ready()?;
        Ok(plane)
    }

    /// Waits until the API server says that it is ready and the controllers have made the first ServiceAccount.
    ///
    /// A controller manager that comes up before the API server gives up: it is then started again.
    pub(crate) fn wait_until_ready(&self) -> Result<(), String> {
        let mut served = false;
        for _ in 0..ASK_TIMES {
            served = served || self.kubectl(&["get", "--raw=/readyz"]).status.success();
            if served && self.kubectl(&["get", "serviceaccount", "default", "-n", "default"]).status.success() {
                return Ok(());
            }
            if !self.etcd.is_running() || !self.api_server.is_running() {
                break;
            }
            if !self.controller_manager.is_running() {
                self.controller_manager.restart()?;
            }
            sleep(ASK_EVERY);
        }
        let silent = if served { &self.controller_manager } else { &self.api_server };
        Err(format!("the control plane does not become ready{}{}", self.etcd.last_words(), silent.last_words()))
    }
}

/// Four ports that nobody listens on just now.
fn free_ports() -> std::io::Result<[u16; 4]> {
    let bind = || TcpListener::bind(("127.0.0.1", 0));
    // All are held at once, so that they differ.
    let held = [bind()?, bind()?, bind()?, bind()?];
    let mut ports = [0; 4];
    for (port, listener) in ports.iter_mut().zip(&held) {
        *port = listener.local_addr()?.port();
    }
    Ok(ports)
}

fn write_files(folder: &Path, server: &str, certs: &Certs) -> std::io::Result<()> {
    let [admin, manager] = [fastrand::u128(..), fastrand::u128(..)].map(|token| format!("{token:032x}"));
    let tokens = format!("{admin},admin,admin,\"system:masters\"\n{manager},system:kube-controller-manager,kube-controller-manager\n");
    fs::write(folder.join("tokens.csv"), tokens)?;
    fs::write(folder.join("audit.yaml"), audit::POLICY)?;
    fs::write(folder.join("admin.kubeconfig"), kubeconfig(server, &certs.authority, &admin))?;
    fs::write(folder.join("controller-manager.kubeconfig"), kubeconfig(server, &certs.authority, &manager))
}

/// A kubeconfig for the bearer of a token.
pub(super) fn kubeconfig(server: &str, authority: &Path, token: &str) -> String {
    let authority = authority.display();
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: test\n\
         clusters: [{{name: test, cluster: {{server: '{server}', certificate-authority: '{authority}'}}}}]\n\
         users: [{{name: test, user: {{token: '{token}'}}}}]\n\
         contexts: [{{name: test, context: {{cluster: test, user: test}}}}]\n"
    )
}

fn etcd_arguments(folder: &Path, [client, peer, ..]: [u16; 4]) -> Vec<String> {
    let (client, peer) = (format!("http://127.0.0.1:{client}"), format!("http://127.0.0.1:{peer}"));
    vec![
        format!("--data-dir={}", folder.join("etcd").display()),
        format!("--listen-client-urls={client}"),
        format!("--advertise-client-urls={client}"),
        format!("--listen-peer-urls={peer}"),
        format!("--initial-advertise-peer-urls={peer}"),
        format!("--initial-cluster=default={peer}"),
        "--unsafe-no-fsync".into(),
        "--log-level=warn".into(),
    ]
}

fn api_server_arguments(folder: &Path, certs: &Certs, [etcd, _, secure, _]: [u16; 4]) -> Vec<String> {
    vec![
        format!("--etcd-servers=http://127.0.0.1:{etcd}"),
        "--bind-address=127.0.0.1".into(),
        "--advertise-address=127.0.0.1".into(),
        format!("--secure-port={secure}"),
        format!("--cert-dir={}", folder.display()),
        format!("--tls-cert-file={}", certs.serving.display()),
        format!("--tls-private-key-file={}", certs.serving_key.display()),
        format!("--client-ca-file={}", certs.authority.display()),
        format!("--token-auth-file={}", folder.join("tokens.csv").display()),
        "--service-account-issuer=https://kubernetes.default.svc".into(),
        format!("--service-account-key-file={}", certs.service_account_public.display()),
        format!("--service-account-signing-key-file={}", certs.service_account_key.display()),
        "--service-cluster-ip-range=10.0.0.0/24".into(),
        "--authorization-mode=RBAC".into(),
        "--endpoint-reconciler-type=none".into(),
        format!("--audit-policy-file={}", folder.join("audit.yaml").display()),
        format!("--audit-log-path={}", folder.join("audit.log").display()),
    ]
}

fn controller_manager_arguments(folder: &Path, certs: &Certs, [.., secure]: [u16; 4]) -> Vec<String> {
    vec![
        format!("--kubeconfig={}", folder.join("controller-manager.kubeconfig").display()),
        "--leader-elect=false".into(),
        "--bind-address=127.0.0.1".into(),
        format!("--secure-port={secure}"),
        format!("--cert-dir={}", folder.display()),
        format!("--service-account-private-key-file={}", certs.service_account_key.display()),
        format!("--root-ca-file={}", certs.authority.display()),
        "--use-service-account-credentials".into(),
        format!("--controllers={CONTROLLERS}"),
    ]
}
