//! `wct controller`: the seam to the kube-rs controller.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::{Exit, Failure, manifest, runtime};
use crate::controller::{self, IntakeOptions, Options, RunError};

/// Run the Kubernetes controller
///
/// Watches GenesysConnections and WebchatTerminations through the cluster that it runs in, or that the kubeconfig names. Several
/// replicas share the OAuth clients between them: whoever holds a client's Lease works with it.
#[derive(Debug, clap::Args)]
pub(crate) struct Controller {
    /// The namespaces to watch; without it, all of them
    #[arg(long, env = "WCT_NAMESPACES", value_name = "NAMESPACE", value_delimiter = ',', num_args = 1..)]
    namespaces: Vec<String>,

    /// Hosts that a GenesysConnection's endpoints may name. Without one, only regions are used: otherwise whoever may write a
    /// connection could have its Secret sent to a host of their choice
    #[arg(long, env = "WCT_ALLOW_CUSTOM_ENDPOINTS", value_name = "HOST", value_delimiter = ',', num_args = 1..)]
    allow_custom_endpoints: Vec<String>,

    /// Where /livez, /readyz and /metrics are served
    #[arg(long, env = "WCT_HEALTH_ADDRESS", value_name = "ADDRESS:PORT", default_value = "0.0.0.0:8080")]
    health_address: SocketAddr,

    /// Where events are taken, at POST /v1/events/NAMESPACE/CONNECTION; without it they are not. Plain HTTP without a certificate:
    /// in a cluster TLS usually ends at the ingress
    #[arg(long, env = "WCT_INTAKE_ADDRESS", value_name = "ADDRESS:PORT")]
    intake_address: Option<SocketAddr>,

    /// The PEM file of the intake's certificate, with its chain; read again when it has changed
    #[arg(long, env = "WCT_INTAKE_TLS_CERT", value_name = "FILE", requires_all = ["intake_address", "intake_tls_key"])]
    intake_tls_cert: Option<PathBuf>,

    /// The PEM file of the certificate's key
    #[arg(long, env = "WCT_INTAKE_TLS_KEY", value_name = "FILE", requires = "intake_tls_cert")]
    intake_tls_key: Option<PathBuf>,

    /// How many terminations are reconciled at a time
    #[arg(long, env = "WCT_CONCURRENCY", value_name = "NUMBER", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    concurrency: u16,

    /// For how many seconds a Lease holds that is not renewed: for so long nobody goes on with what a dead replica worked on. Below 24
    /// a request may outlive the Lease that it began under; what keeps two replicas apart then is the record alone
    #[arg(long, env = "WCT_LEASE_DURATION", value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(2..=3600))]
    lease_duration: u64,

    /// The namespace of its Leases; by default its own, or that of the kubeconfig's context
    #[arg(long, env = "WCT_LEASE_NAMESPACE", value_name = "NAMESPACE")]
    lease_namespace: Option<String>,

    /// The name of this process in records, Leases and events; by default the pod's name and a random number
    #[arg(long, env = "WCT_IDENTITY", value_name = "NAME")]
    identity: Option<String>,
}

impl Controller {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let Self {
            namespaces,
            allow_custom_endpoints,
            health_address,
            intake_address,
            intake_tls_cert,
            intake_tls_key,
            concurrency,
            lease_duration,
            lease_namespace,
            identity,
        } = self;
        let certificate = intake_tls_cert.zip(intake_tls_key);
        manifest::check_hosts(&named(allow_custom_endpoints.clone()))?;
        let options = Options {
            namespaces: named(namespaces),
            allowed_hosts: named(allow_custom_endpoints).iter().map(|host| host.to_lowercase()).collect(),
            health_address,
            intake: intake_address.map(|address| IntakeOptions { address, certificate }),
            concurrency,
            lease_duration: Duration::from_secs(lease_duration),
            lease_namespace: lease_namespace.filter(|name| !name.is_empty()),
            identity: identity.unwrap_or_else(own_name),
        };
        let done = runtime()?.block_on(controller::run(options));
        done.map_err(|error| match error {
            RunError::Config(_) if !has_cluster() => {
                let said = "no Kubernetes cluster: neither a service account nor a kubeconfig is there; set KUBECONFIG";
                Failure::new(Exit::Usage, "controller", said)
            }
            RunError::Config(_) | RunError::Signals(_) | RunError::Health(..) | RunError::Intake(..) | RunError::Certificate(_) => {
                Failure::new(Exit::Usage, "controller", error)
            }
        })?;
        Ok(Exit::Succeeded)
    }
}

/// Whether anything says where a cluster is.
pub(super) fn has_cluster() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let kubeconfig = std::env::home_dir().map(|home| home.join(".kube/config"));
    is_set("KUBECONFIG") || is_set("KUBERNETES_SERVICE_HOST") || kubeconfig.is_some_and(|file| file.exists())
}

/// What was named: an empty value of the environment names nothing.
fn named(values: Vec<String>) -> Vec<String> {
    let trimmed = values.iter().map(|value| value.trim().to_owned());
    trimmed.filter(|value| !value.is_empty()).collect()
}

/// A name that no other process has: two that shared one would take each other's records for their own.
fn own_name() -> String {
    let host = std::env::var("HOSTNAME").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "wct".into());
    format!("{host}-{:08x}", fastrand::u32(..))
}
