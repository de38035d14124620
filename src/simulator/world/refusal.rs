//! The error answers of the platform API and of the login service.

use uuid::Uuid;

/// An error answer of the platform API, as its body and status say it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{status} {code}: {message}")]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The machine-readable `code`.
    pub code: String,
    /// The sentence for people.
    pub message: String,
    /// The `Retry-After` header, in seconds.
    pub retry_after_seconds: Option<u32>,
}

impl ApiError {
    /// An error with this status, code and message.
    #[must_use]
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), retry_after_seconds: None }
    }

    /// 400 `bad.request`.
    #[must_use]
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "bad.request", message)
    }

    /// 400 `invalid.value`: a value that a field cannot have.
    #[must_use]
    pub fn invalid_value(field: &str, value: &str, allowed: &str) -> Self {
        let shown: String = value.chars().take(32).collect();
        Self::new(400, "invalid.value", format!("Value [{shown}] is not valid for field type [{field}]. Allowable values are: {allowed}"))
    }

    /// 401 `authentication.required`: no bearer token.
    #[must_use]
    pub fn authentication_required() -> Self {
        Self::new(401, "authentication.required", "No authentication bearer token specified in authorization header.")
    }

    /// 401 `bad.credentials`: a token that nobody gave.
    #[must_use]
    pub fn bad_credentials() -> Self {
        Self::new(401, "bad.credentials", "Invalid login credentials.")
    }

    /// 401 `credentials.expired`: a token past its end.
    #[must_use]
    pub fn credentials_expired() -> Self {
        Self::new(401, "credentials.expired", "The supplied credentials are expired and cannot be used.")
    }

    /// 403 `missing.any.permissions`, naming the permissions of which one is needed.
    #[must_use]
    pub fn missing_any_permissions(needed: &[&str]) -> Self {
        let message = format!(
            "Unable to perform the requested action. You must have at least one of the following permissions assigned: [{}]",
            needed.join(", ")
        );
        Self::new(403, "missing.any.permissions", message)
    }

    /// 404 `not.found`, naming what is not there.
    #[must_use]
    pub fn not_found(kind: &str, id: Uuid) -> Self {
        Self::new(404, "not.found", format!("The requested resource was not found: {kind} {id}"))
    }

    /// 409 `general.conflict`.
    #[must_use]
    pub fn conflict() -> Self {
        Self::new(409, "general.conflict", "The request conflicts with the current state of the target resource.")
    }

    /// 429 `too.many.requests`, to be tried again after this many seconds.
    #[must_use]
    pub fn too_many_requests(retry_after_seconds: u32) -> Self {
        let message = format!("Rate limit exceeded the maximum. Retry the request in [{retry_after_seconds}] seconds");
        Self { retry_after_seconds: Some(retry_after_seconds), ..Self::new(429, "too.many.requests", message) }
    }

    /// The error that usually goes with a status, for faults that name no code.
    #[must_use]
    pub fn usual(status: u16) -> Self {
        let (code, message) = match status {
            401 => ("bad.credentials", "Invalid login credentials."),
            403 => ("not.authorized", "You are not authorized to perform the requested action."),
            404 => ("not.found", "The requested resource was not found."),
            408 => ("client.timeout", "The client did not finish sending the request in time."),
            409 => ("general.conflict", "The request conflicts with the current state of the target resource."),
            429 => ("too.many.requests", "Rate limit exceeded the maximum."),
            500 => {
                ("internal.server.error", "The server encountered an unexpected condition which prevented it from fulfilling the request.")
            }
            502 => ("bad.gateway", "Bad gateway."),
            503 => (
                "service.unavailable",
                "Service Unavailable - The server is currently unavailable (because it is overloaded or down for maintenance).",
            ),
            504 => ("request.timeout", "The request timed out."),
            _ => ("bad.request", "The request could not be understood by the server due to malformed syntax."),
        };
        Self::new(status, code, message)
    }
}

/// An error answer of the login service; its body is `{error, description}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{status} {error}: {description}")]
pub struct LoginError {
    /// The HTTP status.
    pub status: u16,
    /// The machine-readable word, such as `invalid_client`.
    pub error: String,
    /// The sentence for people.
    pub description: String,
    /// The `Retry-After` header, in seconds.
    pub retry_after_seconds: Option<u32>,
}

impl LoginError {
    /// An error with this status, word and description.
    #[must_use]
    pub fn new(status: u16, error: &str, description: &str) -> Self {
        Self { status, error: error.into(), description: description.into(), retry_after_seconds: None }
    }
}
