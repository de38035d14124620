//! The clients of the API server. Nothing that is asked of it may hang, however silent the wire goes.

use std::time::Duration;

use kube::client::ClientBuilder;
use kube::{Client, Config};
use tower::timeout::TimeoutLayer;

use super::watch::SILENCE;

/// How long one request may take to be answered, and how long its answer may then pause.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

/// Two clients of it.
pub(super) struct ApiServer {
    /// For lists and watches.
    pub(super) watching: Client,
    /// For everything else.
    pub(super) asking: Client,
}

impl ApiServer {
    /// Makes them; nothing is asked yet.
    ///
    /// A connection that goes silent stays up: only time tells. It counts from what is asked, not from when a connection went
    /// idle, or the request that was about to use one would now and then end with it.
    pub(super) fn clients(mut config: Config) -> kube::Result<Self> {
        config.reset_reader_on_write = true;
        config.connect_timeout = Some(TIMEOUT);
        config.read_timeout = Some(SILENCE);
        let watching = Client::try_from(config.clone())?;
        config.read_timeout = Some(TIMEOUT);
        // Writes are not repeated behind our back: the record's order is ours to keep.
        config.default_retry = false;
        let asking = ClientBuilder::try_from(config)?.with_layer(&TimeoutLayer::new(TIMEOUT)).build();
        Ok(Self { watching, asking })
    }
}
