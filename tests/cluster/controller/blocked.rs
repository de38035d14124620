//! Connections that cannot be used: nothing is sent, and the condition says what to do.

use serde_json::json;
use webchat_terminator::simulator::world::{ConversationSpec, Operation, sample};
use webchat_terminator::termination::State;

use super::process::Settings;
use super::stage::{SECRET_TYPE, Stage, condition, good_credentials, message, states, usual};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![
        a_connection_that_is_missing_is_waited_for,
        a_connection_of_another_namespace_is_not_used,
        a_custom_endpoint_that_is_not_allowed_gets_nothing_sent,
        sessions_end_in_the_dialect_of_their_connection,
        a_suspended_connection_suspends_what_names_it,
    ]
}

fn a_connection_that_is_missing_is_waited_for(plane: &ControlPlane) {
    let conversations = usual(2);
    let stage = Stage::bare(plane, "no-connection", sample::world(conversations.clone()), &Settings::of("no-connection"));
    stage.grant(&["genesys"]);
    stage.put_secret("genesys", SECRET_TYPE, &good_credentials());
    stage.terminate("incident", &conversations, &json!({}));
    let blocked = stage.wait_for_condition("incident", "Stalled", "True", "ConnectionNotReady");
    assert!(message(&blocked).contains("GenesysConnection no-connection/main does not exist: create it"), "{}", message(&blocked));
    assert!(stage.genesys.witness().calls.is_empty());
    stage.create_connection("main", &json!({}));
    assert_eq!(states(&stage.finished("incident")), [State::Ended; 2]);
    stage.judge(0);
}

/// The controller serves both namespaces, and may read the Secret of the other one as well.
fn a_connection_of_another_namespace_is_not_used(plane: &ControlPlane) {
    let conversations = usual(1);
    let (here, there) = ("connection-here", plane.create_namespace("connection-there"));
    let settings = Settings { namespaces: vec![here.into(), there.into()], ..Settings::of(here) };
    let stage = Stage::bare(plane, here, sample::world(conversations.clone()), &settings);
    stage.grant(&["genesys"]);
    stage.put_secret("genesys", SECRET_TYPE, &good_credentials());
    stage.create_connection_in(there, "main", &json!({}));
    stage.terminate("incident", &conversations, &json!({}));
    let blocked = stage.wait_for_condition("incident", "Stalled", "True", "ConnectionNotReady");
    assert!(message(&blocked).contains("connection-here/main does not exist"), "{}", message(&blocked));
    assert!(stage.genesys.witness().calls.is_empty(), "{}", stage.genesys.witness());
    stage.create_connection("main", &json!({}));
    assert_eq!(states(&stage.finished("incident")), [State::Ended]);
    stage.judge(0);
}

fn a_custom_endpoint_that_is_not_allowed_gets_nothing_sent(plane: &ControlPlane) {
    let conversations = usual(1);
    let settings = Settings { allowed_hosts: vec![], ..Settings::of("not-allowed") };
    let stage = Stage::with(plane, "not-allowed", sample::world(conversations.clone()), &settings);
    stage.terminate("incident", &conversations, &json!({}));
    let blocked = stage.wait_for_condition("incident", "Stalled", "True", "ConnectionNotReady");
    assert!(message(&blocked).contains("--allow-custom-endpoints 127.0.0.1"), "{}", message(&blocked));
    std::thread::sleep(std::time::Duration::from_secs(1));
    let witness = stage.judge(0);
    assert!(witness.calls.is_empty(), "{witness}");
    // The Secret is not even read.
    let asked = plane.requests().into_iter().filter(|request| request.resource == "secrets" && request.namespace == "not-allowed");
    assert_eq!(asked.filter(|request| request.user.starts_with("system:serviceaccount:webchat-terminator")).count(), 0);
}

fn sessions_end_in_the_dialect_of_their_connection(plane: &ControlPlane) {
    let chats = [ConversationSpec::usual(1).as_chat(), ConversationSpec::usual(2).as_chat()];
    let webchat = json!({ "dialect": "webchat", "webchat": { "participantClose": "Post", "guestSignal": {} } });
    for (namespace, connection, close) in [
        ("dialect-chats", json!({ "dialect": "chats" }), Operation::PatchConversationsChatParticipant),
        ("dialect-webchat", webchat, Operation::PostConversationsWebchatParticipants),
    ] {
        let stage = Stage::bare(plane, namespace, sample::world(chats.to_vec()), &Settings::of(namespace));
        stage.grant(&["genesys"]);
        stage.put_secret("genesys", SECRET_TYPE, &good_credentials());
        stage.create_connection("main", &connection);
        stage.terminate("incident", &chats, &json!({}));
        assert_eq!(states(&stage.finished("incident")), [State::Ended; 2]);
        let witness = stage.judge(0);
        assert_eq!(witness.calls_of(close), 2, "{witness}");
    }
}

fn a_suspended_connection_suspends_what_names_it(plane: &ControlPlane) {
    let conversations = usual(2);
    let stage = Stage::bare(plane, "suspended-conn", sample::world(conversations.clone()), &Settings::of("suspended-conn"));
    stage.grant(&["genesys"]);
    stage.put_secret("genesys", SECRET_TYPE, &good_credentials());
    stage.create_connection("main", &json!({ "suspend": true }));
    stage.terminate("incident", &conversations, &json!({}));
    let held = stage.wait_for_condition("incident", "Suspended", "True", "Suspended");
    assert_eq!(condition(&held, "Ready").unwrap().status, "False");
    assert_eq!(stage.genesys.witness().writes.len(), 0);
    plane.kubectl_ok(&["patch", "gconn", "main", "-n", stage.namespace, "--type=merge", "-p", r#"{"spec":{"suspend":false}}"#]);
    assert_eq!(states(&stage.finished("incident")), [State::Ended; 2]);
    stage.judge(0);
}
