//! One exchange with the service, within its bounds of time and size, and never while the service asked to wait.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{ACCEPT, CONTENT_TYPE, DATE, HeaderMap, LOCATION, RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use tracing::debug;
use uuid::Uuid;

use super::body::{Complaint, scrub};
use super::budget::{Budget, Spent, Told};
use super::counters::{Counters, Outcome};
use super::dialect::Request;
use super::patience::{self, Pause};
use super::road::{Body, Lost, Received, Road};
use super::{Credentials, Endpoints, Operation, Settings};
use crate::clock;
use crate::termination::{Fault, Setback};

/// The header of the correlation id; the service takes ours over or makes one (that it takes ours over is not known).
const CORRELATION: &str = "inin-correlation-id";
/// The requests counted in the rate limit's window, those that it allows, and seconds until it ends (confirmed).
const RATE_COUNT: &str = "inin-ratelimit-count";
const RATE_ALLOWED: &str = "inin-ratelimit-allowed";
const RATE_RESET: &str = "inin-ratelimit-reset";
/// The longest window of the rate limit that is believed (it is a minute): within it nothing may be sent, and so nothing is heard that
/// would put a wrong one right.
const LONGEST_WINDOW: Duration = Duration::from_secs(300);
/// What a request is authorized with.
#[derive(Clone, Copy)]
pub(super) enum Key<'a> {
    /// A token.
    Bearer(&'a SecretString),
    /// The OAuth client itself.
    Basic(&'a Credentials),
}

impl<'a> Key<'a> {
    fn secret(self) -> &'a SecretString {
        match self {
            Self::Bearer(token) => token,
            Self::Basic(credentials) => credentials.client_secret(),
        }
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// It was not sent, because a pause is on or the rate limit leaves no room.
    Unsent(Setback),
    /// It is not known what became of it.
    Lost(Setback),
}

impl Unanswered {
    /// Why, for whom it makes no difference whether it was sent.
    pub(super) fn setback(self) -> Setback {
        match self {
            Self::Unsent(setback) | Self::Lost(setback) => setback,
        }
    }
}

/// An answer.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) status: u16,
    /// The body of a good answer, or why it could not be read.
    pub(super) body: Result<Vec<u8>, Fault>,
    /// What the body of an error answer says.
    pub(super) complaint: Complaint,
    /// When it was made, by the service's clock.
    pub(super) date: Option<Timestamp>,
    /// How long the service asks to wait. After a 429 there always is something to wait.
    pub(super) wait: Option<SignedDuration>,
    /// The service's correlation id.
    pub(super) correlation_id: Option<String>,
}

/// Sends requests.
#[derive(Debug)]
pub(super) struct Transport {
    road: Road,
    pub(super) endpoints: Endpoints,
    settings: Settings,
    pub(super) pause: Pause,
    budget: Budget,
    pub(super) counters: Counters,
}

impl Transport {
    pub(super) fn new(endpoints: Endpoints, settings: Settings, tls: rustls::ClientConfig) -> reqwest::Result<Self> {
        let road = Road::new(&settings, tls)?;
        Ok(Self { road, endpoints, settings, pause: Pause::default(), budget: Budget::default(), counters: Counters::default() })
    }

    /// Sends one request, once, and takes in the answer.
    ///
    /// # Errors
    /// [`Unanswered`].
    pub(super) async fn exchange(&self, request: &Request, key: Key<'_>) -> Result<Exchange, Unanswered> {
        let operation = request.operation;
        if let Some(left) = self.pause.left() {
            let message = format!("{}: not sent, the service asked to wait {} s more", operation.doing(), whole_seconds(left));
            return Err(self.unsent(operation, "paused", &message, left));
        }
        let _spent = match key {
            Key::Bearer(_) => Some(self.spend(operation)?),
            // The login has a limit of its own.
            Key::Basic(_) => None,
        };
        let correlation_id = fresh_id();
        let begun = clock::monotonic();
        let result = self.send(request, key, correlation_id).await;
        let milliseconds = u64::try_from(clock::monotonic().duration_since(begun).as_millis()).unwrap_or(u64::MAX);
        let label = operation.label();
        match &result {
            Ok(exchange) => {
                let (status, theirs, code) = (exchange.status, exchange.correlation_id.as_deref(), exchange.complaint.code.as_deref());
                debug!(operation = label, %correlation_id, theirs, status, code, milliseconds, "answered");
                if status == 429 {
                    self.pause.begin(exchange.wait.unwrap_or(patience::UNNAMED));
                }
            }
            Err(fault) => {
                self.counters.count(operation, Outcome::Setback);
                debug!(operation = label, %correlation_id, code = fault.code, fault = fault.message, milliseconds, "no answer");
            }
        }
        result.map_err(|fault| Unanswered::Lost(Setback { fault, retry_after: None }))
    }

    /// Lets a request through if the rate limit leaves room for it.
    fn spend(&self, operation: Operation) -> Result<Spent<'_>, Unanswered> {
        self.budget.spend(operation == Operation::ReadConversation, clock::monotonic()).map_err(|left| {
            let left = SignedDuration::try_from(left).unwrap_or(patience::LONGEST);
            let message = format!("{}: not sent, the rate limit leaves room in {} s", operation.doing(), whole_seconds(left));
            self.unsent(operation, "rate.limit", &message, left)
        })
    }

    fn unsent(&self, operation: Operation, code: &str, message: &str, left: SignedDuration) -> Unanswered {
        self.counters.count(operation, Outcome::Paused);
        Unanswered::Unsent(Setback { fault: Fault::new(code, message), retry_after: Some(left) })
    }

    async fn send(&self, request: &Request, key: Key<'_>, correlation_id: Uuid) -> Result<Exchange, Fault> {
        let Request { operation, method, path, body } = request;
        let timeout = if operation.is_write() { self.settings.write_timeout } else { self.settings.read_timeout };
        let (url, content_type) = match operation {
            Operation::Login => (self.endpoints.login(path), "application/x-www-form-urlencoded"),
            Operation::ReadToken
            | Operation::ReadConversation
            | Operation::CloseParticipant
            | Operation::CloseCommunication
            | Operation::CloseWrapper
            | Operation::Teardown
            | Operation::SignalGuest
            | Operation::CreateChannel
            | Operation::ReplaceTopics
            | Operation::AddTopics
            | Operation::ListTopics
            | Operation::ReadDeployment
            | Operation::ReadConfiguration => (self.endpoints.api(path), "application/json"),
        };
        let mut builder = self.road.request((*method).clone(), url, timeout).header(ACCEPT, "application/json");
        builder = builder.header(CORRELATION, correlation_id.to_string());
        // Both mark the header as sensitive, so that no log of a lower layer shows it.
        builder = match key {
            Key::Bearer(token) => builder.bearer_auth(token.expose_secret()),
            Key::Basic(credentials) => builder.basic_auth(credentials.client_id(), Some(credentials.client_secret().expose_secret())),
        };
        if let Some(body) = body {
            builder = builder.header(CONTENT_TYPE, content_type).body(body.clone().into_owned());
        }
        let received = self.road.send(builder).await;
        let Received { status, headers, body } = received.map_err(|lost| fault(*operation, &lost, timeout))?;
        if let (Key::Bearer(_), Some(told)) = (key, told(&headers)) {
            self.budget.take(told, clock::monotonic());
        }
        let mut complaint = match &body {
            Body::Whole(bytes) if !status.is_success() => match key {
                Key::Bearer(token) => Complaint::of_platform(bytes, token),
                Key::Basic(credentials) => Complaint::of_login(bytes, credentials.client_secret()),
            },
            Body::Whole(_) | Body::TooLong | Body::Broken(_) => Complaint::default(),
        };
        if status.is_redirection() {
            complaint.message = Some(redirected(&headers, key.secret()));
        }
        let body = match body {
            Body::Whole(bytes) => Ok(bytes),
            Body::TooLong => Err(Fault::new("too.long", &format!("{}: the answer is too long to be one", operation.doing()))),
            Body::Broken(lost) => Err(fault(*operation, &lost, timeout)),
        };
        Ok(head(&headers, key.secret(), status.as_u16(), body, complaint))
    }
}

/// What an answer tells of the rate limit.
pub(super) fn told(headers: &HeaderMap) -> Option<Told> {
    let number = |name| headers.get(name)?.to_str().ok()?.trim().parse::<u32>().ok();
    let rest = Duration::from_secs(number(RATE_RESET)?.into()).min(LONGEST_WINDOW);
    Some(Told { allowed: number(RATE_ALLOWED).filter(|allowed| *allowed > 0)?, count: number(RATE_COUNT)?, rest })
}

pub(super) fn head(
    headers: &HeaderMap,
    secret: &SecretString,
    status: u16,
    body: Result<Vec<u8>, Fault>,
    complaint: Complaint,
) -> Exchange {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let date = text(DATE.as_str()).and_then(patience::http_date);
    let asked = text(RETRY_AFTER.as_str()).and_then(|asked| patience::retry_after(asked, date.unwrap_or_else(clock::now)));
    let wait = match status {
        429 => {
            let window = || text(RATE_RESET).and_then(|seconds| patience::retry_after(seconds, Timestamp::MIN));
            asked.or_else(window).or(Some(patience::UNNAMED))
        }
        _ => asked,
    };
    let plain = |id: &&str| !id.is_empty() && id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let correlation_id = text(CORRELATION).filter(plain).map(|id| scrub(id, secret));
    Exchange { status, body, complaint, date, wait, correlation_id }
}

/// What a request without an answer, or with half of one, is called.
fn fault(operation: Operation, lost: &Lost, timeout: Duration) -> Fault {
    let doing = operation.doing();
    match lost {
        Lost::Late => Fault::new("timeout", &format!("{doing}: no answer within {} s", timeout.as_secs_f64())),
        Lost::Unreachable(why) => Fault::new("unreachable", &format!("{doing}: {why}")),
        Lost::Cut(why) => Fault::new("cut", &format!("{doing}: {why}")),
    }
}

fn redirected(headers: &HeaderMap, secret: &SecretString) -> String {
    let target = headers.get(LOCATION).and_then(|value| value.to_str().ok()).and_then(|to| reqwest::Url::parse(to).ok());
    let host = target.as_ref().and_then(reqwest::Url::host_str).map(|host| scrub(host, secret));
    format!("redirected to {}, which is not followed", host.as_deref().unwrap_or("another place"))
}

/// A random id. It tells requests apart in logs and is no secret.
fn fresh_id() -> Uuid {
    uuid::Builder::from_random_bytes(fastrand::u128(..).to_ne_bytes()).into_uuid()
}

fn whole_seconds(left: SignedDuration) -> i64 {
    left.as_secs() + i64::from(left.subsec_nanos() > 0)
}
