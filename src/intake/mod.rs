//! SHELL: the webhook intake: events of guests, heard over HTTP.
//!
//! `POST /v1/events/{namespace}/{connection}` takes an event of Amazon EventBridge (an API destination of the event source that
//! Genesys Cloud feeds), a frame of the notification service, or the plain body of an event. Deliveries may be repeated, late and out
//! of order: what an event means is judged by whoever takes it, by the service's own times and ids.
//!
//! ```text
//! request ─▶ head ─▶ proof ─▶ body ─▶ signature ─▶ rate ─▶ parse ─▶ organization ─▶ take, or create ─▶ 204
//!            415,413  401      413,408   401         429     400      403             503      503,409
//! ```
//!
//! # Proof
//! Each connection has a secret of its own, and a caller proves that it knows it in one of two ways. When both are presented, both must
//! be right.
//! - `X-Webhook-Secret: <secret>`. This is what EventBridge can do (a connection of type *API key* with that name).
//! - `X-Signature-256: sha256=<hex>`, the HMAC-SHA256 of the body exactly as it is sent, keyed with the secret. It holds for that body
//!   only; repeating the same body changes nothing, because taking an event twice is taking it once.
//!
//! To rotate: make the new secret the current one and keep the old one as the previous one, until every caller has the new one.
//!
//! # What never happens
//! - 2xx is answered before the event was taken, or, where the event creates a termination, before that exists.
//! - An event that somebody here waits for creates a termination, or one that does not come in an envelope.
//! - An answer to somebody who has not proven the secret tells whether a connection exists, or has an intake.
//! - A secret appears in an answer, a log or a `Debug` output. The intake does not even keep it, only what it is compared with.
//! - A secret is compared in a time that depends on it.
//! - An event of another organization is taken.
//!
//! | file        | what it is |
//! |-------------|------------|
//! | `heard`     | what an event told |
//! | `parse`     | a body to what it told: pure, total |
//! | `topic`     | topics, organizations and times as they are written in bodies |
//! | `keys`      | the two secrets that are valid at a time |
//! | `proof`     | what a request's head presents |
//! | `ports`     | the seams: who listens, who takes, who creates |
//! | `creation`  | an event to the termination that it creates: pure, with a deterministic name |
//! | `cluster`   | creates it in a cluster |
//! | `rate`      | how often each connection may be told something |
//! | `limits`    | the bounds of a request |
//! | `outcome`   | every way in which a request ends, its answer and its count |
//! | `receive`   | one request, step by step |
//! | `routes`    | the route |
//! | `serve`     | serves the route to strangers, with or without TLS |

mod cluster;
mod creation;
mod heard;
mod keys;
mod limits;
mod outcome;
mod parse;
mod ports;
mod proof;
mod rate;
mod receive;
mod routes;
mod serve;
mod topic;

#[cfg(test)]
mod tests;

pub use cluster::InCluster;
pub use creation::{name, termination};
pub use heard::{Heard, Medium};
pub use keys::{KeyError, KeyRing};
pub use limits::Limits;
pub use outcome::Outcome;
pub use parse::{Unheard, parse};
pub use ports::{ConnectionName, Create, CreateError, Creation, Directory, Listener, TakeError, Taker};
pub use proof::{SECRET_HEADER, SIGNATURE_HEADER};
pub use receive::Intake;
pub use routes::routes;
pub use serve::{Bounds, Certificate, CertificateError, Server};
