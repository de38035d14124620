//! The termination that an event creates.

use std::collections::HashSet;

use jiff::SignedDuration;
use uuid::Uuid;

use super::*;
use crate::intake::{ConnectionName, Heard, name, parse, termination};
use crate::termination::EventKind;

fn heard() -> Heard {
    parse(envelope("customer.end", &end()).to_string().as_bytes()).unwrap()
}

fn connection() -> ConnectionName {
    ConnectionName { namespace: "chat".into(), name: "main".into() }
}

#[test]
fn the_same_event_has_the_same_name_in_every_form() {
    let one = name(ORGANIZATION, &heard());
    assert_eq!(one, "customer-end-3511b9d3ac1009d04dfdae86b33287167c411c03", "names are stored: they may not change between versions");
    assert_eq!(one, name(ORGANIZATION, &parse(end().to_string().as_bytes()).unwrap()));
}

#[test]
fn whatever_an_event_is_about_makes_another_name() {
    let mut names = HashSet::from([name(ORGANIZATION, &heard()), name(Uuid::from_u128(1), &heard())]);
    let changes: [fn(&mut Heard); 5] = [
        |heard| heard.conversation_id = Uuid::from_u128(1),
        |heard| heard.event.participant_id = Uuid::from_u128(1),
        |heard| heard.event.communication_id = Uuid::from_u128(1),
        |heard| heard.event.kind = EventKind::Connected,
        |heard| heard.event.time += SignedDuration::from_millis(1),
    ];
    for change in changes {
        let mut other = heard();
        change(&mut other);
        names.insert(name(ORGANIZATION, &other));
    }
    assert_eq!(names.len(), 7);
    for name in names {
        let label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(name.len() <= 63 && name.chars().all(label) && name.starts_with('c') && !name.ends_with('-'), "{name}");
    }
}

#[test]
fn the_termination_ends_the_leg_of_the_event_and_none_that_connects_later() {
    let termination = termination(&connection(), ORGANIZATION, &heard()).unwrap();
    assert!(termination.validate_cel().is_ok());
    assert_eq!(termination.metadata.namespace.as_deref(), Some("chat"));
    let order = termination.order();
    assert_eq!(order.legs_connected_before.as_millisecond(), MILLISECONDS + 1);
    assert_eq!(order.targets.len(), 1);
    assert_eq!((order.targets[0].conversation_id, order.targets[0].participant_ids.as_slice()), (CONVERSATION, [GUEST].as_slice()));
    let value = serde_json::to_value(&termination).unwrap();
    assert_eq!(value["spec"]["connectionRef"]["name"], "main");
    assert_eq!(value["spec"]["sessions"][0]["reason"], "customer-end at 2025-11-22T12:00:00.123Z");
    assert_eq!(value["metadata"]["labels"]["webchatops.dev/created-by-event"], "customer-end");
    assert_eq!(value["metadata"]["annotations"]["webchatops.dev/event-time"], "2025-11-22T12:00:00.123Z");
    assert_eq!(value["metadata"]["annotations"]["webchatops.dev/event-id"], Uuid::from_u128(8).to_string());
    assert_eq!(value["spec"]["attemptsPerSession"], 5, "what is not said has the schema's default");
}
