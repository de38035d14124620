//! One notification socket, from its opening to its end.

use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use rustls::ClientConfig;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{self, Message, client::IntoClientRequest};
use tokio_util::sync::CancellationToken;

use super::Tempo;
use super::book::{Ending, News, SocketId};
use super::frame::Frame;
use super::pulse::{Pulse, feel};
use crate::clock;
use crate::genesys::websocket::{self, Socket};

/// How long saying goodbye may take.
const GOODBYE: Duration = Duration::from_millis(500);

/// What the service answers with a heartbeat (confirmed: the vendor's Java SDK).
const PING: &str = r#"{"message":"ping"}"#;

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

/// Opens a socket.
async fn open(uri: &str, trust: Arc<ClientConfig>) -> Result<Socket, Ending> {
    let request = uri.into_client_request().map_err(|_| Ending::Cut)?;
    match websocket::open(request, trust).await {
        Ok(socket) => Ok(socket),
        Err(tungstenite::Error::Http(answer)) if matches!(answer.status().as_u16(), 404 | 410) => Err(Ending::Gone),
        Err(_) => Err(Ending::Cut),
    }
}
