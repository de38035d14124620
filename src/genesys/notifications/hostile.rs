//! Any text on a notification socket.

use proptest::prelude::*;
use serde_json::Value;

use super::frame::Frame;
use crate::fuzz::{Verdict, hold};
use crate::termination::Source;

/// What is understood is said by the text itself, and is understood again when it is written in another way.
fn says_what_it_says(bytes: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(()) };
    let frame = Frame::parse(text);
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        prop_assert_eq!(frame, Frame::Noise);
        return Ok(());
    };
    prop_assert_eq!(&Frame::parse(&format!("{value:#}")), &frame);
    let said = text.to_ascii_lowercase();
    match frame {
        Frame::Event(conversation, event) => {
            prop_assert!(said.contains(&conversation.simple().to_string()) || said.contains(&conversation.to_string()));
            prop_assert!(event.time > jiff::Timestamp::UNIX_EPOCH && event.source == Source::Notification);
        }
        Frame::NoLongerSubscribed(conversations) => {
            prop_assert!(conversations.is_sorted() && conversations.len() * 32 <= text.len());
        }
        Frame::Unclear(_) | Frame::SocketClosing | Frame::TokenRevoked | Frame::ChannelGone | Frame::Noise => {}
    }
    Ok(())
}

#[test]
fn whatever_a_socket_says_is_understood_as_what_it_says_or_passed_over() {
    hold("frames", says_what_it_says);
}
