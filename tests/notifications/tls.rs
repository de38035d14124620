//! Encrypted sockets: who is trusted, and that nobody else is.

use std::process::Command;
use std::sync::Arc;

use futures::StreamExt;
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::*;

/// The variable by which the process that this test starts is told where to connect.
const PORT: &str = "WCT_TEST_TLS_PORT";

/// Serves a service in good order with a certificate of its own, encrypted or not as the client begins; that certificate, as
/// PEM, and the port.
async fn serve() -> (String, u16) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(builder.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap());
    let listener = TcpListener::bind("localhost:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = TlsAcceptor::from(Arc::clone(&config));
            tokio::spawn(async move {
                let mut first = [0];
                if stream.peek(&mut first).await.is_err() {
                    return;
                }
                if first != [0x16] {
                    return answer(stream, port).await;
                }
                if let Ok(stream) = acceptor.accept(stream).await {
                    answer(stream, port).await;
                }
            });
        }
    });
    (made.cert.pem(), port)
}

/// Answers one request, or keeps the socket that it asks for.
async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, port: u16) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    let head = String::from_utf8(head).unwrap();
    let header = |name: &str| head.lines().find_map(|line| line.to_lowercase().starts_with(name).then(|| line[name.len()..].trim()));
    let mut body = vec![0; header("content-length:").map_or(0, |length| length.parse().unwrap())];
    if stream.read_exact(&mut body).await.is_err() {
        return;
    }
    if let Some(key) = header("sec-websocket-key:") {
        let accept = derive_accept_key(key.as_bytes());
        let upgrade = format!(
            "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: {accept}\r\n\r\n"
        );
        if stream.write_all(upgrade.as_bytes()).await.is_ok() {
            let mut socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
            while socket.next().await.is_some_and(|said| said.is_ok()) {}
        }
        return;
    }
    let body = match head.lines().next().unwrap() {
        line if line.contains("/oauth/token") => r#"{"access_token":"canned-token","expires_in":86400}"#.to_owned(),
        line if line.contains("/tokens/me") => format!(r#"{{"organization":{{"id":"{}"}}}}"#, sample::ORGANIZATION),
        line if line.contains("/subscriptions") => format!(r#"{{"entities":{}}}"#, String::from_utf8(body).unwrap()),
        line if line.contains("/channels") => format!(r#"{{"id":"one","connectUri":"wss://localhost:{port}/channels/one"}}"#),
        _ => "{}".to_owned(),
    };
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
    let _sent = stream.write_all(answer.as_bytes()).await;
    let _closed = stream.shutdown().await;
}

async fn follow(endpoints: Endpoints) -> (Availability, Listener) {
    let settings = Settings { no_proxy: true, ..Settings::default() };
    let credentials = Credentials::new(sample::CLIENT_ID, sample::CLIENT_SECRET.into());
    let client = Client::new(endpoints, sample::ORGANIZATION, credentials, Dialect::Messages, settings).unwrap();
    let (sink, _heard) = mpsc::channel(16);
    let tempo = Tempo { patience: Duration::from_secs(2), ..TEMPO };
    let listener = Listener::start_with(&client, sink, CancellationToken::new(), tempo);
    let followed = listener.follow(&[Uuid::from_u128(7)]).await;
    (followed[0].1, listener)
}

/// The platform's certificates are read once a process: so this is done in another one.
#[tokio::test(flavor = "multi_thread")]
async fn a_socket_whose_certificate_the_platform_trusts_is_opened() {
    let (certificate, port) = serve().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, certificate).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "tls::as_the_environment_says", "--ignored"]).env("SSL_CERT_FILE", &file).env(PORT, port.to_string());
    let output = tokio::task::spawn_blocking(move || child.output()).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
#[ignore = "run by the test above, in a process of its own"]
async fn as_the_environment_says() {
    let url = format!("https://localhost:{}", std::env::var(PORT).unwrap());
    assert_eq!(follow(Endpoints::custom(&url, &url).unwrap()).await.0, Availability::Flowing);
}

#[tokio::test]
async fn a_socket_whose_certificate_nobody_vouches_for_is_not_opened() {
    let (_, port) = serve().await;
    let url = format!("http://localhost:{port}");
    let sockets = format!("wss://localhost:{port}");
    let endpoints = Endpoints::custom(&url, &url).unwrap().with_streaming(&sockets, &["localhost".to_owned()]).unwrap();
    let (availability, listener) = follow(endpoints).await;
    assert_eq!(availability, Availability::Unavailable);
    assert_eq!(listener.fault().unwrap().code, "socket.closed");
}
