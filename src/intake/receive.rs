//! One request, step by step. Each step may end it.

use std::fmt;
use std::sync::Arc;

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, Response, header};
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tracing::{debug, warn};

use super::keys::KeyRing;
use super::outcome::{Counters, Ending};
use super::proof::Proof;
use super::rate::Rate;
use super::{ConnectionName, Create, Creation, Directory, Heard, Limits, Listener, Outcome, TakeError, Taker, Unheard, creation, parse};
use crate::clock;

/// An event from further ahead of our clock than this is not taken: a termination made of it could end legs that do not exist yet.
const FUTURE: SignedDuration = SignedDuration::from_hours(1);

/// Receives events over HTTP and hands them over.
pub struct Intake<D, T, C> {
    directory: D,
    taker: T,
    create: C,
    limits: Limits,
    rate: Rate,
    /// For requests whose callers have proven the secret, and for those that have not yet.
    places: [Semaphore; 2],
    decoy: KeyRing,
    counters: Counters,
}

impl<D, T, C> fmt::Debug for Intake<D, T, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intake").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl<D: Directory, T: Taker, C: Create> Intake<D, T, C> {
    /// An intake that asks `directory` who listens, hands events to `taker`, and has `create` create terminations.
    pub fn new(directory: D, taker: T, create: C, limits: Limits) -> Self {
        let places = [Semaphore::new(limits.concurrency), Semaphore::new(limits.concurrency)];
        let rate = Rate::new(limits.per_second, limits.burst);
        Self { directory, taker, create, limits, rate, places, decoy: KeyRing::decoy(), counters: Counters::default() }
    }

    /// How many requests ended in which way so far.
    #[must_use]
    pub fn counts(&self) -> Vec<(Outcome, u64)> {
        self.counters.snapshot()
    }

    /// Receives one request and answers it.
    pub(super) async fn receive(&self, connection: ConnectionName, request: Request) -> Response<Body> {
        let ending = match self.heard(&connection, request).await {
            Ok((listener, heard)) => self.hand_over(&connection, &listener, heard).await,
            Err(ending) => ending,
        };
        self.counters.count(ending.outcome);
        debug!(outcome = ending.outcome.label(), "an event was received");
        ending.answer()
    }

    /// What a request tells, once it is known to come from somebody who may tell it.
    async fn heard(&self, connection: &ConnectionName, request: Request) -> Result<(Arc<Listener>, Heard), Ending> {
        let (head, body) = request.into_parts();
        self.check_head(&head.headers, &body)?;
        let proof = Proof::presented(&head.headers).ok_or(Outcome::Unauthorized)?;
        let listener = self.directory.listener(connection);
        // What is not there is compared with all the same.
        let keys = listener.as_ref().map_or(&self.decoy, |listener| &listener.keys);
        let place = match proof.secret_holds(keys).map(bool::from) {
            Some(true) if listener.is_some() => &self.places[0],
            Some(true | false) => return Err(self.unproven(connection)),
            None => &self.places[1],
        };
        let _place = place.try_acquire().map_err(|_| Outcome::Throttled)?;
        let body = timeout(self.limits.body_time, self.collect(body)).await.map_err(|_| Outcome::TooSlow)??;
        let signed = bool::from(proof.signature_holds(keys, &body));
        let listener = listener.filter(|_| signed).ok_or_else(|| self.unproven(connection))?;
        self.rate.take(connection, clock::monotonic()).map_err(Ending::throttled)?;
        let heard = parse(&body).map_err(unheard)?;
        check_heard(&listener, &heard, clock::now())?;
        Ok((listener, heard))
    }

    /// A proof that does not hold, whether or not there is such a connection.
    fn unproven(&self, connection: &ConnectionName) -> Ending {
        self.directory.doubted(connection);
        Outcome::Unauthorized.into()
    }

    /// What can be refused before anything is read, and in the same way for every connection.
    fn check_head(&self, headers: &HeaderMap, body: &Body) -> Result<(), Ending> {
        let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?").trim().to_ascii_lowercase());
        let type_ = text(header::CONTENT_TYPE).unwrap_or_default();
        let (type_, parameters) = type_.split_once(';').unwrap_or((&type_, ""));
        let plain = text(header::CONTENT_ENCODING).is_none_or(|encoding| encoding == "identity");
        let charset = parameters.split(';').filter_map(|parameter| parameter.trim().strip_prefix("charset="));
        let unicode = charset.map(|name| name.trim_matches('"')).all(|name| name == "utf-8" || name == "us-ascii");
        if type_.trim() != "application/json" || !plain || !unicode {
            return Err(Outcome::UnsupportedType.into());
        }
        let longest = u64::try_from(self.limits.body).unwrap_or(u64::MAX);
        if body.size_hint().lower() > longest { Err(Outcome::TooLong.into()) } else { Ok(()) }
    }

    async fn collect(&self, body: Body) -> Result<Vec<u8>, Ending> {
        let mut collected = Vec::new();
        let mut pieces = body.into_data_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| Outcome::Malformed)?;
            if collected.len() + piece.len() > self.limits.body {
                return Err(Outcome::TooLong.into());
            }
            collected.extend_from_slice(&piece);
        }
        Ok(collected)
    }

    async fn hand_over(&self, connection: &ConnectionName, listener: &Listener, heard: Heard) -> Ending {
        let conversation = heard.conversation_id;
        match timeout(self.limits.hand_over_time, self.take_or_create(connection, listener, heard)).await {
            Ok(Ok(outcome)) => outcome.into(),
            Ok(Err(why)) => {
                warn!(%connection, %conversation, why, "an event was not taken, and is to be sent again");
                Outcome::NotTaken.into()
            }
            Err(_) => {
                warn!(%connection, %conversation, "an event was not taken in time, and is to be sent again");
                Outcome::NotTaken.into()
            }
        }
    }

    /// Whoever waits for the event goes on with what there is to end: that, the ends of our own closes above all, creates nothing.
    async fn take_or_create(&self, connection: &ConnectionName, listener: &Listener, heard: Heard) -> Result<Outcome, String> {
        match self.taker.take(connection, heard.clone()).await {
            Ok(()) => return Ok(Outcome::Taken),
            Err(TakeError::UnknownConversation) => {}
            Err(TakeError::Elsewhere) => return Ok(Outcome::Elsewhere),
            Err(error @ TakeError::Unavailable) => return Err(error.to_string()),
        }
        // Only an envelope names its organization, which was compared before.
        let is_known = heard.organization_id.is_some();
        if !is_known || !listener.creates.contains(&heard.event.kind) {
            return Ok(Outcome::UnknownConversation);
        }
        let (conversation, medium) = (heard.conversation_id, heard.medium);
        if !medium.is_web() {
            debug!(%connection, %conversation, ?medium, "an event created nothing: it does not say that it is of web messaging or web chat");
            return Ok(Outcome::NotWeb);
        }
        let termination = creation::termination(connection, listener.organization_id, &heard).map_err(|error| error.to_string())?;
        let name = termination.name_any();
        Ok(match self.create.create(termination).await.map_err(|error| error.to_string())? {
            Creation::New => Outcome::Created,
            Creation::Existed => Outcome::CreatedBefore,
            Creation::Another => {
                warn!(%connection, name, "a WebchatTermination of this name ends something else than its event asks for: delete it");
                Outcome::NameTaken
            }
        })
    }
}

fn unheard(why: Unheard) -> Ending {
    let outcome = match why {
        Unheard::Other => Outcome::OtherEvent,
        Unheard::Source => Outcome::OtherOrganization,
        Unheard::NotAnObject | Unheard::Field(_) | Unheard::Contradiction => Outcome::Malformed,
    };
    Ending::said(outcome, why)
}

fn check_heard(listener: &Listener, heard: &Heard, now: Timestamp) -> Result<(), Ending> {
    if heard.organization_id.is_some_and(|organization_id| organization_id != listener.organization_id) {
        return Err(Ending::said(Outcome::OtherOrganization, "the envelope is of another organization than the connection"));
    }
    if heard.event.time.duration_since(now) > FUTURE {
        return Err(Ending::said(Outcome::Malformed, "the event's time lies in the future"));
    }
    Ok(())
}
