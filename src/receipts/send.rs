//! Posts receipts to an endpoint, each as a CloudEvent. A receipt that was received and not answered is sent again: the receiver tells by
//! its id.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE as CONTENT_TYPE_HEADER, HeaderMap, RETRY_AFTER};
use reqwest::{Client, StatusCode, Url};
use tracing::debug;

use super::{CONTENT_TYPE, NoReceipt, Receipt, cloud_event};
use crate::genesys::tls_config;

/// How patient a sender is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How often one receipt is sent at most.
    pub attempts: u32,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// How long to wait after the first attempt; then twice as long each time.
    pub first_wait: Duration,
    /// The longest wait, also when the endpoint asks for a longer one.
    pub longest_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            attempts: 5,
            timeout: Duration::from_secs(10),
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
        }
    }
}

/// Where receipts are posted to.
#[derive(Clone)]
pub struct Endpoint {
    http: Client,
    url: Url,
    headers: HeaderMap,
    patience: Patience,
}

/// Why nothing can be posted there.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// It is no URL, or has a user or a password in it.
    #[error("the endpoint for receipts is no URL, or one with a user or a password in it")]
    Url,
    /// It is not encrypted and not on this machine.
    #[error("receipts are only posted to https:// (http:// is for this machine)")]
    Unencrypted,
    /// TLS cannot be set up.
    #[error("cannot set up TLS; are CA certificates installed?")]
    Tls(#[source] rustls::Error),
    /// The HTTP client cannot be set up.
    #[error("cannot set up the HTTP client")]
    Http(#[source] reqwest::Error),
}

/// Why a receipt was not received, as far as that is known.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The endpoint does not want it; sending it again is no use.
    #[error("the endpoint refuses receipt {id} with status {status}")]
    Refused {
        /// The receipt.
        id: uuid::Uuid,
        /// The status.
        status: u16,
    },
    /// It was sent as often as it may be.
    #[error("the endpoint did not take receipt {id} in {attempts} attempts: {why}")]
    Unavailable {
        /// The receipt.
        id: uuid::Uuid,
        /// How often it was sent.
        attempts: u32,
        /// What came of the last attempt.
        why: String,
    },
    /// It cannot be written.
    #[error(transparent)]
    Unwritable(#[from] NoReceipt),
}

/// What came of one attempt.
enum Attempt {
    Received,
    Refused(u16),
    /// To be repeated, after what the endpoint asks for.
    Failed(String, Option<Duration>),
}

impl fmt::Debug for Endpoint {
    /// Neither the headers nor the URL's query, which may be one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("host", &self.host()).finish_non_exhaustive()
    }
}

impl Endpoint {
    /// An endpoint, with the headers that each request is to have, such as an `Authorization`. They are secret: nothing shows or logs them.
    ///
    /// # Errors
    /// [`EndpointError`].
    pub fn new(url: &str, mut headers: HeaderMap, patience: Patience) -> Result<Self, EndpointError> {
        let url = Url::parse(url).map_err(|_| EndpointError::Url)?;
        let host = url.host_str().ok_or(EndpointError::Url)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointError::Url);
        }
        let here = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
        let encrypted = match url.scheme() {
            "https" => true,
            "http" if here => false,
            _ => return Err(EndpointError::Unencrypted),
        };
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls_config(encrypted).map_err(EndpointError::Tls)?)
            .user_agent(concat!("webchat-terminator/", env!("CARGO_PKG_VERSION")))
            .timeout(patience.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
        if here {
            // What is on this machine is never behind a proxy.
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(EndpointError::Http)?;
        headers.values_mut().for_each(|value| value.set_sensitive(true));
        Ok(Self { http, url, headers, patience })
    }

    /// The host, for messages: the rest of the URL may be a secret.
    #[must_use]
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Sends receipts one after the other, in their order, and stops at the first that is not received. Tells of each one that was.
    ///
    /// # Errors
    /// Why the next was not received.
    pub async fn send_all(&self, receipts: &[Receipt], mut received: impl FnMut(&Receipt)) -> Result<(), SendError> {
        for receipt in receipts {
            self.send(receipt).await?;
            received(receipt);
        }
        Ok(())
    }

    /// Sends one receipt, as often as it takes and is allowed.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send(&self, receipt: &Receipt) -> Result<(), SendError> {
        let (id, body) = (receipt.id, cloud_event(receipt)?.to_string());
        let mut wait = self.patience.first_wait;
        let mut attempt = 1;
        loop {
            match self.attempt(&body).await {
                Attempt::Received => return Ok(()),
                Attempt::Refused(status) => return Err(SendError::Refused { id, status }),
                Attempt::Failed(why, _) if attempt >= self.patience.attempts => {
                    return Err(SendError::Unavailable { id, attempts: attempt, why });
                }
                Attempt::Failed(why, asked) => {
                    debug!(%id, attempt, why, "a receipt was not received, and is sent again");
                    let jittered = wait.mul_f64(0.5 + fastrand::f64() / 2.0);
                    tokio::time::sleep(asked.unwrap_or(jittered).min(self.patience.longest_wait)).await;
                }
            }
            wait = wait.saturating_mul(2);
            attempt += 1;
        }
    }

    async fn attempt(&self, body: &str) -> Attempt {
        let request = self.http.post(self.url.clone()).headers(self.headers.clone()).header(CONTENT_TYPE_HEADER, CONTENT_TYPE);
        let request = request.body(body.to_owned());
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Attempt::Failed(cause(&error), None),
        };
        let status = response.status();
        let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok()).map(Duration::from_secs);
        let passing = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
        if status.is_success() {
            Attempt::Received
        } else if status.is_server_error() || passing.contains(&status) {
            Attempt::Failed(format!("status {}", status.as_u16()), asked)
        } else {
            Attempt::Refused(status.as_u16())
        }
    }
}

/// The innermost cause: the outer ones repeat the URL, and its query may be a secret.
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let Some(mut cause) = error.source() else { return "the request failed".to_owned() };
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
