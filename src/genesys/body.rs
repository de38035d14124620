//! What an error answer says, in whatever body it says it.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// What an error answer says. Empty and foreign bodies (of a gateway, of a content delivery network) say nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Complaint {
    /// The platform's `code`, or the login service's `error`. Only a body of theirs has one.
    pub(super) code: Option<String>,
    /// The sentence for people.
    pub(super) message: Option<String>,
    /// The permission strings and scopes that it names.
    pub(super) permissions: Vec<String>,
}

const REDACTED: &str = "[redacted]";

/// How many permission strings are kept: an operation has three at most.
const MOST_PERMISSIONS: usize = 8;

impl Complaint {
    /// Reads `ErrorBody`, the platform API's error (confirmed). Its `code` is what a gateway's own errors do not have: theirs are
    /// `{message}`, or `{status, error, path}`. `secret` is what the request was sent with: a body that echoes it must not bring
    /// it into a message.
    pub(super) fn of_platform(body: &[u8], secret: &SecretString) -> Self {
        Self::read(body, secret, "code", &["message"])
    }

    /// Reads `{error, description}`, the login service's error (confirmed); `error_description` is the word of the standard.
    pub(super) fn of_login(body: &[u8], secret: &SecretString) -> Self {
        Self::read(body, secret, "error", &["description", "error_description"])
    }

    fn read(body: &[u8], secret: &SecretString, code: &str, message: &[&str]) -> Self {
        let Ok(Value::Object(fields)) = serde_json::from_slice::<Value>(body) else { return Self::default() };
        let text = |names: &[&str]| {
            let found = names.iter().find_map(|name| fields.get(*name)).and_then(Value::as_str).map(str::trim);
            found.filter(|text| !text.is_empty()).map(|text| scrub(text, secret))
        };
        let mut permissions = Vec::new();
        for place in ["message", "messageWithParams", "messageParams", "details", "errors"] {
            if let Some(value) = fields.get(place) {
                collect_permissions(value, secret, &mut permissions);
            }
        }
        Self { code: text(&[code]), message: text(message), permissions }
    }
}

/// Takes a secret out of a text, and whatever looks like the value of an `Authorization` header.
pub(super) fn scrub(text: &str, secret: &SecretString) -> String {
    let text = match secret.expose_secret() {
        "" => text.to_owned(),
        secret => text.replace(secret, REDACTED),
    };
    let mut after_scheme = false;
    let words = text.split(' ').map(|word| {
        // The service's own sentences speak of a "bearer token": a value is longer than any word of theirs.
        let shown = if after_scheme && word.len() > 16 { REDACTED } else { word };
        let scheme = word.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
        after_scheme = ["bearer", "basic"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
        shown
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Looks for permission strings, `domain:entity:action`, and scopes, `domain:write`, in every text of a value.
/// No more are kept than are told of, so that a long body takes no long time.
fn collect_permissions(value: &Value, secret: &SecretString, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            for word in permissions_in(text).filter(|word| scrub(word, secret) == *word) {
                if found.len() < MOST_PERMISSIONS && !found.iter().any(|known| known == word) {
                    found.push(word.to_owned());
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect_permissions(value, secret, found)),
        Value::Object(fields) => fields.values().for_each(|value| collect_permissions(value, secret, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The permission strings and scopes in a text, in its order.
pub(crate) fn permissions_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, ':' | '_' | '-' | '*'))).filter(|word| is_permission(word))
}

/// Three parts, none empty, the first beginning with a letter, so that a time of day is none; or a scope of OAuth, whose second part
/// is one of few words, so that a host and its port are none.
fn is_permission(word: &str) -> bool {
    let parts: Vec<&str> = word.split(':').collect();
    let whole = parts.iter().all(|part| !part.is_empty()) && word.starts_with(|c: char| c.is_ascii_alphabetic());
    match parts.as_slice() {
        [_, access] => whole && ["read", "readonly", "write"].contains(access),
        [_, _, _] => whole,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error of a widespread gateway.
    const SPRING: &str = r#"{"timestamp":"2026-11-20T12:00:00Z","status":404,"error":"Not Found","path":"/api/v2/conversations"}"#;

    fn read(body: &str) -> Complaint {
        Complaint::of_platform(body.as_bytes(), &"hunter2".into())
    }

    #[test]
    fn the_platforms_body_and_the_login_services_are_read() {
        let platform = read(r#"{"message":"No such thing.","code":"not.found","status":404,"contextId":"x","details":[],"errors":[]}"#);
        assert_eq!((platform.code.as_deref(), platform.message.as_deref()), (Some("not.found"), Some("No such thing.")));
        let login = Complaint::of_login(br#"{"error":"invalid_client","description":"client not found"}"#, &"x".into());
        assert_eq!((login.code.as_deref(), login.message.as_deref()), (Some("invalid_client"), Some("client not found")));
    }

    #[test]
    fn empty_and_foreign_bodies_say_nothing() {
        for body in ["", " ", "null", "[]", "\"x\"", "{}", "<html>403</html>", "{\"code\":7,\"message\":null}", "{\"code\":\"\"}", "{\"co"]
        {
            assert_eq!(read(body), Complaint::default(), "{body}");
        }
        assert_eq!(read(SPRING), Complaint::default());
        assert_eq!(Complaint::of_platform(&[0xFF, 0x00], &"x".into()), Complaint::default());
        assert_eq!(read(r#"{"message":"no Route matched with those values"}"#).code, None);
    }

    #[test]
    fn permissions_are_found_wherever_they_stand() {
        let message =
            read(r#"{"message":"at 12:00:00 you need one of: [conversation:communication:view, analytics:*:view]. a:b a:b:c:d"}"#);
        assert_eq!(message.permissions, ["conversation:communication:view", "analytics:*:view"]);
        let scopes =
            read(r#"{"message":"insufficient scope at gateway:8443 (level:high): conversations:write, conversation:webchat:write"}"#);
        assert_eq!(scopes.permissions, ["conversations:write", "conversation:webchat:write"]);
        let params = read(r#"{"messageParams":{"permissions":"conversation:message:park"},"message":"conversation:message:park"}"#);
        assert_eq!(params.permissions, ["conversation:message:park"]);
    }

    #[test]
    fn an_echoed_secret_is_taken_out() {
        let echoed = read(r#"{"code":"hunter2","message":"Bearer hunter2 is bad","details":["a:b:hunter2"]}"#);
        assert!(!format!("{echoed:?}").contains("hunter2"), "{echoed:?}");
        let header = read(r#"{"message":"refused: Authorization: \"Basic aHVudGVyMjpodW50ZXIy\", sorry"}"#);
        assert_eq!(header.message.as_deref(), Some(r#"refused: Authorization: "Basic [redacted] sorry"#));
        let ordinary = "No authentication bearer token specified in authorization header.";
        assert_eq!(scrub(ordinary, &"hunter2".into()), ordinary);
    }
}
