//! Any bytes that somebody posts.

use proptest::prelude::*;
use serde_json::Value;

use super::ORGANIZATION;
use crate::fuzz::{Verdict, hold};
use crate::intake::{ConnectionName, Unheard, name, parse, termination};

/// Whatever was heard is whole, is heard again when it is written in another way, and can be made a termination of.
fn heard_or_told_why_not(bytes: &[u8]) -> Verdict {
    let heard = match parse(bytes) {
        Ok(heard) => heard,
        Err(why) => {
            let said = why.to_string();
            prop_assert!(said.len() < 100 && (why == Unheard::NotAnObject) != is_object(bytes), "{said}");
            return Ok(());
        }
    };
    let again = serde_json::to_vec_pretty(&serde_json::from_slice::<Value>(bytes).unwrap()).unwrap();
    prop_assert_eq!(parse(&again), Ok(heard.clone()));
    let connection = ConnectionName { namespace: "chat".into(), name: "main".into() };
    if let Ok(termination) = termination(&connection, ORGANIZATION, &heard) {
        prop_assert!(termination.validate_cel().is_ok());
        prop_assert_eq!(termination.metadata.name, Some(name(ORGANIZATION, &heard)));
    }
    Ok(())
}

fn is_object(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Value>(bytes).is_ok_and(|value| value.is_object())
}

#[test]
fn whatever_is_posted_is_heard_or_told_why_not() {
    hold("webhooks", heard_or_told_why_not);
}
