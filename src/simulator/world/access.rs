//! Who may enter: OAuth clients, tokens, permissions, divisions, and the rate limit of each token.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use uuid::Uuid;

use super::behaviour::{Behaviour, later};
use super::dice::Dice;
use super::refusal::{ApiError, LoginError};
use super::spec::{ClientSpec, ClientState};

/// Who sends a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Caller {
    /// Nobody that says who it is.
    #[default]
    Nobody,
    /// Somebody with a bearer token.
    Bearer(String),
    /// A test that uses the world directly: sees all, may do all, no rate limit.
    Trusted,
}

/// What a token request presents.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Credentials {
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: String,
    /// The grant type asked for.
    pub grant_type: String,
}

/// A token that was given.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Grant {
    /// The bearer token.
    pub access_token: String,
    /// How long it lives, in seconds.
    pub expires_in: u32,
}

/// How a token stands with the rate limit, as the response headers tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RateReading {
    /// Requests in this window so far.
    pub count: u32,
    /// Requests allowed in a window.
    pub allowed: u32,
    /// Seconds until the window ends.
    pub reset_seconds: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Token {
    client: String,
    expires: Timestamp,
    window: Option<(Timestamp, u32)>,
}

/// The clients and the tokens that they hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Access {
    clients: BTreeMap<String, ClientSpec>,
    tokens: BTreeMap<String, Token>,
}

impl Access {
    pub(crate) fn new(clients: Vec<ClientSpec>) -> Self {
        Self { clients: clients.into_iter().map(|c| (c.id.clone(), c)).collect(), tokens: BTreeMap::new() }
    }

    pub(crate) fn clients(&self) -> impl Iterator<Item = &ClientSpec> {
        self.clients.values()
    }

    /// Adds a client, or puts it in the place of the one with its id; tokens stay.
    pub(crate) fn put_client(&mut self, client: ClientSpec) {
        self.clients.insert(client.id.clone(), client);
    }

    pub(crate) fn client_mut(&mut self, id: &str) -> Option<&mut ClientSpec> {
        self.clients.get_mut(id)
    }

    /// Makes all tokens void, or those of one client.
    pub(crate) fn revoke_tokens(&mut self, client: Option<&str>) {
        self.tokens.retain(|_, token| client.is_some_and(|id| token.client != id));
    }

    pub(crate) fn revoke(&mut self, token: &str) {
        self.tokens.remove(token);
    }

    /// The tokens that are known.
    pub(crate) fn token_set(&self) -> BTreeSet<String> {
        self.tokens.keys().cloned().collect()
    }

    /// The caller's token with its end.
    pub(crate) fn token_and_end(&self, caller: &Caller) -> Option<(String, Timestamp)> {
        match caller {
            Caller::Nobody | Caller::Trusted => None,
            Caller::Bearer(token) => self.tokens.get(token).map(|known| (token.clone(), known.expires)),
        }
    }

    pub(crate) fn reset_rate_limits(&mut self) {
        for token in self.tokens.values_mut() {
            token.window = None;
        }
    }

    pub(crate) fn login(
        &mut self,
        asked: &Credentials,
        behaviour: &Behaviour,
        dice: &mut Dice,
        now: Timestamp,
    ) -> Result<Grant, LoginError> {
        if asked.grant_type != "client_credentials" {
            return Err(LoginError::new(400, "unsupported_grant_type", "only the grant type client_credentials is simulated"));
        }
        let known = self.clients.get(&asked.client_id).filter(|c| c.secret == asked.client_secret);
        let Some(client) = known else {
            return Err(LoginError::new(behaviour.invalid_client_status, "invalid_client", "authentication failed"));
        };
        match client.state {
            ClientState::Active => {}
            ClientState::Disabled | ClientState::Inactive => {
                return Err(LoginError::new(behaviour.invalid_client_status, "invalid_client", "client is not active"));
            }
        }
        let access_token = format!("sim-{}-{}", dice.uuid().simple(), dice.uuid().simple());
        let expires = later(now, u64::from(client.token_lifetime_seconds) * 1000);
        let token = Token { client: client.id.clone(), expires, window: None };
        let expires_in = client.token_lifetime_seconds;
        // An expired token is remembered for a day, so that its use can be told from that of a token nobody gave.
        self.tokens.retain(|_, token| later(token.expires, 86_400_000) > now);
        self.tokens.insert(access_token.clone(), token);
        Ok(Grant { access_token, expires_in })
    }

    /// The client behind a token.
    pub(crate) fn authenticate(&self, caller: &Caller, now: Timestamp) -> Result<Option<&ClientSpec>, ApiError> {
        let token = match caller {
            Caller::Trusted => return Ok(None),
            Caller::Nobody => return Err(ApiError::authentication_required()),
            Caller::Bearer(token) => self.tokens.get(token).ok_or_else(ApiError::bad_credentials)?,
        };
        if token.expires <= now {
            return Err(ApiError::credentials_expired());
        }
        let client = self.clients.get(&token.client).ok_or_else(ApiError::bad_credentials)?;
        if client.state == ClientState::Disabled {
            return Err(ApiError::bad_credentials());
        }
        Ok(Some(client))
    }

    /// Counts one request against its token's limit.
    pub(crate) fn count(
        &mut self,
        caller: &Caller,
        behaviour: &Behaviour,
        now: Timestamp,
    ) -> Result<Option<RateReading>, (ApiError, RateReading)> {
        let token = match caller {
            Caller::Nobody | Caller::Trusted => None,
            Caller::Bearer(token) => self.tokens.get_mut(token),
        };
        let Some(token) = token else { return Ok(None) };
        let length = u64::from(behaviour.rate_window_seconds.max(1)) * 1000;
        let (start, count) = match token.window {
            Some((start, count)) if now < later(start, length) => (start, count),
            Some(_) | None => (now, 0),
        };
        let left = later(start, length).as_millisecond() - now.as_millisecond();
        let reset_seconds = u32::try_from(left.div_euclid(1000) + i64::from(left.rem_euclid(1000) > 0)).unwrap_or(u32::MAX);
        let allowed = behaviour.rate_limit;
        if count >= allowed {
            token.window = Some((start, count));
            let wait = behaviour.retry_after_seconds.unwrap_or(reset_seconds);
            return Err((ApiError::too_many_requests(wait), RateReading { count, allowed, reset_seconds }));
        }
        token.window = Some((start, count + 1));
        Ok(Some(RateReading { count: count + 1, allowed, reset_seconds }))
    }
}

/// Whether a client sees conversations of this division.
pub(crate) fn sees(client: &ClientSpec, division: Uuid) -> bool {
    client.divisions.is_empty() || client.divisions.contains(&division)
}

/// Whether a client has one of these permissions; no permission needed is always had.
pub(crate) fn may(client: &ClientSpec, any: &[&str]) -> bool {
    any.is_empty() || any.iter().any(|needed| client.permissions.contains(*needed))
}
