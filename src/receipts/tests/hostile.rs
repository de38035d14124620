//! Any text that somebody calls receipts.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;

use super::{ended, termination};
use crate::crd::WebchatTermination;
use crate::fuzz::{Verdict, hold};
use crate::receipts::{Flaw, Receipt, ndjson, receipts, verify_ndjson};

/// The receipts of the corpus: nobody else made any.
const MADE: &str =
    concat!(include_str!("../../../tests/fuzz/receipts/one.ndjson"), include_str!("../../../tests/fuzz/receipts/chains.ndjson"));

fn lines(text: &str) -> impl Iterator<Item = Value> {
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| serde_json::from_str(line).unwrap())
}

/// What is called whole is made of what was made, to the letter; what is not, says so in one plain line.
fn is_whole_or_told_why_not(bytes: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(()) };
    match verify_ndjson(text) {
        Ok(chains) => {
            let made: BTreeSet<String> = lines(MADE).map(|receipt| receipt.to_string()).collect();
            let whole: BTreeSet<String> = lines(text).map(|receipt| receipt.to_string()).collect();
            prop_assert!(whole.is_subset(&made), "{whole:?}");
            prop_assert_eq!(chains.iter().map(|chain| chain.receipts).sum::<usize>(), whole.len());
            for receipt in lines(text) {
                let typed: Receipt = serde_json::from_value(receipt.clone()).unwrap();
                prop_assert_eq!(serde_json::to_value(typed).unwrap(), receipt);
            }
        }
        Err(flaw) => {
            let said = flaw.to_string();
            prop_assert!(said.len() <= 400 && !said.contains(char::is_control), "{said}");
        }
    }
    Ok(())
}

#[test]
fn whatever_is_called_receipts_is_whole_only_if_it_was_made_so() {
    hold("receipts", is_whole_or_told_why_not);
}

/// What receipts are made of is whole, whatever the record says.
fn its_receipts_are_whole(bytes: &[u8]) -> Verdict {
    let Ok(termination) = serde_json::from_slice::<WebchatTermination>(bytes) else { return Ok(()) };
    let Ok(made) = receipts(&termination) else { return Ok(()) };
    // An API server gives no other uids, and others are not believed.
    let is_uid = |receipt: &Receipt| {
        uuid::Uuid::try_parse(&receipt.identity.termination_uid).is_ok_and(|uid| uid.to_string() == receipt.identity.termination_uid)
    };
    if !made.iter().all(is_uid) {
        return Ok(());
    }
    let chains = verify_ndjson(&ndjson(&made).unwrap()).map_err(|flaw| TestCaseError::fail(flaw.to_string()))?;
    prop_assert_eq!(chains.iter().map(|chain| chain.receipts).sum::<usize>(), made.len());
    Ok(())
}

#[test]
fn whatever_a_record_says_its_receipts_are_whole() {
    hold("resources", its_receipts_are_whole);
}

#[test]
fn a_uid_cannot_say_that_other_chains_are_whole() {
    for uid in ["x in organization y, head z\nwhole: 9000 receipts of termination 1", "\u{1b}[2J", "", &"x".repeat(65)] {
        let mut record = termination(vec![ended(1, 100)]);
        record.status.as_mut().unwrap().uid = Some(uid.to_owned());
        let forged = ndjson(&receipts(&record).unwrap()).unwrap();
        assert_eq!(verify_ndjson(&forged), Err(Flaw::Unreadable(1)), "{uid:?}");
    }
}
