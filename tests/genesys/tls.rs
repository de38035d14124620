//! TLS: who is trusted, and that nobody else is.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use webchat_terminator::genesys::AccessError;
use webchat_terminator::simulator::world::sample;

use super::*;

/// The variable by which the process that this test starts is told where to connect.
const ADDRESS: &str = "WCT_TEST_TLS_URL";

/// Serves two requests, a connection each, with a certificate of its own; that certificate, as PEM, and the URL.
fn serve() -> (String, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(builder.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    thread::spawn(move || {
        let token = r#"{"access_token":"canned-token","expires_in":86400}"#.to_owned();
        let info = format!(r#"{{"organization":{{"id":"{}"}}}}"#, sample::ORGANIZATION);
        for body in [token, info] {
            let Ok((tcp, _)) = listener.accept() else { return };
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), tcp);
            // A client that does not trust us leaves in the middle.
            if stream.read(&mut [0; 4096]).is_ok() {
                let _gone = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
                stream.conn.send_close_notify();
                let _gone = stream.flush();
            }
        }
    });
    (made.cert.pem(), url)
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let (_, url) = serve();
    let result = client_with(&url, sample::ORGANIZATION, settings()).check().await;
    let Err(AccessError::Setback(setback)) = result else { panic!("{result:?}") };
    assert_eq!(setback.fault.code, "unreachable");
    assert!(setback.fault.message.contains("certificate"), "{}", setback.fault.message);
}

/// What the platform trusts is told by the environment, so a process of its own is needed.
#[test]
fn a_certificate_that_the_platform_vouches_for_is_trusted() {
    let (certificate, url) = serve();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, certificate).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "tls::as_the_environment_says", "--ignored"]).env("SSL_CERT_FILE", &file).env(ADDRESS, url);
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
#[ignore = "run by the test above, in a process of its own"]
async fn as_the_environment_says() {
    let url = std::env::var(ADDRESS).unwrap();
    client_with(&url, sample::ORGANIZATION, settings()).check().await.unwrap();
}
