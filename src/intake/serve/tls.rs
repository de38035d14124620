//! The certificate that a server shows: from PEM files, read again when they have changed, as they do when a certificate is renewed.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, version};
use tokio_rustls::TlsAcceptor;
use tracing::{info, warn};

/// The certificate and key that a server shows.
pub struct Certificate {
    files: [PathBuf; 2],
    shown: Mutex<Shown>,
}

/// What is shown at present, and what the files were like when they were last read.
struct Shown {
    config: Arc<ServerConfig>,
    stamps: Stamps,
}

/// When each file was changed, and how long it is; nothing where that cannot be said.
type Stamps = [Option<(SystemTime, u64)>; 2];

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file cannot be read.
    #[error("{}: {}; name a PEM file that can be read", .0.display(), .1)]
    Unreadable(PathBuf, io::Error),
    /// A file does not hold what it should.
    #[error("{}: no {} in PEM in it", .0.display(), .1)]
    NotPem(PathBuf, &'static str),
    /// The certificate cannot be used with the key.
    #[error("{} cannot be used with {}: {}", .0.display(), .1.display(), .2)]
    Unusable(PathBuf, PathBuf, rustls::Error),
}

impl Certificate {
    /// Reads a certificate, with the chain to its issuer, and its key from PEM files.
    ///
    /// # Errors
    /// [`CertificateError`]. No message holds anything of the key.
    pub async fn read(certificate: PathBuf, key: PathBuf) -> Result<Self, CertificateError> {
        let files = [certificate, key];
        let stamps = stamps(&files).await;
        let config = config(&files).await?;
        Ok(Self { files, shown: Mutex::new(Shown { config, stamps }) })
    }

    /// What a new connection is accepted with. When a file has changed both are read again; what cannot be used then is reported, and
    /// the certificate before it is shown on.
    pub(super) async fn acceptor(&self) -> TlsAcceptor {
        let stamps = stamps(&self.files).await;
        let changed = self.shown().stamps != stamps;
        if changed {
            let read = config(&self.files).await;
            let mut shown = self.shown();
            shown.stamps = stamps;
            match read {
                Ok(config) => {
                    shown.config = config;
                    info!(certificate = %self.files[0].display(), "the certificate has changed: it is shown from now on");
                }
                Err(error) => warn!(%error, "the certificate has changed and cannot be used: the one before it is shown on"),
            }
        }
        TlsAcceptor::from(Arc::clone(&self.shown().config))
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate").field("files", &self.files).finish_non_exhaustive()
    }
}

async fn stamps([certificate, key]: &[PathBuf; 2]) -> Stamps {
    [stamp(certificate).await, stamp(key).await]
}

async fn stamp(file: &Path) -> Option<(SystemTime, u64)> {
    let metadata = tokio::fs::metadata(file).await.ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

async fn config([certificate, key]: &[PathBuf; 2]) -> Result<Arc<ServerConfig>, CertificateError> {
    let unreadable = |file: &Path| {
        let file = file.to_owned();
        move |error| CertificateError::Unreadable(file, error)
    };
    let text = tokio::fs::read(certificate).await.map_err(unreadable(certificate))?;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&text).collect::<Result<_, _>>().unwrap_or_default();
    if chain.is_empty() {
        return Err(CertificateError::NotPem(certificate.clone(), "certificate"));
    }
    let text = tokio::fs::read(key).await.map_err(unreadable(key))?;
    let private = PrivateKeyDer::from_pem_slice(&text).map_err(|_| CertificateError::NotPem(key.clone(), "private key"))?;
    let unusable = |error| CertificateError::Unusable(certificate.clone(), key.clone(), error);
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_protocol_versions(&[&version::TLS13, &version::TLS12]).map_err(unusable)?;
    let mut config = builder.with_no_client_auth().with_single_cert(chain, private).map_err(unusable)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
