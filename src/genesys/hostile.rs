//! Any answer of the service, or of whatever answers in its place: its head, its complaint, its conversation.

use proptest::prelude::*;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::SecretString;
use uuid::Uuid;

use super::Operation;
use super::body::Complaint;
use super::convert::look_at;
use super::dialect::Shape;
use super::patience::LONGEST;
use super::refusal::{Decision, judge};
use super::transport::{head, told};
use crate::fuzz::{Verdict, hold};
use crate::plan::Look;
use crate::termination::Fault;

/// What every request of these tests is sent with. It stands in the corpus, echoed.
const SECRET: &str = "marked-secret-7f3a";

/// The conversation that is asked for.
const CONVERSATION: Uuid = Uuid::from_u128(0xC0);

fn fits(fault: &Fault) -> Verdict {
    let plain = |text: &str, most| text.chars().count() <= most && !text.contains(char::is_control);
    prop_assert!(plain(&fault.code, 64) && plain(&fault.message, 160) && !fault.code.is_empty(), "{fault:?}");
    Ok(())
}

fn complaint_is_bounded_and_clean(bytes: &[u8]) -> Verdict {
    let secret = SecretString::from(SECRET);
    for complaint in [Complaint::of_platform(bytes, &secret), Complaint::of_login(bytes, &secret)] {
        prop_assert!(!format!("{complaint:?}").contains(SECRET), "{complaint:?}");
        prop_assert!(complaint.permissions.len() <= 8);
        for status in [400, 401, 403, 404, 429, 500, 503] {
            for operation in [Operation::ReadConversation, Operation::CloseParticipant] {
                match judge(operation, status, &complaint, None) {
                    Decision::Declined(fault) | Decision::TokenRefused(fault) => fits(&fault)?,
                    Decision::Barred(blocker) => fits(&blocker.fault)?,
                    Decision::Setback(setback) => fits(&setback.fault)?,
                    Decision::Absent => prop_assert!(status == 404 && complaint.code.is_some()),
                    Decision::Taken => prop_assert!(false, "{status} was taken for done"),
                }
            }
        }
    }
    Ok(())
}

/// The lines of a head, as far as they are headers at all.
fn headers(bytes: &[u8]) -> HeaderMap {
    let pair = |line: &[u8]| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = HeaderName::from_bytes(&line[..colon]).ok()?;
        Some((name, HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).ok()?))
    };
    // More than a map of headers can hold is cut off before.
    let mut headers = HeaderMap::new();
    for (name, value) in bytes.split(|byte| *byte == b'\n').filter_map(pair).take(1000) {
        headers.append(name, value);
    }
    headers
}

fn head_asks_for_a_bounded_wait(bytes: &[u8]) -> Verdict {
    for status in [202, 429, 503] {
        let read = head(&headers(bytes), &SECRET.into(), status, Ok(Vec::new()), Complaint::default());
        prop_assert!(read.wait.is_none_or(|wait| !wait.is_negative() && wait <= LONGEST), "{:?}", read.wait);
        prop_assert!(status != 429 || read.wait.is_some());
        prop_assert!(!format!("{read:?}").contains(SECRET), "{read:?}");
    }
    let told = told(&headers(bytes));
    prop_assert!(told.is_none_or(|told| told.allowed > 0 && told.rest.as_secs() <= 300), "{told:?}");
    Ok(())
}

fn conversation_is_read_or_is_not(bytes: &[u8]) -> Verdict {
    for shape in [Shape::State, Shape::Status] {
        match look_at(shape, CONVERSATION, Ok(bytes.to_vec()), None).look {
            Look::Seen(reading) => {
                let communications = reading.participants.iter().map(|participant| participant.communications.len()).sum::<usize>();
                prop_assert!(reading.participants.len() + communications <= bytes.len());
            }
            Look::Failed(setback) => {
                fits(&setback.fault)?;
                prop_assert!(!setback.fault.message.contains(SECRET));
            }
            Look::Absent | Look::Barred(_) => prop_assert!(false, "a body alone never says so"),
        }
    }
    Ok(())
}

#[test]
fn whatever_an_error_says_is_bounded_and_brings_no_secret_along() {
    hold("complaints", complaint_is_bounded_and_clean);
}

#[test]
fn whatever_a_head_asks_for_the_wait_is_bounded() {
    hold("heads", head_asks_for_a_bounded_wait);
}

#[test]
fn whatever_a_conversation_looks_like_it_is_read_or_it_is_not() {
    hold("conversations", conversation_is_read_or_is_not);
}
