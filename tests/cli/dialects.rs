//! Sessions end in every dialect, and what a dialect lacks is said.

use serde_json::{Value, json};
use webchat_terminator::simulator::world::{ConversationSpec, Operation, sample};

use crate::lab::{Lab, stubborn};

/// What a connection says of its dialect, and what the OAuth client needs to close a guest's leg.
fn dialects() -> [(Value, &'static str); 5] {
    [
        (json!({ "dialect": "messages" }), "conversation:communication:disconnect"),
        (json!({ "dialect": "chats" }), "conversation:communication:disconnect"),
        (json!({ "dialect": "webchat" }), "conversation:webchat:write"),
        (json!({ "dialect": "webchat", "webchat": { "participantClose": "Post" } }), "conversations:write"),
        (json!({ "dialect": "webchat", "webchat": { "guestSignal": {} } }), "conversation:webchat:write"),
    ]
}

fn of_dialect(dialect: &Value, chat: ConversationSpec) -> ConversationSpec {
    if dialect["dialect"] == "messages" { chat } else { chat.as_chat() }
}

#[test]
fn sessions_end_in_order_in_every_dialect() {
    for (dialect, _) in dialects() {
        let chats = [stubborn(1), ConversationSpec::usual(2), ConversationSpec::usual(3).with_wrap_up()];
        let chats = chats.map(|chat| of_dialect(&dialect, chat));
        let ids = chats.each_ref().map(|chat| chat.id);
        let legs = chats.each_ref().map(|chat| chat.guest_legs()[0]);
        let lab = Lab::with(chats.into());
        lab.incident_through(&dialect, &ids, json!({}));
        let resource = lab.on_incident("apply", &["-o", "json"]).exits(0).json();
        let states: Vec<&Value> = resource["status"]["sessions"].as_array().unwrap().iter().map(|session| &session["state"]).collect();
        assert_eq!(states, ["Ended"; 3], "{dialect}");
        let witness = lab.witness();
        assert_eq!((witness.out_of_order, witness.repeated_closes, witness.teardowns), (0, 0, 0), "{dialect}");
        assert!(legs.iter().all(|leg| witness.effective_closes_of(*leg) == 1), "{dialect}");
    }
}

#[test]
fn a_missing_scope_is_named_as_the_service_names_it() {
    for (dialect, needed) in dialects() {
        let chat = of_dialect(&dialect, stubborn(1));
        let lab = Lab::with(vec![chat.clone()]);
        let view = "conversation:communication:view".to_owned();
        lab.simulator().with_world(|world| world.set_permissions(sample::CLIENT_ID, [view])).unwrap();
        lab.incident_through(&dialect, &[chat.id], json!({}));
        let ran = lab.on_incident("apply", &[]).exits(3);
        assert!(ran.err.contains(needed), "{dialect}: {}", ran.err);
        assert_eq!(lab.witness().effective_closes_of(chat.guest_legs()[0]), 0);
    }
}

#[test]
fn a_teardown_that_the_dialect_does_not_have_is_not_replaced_by_another_request() {
    let dialect = json!({ "dialect": "webchat" });
    let chat = of_dialect(&dialect, stubborn(1));
    let lab = Lab::with(vec![chat.clone()]);
    lab.simulator().with_world(|world| {
        let mut behaviour = world.behaviour().clone();
        behaviour.customer_leg_may_be_closed = false;
        world.set_behaviour(behaviour);
    });
    lab.incident_through(&dialect, &[chat.id], json!({ "forceTeardown": "WhenStuck" }));
    let resource = lab.on_incident("apply", &["-o", "json"]).exits(1).json();
    let session = &resource["status"]["sessions"][0];
    assert_eq!((&session["state"], &session["reason"]), (&json!("Failed"), &json!("TeardownRefused")));
    assert_eq!(session["lastError"]["code"], "dialect.unsupported");
    // The participant's close was asked for, and nothing else.
    let witness = lab.witness();
    assert_eq!(witness.calls_of(Operation::PatchConversationsWebchatParticipant), witness.writes.len() as u64);
    assert!(!witness.writes.is_empty() && witness.effective_closes.is_empty());
}

#[test]
fn an_event_stream_elsewhere_is_refused_before_anything_is_sent() {
    let chat = ConversationSpec::usual(1).as_chat();
    let lab = Lab::with(vec![chat.clone()]);
    let stream = json!({ "guestSignal": { "streamUri": "wss://elsewhere.example/{conversationId}" } });
    lab.incident_through(&json!({ "dialect": "webchat", "webchat": stream }), &[chat.id], json!({}));
    let ran = lab.on_incident("apply", &[]).exits(2);
    let address = lab.simulator().address();
    let said =
        format!("spec.webchat.guestSignal.streamUri: the socket would be at elsewhere.example:443, and only {address} is followed; fix it");
    assert!(ran.err.contains(&said), "{}", ran.err);
    assert!(lab.witness().calls.is_empty());
}
