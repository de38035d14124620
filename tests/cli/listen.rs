//! `wct apply --listen`: events over HTTP, as the simulator's EventBridge pushes them.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use serde_json::{Value, json};
use uuid::Uuid;
use webchat_terminator::simulator::world::{ConversationSpec, Delay, EventKind, Overrides, PushShape, PushTarget, SecretHeader};

use crate::lab::{Lab, Ran, Running};

const SECRET: &str = "S3CRET-of-a-webhook-of-32-bytes-or-more";

/// A guest whose end takes effect a little later, who takes nobody along, and whose conversation is shown by reads long after: events
/// come first.
pub(crate) fn slow(number: u32) -> ConversationSpec {
    let overrides =
        Overrides { effect_delay_ms: Some(Delay::fixed(300)), read_lag_ms: Some(1500), no_cascade: Some(true), ..Overrides::default() };
    ConversationSpec::usual(number).overriding(overrides)
}

/// An address that nobody listens on just now.
pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).unwrap()
}

/// A Secret of a webhook.
pub(crate) fn webhook_secret(value: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "webhook" },
        "type": "webchatops.dev/webhook", "stringData": { "secret": value },
    })
}

/// The manifests for this conversation, whose connection has a webhook and hears of no notification, with more beside them.
pub(crate) fn incident(lab: &Lab, conversation: Uuid, more: &[Value]) {
    let path = lab.incident(&[conversation], json!({ "settleSeconds": 0 }));
    let mut list: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let webhook = json!({ "secretRef": { "name": "webhook" }, "createTerminations": ["CustomerEnd"] });
    list["items"][1]["spec"]["confirmation"] = json!({ "sources": ["Webhook", "Poll"], "webhook": webhook });
    list["items"].as_array_mut().unwrap().extend(more.iter().cloned());
    fs::write(path, list.to_string()).unwrap();
}

pub(crate) fn push_to(lab: &Lab, address: SocketAddr, secret: &str) {
    let target = PushTarget {
        id: "wct".into(),
        url: format!("http://{address}/v1/events/default/main"),
        topics: vec![EventKind::CustomerEnd.template(), EventKind::CustomerStart.template()],
        header: Some(SecretHeader { name: "X-Webhook-Secret".into(), value: secret.into() }),
        shape: PushShape::Envelope,
        organization_id: None,
    };
    lab.simulator().with_world(|world| world.put_push_target(target));
}

/// What the plain HTTP address answers to a body with this secret.
pub(crate) fn post(address: SocketAddr, secret: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!("POST /v1/events/default/main HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-webhook-secret: {secret}\r\n");
    write!(stream, "{head}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn an_event_confirms_wherever_the_secret_comes_from() {
    for place in ["manifest", "file", "environment"] {
        let chat = slow(1);
        let lab = Lab::with(vec![chat.clone()]);
        let manifest = if place == "manifest" { vec![webhook_secret(SECRET)] } else { Vec::new() };
        incident(&lab, chat.id, &manifest);
        let (address, file) = (free_address(), lab.file("secret", &format!("{SECRET}\n")).display().to_string());
        push_to(&lab, address, SECRET);
        let address = address.to_string();
        let mut arguments = vec!["--listen", &address];
        arguments.extend(if place == "file" { vec!["--listen-secret-file", &file] } else { Vec::new() });
        let mut command = lab.apply_command(&arguments);
        if place == "environment" {
            command.env("WCT_WEBHOOK_SECRET", SECRET);
        }
        let ran = Running::start(&mut command).wait().exits(0);
        let row = &ran.json()["status"]["sessions"][0];
        assert_eq!((&row["state"], &row["confirmedBy"]), (&json!("Ended"), &json!("Webhook")), "{place}: {row:#}");
        let witness = lab.witness();
        assert_eq!((witness.out_of_order, witness.repeated_closes), (0, 0), "{place}: {witness}");
    }
}

#[test]
fn strangers_are_refused_while_it_works_and_nothing_is_given_away() {
    let chat = slow(1);
    let lab = Lab::with(vec![chat.clone()]);
    incident(&lab, chat.id, &[webhook_secret(SECRET)]);
    let address = free_address();
    let hold = lab.hold("patchConversationsMessageParticipant", "beforeEffect");
    let running = lab.start_apply_with(&["--listen", &address.to_string(), "--log", "trace"]);
    lab.await_held(&hold);
    assert!(post(address, "another", "{}").starts_with("HTTP/1.1 401 "));
    assert!(post(address, SECRET, "{}").starts_with("HTTP/1.1 400 "));
    lab.admin("DELETE", &hold, &Value::Null);
    let ran = running.wait().exits(0);
    assert!(ran.err.contains(&format!("events are taken at http://{address}/v1/events/default/main")), "{}", ran.err);
    assert!(ran.err.contains("GenesysConnection default/main: createTerminations has no part in this"), "{}", ran.err);
    assert!(!ran.err.contains("warning: --listen"), "on this machine plain HTTP is no matter: {}", ran.err);
    assert!(!format!("{}{}", ran.out, ran.err).contains("S3CRET"), "{}", ran.err);
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}

#[test]
fn plain_http_to_others_than_this_machine_is_warned_of() {
    let chat = slow(1);
    let lab = Lab::with(vec![chat.clone()]);
    incident(&lab, chat.id, &[webhook_secret(SECRET)]);
    let ran = lab.on_incident("apply", &["--listen", "0.0.0.0:0"]).exits(0);
    assert!(ran.err.contains("warning: --listen: events and their secrets come in over plain HTTP"), "{}", ran.err);
}

#[test]
fn what_keeps_it_from_listening_is_told_before_anything_is_sent() {
    let chat = slow(1);
    let lab = Lab::with(vec![chat.clone()]);
    let listen = ["--listen", "127.0.0.1:0"];
    let refused = |more: &[Value], arguments: &[&str], said: &str| {
        incident(&lab, chat.id, more);
        let ran: Ran = lab.on_incident("apply", &[&listen[..], arguments].concat()).exits(2);
        assert!(ran.errors().len() == 1 && ran.errors()[0].contains(said), "{said}: {}", ran.err);
    };
    refused(&[], &[], "--listen: no connection can take events; name a secret with --listen-secret-file or WCT_WEBHOOK_SECRET");
    refused(&[webhook_secret("short")], &[], "Secret webhook: the webhook's secret is shorter than 32 bytes; make a longer one");
    let mut other = webhook_secret(SECRET);
    other["type"] = json!("Opaque");
    refused(&[other], &[], "Secret webhook has the type Opaque; only webchatops.dev/webhook is used");
    let file = lab.file("short", "short\n").display().to_string();
    refused(&[], &["--listen-secret-file", &file], "short: the webhook's secret is shorter than 32 bytes");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    incident(&lab, chat.id, &[webhook_secret(SECRET)]);
    let ran = lab.on_incident("apply", &["--listen", &address]).exits(2);
    assert!(ran.errors()[0].contains("--listen: cannot listen on"), "{}", ran.err);
    let (cert, key) = (lab.path("no.crt").display().to_string(), lab.path("no.key").display().to_string());
    refused(&[webhook_secret(SECRET)], &["--listen-tls-cert", &cert, "--listen-tls-key", &key], "no.crt: No such file");
    assert!(lab.witness().calls.is_empty());
}
