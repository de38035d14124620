//! One notification socket, from its opening to its end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use reqwest::Url;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::{self, Message, protocol::WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use tokio_util::sync::CancellationToken;

use super::Tempo;
use super::book::{Ending, News, SocketId};
use super::frame::Frame;
use super::pulse::{Pulse, feel};
use crate::clock;

/// The longest message that is taken in: an event has about two thousand bytes.
const LONGEST: usize = 256 << 10;

/// How long saying goodbye may take.
const GOODBYE: Duration = Duration::from_millis(500);

/// What the service answers with a heartbeat (confirmed: the vendor's Java SDK).
const PING: &str = r#"{"message":"ping"}"#;

/// A connection, encrypted or not.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}
type Socket = WebSocketStream<Box<dyn Stream>>;

/// What a socket needs to know.
pub(super) struct Line {
    pub(super) id: SocketId,
    /// Checked to lead to a host that is followed.
    pub(super) uri: String,
    pub(super) trust: Arc<ClientConfig>,
    pub(super) tempo: Tempo,
    pub(super) news: mpsc::Sender<News>,
    pub(super) end: CancellationToken,
}

/// Opens a socket and tells what it says, until it ends or is ended. It is not retried here.
pub(super) async fn run(line: Line) {
    let Line { id, uri, trust, tempo, news, end } = line;
    let opening = timeout(tempo.open, open(&uri, trust));
    let opened = tokio::select! {
        () = end.cancelled() => return,
        opened = opening => opened.unwrap_or(Err(Ending::Cut)),
    };
    let ending = match opened {
        Ok(mut socket) => {
            if news.send(News::Opened(id)).await.is_err() {
                return;
            }
            let ending = tokio::select! {
                () = end.cancelled() => None,
                ending = listen(id, &mut socket, &tempo, &news) => ending,
            };
            let _said = timeout(GOODBYE, socket.close(None)).await;
            ending
        }
        Err(ending) => Some(ending),
    };
    if let Some(ending) = ending {
        let _told = news.send(News::Closed(id, ending)).await;
    }
}

/// Tells what a socket says until it ends; nothing when nobody listens any more.
async fn listen(id: SocketId, socket: &mut Socket, tempo: &Tempo, news: &mpsc::Sender<News>) -> Option<Ending> {
    let mut heard = clock::monotonic();
    let mut pinged = false;
    loop {
        let wait = match feel(clock::monotonic().duration_since(heard), pinged, tempo) {
            Pulse::Dead => return Some(Ending::Silent),
            Pulse::Ping => {
                pinged = true;
                let sent = timeout(tempo.open, socket.send(Message::text(PING))).await;
                if !matches!(sent, Ok(Ok(()))) {
                    return Some(Ending::Cut);
                }
                continue;
            }
            Pulse::Wait(wait) => wait,
        };
        let Ok(message) = timeout(wait, socket.next()).await else { continue };
        let frame = match message {
            Some(Ok(Message::Text(text))) => Frame::parse(&text),
            Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Frame::Noise,
            Some(Ok(Message::Close(_))) => return Some(Ending::ByService),
            Some(Err(_)) | None => return Some(Ending::Cut),
        };
        if frame != Frame::Noise && news.send(News::Said(id, frame)).await.is_err() {
            return None;
        }
        // Counted from here: while nobody took the news, the socket was not listened to, and cannot be called silent.
        heard = clock::monotonic();
        pinged = false;
    }
}

/// Opens a socket. Proxies are not used; where only they lead out, events do not flow, and reads take over.
async fn open(uri: &str, trust: Arc<ClientConfig>) -> Result<Socket, Ending> {
    let stream = connect(uri, trust).await.map_err(|_| Ending::Cut)?;
    let mut bounds = WebSocketConfig::default().read_buffer_size(16 << 10).write_buffer_size(4 << 10).max_write_buffer_size(64 << 10);
    bounds.max_message_size = Some(LONGEST);
    bounds.max_frame_size = Some(LONGEST);
    match client_async_with_config(uri, stream, Some(bounds)).await {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::Error::Http(answer)) if matches!(answer.status().as_u16(), 404 | 410) => Err(Ending::Gone),
        Err(_) => Err(Ending::Cut),
    }
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
