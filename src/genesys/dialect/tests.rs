use jiff::Timestamp;

use super::*;
use crate::termination::{EventKind, Source};

const C: Uuid = Uuid::from_u128(1);
const P: Uuid = Uuid::from_u128(2);
const M: Uuid = Uuid::from_u128(3);
const CV: &str = "00000000-0000-0000-0000-000000000001";

fn webchat(participant_close: ParticipantClose) -> Dialect {
    Dialect::Webchat(Webchat { participant_close, guest_signal: None })
}

fn every_dialect() -> [Dialect; 4] {
    [Dialect::Messages, Dialect::Chats, webchat(ParticipantClose::Patch), webchat(ParticipantClose::Post)]
}

fn leg(address: Address) -> Effect {
    Effect::CloseGuestLeg { participant_id: P, communication_id: M, address }
}

fn effects() -> [Effect; 4] {
    [leg(Address::Participant), leg(Address::Communication), Effect::CloseWrapper, Effect::Teardown]
}

/// A request in one line; none where the dialect declines.
fn written(dialect: &Dialect, effect: Effect) -> Option<String> {
    let request = dialect.write(&Write { conversation_id: C, effect }).ok()?;
    assert!(request.operation.is_write());
    Some([request.method.as_str(), &request.path, request.body.as_deref().unwrap_or("-")].join(" "))
}

#[test]
fn each_effect_is_its_own_request_in_each_dialect() {
    let state = r#"{"state":"disconnected"}"#;
    let status = r#"{"status":"closed"}"#;
    let p = P.to_string();
    let media = |media: &str| {
        let at = format!("/api/v2/conversations/{media}/{CV}");
        [
            Some(format!("PATCH {at}/participants/{p} {state}")),
            Some(format!("PATCH {at}/participants/{p}/communications/{M} {state}")),
            Some(format!("PATCH {at} {state}")),
            Some(format!("POST /api/v2/conversations/{CV}/disconnect -")),
        ]
    };
    let at = format!("/api/v2/conversations/webchat/{CV}");
    let by = |close: String| [Some(close), None, Some(format!("PATCH {at} {status}")), None];
    let expected = [
        media("messages"),
        media("chats"),
        by(format!("PATCH {at}/participants/{p} {status}")),
        by(format!(r#"POST {at}/participants {{"id":"{p}","disposition":"closed"}}"#)),
    ];
    for (dialect, expected) in every_dialect().iter().zip(expected) {
        assert_eq!(effects().map(|effect| written(dialect, effect)), expected, "{dialect:?}");
    }
}

#[test]
fn a_read_changes_nothing_and_has_the_address_of_its_dialect() {
    for (dialect, path) in every_dialect().iter().zip(["", "", "webchat/", "webchat/"]) {
        let read = dialect.read(C);
        assert_eq!((read.method.as_str(), read.body.as_deref()), ("GET", None));
        assert_eq!(read.path, format!("/api/v2/conversations/{path}{CV}"));
        assert!(!read.operation.is_write());
    }
}

#[test]
fn what_a_dialect_has_no_request_for_is_declined_and_says_so() {
    let dialect = webchat(ParticipantClose::Post);
    for (effect, message) in [
        (
            leg(Address::Communication),
            "closing the guest leg: the dialect webchat has not a request for one communication of a participant",
        ),
        (Effect::Teardown, "tearing the conversation down: the dialect webchat has not a request for it"),
    ] {
        let fault = dialect.write(&Write { conversation_id: C, effect }).unwrap_err();
        assert_eq!((fault.code.as_str(), fault.message.as_str()), ("dialect.unsupported", message));
    }
}

/// The list is what a contract is made of: what is sent and not listed would be in none.
#[test]
fn every_request_of_a_dialect_is_listed_once() {
    for dialect in every_dialect() {
        let lines: Vec<Line> = dialect.requests().collect();
        let operations: std::collections::BTreeSet<Operation> = lines.iter().map(Line::operation).collect();
        assert_eq!(operations.len(), lines.len(), "{dialect:?}");
        let writes = effects().map(|effect| dialect.write(&Write { conversation_id: C, effect }));
        for request in writes.into_iter().flatten().chain([dialect.read(C)]) {
            let line = lines.iter().find(|line| line.operation() == request.operation).unwrap();
            assert_eq!(line.request(Ids { conversation: C, participant: P, communication: M }), request);
        }
    }
}

#[test]
fn guests_are_told_only_where_it_is_asked_for() {
    assert!(every_dialect().iter().all(|dialect| dialect.guest_signal().is_none()));
    let told = Dialect::Webchat(Webchat { guest_signal: Some(GuestSignal::default()), ..Webchat::default() });
    assert!(told.guest_signal().is_some_and(|frame| frame.contains("CONVERSATION_UPDATE")));
}

#[test]
fn an_event_calls_its_leg_as_the_readings_of_the_dialect_do() {
    let event =
        Event { kind: EventKind::Ended, participant_id: P, communication_id: M, time: Timestamp::UNIX_EPOCH, source: Source::Webhook };
    for (dialect, communication_id) in every_dialect().iter().zip([M, M, P, P]) {
        let heard = dialect.heard(event.clone());
        assert_eq!(heard, Event { communication_id, ..event.clone() });
        assert_eq!(dialect.heard(heard.clone()), heard);
    }
}
