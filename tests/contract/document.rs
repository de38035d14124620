//! The contract, put together.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use webchat_terminator::engine::Observe;
use webchat_terminator::genesys::{Dialect, GuestSignal, Line, Operation, ParticipantClose, Webchat};
use webchat_terminator::plan::Look;

use crate::answers::{Meaning, behave, key, meanings};
use crate::drive::{client, drive};
use crate::ids::{CONVERSATION, of_table, worded};
use crate::needs::needs;
use crate::news::{self, News};
use crate::stub::{Answer, Seen, Stub};
use crate::usual::{readings, usual};

/// The contract.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Contract {
    about: Vec<String>,
    /// The requests that are the same in every dialect.
    pub(crate) everywhere: Vec<Request>,
    /// The others.
    pub(crate) dialects: Vec<OfDialect>,
    /// What is heard on a notification socket.
    notifications: Vec<News>,
    /// What is heard at the webhook.
    webhook: Vec<News>,
}

/// What is said in one dialect.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OfDialect {
    pub(crate) dialect: String,
    /// The connection's `webchat.participantClose`, where it matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) participant_close: Option<String>,
    pub(crate) requests: Vec<Request>,
    /// How bodies of conversations are read.
    readings: Vec<Reading>,
    /// The frame on the conversation's event stream, with `webchat.guestSignal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    guest_signal: Option<Value>,
}

/// One request, and what its answers mean.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    pub(crate) operation: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<Value>,
    /// Whether it can change a conversation.
    pub(crate) external_write: bool,
    /// The permissions of which the OAuth client needs one, as the simulator has them from the vendor's documentation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    needs_one_of: Vec<String>,
    /// The smallest answer with which the client is content.
    pub(crate) enough: Enough,
    pub(crate) answers: Vec<Meaning>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Enough {
    pub(crate) status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<Value>,
}

/// A body of a conversation, and what is read in it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reading {
    body: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    live_guest_legs: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unreadable: Option<String>,
}

const ABOUT: [&str; 5] = [
    "Every request that webchat-terminator sends, and what each answer means to it. Made by `WCT_BLESS=1 cargo test --test contract`, from the client at work; do not edit.",
    "Words in braces stand for values. `answers` are a status and, where the body has one, its error code; `*` is any other code. What is not listed is treated as its neighbours are: other 4xx as 400, other 5xx as 500, 3xx as 302.",
    "`means` is the client's word, as in its metrics: accepted, absent, declined, token_refused, barred (a person has to mend something: `condition`), setback (repeated later).",
    "Every request may be sent again after an answer that was lost: an external write that comes twice must end nothing twice.",
    "`state`, `lastError` and `lookedAtAgainAfterMilliseconds` are what the session's row says then, `warning` what is warned of; a write is never repeated before a read showed that it is needed.",
];

impl Contract {
    /// The contract as it is kept: one line for the answers that mean the same.
    pub(crate) fn text(&self) -> String {
        let pretty = serde_json::to_string_pretty(self).unwrap();
        let (mut text, mut inside) = (String::new(), false);
        let mut lines = pretty.lines().peekable();
        while let Some(line) = lines.next() {
            let begins = line.ends_with("\"answers\": [") && lines.peek().is_some_and(|next| next.trim_start().starts_with('"'));
            text.push_str(if inside { line.trim_start() } else { line });
            inside = begins || (inside && !line.trim_start().starts_with(']'));
            let end = match (inside, begins || lines.peek().is_some_and(|next| next.trim_start().starts_with(']'))) {
                (true, true) => "",
                (true, false) => " ",
                (false, _) => "\n",
            };
            text.push_str(end);
        }
        text
    }
}

/// Every dialect, in each form that sends other requests.
pub(crate) fn dialects() -> Vec<Dialect> {
    let webchat = |participant_close| Dialect::Webchat(Webchat { participant_close, guest_signal: None });
    vec![Dialect::Messages, Dialect::Chats, webchat(ParticipantClose::Patch), webchat(ParticipantClose::Post)]
}

fn is_everywhere(operation: Operation) -> bool {
    match operation {
        Operation::Login
        | Operation::ReadToken
        | Operation::CreateChannel
        | Operation::ReplaceTopics
        | Operation::AddTopics
        | Operation::ListTopics
        | Operation::ReadDeployment
        | Operation::ReadConfiguration => true,
        Operation::ReadConversation
        | Operation::CloseParticipant
        | Operation::CloseCommunication
        | Operation::CloseWrapper
        | Operation::Teardown
        | Operation::SignalGuest => false,
    }
}

/// The contract of the client as it is.
pub(crate) async fn of_the_client() -> Contract {
    let stub = Stub::start().await;
    let mut contract = Contract {
        about: ABOUT.map(String::from).into(),
        everywhere: Vec::new(),
        dialects: Vec::new(),
        notifications: news::notifications(),
        webhook: news::webhook(),
    };
    for dialect in dialects() {
        let mut own = Vec::new();
        for line in dialect.requests() {
            let shared = is_everywhere(line.operation());
            // What is the same in every dialect is tried in one.
            if !shared || dialect == Dialect::Messages {
                let request = request(&stub, &dialect, line).await;
                if shared { &mut contract.everywhere } else { &mut own }.push(request);
            }
        }
        let (participant_close, guest_signal) = of_webchat(&dialect);
        let readings = read(&stub, &dialect).await;
        contract.dialects.push(OfDialect { dialect: dialect.name().into(), participant_close, requests: own, readings, guest_signal });
    }
    contract
}

fn of_webchat(dialect: &Dialect) -> (Option<String>, Option<Value>) {
    let Dialect::Webchat(webchat) = dialect else { return (None, None) };
    let telling = Dialect::Webchat(Webchat { guest_signal: Some(GuestSignal::default()), ..webchat.clone() });
    let frame = telling.guest_signal().map(|frame| serde_json::from_str(&of_table(frame)).unwrap());
    (Some(format!("{:?}", webchat.participant_close)), frame)
}

/// A request as it arrives, which must be what the client's own table says.
async fn request(stub: &Stub, dialect: &Dialect, line: Line) -> Request {
    behave(stub, dialect, None);
    drive(&client(&stub.url(), dialect), line.operation()).await;
    let seen = stub.seen();
    let listed: BTreeSet<String> = dialect.requests().map(key).collect();
    let unlisted: Vec<&Seen> = seen.iter().filter(|seen| !listed.contains(&seen.key)).collect();
    assert!(unlisted.is_empty(), "{unlisted:?} is sent and is not in the dialect's table");
    let Seen { headers, body, .. } = seen.into_iter().find(|seen| seen.key == key(line)).unwrap();
    let topics = line.body().is_some_and(|body| body.contains("{topic}"));
    assert!(topics || body == line.body().map(of_table).unwrap_or_default(), "{}: {body}", key(line));
    let Answer { status, body: enough, .. } = usual(dialect, line.operation(), &[CONVERSATION], "wss://{streaming}/channels/{channelId}");
    Request {
        operation: line.operation().label().into(),
        method: line.method().into(),
        path: of_table(line.path()),
        headers,
        body: (!body.is_empty()).then(|| serde_json::from_str(&body).unwrap_or(Value::String(body))),
        external_write: line.operation().is_write(),
        needs_one_of: needs(dialect, line.operation()).await,
        enough: Enough { status, body: serde_json::from_str(&worded(&enough)).ok() },
        answers: meanings(stub, dialect, line).await,
    }
}

/// What the client reads in bodies.
async fn read(stub: &Stub, dialect: &Dialect) -> Vec<Reading> {
    let line = dialect.requests().find(|line| line.operation() == Operation::ReadConversation).unwrap();
    let mut shown = Vec::new();
    for body in readings(dialect) {
        behave(stub, dialect, Some((line, Answer { status: 200, body: body.to_string(), retry_after: None })));
        let look = client(&stub.url(), dialect).look(CONVERSATION).await;
        let body = serde_json::from_str(&worded(&body.to_string())).unwrap();
        let of = |ended, live_guest_legs, unreadable| Reading { body, ended, live_guest_legs, unreadable };
        shown.push(match look {
            Look::Seen(reading) => {
                let guests = reading.participants.iter().filter(|participant| participant.guest);
                let live = guests.flat_map(|guest| &guest.communications).filter(|communication| communication.live).count();
                of(Some(reading.ended()), Some(live), None)
            }
            Look::Failed(setback) => of(None, None, Some(setback.fault.message)),
            Look::Absent | Look::Barred(_) => panic!("{look:?}"),
        });
    }
    shown
}
