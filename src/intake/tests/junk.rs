//! Junk: whatever the bytes are, they are judged, and nothing panics.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::intake::{Unheard, name, parse, termination};

/// Any JSON of a few levels, with the names that matter among its keys.
fn any_json() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "detail",
        "detail-type",
        "source",
        "topicName",
        "eventBody",
        "eventTime",
        "conversationId",
        "participantId",
        "sessionId",
        "disconnectType",
        "mediaType",
        "x",
    ]);
    let texts = prop::sample::select(vec![
        "v2.detail.events.conversation.{id}.customer.end",
        "v2.detail.events.conversation..",
        "v2.detail.events.conversation.",
        "aws.partner/genesys.com/cloud/00000000-0000-0000-0000-000000000a00/",
        "aws.partner/genesys.com/cloud//",
        "00000000-0000-0000-0000-0000000000c0",
        "9223372036854775807",
        "-1",
        "1e999",
        "9999-12-31T23:59:59.999999999Z",
        "\u{0}",
        "é",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        texts.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 12, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..10)
                .prop_map(|fields| Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_judged(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(parse(&bytes).is_err());
    }

    #[test]
    fn any_json_is_judged(value in any_json()) {
        let _judged = parse(value.to_string().as_bytes());
    }

    #[test]
    fn an_event_with_one_field_replaced_is_judged(
        path in prop::sample::select(vec![
            "source", "detail-type", "detail", "detail/topicName", "detail/eventBody", "detail/eventBody/eventTime",
            "detail/eventBody/conversationId", "detail/eventBody/sessionId", "detail/eventBody/mediaType",
        ]),
        value in any_json(),
    ) {
        if let Ok(heard) = parse(with(envelope("customer.end", &end()), path, value).to_string().as_bytes()) {
            let connection = crate::intake::ConnectionName { namespace: "chat".into(), name: "main".into() };
            let termination = termination(&connection, ORGANIZATION, &heard).unwrap();
            prop_assert!(termination.validate_cel().is_ok());
            prop_assert_eq!(termination.metadata.name, Some(name(ORGANIZATION, &heard)));
        }
    }

    #[test]
    fn a_cut_or_flipped_event_is_judged(at in 0usize..900, flip in 1u8.., cut in any::<bool>()) {
        let mut bytes = envelope("customer.end", &end()).to_string().into_bytes();
        let at = at % bytes.len();
        if cut { bytes.truncate(at) } else { bytes[at] ^= flip }
        let judged = parse(&bytes);
        prop_assert!(!cut || judged == Err(Unheard::NotAnObject));
    }
}

#[test]
fn depth_is_bounded() {
    let deep = format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000));
    assert_eq!(parse(deep.as_bytes()), Err(Unheard::NotAnObject));
    let deep = format!(r#"{{"detail":{deep}}}"#);
    assert_eq!(parse(deep.as_bytes()), Err(Unheard::NotAnObject));
    assert_eq!(parse(&json!({"x": "y".repeat(60_000)}).to_string().into_bytes()), Err(Unheard::Field("topicName")));
}
