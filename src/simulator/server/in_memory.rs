//! The server without a network: the same requests and answers, for tests whose time is played.
//!
//! Nothing moves the world but requests and whoever looks at it: there are no sockets and no pushes here.

use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode};
use futures::StreamExt;
use jiff::Timestamp;

use super::connection::Peer;
use super::shared::Shared;
use super::{World, handle};

/// A simulator in this very process.
#[derive(Clone)]
pub(crate) struct InMemory(Arc<Shared>);

/// What came of a request.
pub(crate) struct Delivered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Whether that is all of the body.
    pub(crate) whole: bool,
}

impl InMemory {
    pub(crate) fn new(world: World, now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(Shared::new(world, Box::new(now), false)))
    }

    /// Answers a request; nothing when its connection is cut.
    pub(crate) async fn answer(&self, request: Request) -> Option<Delivered> {
        let peer = Peer::in_memory();
        let response = handle(State(Arc::clone(&self.0)), ConnectInfo(peer.clone()), request).await;
        if peer.is_cut() {
            return None;
        }
        let (head, body) = response.into_parts();
        let (mut pieces, mut collected) = (body.into_data_stream(), Vec::new());
        while let Some(piece) = pieces.next().await {
            match piece {
                Ok(piece) => collected.extend_from_slice(&piece),
                Err(_) => return Some(Delivered { status: head.status, headers: head.headers, body: collected, whole: false }),
            }
        }
        Some(Delivered { status: head.status, headers: head.headers, body: collected, whole: true })
    }

    /// Looks at the world, or changes it, after it has advanced to the present.
    pub(crate) fn with_world<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        self.0.with_world(|world, _| look(world))
    }
}
