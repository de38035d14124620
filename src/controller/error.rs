//! Why the controller could not run.

use crate::intake::CertificateError;

/// Why the controller could not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// No way to the API server was configured.
    #[error("no Kubernetes cluster is configured (neither a kubeconfig nor a service account): {0}")]
    Config(String),
    /// The process may not handle signals.
    #[error("cannot listen for signals: {0}")]
    Signals(std::io::Error),
    /// The health address could not be served.
    #[error("cannot serve health and metrics on {0}: {1}; choose another with --health-address")]
    Health(std::net::SocketAddr, std::io::Error),
    /// The intake's address could not be bound.
    #[error("cannot take events on {0}: {1}; choose another with --intake-address")]
    Intake(std::net::SocketAddr, std::io::Error),
    /// The intake's certificate cannot be used.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}
