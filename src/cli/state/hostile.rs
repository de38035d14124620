//! Any bytes in a state file.

use proptest::prelude::*;
use uuid::Uuid;

use super::{Document, Recorder, StateError};
use crate::cli::manifest::load_embedded;
use crate::clock;
use crate::crd::progress_of;
use crate::engine::{Record, Store};
use crate::fuzz::{Verdict, hold};
use crate::plan::{Hearing, Inventory, Look, build};
use crate::termination::Reading;

/// What is read comes back as it went, and work can go on with it; what is not says so in one plain line.
fn is_a_state_or_told_why_not(bytes: &[u8]) -> Verdict {
    let document = match Document::parse(bytes) {
        Ok(document) => document,
        Err(error) => {
            let failure = error.at("state.json".as_ref()).to_string();
            prop_assert!(
                failure.contains("state.json") && failure.chars().count() <= 1000 && !failure.contains(char::is_control),
                "{failure}"
            );
            let is_known = matches!(error, StateError::Empty | StateError::Damaged(_) | StateError::NotOurs | StateError::Format(_));
            prop_assert!(is_known, "{failure}");
            return Ok(());
        }
    };
    // The times of Kubernetes' own fields have whole seconds, and are not written before the year 0: once written they stay.
    if !bytes.windows(3).any(|text| text == b"\"-0") {
        let written = Document::parse(&document.bytes().unwrap()).unwrap();
        prop_assert_eq!(Document::parse(&written.bytes().unwrap()).unwrap(), written);
    }
    let (order, now) = (document.termination.order(), clock::now());
    let progress = document.termination.status.as_ref().map(progress_of).unwrap_or_default();
    let empty = |id: Uuid| (id, now, Look::Seen(Reading { taken: now, end_time: Some(now), participants: Vec::new() }));
    let looks: Vec<_> = order.targets.iter().map(|target| empty(target.conversation_id)).collect();
    for inventory in [Inventory::default(), Inventory { looks, hearing: Hearing::default(), ..Inventory::default() }] {
        let plan = build(&order, &progress, &inventory, now, 7);
        prop_assert!(plan.writes.len() <= order.targets.len());
    }
    Ok(())
}

#[test]
fn whatever_is_in_a_state_file_is_a_state_or_told_why_not() {
    hold("states", is_a_state_or_told_why_not);
}

/// What a spoilt file may hold: it must not take the process down in the middle of its work.
#[tokio::test]
async fn a_sequence_that_cannot_grow_does_not_stop_the_work() {
    let manifests = load_embedded("m.yaml", include_str!("../../../tests/fuzz/manifests/list.json")).unwrap();
    let assignment = &manifests.assignments[0];
    let document = Document::begin(&assignment.termination, &assignment.connection, clock::now());
    let Document { termination: begun, .. } = &document;
    let mut spoilt = serde_json::to_value(&document).unwrap();
    spoilt["sequence"] = i64::MAX.into();
    spoilt["termination"]["metadata"]["generation"] = i64::MAX.into();
    spoilt["termination"]["status"] = serde_json::json!({ "record": { "epoch": i64::MAX, "sequence": i64::MAX } });
    let document = Document::parse(spoilt.to_string().as_bytes()).unwrap();
    let mut more = assignment.clone();
    more.termination.spec.suspend = true;
    let document = document.resume(&more.termination, &more.connection).unwrap();
    assert_ne!(document.termination.spec, begun.spec);
    let mut recorder = Recorder::in_memory(document, &more);
    let progress = Default::default();
    recorder.write(Record { progress: &progress, blocker: None, names_writes: true }).await.unwrap();
}
