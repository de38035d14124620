//! What may be set from the command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How the controller runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// The namespaces to watch; empty: all of them.
    pub namespaces: Vec<String>,
    /// The hosts that a connection's `endpoints` may name. Without one, only regions are used: otherwise whoever may write a
    /// connection could have its Secret sent to a host of their choice.
    pub allowed_hosts: Vec<String>,
    /// Where `/livez`, `/readyz` and `/metrics` are served.
    pub health_address: SocketAddr,
    /// How the webhook intake is served; without it, it is not.
    pub intake: Option<IntakeOptions>,
    /// How many terminations are reconciled at a time.
    pub concurrency: u16,
    /// How long a lease holds that is not renewed: so long nobody else works on what a dead replica worked on.
    pub lease_duration: Duration,
    /// The namespace of our leases; without it the client's own.
    pub lease_namespace: Option<String>,
    /// Who we are: the holder in records and leases, the instance in events.
    pub identity: String,
}

/// How the webhook intake is served.
#[derive(Clone, Debug)]
pub struct IntakeOptions {
    /// Where.
    pub address: SocketAddr,
    /// The PEM files of its certificate and key. Without them it speaks plain HTTP.
    pub certificate: Option<(PathBuf, PathBuf)>,
}
