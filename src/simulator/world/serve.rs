//! The service as a client meets it: who asks, how often, what goes wrong, and only then what is asked.

use jiff::Timestamp;
use uuid::Uuid;

use super::access::{Caller, Credentials, Grant, RateReading, may, sees};
use super::behaviour::{InvisibleDivision, Paths, earlier};
use super::fault::{Delivery, Fault};
use super::ledger::WriteNumber;
use super::notify::NotificationAnswer;
use super::operation::{Offered, Operation};
use super::record::Conversation;
use super::refusal::{ApiError, LoginError};
use super::request::Request;
use super::spec::{ClientSpec, OrganizationSpec};
use super::{DeploymentPart, DeploymentSpec, Family, World};

/// One request with what comes along with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Call {
    /// Who sends it.
    pub caller: Caller,
    /// What is asked.
    pub request: Request,
    /// The correlation id of the exchange.
    pub correlation_id: Option<Uuid>,
}

/// A request that has arrived and is not answered yet.
#[derive(Debug)]
pub struct Arrived {
    call: Call,
    write: Option<WriteNumber>,
}

/// What the service answers when it does not refuse.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Answer {
    /// The token's client and organization.
    Token {
        /// The client's id.
        client_id: String,
        /// The client's name.
        client_name: String,
        /// The organization.
        organization: OrganizationSpec,
    },
    /// The organization.
    Organization(OrganizationSpec),
    /// A conversation, to be shown in the shape of this family of paths.
    Conversation(Box<Conversation>, Family),
    /// A deployment, of which this part is to be shown.
    Deployment(Box<DeploymentSpec>, DeploymentPart),
    /// What the notification service answers.
    Notification(Box<NotificationAnswer>),
    /// Taken on; the effect comes later or has come.
    Accepted,
}

/// How a request went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// What the service decided.
    pub answer: Result<Answer, ApiError>,
    /// How the token stands with its rate limit.
    pub rate: Option<RateReading>,
    /// How the answer reaches the client.
    pub delivery: Delivery,
}

/// How a token request went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedLogin {
    /// What the service decided.
    pub answer: Result<Grant, LoginError>,
    /// How the answer reaches the client.
    pub delivery: Delivery,
}

impl World {
    /// Serves a request as the real service would: authentication, rate limit, faults, permissions, and the request itself.
    pub fn serve(&mut self, call: &Call, now: Timestamp) -> Served {
        let arrived = self.arrive(call.clone(), now);
        self.answer(arrived, now)
    }

    /// Takes a request in, to be answered later: from now on it counts as received.
    pub fn arrive(&mut self, call: Call, now: Timestamp) -> Arrived {
        let write = self.receive(&call.request, now);
        self.ledger.amend(write, |w| w.correlation_id = call.correlation_id);
        Arrived { call, write }
    }

    /// Answers a request that has arrived.
    pub fn answer(&mut self, arrived: Arrived, now: Timestamp) -> Served {
        let Arrived { call, write } = arrived;
        self.advance(now);
        let now = self.now;
        let client = match self.access.authenticate(&call.caller, now) {
            Ok(client) => client.cloned(),
            Err(error) => return self.refuse(write, error, None),
        };
        self.ledger.amend(write, |w| w.client = client.as_ref().map(|c| c.id.clone()));
        // A frame is no request: it counts against no limit.
        let counted = if matches!(call.request, Request::Signal { .. }) { &Caller::Nobody } else { &call.caller };
        let rate = match self.access.count(counted, &self.behaviour, now) {
            Ok(rate) => rate,
            Err((error, rate)) => return self.refuse(write, error, Some(rate)),
        };
        let fault = self.faults.roll(call.request.operation(), call.request.conversation(), &mut self.dice);
        let answer = match &fault {
            Some(fault) if !fault.applies() => Err(failure(fault)),
            Some(_) | None => self.carry_out(&call, client.as_ref(), write),
        };
        let status = answer.as_ref().map_or_else(|error| error.status, |_| call.request.operation().ok_status());
        self.ledger.amend(write, |w| {
            w.status = status;
            w.accepted = answer.is_ok();
        });
        let (answer, delivery) = deliver(fault, answer);
        Served { answer, rate, delivery }
    }

    /// Serves a token request.
    pub fn serve_login(&mut self, credentials: &Credentials, now: Timestamp) -> ServedLogin {
        self.count_call(Operation::PostOauthToken, now);
        let fault = self.faults.roll(Operation::PostOauthToken, None, &mut self.dice);
        let answer = match &fault {
            Some(fault) if !fault.applies() => Err(failure(fault)),
            Some(_) | None => Ok(self.access.login(credentials, &self.behaviour, &mut self.dice, self.now)),
        };
        let (answer, delivery) = deliver(fault, answer);
        let answer = answer.unwrap_or_else(|error| {
            Err(LoginError { retry_after_seconds: error.retry_after_seconds, ..LoginError::new(error.status, &error.code, &error.message) })
        });
        ServedLogin { answer, delivery }
    }

    /// Counts a request that is none of the service's.
    pub fn count_call(&mut self, operation: Operation, now: Timestamp) {
        self.advance(now);
        self.ledger.call(operation);
    }

    /// Notes a request on its arrival, whatever becomes of it.
    pub(super) fn receive(&mut self, request: &Request, now: Timestamp) -> Option<WriteNumber> {
        self.count_call(request.operation(), now);
        if let (Request::Read { .. }, Some(seen)) = (request, request.conversation().and_then(|id| self.seen(id)).cloned()) {
            self.ledger.read(&seen);
        }
        let truth = request.conversation().and_then(|id| self.conversations.get(&id)).map(|kept| &kept.truth);
        self.ledger.write(request, truth, self.now)
    }

    /// What a read shows now.
    pub(super) fn seen(&self, conversation: Uuid) -> Option<&Conversation> {
        let kept = self.conversations.get(&conversation)?;
        let lag = kept.overrides.read_lag_ms.unwrap_or(self.behaviour.read_lag_ms);
        Some(if lag == 0 { &kept.truth } else { kept.as_of(earlier(self.now, lag)) })
    }

    /// Does what is asked, for a client that is known (or trusted), when it may.
    pub(super) fn carry_out(&mut self, call: &Call, client: Option<&ClientSpec>, write: Option<WriteNumber>) -> Result<Answer, ApiError> {
        let operation = call.request.operation();
        if let Some(client) = client {
            self.permit(client, operation, call.request.conversation())?;
        }
        self.find(&call.request)?;
        match &call.request {
            Request::ReadToken => Ok(self.token_of(client)),
            Request::CheckToken => Ok(Answer::Accepted),
            Request::RevokeToken => {
                if let Caller::Bearer(token) = &call.caller {
                    self.access.revoke(token);
                    self.end_channels_of_tokens(|revoked| revoked == token);
                }
                Ok(Answer::Accepted)
            }
            Request::ReadOrganization => Ok(Answer::Organization(self.organization.clone())),
            Request::ReadDeployment { id, part } => {
                let shown = self.show_deployment(*id, *part).ok_or_else(|| ApiError::not_found("deployment", *id))?;
                Ok(Answer::Deployment(Box::new(shown), *part))
            }
            Request::Notification(request) => self.notify(request, &call.caller, client),
            Request::Read { conversation, family } => {
                let seen = self.seen(*conversation).ok_or_else(|| ApiError::not_found("conversation", *conversation))?;
                Ok(Answer::Conversation(Box::new(seen.clone()), *family))
            }
            Request::OpenStream { conversation } => {
                self.truth(*conversation).map(|_| Answer::Accepted).ok_or_else(|| ApiError::not_found("conversation", *conversation))
            }
            Request::Signal { .. }
            | Request::PatchParticipant { .. }
            | Request::PatchCommunication { .. }
            | Request::PostParticipants { .. }
            | Request::PatchConversation { .. }
            | Request::Delete { .. }
            | Request::Teardown { .. } => self.change(&call.request, write),
        }
    }

    /// Whether the paths of an operation are there.
    #[must_use]
    pub fn offers(&self, operation: Operation) -> bool {
        match operation.offered() {
            Offered::Always => true,
            Offered::LegacyChats => self.behaviour.legacy_chats == Paths::Served,
            Offered::Webchat => self.behaviour.webchat == Paths::Served,
            Offered::Chats => self.behaviour.legacy_chats == Paths::Served || self.behaviour.webchat == Paths::Served,
        }
    }

    /// Whether the conversation that is asked for, where there is one, is met under the path that is used.
    fn find(&self, request: &Request) -> Result<(), ApiError> {
        let Some((family, id)) = request.family().zip(request.conversation()) else { return Ok(()) };
        match self.truth(id) {
            Some(conversation) if !family.shows(conversation.media) => Err(ApiError::not_found("conversation", id)),
            Some(_) | None => Ok(()),
        }
    }

    fn permit(&self, client: &ClientSpec, operation: Operation, conversation: Option<Uuid>) -> Result<(), ApiError> {
        let needed = operation.any_permission();
        if self.behaviour.check_permissions && !may(client, needed) {
            return Err(ApiError::missing_any_permissions(needed));
        }
        let Some(kept) = conversation.and_then(|id| self.conversations.get(&id)) else { return Ok(()) };
        if sees(client, kept.truth.division) {
            return Ok(());
        }
        Err(match self.behaviour.invisible_division {
            InvisibleDivision::NotFound => ApiError::not_found("conversation", kept.truth.id),
            InvisibleDivision::Forbidden => ApiError::missing_any_permissions(needed),
        })
    }

    fn token_of(&self, client: Option<&ClientSpec>) -> Answer {
        let (client_id, client_name) = client.map(|c| (c.id.clone(), c.name.clone())).unwrap_or_default();
        Answer::Token { client_id, client_name, organization: self.organization.clone() }
    }

    fn refuse(&mut self, write: Option<WriteNumber>, error: ApiError, rate: Option<RateReading>) -> Served {
        self.ledger.amend(write, |w| w.status = error.status);
        Served { answer: Err(error), rate, delivery: Delivery::Prompt }
    }
}

/// The error that a fault stands for, where it has one; what never reaches the client is told as 504 here.
fn failure(fault: &Fault) -> ApiError {
    match fault {
        Fault::Answer { status, code, retry_after_seconds, applied: _ } => {
            let usual = ApiError::usual(*status);
            ApiError { code: code.clone().unwrap_or(usual.code), retry_after_seconds: *retry_after_seconds, ..ApiError::usual(*status) }
        }
        Fault::Latency { .. } | Fault::Cut { .. } | Fault::HalfBody | Fault::Timeout { .. } => ApiError::usual(504),
    }
}

fn deliver<T>(fault: Option<Fault>, answer: Result<T, ApiError>) -> (Result<T, ApiError>, Delivery) {
    match fault {
        None => (answer, Delivery::Prompt),
        Some(fault @ Fault::Answer { .. }) => (Err(failure(&fault)), Delivery::Prompt),
        Some(Fault::Latency { milliseconds }) => (answer, Delivery::Late(milliseconds)),
        Some(Fault::Cut { .. }) => (answer, Delivery::Cut),
        Some(Fault::HalfBody) => (answer, Delivery::HalfBody),
        Some(Fault::Timeout { .. }) => (answer, Delivery::Never),
    }
}
