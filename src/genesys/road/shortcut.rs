//! A service in this very process, in the place of the network: what is sent is the same, and time may be a test's.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use reqwest::header::HeaderMap;
use reqwest::{Request, RequestBuilder, StatusCode};

use super::{Body, Lost, Received};

/// Where requests go.
pub(crate) trait Service: Send + Sync {
    /// Answers a request, or cuts its connection. What it does goes on when nobody waits for it any more.
    fn answer(&self, request: Request) -> BoxFuture<'static, Option<Answered>>;
}

/// An answer.
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Whether that is all of the body that was announced.
    pub(crate) whole: bool,
}

/// Leads to a service.
#[derive(Clone)]
pub(crate) struct Shortcut(pub(crate) Arc<dyn Service>);

impl Shortcut {
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Received, Lost> {
        let request = request.build().map_err(|error| Lost::by(&error))?;
        let answer = self.0.answer(request.try_clone().ok_or_else(|| Lost::Cut("a body that is a stream".into()))?);
        let cut = || Lost::Cut("the connection was cut".into());
        let answered = match request.timeout() {
            Some(timeout) => tokio::time::timeout(*timeout, answer).await.map_err(|_| Lost::Late)?,
            None => answer.await,
        };
        let Answered { status, headers, body, whole } = answered.ok_or_else(cut)?;
        Ok(Received { status, headers, body: if whole { Body::Whole(body) } else { Body::Broken(cut()) } })
    }
}

impl fmt::Debug for Shortcut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Shortcut")
    }
}

impl PartialEq for Shortcut {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Shortcut {}
