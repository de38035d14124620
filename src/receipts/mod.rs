//! Receipts: per finished session one document that an auditor can keep and check.
//!
//! A receipt is derived from the session's row in the status and from nothing else that changes, so it can be made again at any time,
//! and is the same again. Its id derives from the organization, the termination and the conversation: a store that upserts by id holds
//! one row a session, however often and in whatever order receipts are delivered.
//!
//! # The chain
//! The receipts of one termination are chained in the order in which its sessions finished (of those that finished at the same time, by
//! conversation). Each holds its own hash and the hash of the one before; the first holds [`Identity::genesis`]. A receipt's hash is
//! the SHA-256 of its canonical JSON without the field `hash`: keys sorted, no white space. By hand, for a receipt in one line:
//!
//! ```text
//! jq -cS 'del(.hash)' | tr -d '\n' | sha256sum
//! ```
//!
//! [`verify`] finds a receipt that was changed, exchanged, added, or taken out of the middle. Whether the last ones are missing can only be
//! told from elsewhere: from the termination's own count, or from a [`Chain::head`] that was kept.
//!
//! What never happens: a receipt is made of a session that is not final; a receipt says more than its row does (of a step whose time was not
//! recorded it gives none).
//!
//! | file          | what it is |
//! |---------------|------------|
//! | `identity`    | whose receipts they are; ids |
//! | `receipt`     | one receipt |
//! | `step`        | a session's row to the steps that it shows |
//! | `canonical`   | canonical JSON and its hash |
//! | `derive`      | a termination to its receipts; lines of JSON |
//! | `verify`      | checks chains |
//! | `cloud_event` | a receipt in the envelope of CloudEvents 1.0 |
//! | `send`        | posts them to an endpoint |

mod canonical;
mod cloud_event;
mod derive;
mod identity;
mod receipt;
mod send;
mod step;
mod verify;

#[cfg(test)]
mod tests;

pub use canonical::canonical;
pub use cloud_event::{CONTENT_TYPE, cloud_event};
pub use derive::{ndjson, receipts};
pub use identity::Identity;
pub use receipt::{FORMAT, NoReceipt, Receipt};
pub use send::{Endpoint, EndpointError, Patience, SendError};
pub use step::{Clock, Happened, Step};
pub use verify::{Chain, Flaw, verify, verify_ndjson};
