//! The login service: client credentials for a token.

use std::collections::BTreeMap;

use axum::extract::Query;
use axum::http::{HeaderMap, Uri, header};
use axum::response::Response;
use serde_json::json;
use uuid::Uuid;

use super::connection::Peer;
use super::deliver::{Reply, deliver};
use super::hold::Moment;
use super::shared::Shared;
use crate::simulator::world::{Credentials, Grant, LoginError, Operation};

/// Answers a token request, with HTTP Basic or with the credentials in the form.
pub(super) async fn answer(shared: &Shared, peer: &Peer, headers: &HeaderMap, body: &[u8], correlation_id: Uuid) -> Response {
    let operation = Operation::PostOauthToken;
    if !shared.holds.pass(Moment::BeforeEffect, operation, None, &shared.stopping).await {
        return peer.cut();
    }
    let credentials = credentials(headers, body);
    let served = shared.with_world(|world, now| world.serve_login(&credentials, now));
    if !shared.holds.pass(Moment::AfterEffect, operation, None, &shared.stopping).await {
        return peer.cut();
    }
    let reply = match served.answer {
        Ok(Grant { access_token, expires_in }) => {
            let body = json!({ "access_token": access_token, "token_type": "bearer", "expires_in": expires_in });
            Reply::new(200, Some(body), correlation_id)
        }
        Err(LoginError { status, error, description, retry_after_seconds }) => {
            let body = json!({ "error": error, "description": description });
            Reply::new(status, Some(body), correlation_id).retry_after(retry_after_seconds)
        }
    };
    deliver(shared, peer, reply, served.delivery).await
}

fn credentials(headers: &HeaderMap, body: &[u8]) -> Credentials {
    let mut form = form(body);
    let mut take = |name: &str| form.remove(name).unwrap_or_default();
    let grant_type = take("grant_type");
    let basic = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(basic);
    let (client_id, client_secret) = basic.unwrap_or_else(|| (take("client_id"), take("client_secret")));
    Credentials { client_id, client_secret, grant_type }
}

/// The fields of a form body; of one that is none, nothing.
fn form(body: &[u8]) -> BTreeMap<String, String> {
    let query = std::str::from_utf8(body).ok().and_then(|text| Uri::try_from(format!("/?{text}")).ok());
    query.and_then(|uri| Query::try_from_uri(&uri).ok()).map(|Query(fields)| fields).unwrap_or_default()
}

/// The id and the secret of an `Authorization: Basic` header.
fn basic(value: &str) -> Option<(String, String)> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(base64(encoded.trim())?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((id.into(), secret.into()))
}

/// Decodes the standard alphabet; nothing when it is not that.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            decoded.extend(u8::try_from((bits >> held) & 0xFF));
        }
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_understood() {
        assert_eq!(basic("Basic dXNlcjpwYTpzcw=="), Some(("user".into(), "pa:ss".into())));
        assert_eq!(basic("basic dXNlcjo="), Some(("user".into(), String::new())));
        assert_eq!(basic("Basic %%%"), None);
        assert_eq!(basic("Bearer dXNlcjpwYXNz"), None);
    }

    #[test]
    fn a_form_is_decoded_and_garbage_is_empty() {
        assert_eq!(form(b"client_secret=a%2Bb+c&x=")["client_secret"], "a+b c");
        assert!(form(b"\xFF\xFE").is_empty());
        assert!(form(b"{\"not\": \"a form\"}").len() <= 1);
    }
}
