//! WebSockets, of the notification service and of event streams: the handshake on a stream that trusts what requests trust.
//!
//! Proxies are not used; where only they lead out, no socket opens. A redirect is an error, as it is for requests.

use std::io;
use std::sync::Arc;

use reqwest::Url;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::{self, handshake::client, protocol::WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// The longest message that is taken in: an event has about two thousand bytes.
const LONGEST: usize = 256 << 10;

/// A connection, encrypted or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// An open socket.
pub(super) type Socket = WebSocketStream<Box<dyn Stream>>;

/// Opens a socket. The address of the request must have been checked to lead to a host that is followed.
///
/// # Errors
/// What the library says; it may name the address, which is not to be shown.
pub(super) async fn open(request: client::Request, trust: Arc<ClientConfig>) -> Result<Socket, tungstenite::Error> {
    let stream = connect(&request.uri().to_string(), trust).await?;
    let mut bounds = WebSocketConfig::default().read_buffer_size(16 << 10).write_buffer_size(4 << 10).max_write_buffer_size(64 << 10);
    bounds.max_message_size = Some(LONGEST);
    bounds.max_frame_size = Some(LONGEST);
    client_async_with_config(request, stream, Some(bounds)).await.map(|(socket, _)| socket)
}

async fn connect(uri: &str, trust: Arc<ClientConfig>) -> io::Result<Box<dyn Stream>> {
    let no_address = || io::Error::from(io::ErrorKind::InvalidInput);
    let url = Url::parse(uri).map_err(|_| no_address())?;
    let host = url.host_str().map(|host| host.trim_matches(['[', ']'])).ok_or_else(no_address)?;
    let port = url.port_or_known_default().ok_or_else(no_address)?;
    let stream = TcpStream::connect((host, port)).await?;
    stream.set_nodelay(true)?;
    if url.scheme() != "wss" {
        return Ok(Box::new(stream));
    }
    let name = ServerName::try_from(host.to_owned()).map_err(|_| no_address())?;
    Ok(Box::new(TlsConnector::from(trust).connect(name, stream).await?))
}
