//! One line of a table of requests, and the request that is made of it.

use std::borrow::Cow;

use reqwest::Method;
use uuid::Uuid;

use super::Operation;

/// One line of a table of requests: how one kind of request is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    pub(in crate::genesys) operation: Operation,
    pub(in crate::genesys) method: &'static Method,
    pub(in crate::genesys) path: &'static str,
    pub(in crate::genesys) body: Option<&'static str>,
}

/// What a line is filled in with. What a line does not ask for may be nil.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::genesys) struct Ids {
    pub(in crate::genesys) conversation: Uuid,
    pub(in crate::genesys) participant: Uuid,
    pub(in crate::genesys) communication: Uuid,
}

/// One request, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::genesys) struct Request {
    pub(in crate::genesys) operation: Operation,
    pub(in crate::genesys) method: &'static Method,
    pub(in crate::genesys) path: String,
    pub(in crate::genesys) body: Option<Cow<'static, str>>,
}

impl Line {
    /// The kind of request.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The HTTP method.
    #[must_use]
    pub fn method(&self) -> &'static str {
        self.method.as_str()
    }

    /// The path below the base URL, with `{c}`, `{p}` and `{m}` for the conversation, the participant and the communication, and
    /// `{channel}`, `{deployment}`, `{configuration}` and `{version}` for what they say.
    #[must_use]
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// The body, with the same words in braces, and `{topic}` for one topic of any number.
    #[must_use]
    pub fn body(&self) -> Option<&'static str> {
        self.body
    }

    /// The request of this line for these ids.
    pub(in crate::genesys) fn request(&self, ids: Ids) -> Request {
        let body = self.body.map(|body| if body.contains('{') { Cow::Owned(fill(body, ids)) } else { Cow::Borrowed(body) });
        Request { operation: self.operation, method: self.method, path: fill(self.path, ids), body }
    }
}

/// A text with its ids filled in.
pub(in crate::genesys) fn fill(text: &str, Ids { conversation, participant, communication }: Ids) -> String {
    let filled = text.replace("{c}", &conversation.to_string()).replace("{p}", &participant.to_string());
    filled.replace("{m}", &communication.to_string())
}
