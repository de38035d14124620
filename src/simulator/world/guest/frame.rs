//! What goes over a guest's socket, as values; the server knows how they look as JSON.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

/// One request of a guest.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GuestRequest {
    /// What is asked.
    pub action: GuestAction,
    /// The token of the session, made by the client.
    pub token: Option<String>,
    /// What the answer is to carry so that the client recognises it.
    pub tracing_id: Option<String>,
}

impl GuestRequest {
    /// A request without a tracing id.
    #[must_use]
    pub fn new(token: &str, action: GuestAction) -> Self {
        Self { action, token: Some(token.into()), tracing_id: None }
    }

    /// The usual request to begin or to resume a session.
    #[must_use]
    pub fn configure(token: &str) -> Self {
        Self::new(token, GuestAction::Configure { deployment: None, start_new: false })
    }

    /// The usual text.
    #[must_use]
    pub fn text(token: &str, text: &str) -> Self {
        Self::new(token, GuestAction::Message(GuestText { text: text.into(), metadata: BTreeMap::new(), custom_attributes_bytes: 0 }))
    }
}

/// What a guest asks for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GuestAction {
    /// `configureSession`: to begin a session, or to resume it.
    Configure {
        /// The deployment named in the request, which must be the socket's.
        deployment: Option<String>,
        /// Whether an existing session gives way to a fresh one.
        start_new: bool,
    },
    /// `onMessage` with a text.
    Message(GuestText),
    /// `onMessage` with the presence `Join` (autostart).
    Join,
    /// `onMessage` with the presence `Clear`: the guest ends the conversation.
    Clear,
    /// `onMessage` with the event `Typing`.
    Typing,
    /// `echo`: a health check.
    Echo(String),
    /// `closeSession`.
    Close {
        /// Whether the other connections of the session are closed too.
        all: bool,
    },
    /// `getJwt`.
    GetJwt,
    /// `getConfiguration`.
    GetConfiguration,
    /// An action that the service knows and this simulation does not offer.
    NotOffered(String),
    /// A request that lacks something.
    Missing(&'static str),
    /// No request at all; the text says why.
    Unreadable(String),
}

/// The text of a guest's message with what comes along.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GuestText {
    /// The text.
    pub text: String,
    /// The message's own metadata, as far as it is made of strings.
    pub metadata: BTreeMap<String, String>,
    /// The size of the custom attributes in the channel's metadata, as JSON, in bytes.
    pub custom_attributes_bytes: usize,
}

/// What leaves towards a guest.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ToGuest {
    /// A frame.
    Frame(GuestFrame),
    /// The clean end of the connection: a close frame with this code.
    Close(u16),
    /// The end of the connection without a close frame.
    Cut,
}

/// One frame towards a guest.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GuestFrame {
    /// What it says.
    pub content: Content,
    /// The tracing id of the request that it answers.
    pub tracing_id: Option<String>,
}

/// What a frame says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Content {
    /// `SessionResponse`.
    Session(SessionState),
    /// `StructuredMessage`: one line of the conversation.
    Line(Line),
    /// `StructuredMessage` as the answer to an echo.
    Echo {
        /// The text that was sent.
        text: String,
        /// How long the session lives, in seconds.
        duration_seconds: u32,
        /// When it ends, in seconds of the epoch.
        expiration: i64,
    },
    /// `ConnectionClosedEvent`, with its reason.
    ConnectionClosed(&'static str),
    /// `SessionExpiredEvent`.
    SessionExpired,
    /// `SessionClearedEvent`.
    SessionCleared,
    /// `JwtResponse`.
    Jwt {
        /// The token for the guest's HTTP requests.
        jwt: String,
        /// When it ends, in seconds of the epoch.
        expires: i64,
    },
    /// `GetConfigurationResponse`, with the deployment.
    Configuration(Uuid),
    /// `TooManyRequestsErrorMessage`.
    TooManyRequests {
        /// After how many seconds to try again.
        retry_after: u32,
        /// Which limit was met.
        text: &'static str,
    },
    /// `string`: an error.
    Error {
        /// Its code.
        code: u16,
        /// The sentence for people.
        text: String,
    },
}

impl Content {
    /// An error.
    pub(super) fn error(code: u16, text: impl Into<String>) -> Self {
        Self::Error { code, text: text.into() }
    }
}

/// How a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionState {
    /// Whether the guest is connected to it.
    pub connected: bool,
    /// Whether it has just begun.
    pub new_session: bool,
    /// Whether the guest may read only.
    pub read_only: bool,
    /// Whether another session gave way to it.
    pub cleared_existing: bool,
    /// How long it lives, in seconds.
    pub duration_seconds: u32,
    /// When it ends, in seconds of the epoch.
    pub expiration: i64,
}

/// One line of a conversation, as the guest sees it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// Its id.
    pub id: Uuid,
    /// When it was said.
    pub time: Timestamp,
    /// Who said it.
    pub from: Speaker,
    /// The speaker's name.
    pub nickname: String,
    /// What was said.
    #[serde(flatten)]
    pub said: Saying,
    /// The metadata of a guest's message.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, serde::Deserialize)]
pub enum Speaker {
    /// The guest.
    Guest,
    /// An agent.
    Human,
    /// A bot.
    Bot,
}

/// What is said in a line.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum Saying {
    /// A text.
    Text {
        /// The text.
        text: String,
    },
    /// The presence `Disconnect`: the conversation was ended from the back end.
    Disconnect {
        /// Whether the guest may read only from now on.
        read_only: bool,
    },
    /// The presence `Clear`: the guest ended the conversation.
    Clear,
    /// The presence `Join`.
    Join,
}
