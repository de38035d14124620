//! How the client talks to the service: times and names.

use std::time::Duration;

/// How the client talks to the service. The times bound each request, not what a record covers: a write that began in time
/// may still end up to [`Settings::write_timeout`] later, and then its outcome is unknown until a read shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long a read may take, from its beginning to the last byte of its answer; token requests as well.
    pub read_timeout: Duration,
    /// How long a write may take, from its beginning to the last byte of its answer.
    pub write_timeout: Duration,
    /// How long getting hold of a token may delay a write. Beyond it the write is withheld, because what was observed and
    /// recorded before it has grown old meanwhile.
    pub write_delay: Duration,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// Whether `HTTPS_PROXY` and its like are ignored, as tests want it.
    pub no_proxy: bool,
    /// A service in this very process, to be asked in the place of the endpoints.
    #[cfg(test)]
    pub(crate) shortcut: Option<super::road::shortcut::Shortcut>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(10),
            write_delay: Duration::from_secs(2),
            user_agent: concat!("webchat-terminator/", env!("CARGO_PKG_VERSION")).into(),
            no_proxy: false,
            #[cfg(test)]
            shortcut: None,
        }
    }
}
