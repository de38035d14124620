//! `wct controller`: the seam to the kube-rs controller.

use std::net::SocketAddr;

use super::{Exit, Failure, runtime};
use crate::controller::{self, Options, RunError};

/// Run the controller: reconcile GenesysConnections and WebchatTerminations until SIGTERM
#[derive(Debug, clap::Args)]
pub(crate) struct Controller {
    /// The namespaces to watch; without it, all of them
    #[arg(long, value_name = "NAMESPACE", value_delimiter = ',', env = "WCT_NAMESPACES")]
    namespaces: Vec<String>,

    /// The hosts that a connection's `endpoints` may name. Without one, only regions are used
    #[arg(long, value_name = "HOST", value_delimiter = ',', num_args = 1..)]
    allow_custom_endpoints: Vec<String>,

    /// Where /livez, /readyz and /metrics are served
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:8080")]
    health_address: SocketAddr,

    /// How many resources of a kind are reconciled at a time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1000))]
    concurrency: u16,

    /// Who writes the records; without it, the pod's name and a random number
    #[arg(long, value_name = "NAME")]
    identity: Option<String>,
}

impl Controller {
    pub(super) fn run(self) -> Result<Exit, Failure> {
        let options = Options {
            namespaces: self.namespaces,
            allowed_hosts: self.allow_custom_endpoints,
            health_address: self.health_address,
            concurrency: self.concurrency,
            identity: self.identity.unwrap_or_else(identity),
        };
        let failed = |error: RunError| match error {
            RunError::Config(_) => Failure::new(Exit::Usage, "cluster", format_args!("{error}; set KUBECONFIG, or run it in a pod")),
            RunError::Health(..) => Failure::new(Exit::Usage, "--health-address", error),
        };
        runtime()?.block_on(controller::run(options)).map_err(failed)?;
        Ok(Exit::Succeeded)
    }
}

/// A name that no other process has: two that share one would take each other's records for their own.
fn identity() -> String {
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "wct".into());
    format!("{host}-{:08x}", fastrand::u32(..))
}
