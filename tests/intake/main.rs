//! The webhook intake over real connections: what it takes, what it refuses, and what its answers do not tell.

#![expect(clippy::unwrap_used, reason = "helpers of tests, outside of test functions")]

mod bench;
mod bounds;
mod cluster;
mod creating;
#[path = "../marked.rs"]
mod marked;
mod proving;
mod serving;
#[path = "../storm.rs"]
mod storm;
mod taking;
mod tls;
mod weathered;
