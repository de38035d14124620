//! SHELL: the Genesys Cloud client.
//!
//! ```text
//! look / send ─▶ access ─────▶ dialect ───▶ transport ──▶ refusal ───▶ convert ─▶ Look / Answer
//!                a token whose  what is to   one exchange  status and   body to
//!                organization   be sent      within bounds code to a    Reading
//!                was checked                               decision
//! ```
//!
//! What never happens: a token is used before its organization was checked; a redirect is followed; a request is repeated,
//! other than once after the 401 that a token's end explains; a request is sent while the service asked to wait, or beyond
//! the rate limit that it tells; a secret or a token appears in a log, an error or a `Debug` output. The tests in
//! `tests/genesys` hold that against the simulator.
//!
//! A dialect is a table of requests and the shape of a reading; whoever asks or sends does not know which is spoken. Where the dialect
//! `webchat` tells guests at once, `signal` does so after an accepted close, on a socket of its own, and nothing waits for it.
//! `deployment` reads what guests can still do after an end, for warnings.
//!
//! [`notifications`] hears of ends and beginnings of guest legs, by the same way for its requests and by sockets of its own.

mod access;
mod body;
mod budget;
mod client;
mod convert;
mod counters;
mod credentials;
mod deployment;
mod dialect;
mod endpoints;
mod grant;
#[cfg(all(test, feature = "cli"))]
mod hostile;
pub mod notifications;
mod organization;
mod patience;
#[cfg(all(test, feature = "server"))]
mod played;
mod refusal;
mod road;
mod settings;
mod signal;
mod tls;
mod transport;
mod websocket;
mod wire;

pub use access::{Access, AccessError};
#[cfg(feature = "controller")]
pub(crate) use body::permissions_in;
pub use client::{Client, ClientError};
pub use counters::{Count, Outcome};
pub use credentials::Credentials;
pub use dialect::{Dialect, GuestSignal, Line, Operation, ParticipantClose, Webchat};
pub use endpoints::{Endpoints, EndpointsError};
pub use refusal::{ANSWERS, Rule};
#[cfg(all(test, feature = "controller"))]
pub(crate) use road::shortcut;
pub use settings::Settings;
#[cfg(feature = "receipts")]
pub(crate) use tls::config as tls_config;
