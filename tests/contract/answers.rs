//! The answers that are tried, and what came of each: to the request, to the session's row, to the condition.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;
use webchat_terminator::crd::{WebchatTermination, blocker_reason};
use webchat_terminator::genesys::{ANSWERS, AccessError, Dialect, Line, Operation, Rule};
use webchat_terminator::plan::{Inventory, Progress, build};
use webchat_terminator::termination::{Answer as Answered, Fault, Leg, Session, Setback, State};

use crate::documented::{DOCUMENTED, OF_LOGIN, STATUSES};
use crate::drive::{Told, client, drive};
use crate::ids::{COMMUNICATION, CONVERSATION, FIRST_CONVERSATION, PARTICIPANT, of_table, worded};
use crate::stub::{Answer, Seen, Stub};
use crate::usual::usual;

/// A code that nobody documents.
const ANY_CODE: &str = "any.other.code";

/// What an error says.
const SENTENCE: &str = "A sentence.";

/// The client's word for what is repeated later.
const SETBACK: &str = "setback";

/// A permission that an error names.
const PERMISSION: &str = "some:missing:permission";

/// The conversations that are followed.
const FOLLOWED: [Uuid; 2] = [CONVERSATION, FIRST_CONVERSATION];

/// How long an answer asks to wait, in seconds.
const WAIT: u32 = 7;

/// What came of answers: the same for all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Meaning {
    /// The status, and the code of the body if it has one; `*` is any code that is not listed.
    pub(crate) answers: Vec<String>,
    /// The client's word for it, as its metrics have it.
    pub(crate) means: String,
    /// Whether the request is sent once more, with a new token.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    repeated_with_a_new_token: bool,
    /// Whether a Retry-After is heeded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    heeds_retry_after: bool,
    /// The reason in the condition, where a person has to mend something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    condition: Option<String>,
    /// Where the session's row stands then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<State>,
    /// The row's last error.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_error: Option<LastError>,
    /// What is warned of, where nothing else depends on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    warning: Option<LastError>,
    /// Whether the conversation is looked at again, and when at the earliest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    looked_at_again_after_milliseconds: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct LastError {
    code: String,
    message: String,
}

/// One answer that is tried.
#[derive(Clone, Copy)]
struct Trial {
    status: u16,
    code: Option<&'static str>,
}

impl Trial {
    fn name(self) -> String {
        match self.code {
            None => self.status.to_string(),
            Some(ANY_CODE) => format!("{} *", self.status),
            Some(code) => format!("{} {code}", self.status),
        }
    }

    fn answer(self, dialect: &Dialect, operation: Operation, socket: &str) -> Answer {
        let usual = usual(dialect, operation, &FOLLOWED, socket);
        let said = if self.status == 403 { format!("{SENTENCE} {PERMISSION}") } else { SENTENCE.to_owned() };
        let body = match (self.status, self.code) {
            (200..=203, _) => usual.body,
            (_, None) => String::new(),
            (_, Some(code)) if operation == Operation::Login => json!({ "error": code, "description": said }).to_string(),
            (_, Some(code)) => json!({ "code": code, "message": said, "status": self.status }).to_string(),
        };
        Answer { status: self.status, body, retry_after: None }
    }
}

fn trials(operation: Operation) -> Vec<Trial> {
    let documented: &[(u16, &[&str])] = if operation == Operation::Login { &OF_LOGIN } else { &DOCUMENTED };
    let codes = |status: u16| documented.iter().filter(move |(of, _)| *of == status).flat_map(|(_, codes)| codes.iter().copied());
    let of = |status: u16| {
        let any = (status >= 300).then_some(ANY_CODE);
        std::iter::once(None).chain(codes(status).chain(any).map(Some)).map(move |code| Trial { status, code })
    };
    STATUSES.into_iter().flat_map(of).collect()
}

/// Tries every answer on a request of a dialect.
pub(crate) async fn meanings(stub: &Stub, dialect: &Dialect, line: Line) -> Vec<Meaning> {
    let mut meanings: Vec<Meaning> = Vec::new();
    for trial in trials(line.operation()) {
        let mut meaning = tried(stub, dialect, line, trial, None).await;
        if meaning.means == SETBACK {
            meaning.heeds_retry_after = tried(stub, dialect, line, trial, Some(WAIT)).await.heeds_retry_after;
        }
        match meanings.iter_mut().find(|known| Meaning { answers: meaning.answers.clone(), ..(*known).clone() } == meaning) {
            Some(known) => known.answers.extend(meaning.answers),
            None => meanings.push(meaning),
        }
    }
    meanings
}

/// The key of a line's request, as the stub sees it.
pub(crate) fn key(line: Line) -> String {
    format!("{} {}", line.method(), of_table(line.path()))
}

/// Has all requests answered as usual, but for that of one line.
pub(crate) fn behave(stub: &Stub, dialect: &Dialect, other: Option<(Line, Answer)>) {
    let (dialect, lines) = (dialect.clone(), dialect.requests().collect::<Vec<_>>());
    let told = other.map(|(line, answer)| (key(line), answer));
    stub.behave(move |seen: &Seen, address| {
        let usual = || {
            let line = lines.iter().find(|line| key(**line) == seen.key);
            line.map(|line| usual(&dialect, line.operation(), &FOLLOWED, &format!("ws://{address}/socket"))).unwrap_or_default()
        };
        told.as_ref().filter(|(key, _)| *key == seen.key).map_or_else(usual, |(_, answer)| answer.clone())
    });
}

async fn tried(stub: &Stub, dialect: &Dialect, line: Line, trial: Trial, retry_after: Option<u32>) -> Meaning {
    let operation = line.operation();
    let socket = stub.url().replace("http", "ws") + "/socket";
    let answer = Answer { retry_after, ..trial.answer(dialect, operation, &socket) };
    behave(stub, dialect, Some((line, answer)));
    let client = client(&stub.url(), dialect);
    let told = drive(&client, operation).await;
    let sent = stub.seen().iter().filter(|seen| seen.key == key(line)).count();
    let means: BTreeSet<_> =
        client.counters().iter().filter(|count| count.operation == operation).map(|count| count.outcome.label()).collect();
    let listening = matches!(told, Told::Listening);
    let seconds = |setback: &Setback| setback.retry_after.map(|wait| wait.as_secs());
    let meaning = Meaning {
        answers: vec![trial.name()],
        means: means.into_iter().collect::<Vec<_>>().join(", "),
        repeated_with_a_new_token: sent == 2 && !listening,
        heeds_retry_after: asked(&told).and_then(seconds) == Some(i64::from(WAIT)),
        condition: None,
        state: None,
        last_error: None,
        warning: None,
        looked_at_again_after_milliseconds: None,
    };
    if retry_after.is_some() { meaning } else { recorded(meaning, &told, operation, trial) }
}

/// What the service asked for, as far as it reaches the record.
fn asked(told: &Told) -> Option<&Setback> {
    match told {
        Told::Access(Some(AccessError::Setback(setback))) | Told::Look(webchat_terminator::plan::Look::Failed(setback)) => Some(setback),
        Told::Answer(Answered::Unsettled(setback)) => Some(setback),
        Told::Access(_) | Told::Look(_) | Told::Answer(_) | Told::Warned(_) | Told::Listening => None,
    }
}

/// Adds what a record says after it.
fn recorded(meaning: Meaning, told: &Told, operation: Operation, trial: Trial) -> Meaning {
    let now: Timestamp = "2026-11-22T12:00:30Z".parse().unwrap();
    let mut inventory = Inventory::default();
    match told {
        Told::Listening => return meaning,
        Told::Warned(fault) => return Meaning { warning: fault.as_ref().map(|fault| shown(fault, trial)), ..meaning },
        Told::Access(Some(AccessError::Blocked(blocker))) => inventory.blocker = Some(blocker.clone()),
        Told::Access(_) => {}
        Told::Look(look) => inventory.looks.push((CONVERSATION, now, look.clone())),
        Told::Answer(answer) => inventory.answers.push((CONVERSATION, answer.clone())),
    }
    let progress = Progress { sessions: vec![requested(operation, now)], start_time: Some(now), ..Progress::default() };
    let plan = build(&termination().order(), &progress, &inventory, now, 0);
    let condition = plan.blocker.as_ref().map(|blocker| blocker_reason(blocker.kind).to_owned());
    if matches!(told, Told::Access(_)) {
        return Meaning { condition, ..meaning };
    }
    let row = &plan.progress.sessions[0];
    let last_error = row.last_error.as_ref().map(|fault| shown(fault, trial));
    let again = row.next_attempt_time.map(|time| i64::try_from(time.duration_since(now).as_millis()).unwrap());
    Meaning { condition, state: Some(row.state), last_error, looked_at_again_after_milliseconds: again, ..meaning }
}

/// An error with words in place of what differs from answer to answer.
fn shown(fault: &Fault, trial: Trial) -> LastError {
    let text = |text: &str| {
        let text = worded(text).replace(&format!("{SENTENCE} {PERMISSION}"), "{message}").replace(SENTENCE, "{message}");
        let text = text.replace(PERMISSION, "{permission}").replace(&trial.status.to_string(), "{status}");
        trial.code.map_or_else(|| text.clone(), |code| text.replace(code, "{code}"))
    };
    LastError { code: text(&fault.code), message: text(&fault.message) }
}

/// The row of a session of which the request was just sent.
fn requested(operation: Operation, now: Timestamp) -> Session {
    let state = match operation {
        Operation::CloseParticipant | Operation::CloseCommunication => State::GuestCloseRequested,
        Operation::CloseWrapper => State::WrapperCloseRequested,
        Operation::Teardown => State::TeardownRequested,
        Operation::Login
        | Operation::ReadToken
        | Operation::ReadConversation
        | Operation::SignalGuest
        | Operation::CreateChannel
        | Operation::ReplaceTopics
        | Operation::AddTopics
        | Operation::ListTopics
        | Operation::ReadDeployment
        | Operation::ReadConfiguration => return Session::pending(CONVERSATION),
    };
    let leg = Leg {
        participant_id: PARTICIPANT,
        communication_id: COMMUNICATION,
        connected_time: "2026-11-22T12:00:00Z".parse().unwrap(),
        closed: state != State::GuestCloseRequested,
    };
    Session { state, legs: vec![leg], close_sent: true, since: Some(now), frozen_time: Some(now), ..Session::pending(CONVERSATION) }
}

fn termination() -> WebchatTermination {
    let spec = json!({
        "connectionRef": { "name": "main" }, "sessions": [{ "conversationId": CONVERSATION }],
        "legsConnectedBefore": "2026-11-22T12:00:20Z",
    });
    WebchatTermination::new("contract", serde_json::from_value(spec).unwrap())
}

/// What the contract says of statuses that it does not list: they are treated as these.
#[test]
fn a_status_that_is_not_listed_is_treated_as_its_neighbours_are() {
    let meaning = |status: u16, coded: bool| {
        let fits = |rule: &&Rule| rule.statuses.contains(&status) && rule.coded.is_none_or(|expected| expected == coded);
        let rule = ANSWERS.iter().find(fits).unwrap();
        (rule.read, rule.write)
    };
    for status in (300..600).filter(|status| !STATUSES.contains(status)) {
        let like = [302, 400, 500][usize::from(status / 100 - 3)];
        for coded in [false, true] {
            assert_eq!(meaning(status, coded), meaning(like, coded), "{status}");
        }
    }
}
