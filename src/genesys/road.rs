//! The road to the service: one request goes out by HTTP, and the answer is taken in within its bound of size.

use std::error::Error;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, StatusCode};

use super::Settings;

#[cfg(test)]
pub(crate) mod shortcut;

/// The most that is read of a good answer: a conversation with thousands of messages stays below.
const ANSWER_LIMIT: usize = 4 << 20;
/// The most that is read of an error answer.
const ERROR_LIMIT: usize = 64 << 10;

/// Sends what a builder that it made has become.
#[derive(Debug)]
pub(super) struct Road {
    http: reqwest::Client,
    /// Leads to a service in this very process.
    #[cfg(test)]
    shortcut: Option<shortcut::Shortcut>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
}

/// The body of what came back, after decompression.
#[derive(Debug)]
pub(super) enum Body {
    Whole(Vec<u8>),
    TooLong,
    Broken(Lost),
}

/// Why an answer, or the rest of it, did not come.
#[derive(Debug)]
pub(super) enum Lost {
    /// Not in its time.
    Late,
    /// There is no connection.
    Unreachable(String),
    /// The connection broke.
    Cut(String),
}

impl Road {
    pub(super) fn new(settings: &Settings, tls: rustls::ClientConfig) -> reqwest::Result<Self> {
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(&settings.user_agent)
            .connect_timeout(settings.connect_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
        if settings.no_proxy {
            builder = builder.no_proxy();
        }
        Ok(Self {
            http: builder.build()?,
            #[cfg(test)]
            shortcut: settings.shortcut.clone(),
        })
    }

    /// A request that is still to be filled in. Its answer may take this long, to the last byte.
    pub(super) fn request(&self, method: reqwest::Method, url: String, timeout: Duration) -> RequestBuilder {
        self.http.request(method, url).timeout(timeout)
    }

    /// Sends a request, once.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Received, Lost> {
        #[cfg(test)]
        if let Some(shortcut) = &self.shortcut {
            return shortcut.send(request).await;
        }
        let mut response = request.send().await.map_err(|error| Lost::by(&error))?;
        let body = collect(&mut response).await;
        Ok(Received { status: response.status(), headers: response.headers().clone(), body })
    }
}

impl Lost {
    fn by(error: &reqwest::Error) -> Self {
        if error.is_timeout() && !error.is_connect() {
            return Self::Late;
        }
        if error.is_connect() { Self::Unreachable(deepest(error)) } else { Self::Cut(deepest(error)) }
    }
}

/// Reads a body piece by piece up to its limit.
async fn collect(response: &mut reqwest::Response) -> Body {
    let limit = if response.status().is_success() { ANSWER_LIMIT } else { ERROR_LIMIT };
    let mut collected = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(piece)) if collected.len() + piece.len() > limit => return Body::TooLong,
            Ok(Some(piece)) => collected.extend_from_slice(&piece),
            Ok(None) => return Body::Whole(collected),
            Err(error) => return Body::Broken(Lost::by(&error)),
        }
    }
}

/// The innermost cause; the outer ones repeat the URL.
fn deepest(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
