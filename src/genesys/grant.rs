//! The login service: client credentials for a token.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Deserialize;

use super::counters::Outcome;
use super::dialect::{Ids, LOGIN, Operation};
use super::refusal;
use super::transport::{Exchange, Key, Transport};
use super::{AccessError, Credentials};
use crate::clock;
use crate::plan::{Blocker, BlockerKind};
use crate::termination::{Fault, Setback};

/// How long before its end a token is renewed, or a quarter of its life if that is less.
const MARGIN: Duration = Duration::from_secs(60);

/// The life of a token that does not say how long it lives: the shortest that can be configured (confirmed: 300 s).
const UNNAMED_LIFE: u64 = 300;

/// The longest life that is believed (confirmed: 48 h).
const LONGEST_LIFE: u64 = 172_800;

/// A token of the login service.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) secret: SecretString,
    /// When it ends, by our clock, counted from before it was asked for.
    pub(super) expires: Timestamp,
    /// From when on it is not used any more.
    renew: Instant,
}

impl Token {
    /// Whether it may still be used.
    pub(super) fn is_fresh(&self) -> bool {
        clock::monotonic() < self.renew
    }
}

/// `OAuthToken`, as on the wire (confirmed: the vendor's CLI).
#[derive(Deserialize)]
struct OAuthToken {
    access_token: String,
    expires_in: Option<u64>,
}

/// Asks for a token.
///
/// # Errors
/// [`AccessError`]: the service does not take the credentials, or nothing is known.
pub(super) async fn login(transport: &Transport, credentials: &Credentials) -> Result<Token, AccessError> {
    let request = LOGIN.request(Ids::default());
    let (begun, now) = (clock::monotonic(), clock::now());
    let exchange = transport.exchange(&request, Key::Basic(credentials)).await.map_err(|error| AccessError::Setback(error.setback()))?;
    let result = read(&exchange).map(|OAuthToken { access_token, expires_in }| {
        let seconds = expires_in.unwrap_or(UNNAMED_LIFE).min(LONGEST_LIFE);
        let life = Duration::from_secs(seconds);
        let expires = now.saturating_add(SignedDuration::from_secs(seconds.cast_signed())).unwrap_or(now);
        Token { secret: access_token.into(), expires, renew: begun + (life - MARGIN.min(life / 4)) }
    });
    transport.counters.count(Operation::Login, result.as_ref().map_or_else(AccessError::outcome, |_| Outcome::Accepted));
    result
}

/// Reads the answer. A 4xx is about the credentials, with or without a word such as `invalid_client` (a rotated secret whose
/// client lacks rights was seen as 403), but for those that no service of this kind gives: then the address is wrong.
fn read(exchange: &Exchange) -> Result<OAuthToken, AccessError> {
    let fault = || refusal::fault(Operation::Login, exchange.status, &exchange.complaint);
    let blocked = |kind| Err(AccessError::Blocked(Blocker { kind, fault: fault() }));
    match exchange.status {
        200..=299 => {
            let unreadable = || Fault::new("unreadable", "logging in: the answer holds no token");
            let body = exchange.body.as_ref().map_err(|fault| AccessError::Setback(setback(fault.clone())))?;
            // The error of the parser would quote the answer, and with it the token.
            let token: Option<OAuthToken> = serde_json::from_slice(body).ok();
            // What cannot stand in a header is no token.
            let sendable = |token: &OAuthToken| !token.access_token.is_empty() && token.access_token.bytes().all(|b| b.is_ascii_graphic());
            token.filter(sendable).ok_or_else(|| AccessError::Setback(setback(unreadable())))
        }
        404 | 405 | 410 => blocked(BlockerKind::Connection),
        401 | 403 => blocked(BlockerKind::Credentials),
        407 | 408 | 425 | 429 => Err(AccessError::Setback(Setback { fault: fault(), retry_after: exchange.wait })),
        400..=499 if exchange.complaint.code.is_some() => blocked(BlockerKind::Credentials),
        _ => Err(AccessError::Setback(Setback { fault: fault(), retry_after: exchange.wait })),
    }
}

fn setback(fault: Fault) -> Setback {
    Setback { fault, retry_after: None }
}
