//! The `wct` binary.
fn main() {}
