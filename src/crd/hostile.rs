//! Any object that an API server hands out: others may write the status, and builds to come will.

#![expect(clippy::unwrap_used, reason = "all of it is test code, which clippy only knows of plain #[cfg(test)]")]

use jiff::Timestamp;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{GenesysConnection, WebchatTermination, progress_of, report, standing_blocker};
use crate::fuzz::{Verdict, hold};
use crate::plan::{Inventory, build};

fn again<T: DeserializeOwned + Serialize>(one: &T) -> T {
    serde_json::from_slice(&serde_json::to_vec(one).unwrap()).unwrap()
}

/// What is read comes back as it went, and a round can be planned and reported with it, whatever the record says.
fn can_be_worked_with(bytes: &[u8]) -> Verdict {
    if let Ok(connection) = serde_json::from_slice::<GenesysConnection>(bytes) {
        prop_assert_eq!(again(&connection), connection);
    }
    let Ok(termination) = serde_json::from_slice::<WebchatTermination>(bytes) else { return Ok(()) };
    // The times of Kubernetes' own fields have whole seconds, and are not written before the year 0: once written they stay.
    if bytes.windows(3).any(|text| text == b"\"-0") {
        return Ok(());
    }
    let written = again(&termination);
    prop_assert_eq!(&again(&written), &written);
    let (order, status) = (termination.order(), termination.status.clone().unwrap_or_default());
    for now in [Timestamp::UNIX_EPOCH, "2026-11-22T12:00:00Z".parse().unwrap()] {
        let standing = standing_blocker(&status);
        let plan = build(&order, &progress_of(&status), &Inventory { standing, ..Inventory::default() }, now, 7);
        let told = report(&termination, &order, &plan.progress, plan.blocker.as_ref(), now);
        let written = again(&told);
        prop_assert_eq!(again(&written), written);
    }
    Ok(())
}

#[test]
fn whatever_an_api_server_hands_out_can_be_worked_with() {
    hold("resources", can_be_worked_with);
}
