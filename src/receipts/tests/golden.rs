//! Two receipts, to the letter. What was handed out once must be made again the same: ids and hashes may not change between versions.

use serde_json::json;

use super::*;
use crate::receipts::{Receipt, cloud_event, ndjson, receipts};

/// Made here, and their ids and hashes made again by a program of another language.
const LINES: &str = include_str!("golden.ndjson");

#[test]
fn receipts_are_the_same_to_the_letter() {
    let made = receipts(&termination(vec![ended(1, 100), seen(2, 110)])).unwrap();
    assert_eq!(ndjson(&made).unwrap(), LINES);
    let read: Vec<Receipt> = LINES.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read, made);
}

#[test]
fn an_envelope_is_a_cloud_event() {
    let receipt = &receipts(&termination(vec![ended(1, 100)])).unwrap()[0];
    let mut event = cloud_event(receipt).unwrap();
    assert_eq!(event["data"].take(), serde_json::to_value(receipt).unwrap());
    let expected = json!({
        "specversion": "1.0",
        "type": "dev.webchatops.receipt.v1",
        "source": "/organizations/00000000-0000-0000-0000-000000000a00/namespaces/chat/webchatterminations/incident",
        "id": receipt.id,
        "subject": conversation(1),
        "time": "2025-11-22T12:01:40Z",
        "datacontenttype": "application/json",
        "data": null,
    });
    assert_eq!(event, expected);
}

#[test]
fn the_id_is_a_uuid_of_version_8() {
    let receipt = &receipts(&termination(vec![ended(1, 100)])).unwrap()[0];
    assert_eq!((receipt.id.get_version_num(), receipt.id.get_variant()), (8, uuid::Variant::RFC4122));
}
