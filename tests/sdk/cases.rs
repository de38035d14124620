//! What the SDKs are to find, and what the simulator is to have seen of it.

use libtest_mimic::Failed;
use serde_json::{Value, json};
use webchat_terminator::simulator::world::{
    ClientSpec, ConversationDisconnect, ConversationSpec, DEFAULT_DEPLOYMENT, Delay, DeploymentSpec, Fault, FaultRule, Operation, Witness,
    WorldSpec, Write, sample,
};

use crate::Case;
use crate::chats;
use crate::fetch::{GUEST, Language, NODE, PYTHON, PYTHON_CHATS, Pin, Sdk};
use crate::script::Stage;

/// All tests, by SDK.
pub(crate) const ALL: [(Pin, &[Case]); 4] = [(PYTHON, &TODAY), (NODE, &TODAY), (PYTHON_CHATS, &chats::BACK_END), (GUEST, &chats::GUESTS)];

const TODAY: [Case; 5] = [
    ("an_sdk_logs_in_reads_and_ends_sessions_in_every_way", everyday),
    ("an_sdk_does_the_same_behind_a_gateway", behind_a_gateway),
    ("an_sdk_makes_a_channel_and_subscribes", channels),
    ("an_sdk_reads_a_deployment_and_its_configuration", deployments),
    ("an_sdk_meets_401_403_404_and_429_as_its_own_exceptions", refusals),
];

fn everyday(sdk: &Sdk) -> Result<(), Failed> {
    end_sessions(sdk, false)
}

fn behind_a_gateway(sdk: &Sdk) -> Result<(), Failed> {
    end_sessions(sdk, true)
}

fn end_sessions(sdk: &Sdk, gateway: bool) -> Result<(), Failed> {
    let mut spec = sample::world((1..=5).map(ConversationSpec::usual).collect());
    spec.behaviour.effect_delay_ms = Delay::fixed(150);
    let first = spec.conversations[0].guest_legs()[0];
    let stage = Stage::set(spec)?;
    let found = stage.play(sdk, "everyday", gateway)?;
    let expected = [
        ("organization", json!(sample::ORGANIZATION)),
        ("guestIsFirst", json!(true)),
        ("communication", json!(true)),
        ("state", json!("connected")),
        ("connected", json!(true)),
        ("endTime", Value::Null),
        ("flatState", json!("connected")),
        ("participantEnded", json!(true)),
        ("cascade", json!(true)),
        ("communicationEnded", json!(true)),
        ("wrapperAnswer", json!(true)),
        ("tornDown", json!("Accepted")),
        ("allEnded", json!(true)),
    ];
    for (name, value) in expected {
        same(name, &found[name], &value)?;
    }
    let witness = stage.simulator()?.witness();
    same("writes", &operations(&witness), &ends())?;
    same("every write did something", &witness.writes.iter().all(Write::effective), &true)?;
    same("effective closes of the first guest", &witness.effective_closes_of(first), &1)?;
    same("out of order: the wrapper's PATCH and DELETE", &witness.out_of_order, &2)?;
    same("teardowns", &witness.teardowns, &1)?;
    same("unknown calls", &witness.calls_of(Operation::Unknown), &0)
}

fn channels(sdk: &Sdk) -> Result<(), Failed> {
    let stage = Stage::set(sample::world(vec![ConversationSpec::usual(1)]))?;
    let found = stage.play(sdk, "channels", true)?;
    for name in ["uri", "expires", "listed", "subscribed", "onSockets"] {
        same(name, &found[name], &json!(true))?;
    }
    same("permitted", &found["permitted"], &json!("Permitted"))?;
    same("rejected", &found["rejected"], &json!("Rejected"))?;
    same("cleared", &found["cleared"], &json!([]))?;
    let witness = stage.simulator()?.witness();
    same("channels", &witness.events.channels, &1)?;
    same("subscriptions", &witness.events.subscriptions, &2)?;
    same("unknown calls", &witness.calls_of(Operation::Unknown), &0)
}

fn deployments(sdk: &Sdk) -> Result<(), Failed> {
    let mut spec = sample::world(vec![ConversationSpec::usual(1)]);
    let permissions = ["webDeployments:deployment:view", "webDeployments:configuration:view"];
    spec.clients[0].permissions.extend(permissions.map(String::from));
    spec.deployments = vec![DeploymentSpec::new(DEFAULT_DEPLOYMENT).telling(ConversationDisconnect::ReadOnly)];
    let stage = Stage::set(spec)?;
    let found = stage.play(sdk, "deployments", false)?;
    for (name, value) in [("name", json!("Web messaging")), ("enabled", json!(true)), ("type", json!("ReadOnly"))] {
        same(name, &found[name], &value)?;
    }
    same("unknown calls", &stage.simulator()?.witness().calls_of(Operation::Unknown), &0)
}

pub(crate) fn operations(witness: &Witness) -> Vec<(Operation, u16)> {
    witness.writes.iter().map(|w| (w.operation, w.status)).collect()
}

/// What the everyday script writes, in its order.
fn ends() -> Vec<(Operation, u16)> {
    vec![
        (Operation::PatchConversationsMessageParticipant, 202),
        (Operation::PatchConversationsMessageParticipantCommunication, 200),
        (Operation::PatchConversationsMessage, 200),
        (Operation::DeleteConversation, 204),
        (Operation::PostConversationDisconnect, 202),
    ]
}

fn refusals(sdk: &Sdk) -> Result<(), Failed> {
    let stage = Stage::set(refusing_world())?;
    let found = stage.play(sdk, "refusals", false)?;
    let (of_login, of_api) = match sdk.pin.language {
        Language::Python => ("ApiException", "ApiException"),
        // This SDK lets its HTTP client's error through at login, and else rejects with plain objects.
        Language::Node => ("AxiosError", "Object"),
    };
    let expected = [
        ("wrongSecret", of_login, 401, "invalid_client"),
        ("noToken", of_api, 401, "authentication.required"),
        ("wrongToken", of_api, 401, "bad.credentials"),
        ("forbidden", of_api, 403, "missing.any.permissions"),
        ("notFound", of_api, 404, "not.found"),
        ("throttled", of_api, 429, "too.many.requests"),
    ];
    for (name, exception, status, code) in expected {
        same(name, &found[name]["status"], &json!(status))?;
        same(name, &found[name]["code"], &json!(code))?;
        same(name, &found[name]["exception"], &json!(exception))?;
        if name != "wrongSecret" {
            same(name, &found[name]["sameId"], &json!(true))?;
        }
    }
    match sdk.pin.language {
        Language::Python => same("retried by itself", &found["retriedByItself"], &json!(true))?,
        Language::Node => {
            same("throttled with a time", &found["throttledWithTime"]["status"], &json!(429))?;
            same("afterwards", &found["afterwards"], &json!(true))?;
        }
    }
    let witness = stage.simulator()?.witness();
    same("token requests", &witness.calls_of(Operation::PostOauthToken), &3)?;
    same("reads", &witness.calls_of(Operation::GetConversation), &6)?;
    same("writes", &operations(&witness), &vec![(Operation::DeleteConversation, 403)])?;
    same("effective closes", &witness.effective_closes.len(), &0)
}

/// A client that may do nothing, and three conversations: the first read of the second meets a 429 with `Retry-After`, that of
/// the third one without.
fn refusing_world() -> WorldSpec {
    let mut spec = sample::world((1..=3).map(ConversationSpec::usual).collect());
    spec.clients.push(ClientSpec {
        id: "powerless".into(),
        secret: "powerless".into(),
        permissions: std::collections::BTreeSet::new(),
        ..sample::client()
    });
    let (second, third) = (spec.conversations[1].id, spec.conversations[2].id);
    spec.faults = [(second, Some(1)), (third, None)]
        .map(|(conversation, retry_after_seconds)| FaultRule {
            operations: vec![Operation::GetConversation],
            conversation_id: Some(conversation),
            per_thousand: 1000,
            times: Some(1),
            fault: Fault::Answer { status: 429, code: None, retry_after_seconds, applied: false },
        })
        .into();
    spec
}

pub(crate) fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Result<(), Failed> {
    if found == expected { Ok(()) } else { Err(format!("{what}: found {found:?}, expected {expected:?}").into()) }
}
