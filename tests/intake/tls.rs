//! The intake behind a certificate of its own, which is renewed while it serves.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use webchat_terminator::intake::{Bounds, Certificate, CertificateError, Limits};

use super::bench::{Bench, CONVERSATION, SECRET, end, path};

/// Writes a new certificate and its key into a folder.
fn issue(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("tls.crt"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("tls.key"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

async fn read(folder: &Path) -> Result<Certificate, CertificateError> {
    Certificate::read(folder.join("tls.crt"), folder.join("tls.key")).await
}

async fn bench(folder: &Path, bounds: Bounds) -> Bench {
    Bench::served(Limits::default(), bounds, Some(read(folder).await.unwrap())).await
}

/// Posts an event, trusting this certificate only; the answer's status.
async fn post(bench: &Bench, trusted: &CertificateDer<'static>) -> std::io::Result<u16> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let config = builder.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots).with_no_client_auth();
    let stream = TcpStream::connect(bench.address).await?;
    let mut stream = TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream).await?;
    let body = end(CONVERSATION).to_string();
    let head = format!("POST {} HTTP/1.1\r\nhost: intake\r\nconnection: close\r\nx-webhook-secret: {SECRET}\r\n", path("chat/main"));
    let request = format!("{head}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.split(' ').nth(1).unwrap().parse().unwrap())
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_to_the_next_connection_and_an_unusable_one_is_not() {
    let folder = TempDir::new().unwrap();
    let first = issue(folder.path());
    let bench = bench(folder.path(), Bounds::default()).await;
    assert_eq!(post(&bench, &first).await.unwrap(), 204);
    let second = issue(folder.path());
    assert_eq!(post(&bench, &second).await.unwrap(), 204);
    assert!(post(&bench, &first).await.is_err(), "the first is shown no more");
    std::fs::write(folder.path().join("tls.key"), "half of a ke").unwrap();
    assert_eq!(post(&bench, &second).await.unwrap(), 204, "the one before is shown on");
    std::fs::remove_file(folder.path().join("tls.crt")).unwrap();
    assert_eq!(post(&bench, &second).await.unwrap(), 204);
    let third = issue(folder.path());
    assert_eq!(post(&bench, &third).await.unwrap(), 204, "it recovers");
    assert_eq!(bench.heard(), 5);
}

#[tokio::test]
async fn who_speaks_plain_http_or_nothing_at_all_to_a_tls_port_is_cut() {
    let folder = TempDir::new().unwrap();
    issue(folder.path());
    let bench = bench(folder.path(), Bounds { handshake_time: Duration::from_millis(300), ..Bounds::default() }).await;
    for said in ["", "POST / HTTP/1.1\r\n\r\n"] {
        let mut stream = TcpStream::connect(bench.address).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let end = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await;
        assert!(end.is_ok(), "{said:?}: it was not closed");
        assert!(!answer.starts_with(b"HTTP"), "{said:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_used_is_told_by_file_and_without_its_content() {
    let folder = TempDir::new().unwrap();
    let told = async || read(folder.path()).await.unwrap_err().to_string();
    let file = |name: &str| folder.path().join(name).display().to_string();
    assert!(told().await.starts_with(&format!("{}: No such file", file("tls.crt"))), "{}", told().await);
    issue(folder.path());
    let key = std::fs::read_to_string(folder.path().join("tls.key")).unwrap();
    std::fs::write(folder.path().join("tls.key"), key.replace("END", "EnD")).unwrap();
    assert_eq!(told().await, format!("{}: no private key in PEM in it", file("tls.key")));
    let other = TempDir::new().unwrap();
    issue(other.path());
    std::fs::copy(other.path().join("tls.key"), folder.path().join("tls.key")).unwrap();
    assert!(told().await.starts_with(&format!("{} cannot be used with {}: ", file("tls.crt"), file("tls.key"))), "{}", told().await);
    std::fs::write(folder.path().join("tls.crt"), &key).unwrap();
    assert_eq!(told().await, format!("{}: no certificate in PEM in it", file("tls.crt")));
}
