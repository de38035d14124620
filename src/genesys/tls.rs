//! TLS: rustls with the *ring* provider, named here and not taken from the process.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;

/// A configuration that trusts what the platform trusts. Where nothing encrypted is to be reached, nothing is trusted, so that
/// a machine without certificates can still talk to a simulator. It names no protocol, as sockets want it.
///
/// # Errors
/// When the platform has no certificates.
pub(crate) fn config(encrypted: bool) -> Result<ClientConfig, rustls::Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions()?;
    let builder = if encrypted { builder.with_platform_verifier()? } else { builder.with_root_certificates(RootCertStore::empty()) };
    Ok(builder.with_no_client_auth())
}

/// The same trust, for requests over HTTP.
pub(super) fn of_requests(trust: &ClientConfig) -> ClientConfig {
    let mut config = trust.clone();
    // With a configuration made elsewhere, reqwest leaves the choice of the protocol alone.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}
