//! The world behind HTTP: one port for login, platform API, the guests' sockets, the guest API of
//! legacy web chat, the simulator's own API and a page that shows
//! it all; login and platform API also under gateway prefixes.
//!
//! The shell is thin: it parses a request, lets it wait where a hold says so, asks the world, and delivers the answer in the
//! way that the world decided (late, cut, half, never). The simulator's own API under `/simulator/v1` is described in
//! [`admin`]; it is open to the loopback interface only, unless said otherwise.

pub mod admin;
mod change;
mod chat;
mod connection;
mod deliver;
mod guest;
mod hold;
#[cfg(test)]
pub(crate) mod in_memory;
mod load;
mod login;
mod notification;
mod page;
mod platform;
mod pump;
mod push;
mod route;
mod shared;
#[cfg(test)]
mod tests;
mod webchat;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::world::{Witness, World};
use connection::{Cuttable, Peer};
pub use load::{DEFAULT_WORLD, LoadError, default_world, load_world};
use shared::Shared;

/// How long clients may take to go when the simulator stops.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// A simulated Genesys Cloud that is ready to be served.
pub struct Simulator {
    world: World,
    now: Box<dyn Fn() -> Timestamp + Send + Sync>,
    admin_from_anywhere: bool,
}

impl Simulator {
    /// Takes a world and the clock that it lives by.
    pub fn new(world: World, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { world, now: Box::new(now), admin_from_anywhere: false }
    }

    /// Opens the simulator's own API to every address that can reach the port, not only to loopback.
    #[must_use]
    pub fn with_admin_from_anywhere(mut self) -> Self {
        self.admin_from_anywhere = true;
        self
    }

    /// Binds an address (port 0 finds a free one) and serves the world there.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn bind(self, address: SocketAddr) -> io::Result<RunningSimulator> {
        self.start(TcpListener::bind(address).await?)
    }

    /// Serves the world on a listener.
    ///
    /// # Errors
    /// When the listener does not know its address.
    pub fn start(self, listener: TcpListener) -> io::Result<RunningSimulator> {
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::new(self.world, self.now, self.admin_from_anywhere));
        let app = Router::new().fallback(handle).with_state(Arc::clone(&shared));
        tokio::spawn(pump::run(Arc::clone(&shared)));
        tokio::spawn(push::run(Arc::clone(&shared)));
        let service = app.into_make_service_with_connect_info::<Peer>();
        let stopping = shared.stopping.clone();
        let told = stopping.clone();
        let server = axum::serve(Cuttable::new(listener), service).with_graceful_shutdown(async move { told.cancelled().await });
        let task = tokio::spawn(async move {
            let overdue = async {
                stopping.cancelled().await;
                tokio::time::sleep(LAST_WORDS).await;
            };
            tokio::select! {
                done = server => done,
                () = overdue => Ok(()),
            }
        });
        Ok(RunningSimulator { address, handle: SimulatorHandle(shared), task: Some(task) })
    }
}

/// A simulator that serves; dropping it stops it.
pub struct RunningSimulator {
    address: SocketAddr,
    handle: SimulatorHandle,
    task: Option<JoinHandle<io::Result<()>>>,
}

impl RunningSimulator {
    /// The address that it serves on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address as the base of URLs, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A handle on the world, for other tasks and threads.
    #[must_use]
    pub fn handle(&self) -> SimulatorHandle {
        self.handle.clone()
    }

    /// What was seen so far.
    #[must_use]
    pub fn witness(&self) -> Witness {
        self.handle.witness()
    }

    /// Looks at the world, or changes it; the world has advanced to the present before.
    pub fn with_world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        self.handle.with_world(look)
    }

    /// Serves until it is stopped from elsewhere.
    ///
    /// # Errors
    /// When the server failed.
    pub async fn stopped(mut self) -> io::Result<()> {
        match self.task.take() {
            Some(task) => task.await.map_err(io::Error::other)?,
            None => Ok(()),
        }
    }

    /// Stops: requests that wait are cut, the others are answered; clients that stay are left behind after three seconds.
    ///
    /// # Errors
    /// When the server failed.
    pub async fn shutdown(self) -> io::Result<()> {
        self.handle.0.stopping.cancel();
        self.stopped().await
    }
}

impl Drop for RunningSimulator {
    fn drop(&mut self) {
        self.handle.0.stopping.cancel();
    }
}

/// Access to the world of a simulator that serves.
#[derive(Clone)]
pub struct SimulatorHandle(Arc<Shared>);

impl SimulatorHandle {
    /// What was seen so far.
    #[must_use]
    pub fn witness(&self) -> Witness {
        self.with_world(|world| world.witness())
    }

    /// Looks at the world, or changes it; the world has advanced to the present before.
    pub fn with_world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        self.0.with_world(|world, _| look(world))
    }

    /// Stops the simulator.
    pub fn stop(&self) {
        self.0.stopping.cancel();
    }
}

/// Every request comes through here. It is worked on in a task of its own, so that a client that goes away in the middle does
/// not undo what the service has begun, as on the real one.
async fn handle(State(shared): State<Arc<Shared>>, ConnectInfo(peer): ConnectInfo<Peer>, request: Request) -> Response {
    let connection = peer.clone();
    let task = tokio::spawn(async move {
        if route::is_admin(request.uri().path()) {
            return admin::answer(&shared, &connection, request).await;
        }
        if page::is_page(request.uri().path()) {
            return page::answer(&shared, &connection, &request);
        }
        if shared.with_world(|world, _| world.is_unreachable()) {
            return connection.cut();
        }
        if guest::is_guest(request.uri().path()) {
            return guest::answer(&shared, request).await;
        }
        if let Some(channel) = notification::channel_of(&shared, request.uri().path()) {
            return notification::open(&shared, channel, request).await;
        }
        if let Some(conversation) = webchat::stream_of(&shared, request.uri().path()) {
            return webchat::open(&shared, &connection, conversation, request).await;
        }
        if chat::is_chat(&shared, request.uri().path()) {
            return chat::answer(&shared, request).await;
        }
        platform::answer(&shared, &connection, request).await
    });
    task.await.unwrap_or_else(|_| peer.cut())
}
