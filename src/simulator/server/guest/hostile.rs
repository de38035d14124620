//! Any text that a guest sends.

use proptest::prelude::*;
use serde_json::Value;

use super::parse::request;
use crate::fuzz::{Verdict, hold};
use crate::simulator::world::GuestAction;

fn is_a_request_of_some_kind(bytes: &[u8]) -> Verdict {
    let text = String::from_utf8_lossy(bytes);
    let read = request(&text);
    prop_assert!(read.tracing_id.as_ref().is_none_or(|id| id.len() <= 256));
    match serde_json::from_str::<Value>(&text) {
        Ok(value) if value.is_object() => prop_assert_eq!(request(&format!("{value:#}")), read),
        Ok(_) | Err(_) => {
            prop_assert!(matches!(read.action, GuestAction::Unreadable(_)) && read.token.is_none() && read.tracing_id.is_none());
        }
    }
    Ok(())
}

#[test]
fn whatever_a_guest_sends_is_a_request_of_some_kind() {
    hold("guests", is_a_request_of_some_kind);
}
