//! Every way in which a request ends, its answer and its count.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};

/// How long to wait after an answer that asks to send the event again.
const AGAIN: Duration = Duration::from_secs(2);

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// The event was taken.
    Taken,
    /// Nobody waited for it, and it created a termination.
    Created,
    /// Nobody waited for it; the termination that it creates exists.
    CreatedBefore,
    /// Another termination has the name of the one that it creates: it is to be sent again.
    NameTaken,
    /// Nobody waits for an event of its conversation: it was dropped.
    UnknownConversation,
    /// Nobody waits for it, and it creates nothing either, for it does not say that it is of web messaging or web chat: it was dropped.
    NotWeb,
    /// It is not of a guest's leg: it was dropped.
    OtherEvent,
    /// The body is no event that could be understood.
    Malformed,
    /// The caller has not proven that it knows the secret, or there is no such connection.
    Unauthorized,
    /// The envelope is of another organization, or does not say of which.
    OtherOrganization,
    /// The body is of another type or in another encoding than JSON.
    UnsupportedType,
    /// The body is too long.
    TooLong,
    /// The body did not arrive in time.
    TooSlow,
    /// Too many requests are under way, or too many came.
    Throttled,
    /// The event could not be handed over: it is to be sent again.
    NotTaken,
    /// Another replica waits for the event: it is to be sent again.
    Elsewhere,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 16] = [
        Self::Taken,
        Self::Created,
        Self::CreatedBefore,
        Self::NameTaken,
        Self::UnknownConversation,
        Self::NotWeb,
        Self::OtherEvent,
        Self::Malformed,
        Self::Unauthorized,
        Self::OtherOrganization,
        Self::UnsupportedType,
        Self::TooLong,
        Self::TooSlow,
        Self::Throttled,
        Self::NotTaken,
        Self::Elsewhere,
    ];

    /// Its name in metrics and logs.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Created => "created",
            Self::CreatedBefore => "created_before",
            Self::NameTaken => "name_taken",
            Self::UnknownConversation => "unknown_conversation",
            Self::NotWeb => "not_web",
            Self::OtherEvent => "other_event",
            Self::Malformed => "malformed",
            Self::Unauthorized => "unauthorized",
            Self::OtherOrganization => "other_organization",
            Self::UnsupportedType => "unsupported_type",
            Self::TooLong => "too_long",
            Self::TooSlow => "too_slow",
            Self::Throttled => "throttled",
            Self::NotTaken => "not_taken",
            Self::Elsewhere => "elsewhere",
        }
    }

    /// The status that it is answered with. EventBridge sends again after 401, 407, 409, 429 and 5xx, and after nothing else.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::Taken | Self::Created | Self::CreatedBefore | Self::UnknownConversation | Self::NotWeb | Self::OtherEvent => {
                StatusCode::NO_CONTENT
            }
            Self::NameTaken => StatusCode::CONFLICT,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::OtherOrganization => StatusCode::FORBIDDEN,
            Self::UnsupportedType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Throttled => StatusCode::TOO_MANY_REQUESTS,
            Self::NotTaken | Self::Elsewhere => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}

/// An outcome and what is said with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) outcome: Outcome,
    /// A line for whoever sent it. It never holds anything of the request.
    message: String,
    wait: Option<Duration>,
}

impl Ending {
    /// An ending in these words. Words are only for callers who have proven the secret; see [`Ending::from`] for the others.
    pub(super) fn said(outcome: Outcome, message: impl ToString) -> Self {
        Self { message: message.to_string(), ..outcome.into() }
    }

    /// Come again after `wait`.
    pub(super) fn throttled(wait: Duration) -> Self {
        Self { wait: Some(wait), ..Outcome::Throttled.into() }
    }

    pub(super) fn answer(&self) -> Response<Body> {
        let status = self.outcome.status();
        let body = if status == StatusCode::NO_CONTENT { Body::empty() } else { Body::from(format!("{}\n", self.message)) };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        if status != StatusCode::NO_CONTENT {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        }
        if let Some(wait) = self.wait {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
        }
        response
    }
}

impl From<Outcome> for Ending {
    fn from(outcome: Outcome) -> Self {
        let wait = match outcome {
            Outcome::Throttled | Outcome::NotTaken | Outcome::Elsewhere => Some(AGAIN),
            Outcome::Taken
            | Outcome::Created
            | Outcome::CreatedBefore
            | Outcome::NameTaken
            | Outcome::UnknownConversation
            | Outcome::NotWeb
            | Outcome::OtherEvent
            | Outcome::Malformed
            | Outcome::Unauthorized
            | Outcome::OtherOrganization
            | Outcome::UnsupportedType
            | Outcome::TooLong
            | Outcome::TooSlow => None,
        };
        Self { outcome, message: outcome.label().replace('_', " "), wait }
    }
}

/// At least one, and never less than it is.
fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

/// How many requests ended in which way.
#[derive(Debug, Default)]
pub(super) struct Counters([AtomicU64; Outcome::ALL.len()]);

impl Counters {
    pub(super) fn count(&self, outcome: Outcome) {
        if let Some(place) = Outcome::ALL.iter().position(|it| *it == outcome) {
            self.0[place].fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn snapshot(&self) -> Vec<(Outcome, u64)> {
        Outcome::ALL.into_iter().zip(self.0.iter().map(|count| count.load(Ordering::Relaxed))).collect()
    }
}
