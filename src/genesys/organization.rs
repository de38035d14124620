//! The guard: which organization a token belongs to.

use serde::Deserialize;
use uuid::Uuid;

use super::AccessError;
use super::counters::Outcome;
use super::dialect::{Ids, Operation, READ_TOKEN};
use super::grant::Token;
use super::refusal::{self, Decision};
use super::transport::{Exchange, Key, Transport};
use crate::plan::{Blocker, BlockerKind};
use crate::termination::{Fault, Setback};

/// `TokenInfo`, as on the wire (confirmed: PureCloudPlatformClientV2 269.0.0).
///
/// `organization` is the one that the token acts in, and whose conversations it reaches; `homeOrganization` is the one that the
/// identity behind it comes from. They differ where a trusted organization works in another one (inferred from the trustee
/// model). What must not be mistaken is whose chats are ended, so `organization` decides, whatever the other says.
#[derive(Deserialize)]
struct TokenInfo {
    organization: Option<Named>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

/// Why a token may not be used.
#[derive(Debug)]
pub(super) enum Refused {
    /// It is void.
    Token(Fault),
    /// Anything else.
    Access(AccessError),
}

/// Asks which organization a token belongs to, and holds it against the one that is meant.
///
/// # Errors
/// [`Refused`]: it belongs to another one, or that is not known.
pub(super) async fn check(transport: &Transport, token: &Token, organization_id: Uuid) -> Result<(), Refused> {
    let answered = transport.exchange(&READ_TOKEN.request(Ids::default()), Key::Bearer(&token.secret)).await;
    let exchange = answered.map_err(|error| Refused::Access(AccessError::Setback(error.setback())))?;
    let result = judge(&exchange, organization_id);
    let outcome = match &result {
        Ok(()) => Outcome::Accepted,
        Err(Refused::Token(_)) => Outcome::TokenRefused,
        Err(Refused::Access(error)) => error.outcome(),
    };
    transport.counters.count(Operation::ReadToken, outcome);
    result
}

fn judge(exchange: &Exchange, organization_id: Uuid) -> Result<(), Refused> {
    let blocked = |kind, fault| Err(Refused::Access(AccessError::Blocked(Blocker { kind, fault })));
    let fault = || refusal::fault(Operation::ReadToken, exchange.status, &exchange.complaint);
    match refusal::judge(Operation::ReadToken, exchange.status, &exchange.complaint, exchange.wait) {
        Decision::Taken => read(exchange).and_then(|id| compare(&id, organization_id)).map_err(Refused::Access),
        Decision::TokenRefused(fault) => Err(Refused::Token(fault)),
        Decision::Barred(blocker) => Err(Refused::Access(AccessError::Blocked(blocker))),
        // Every token has its organization: what does not know this address is not the platform API.
        Decision::Absent | Decision::Declined(_) => blocked(BlockerKind::Connection, fault()),
        Decision::Setback(_) if matches!(exchange.status, 404 | 405 | 410) => blocked(BlockerKind::Connection, fault()),
        Decision::Setback(setback) => Err(Refused::Access(AccessError::Setback(setback))),
    }
}

fn read(exchange: &Exchange) -> Result<String, AccessError> {
    let setback = |fault| AccessError::Setback(Setback { fault, retry_after: None });
    let body = exchange.body.as_ref().map_err(|fault| setback(fault.clone()))?;
    let info: Option<TokenInfo> = serde_json::from_slice(body).ok();
    let organization = info.and_then(|info| info.organization).map(|organization| organization.id);
    organization.ok_or_else(|| setback(Fault::new("unreadable", "checking the organization: the answer names none")))
}

fn compare(id: &str, organization_id: Uuid) -> Result<(), AccessError> {
    if Uuid::try_parse(id) == Ok(organization_id) {
        return Ok(());
    }
    let shown: String = id.chars().take(36).collect();
    let message = format!("the credentials belong to organization {shown}, and organization {organization_id} is meant");
    Err(AccessError::Blocked(Blocker { kind: BlockerKind::Organization, fault: Fault::new("wrong.organization", &message) }))
}
