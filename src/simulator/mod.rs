//! A Genesys Cloud with state: for people to try the product against, and for the tests to be judged by.
//!
//! ```text
//!     request ─▶ server (thin: parse, hold, deliver) ─▶ world (pure value, explicit time) ─▶ witness
//! ```
//!
//! * [`world`] is a value: every change takes `now`, every chance comes from a seed, nothing is awaited. Tests of the core
//!   use it directly, the server wraps it.
//! * `server` (feature `server`) puts that value behind HTTP: OAuth, the platform API, and an API of its own to look at the
//!   world and to make things happen in it.
//!
//! It names no other module of this crate and shares no wire type with our client, so that both cannot be wrong in the same
//! way. Where a fact about the real service is not known it is a switch, and its documentation says what is assumed.

#[cfg(feature = "server")]
pub mod server;
pub mod world;
