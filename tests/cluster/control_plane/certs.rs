//! The keys and certificates of one control plane, fresh for every run.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose};

/// Where the files are.
pub(crate) struct Certs {
    pub(crate) authority: PathBuf,
    pub(crate) serving: PathBuf,
    pub(crate) serving_key: PathBuf,
    pub(crate) service_account_public: PathBuf,
    pub(crate) service_account_key: PathBuf,
}

impl Certs {
    /// Makes an authority, a serving certificate for the API server, and the key that signs ServiceAccount tokens.
    pub(crate) fn create(folder: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let authority_key = KeyPair::generate()?;
        let mut authority = CertificateParams::default();
        authority.distinguished_name.push(DnType::CommonName, "webchat-terminator test authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let authority_pem = authority.self_signed(&authority_key)?.pem();
        let issuer = Issuer::new(authority, authority_key);

        let serving_key = KeyPair::generate()?;
        let names = ["127.0.0.1", "localhost", "kubernetes.default.svc"].map(str::to_owned);
        let mut serving = CertificateParams::new(names)?;
        serving.distinguished_name.push(DnType::CommonName, "kube-apiserver");
        serving.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let serving_pem = serving.signed_by(&serving_key, &issuer)?.pem();

        let service_account = KeyPair::generate()?;
        let write = |name: &str, text: String| -> std::io::Result<PathBuf> {
            let path = folder.join(name);
            fs::write(&path, text)?;
            Ok(path)
        };
        Ok(Self {
            authority: write("ca.crt", authority_pem)?,
            serving: write("apiserver.crt", serving_pem)?,
            serving_key: write("apiserver.key", serving_key.serialize_pem())?,
            service_account_public: write("sa.pub", service_account.public_key_pem())?,
            service_account_key: write("sa.key", service_account.serialize_pem())?,
        })
    }
}
