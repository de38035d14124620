//! Serves routes to strangers: every wait is bounded, and so is their number.
//!
//! ```text
//! place ─▶ accept ─▶ TLS handshake ─▶ head ─▶ routes ─▶ answer ─┬─▶ the next head
//! 256                10 s             10 s    Limits            └─▶ closed: after a refusal, after 5 min, at shutdown
//! ```
//!
//! HTTP/1.1 only: whoever posts an event needs no more, and what is not spoken cannot be abused.

mod tls;

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, Response, header};
use axum::middleware;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::debug;

pub use tls::{Certificate, CertificateError};

/// The longest head of a request, in bytes.
const HEAD: usize = 16 << 10;

/// How long what is under way may take to come to its end when a connection, or the server, is to end. Longer than a request may take.
const LAST_WORDS: Duration = Duration::from_secs(11);

/// The bounds of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How many connections are open at most. The others wait until one ends.
    pub connections: usize,
    /// How long a TLS handshake may take.
    pub handshake_time: Duration,
    /// How long the head of a request may take to arrive, from the connection's beginning or from the answer before it: also how long a
    /// connection may lie idle.
    pub head_time: Duration,
    /// How long a connection may be used, however busy it is.
    pub life_time: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 256,
            handshake_time: Duration::from_secs(10),
            head_time: Duration::from_secs(10),
            life_time: Duration::from_secs(300),
        }
    }
}

/// A server that has its address, and does not serve yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    certificate: Option<Certificate>,
    bounds: Bounds,
}

impl Server {
    /// Binds an address (port 0 finds a free one). Without a certificate it speaks plain HTTP.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn bind(address: SocketAddr, certificate: Option<Certificate>, bounds: Bounds) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, certificate, bounds })
    }

    /// The address that it is bound to.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether secrets and events can be read on their way here, unless somebody in front ends TLS and the way from there is guarded:
    /// it speaks plain HTTP to more than this machine.
    #[must_use]
    pub fn is_exposed(&self) -> bool {
        self.certificate.is_none() && !self.address.ip().to_canonical().is_loopback()
    }

    /// Serves until `shutdown`: then nothing new is accepted, and what is under way comes to its end, within 11 seconds.
    pub async fn serve(self, routes: Router, shutdown: CancellationToken) {
        let Self { mut listener, address: _, certificate, bounds } = self;
        let routes = routes.layer(middleware::map_response(close_when_refused));
        let visitors = Arc::new(Visitors { routes, certificate, bounds, shutdown });
        let places = Arc::new(Semaphore::new(bounds.connections));
        let mut open = JoinSet::new();
        loop {
            let accepted = async {
                let place = Arc::clone(&places).acquire_owned().await;
                (place, Listener::accept(&mut listener).await.0)
            };
            tokio::select! {
                () = visitors.shutdown.cancelled() => break,
                (place, stream) = accepted => {
                    let visitors = Arc::clone(&visitors);
                    open.spawn(async move {
                        visitors.welcome(stream).await;
                        drop(place);
                    });
                }
            }
            while open.try_join_next().is_some() {}
        }
        drop(listener);
        // What is not done in time is dropped with the set.
        let _overdue = timeout(LAST_WORDS, async { while open.join_next().await.is_some() {} }).await;
    }
}

/// What every connection is served with.
struct Visitors {
    routes: Router,
    certificate: Option<Certificate>,
    bounds: Bounds,
    shutdown: CancellationToken,
}

impl Visitors {
    async fn welcome(&self, stream: TcpStream) {
        // Small answers should leave at once; where that cannot be set they leave a little later.
        let _slower = stream.set_nodelay(true);
        let Some(certificate) = &self.certificate else { return self.converse(stream).await };
        match timeout(self.bounds.handshake_time, certificate.acceptor().await.accept(stream)).await {
            Ok(Ok(stream)) => self.converse(stream).await,
            Ok(Err(error)) => debug!(%error, "a TLS handshake failed"),
            Err(_) => debug!("a TLS handshake took too long"),
        }
    }

    async fn converse<S: AsyncRead + AsyncWrite + Unpin + Send>(&self, stream: S) {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(self.bounds.head_time).max_buf_size(HEAD);
        let service = TowerToHyperService::new(self.routes.clone());
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            done = connection.as_mut() => {
                if let Err(error) = done {
                    debug!(%error, "a connection broke off");
                }
                return;
            }
            () = self.shutdown.cancelled() => {}
            () = sleep(self.bounds.life_time) => {}
        }
        connection.as_mut().graceful_shutdown();
        if timeout(LAST_WORDS, connection).await.is_err() {
            debug!("a connection did not come to its end in time");
        }
    }
}

/// Whoever was refused has to connect again: a place is not kept by asking in vain.
async fn close_when_refused<B: Send>(mut response: Response<B>) -> Response<B> {
    if response.status().is_client_error() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
