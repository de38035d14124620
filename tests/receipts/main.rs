//! Receipts where they go: a real SQL store, and a real HTTP endpoint.

#![expect(clippy::unwrap_used, reason = "helpers of tests, outside of test functions")]

mod endpoint;
mod made;
mod sending;
mod store;
mod table;
