//! TCP connections that a request can have cut under itself.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::connect_info::Connected;
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// The other side of a connection, and the scissors.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    address: SocketAddr,
    scissors: Arc<AtomicBool>,
}

impl Peer {
    /// Whether the other side is on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        self.address.ip().to_canonical().is_loopback()
    }

    /// A client in this very process.
    #[cfg(test)]
    pub(super) fn in_memory() -> Self {
        Self { address: SocketAddr::from(([127, 0, 0, 1], 0)), scissors: Arc::default() }
    }

    /// Whether its connection was cut.
    #[cfg(test)]
    pub(super) fn is_cut(&self) -> bool {
        self.scissors.load(Ordering::Acquire)
    }

    /// Cuts the connection: nothing of the response that is returned here will be written.
    pub(super) fn cut(&self) -> Response {
        self.scissors.store(true, Ordering::Release);
        Response::new(Body::empty())
    }
}

/// A listener whose connections can be cut.
pub(super) struct Cuttable(TcpListener);

impl Cuttable {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self(listener)
    }
}

/// A connection that can be cut.
pub(super) struct Line {
    stream: TcpStream,
    scissors: Arc<AtomicBool>,
}

impl Listener for Cuttable {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Line, SocketAddr) {
        loop {
            match self.0.accept().await {
                Ok((stream, address)) => {
                    // Small answers should leave at once; where that cannot be set they leave a little later.
                    let _slower = stream.set_nodelay(true);
                    return (Line { stream, scissors: Arc::default() }, address);
                }
                // Most errors are the connection's own; when file descriptors have run out, some time helps.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Cuttable>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Cuttable>) -> Self {
        Self { address: *stream.remote_addr(), scissors: Arc::clone(&stream.io().scissors) }
    }
}

impl Line {
    fn whole(&self) -> io::Result<()> {
        if self.scissors.load(Ordering::Acquire) { Err(io::ErrorKind::ConnectionReset.into()) } else { Ok(()) }
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.whole()?;
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bufs: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.whole()?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
