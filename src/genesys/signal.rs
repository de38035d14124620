//! Tells a guest at once, on the event stream of the conversation, that the chat is closed: one text frame on a WebSocket of its own.
//!
//! It is a courtesy between the accepted close and the moment at which the service gets round to telling the guest: a client that
//! reconnects by itself learns that there is nothing to come back to. Nothing depends on it, so its loss is no error. It belongs to
//! the close: the close is answered when the guest was told, or was not within two seconds. What never happens: the frame begins
//! after its close was answered; the token goes to a host or a port that is not expected, whoever named the address; the address,
//! which may hold a secret, is shown.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use rustls::ClientConfig;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{self, Message, client::IntoClientRequest};
use uuid::Uuid;

use super::Endpoints;
use super::dialect::{GUEST_SIGNAL, GuestSignal, Ids, fill};
use super::websocket::{self, Socket};
use crate::termination::Fault;

/// How long it may take from the token to the frame: a close waits for it.
pub(super) const BOUND: Duration = Duration::from_millis(1_500);

/// How long the stream may take to say goodbye: closed under what it still sends, it might lose the frame.
const GOODBYE: Duration = Duration::from_millis(500);

/// How many addresses are remembered between a reading and the close that follows it.
const MOST_NAMED: usize = 4_096;

/// The longest address that is remembered, in bytes.
const LONGEST_NAMED: usize = 1_024;

/// Where guests are told. Not `Debug`: an address may hold a secret.
pub(super) struct Signals {
    /// With `{conversationId}`.
    template: Option<String>,
    /// What the last readings named, where there is no template. Not checked yet.
    named: Mutex<BTreeMap<Uuid, String>>,
}

/// One guest who is to be told.
pub(super) struct Signal {
    /// Checked to lead where a token may be sent.
    url: Url,
    frame: String,
}

impl Signals {
    /// # Errors
    /// The configured address leads where no token may be sent.
    pub(super) fn new(signal: &GuestSignal, endpoints: &Endpoints) -> Result<Self, Fault> {
        let template = signal.stream_uri.clone();
        if let Some(template) = &template {
            endpoints.socket(&address(template, Uuid::nil()))?;
        }
        Ok(Self { template, named: Mutex::default() })
    }

    /// Notes what a reading named. A conversation whose reading named nothing is forgotten.
    pub(super) fn note(&self, conversation_id: Uuid, uri: Option<String>) {
        if self.template.is_some() {
            return;
        }
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        named.remove(&conversation_id);
        if let Some(uri) = uri.filter(|uri| uri.len() <= LONGEST_NAMED) {
            if named.len() >= MOST_NAMED {
                named.pop_first();
            }
            named.insert(conversation_id, uri);
        }
    }

    /// What is to be told to a guest.
    ///
    /// # Errors
    /// Why it cannot be: the address is not known, or leads where no token may be sent.
    pub(super) fn of(&self, conversation: Uuid, participant: Uuid, endpoints: &Endpoints) -> Result<Signal, Fault> {
        let named = || self.named.lock().unwrap_or_else(PoisonError::into_inner).get(&conversation).cloned();
        let uri = self.template.as_ref().map(|template| address(template, conversation)).or_else(named);
        let uri = uri.ok_or_else(|| Fault::new("stream.unnamed", "the reading names no event stream"))?;
        let url = endpoints.socket(&uri)?;
        let frame = fill(GUEST_SIGNAL, Ids { conversation, participant, ..Ids::default() });
        Ok(Signal { url, frame })
    }
}

impl Signal {
    /// Tells the guest, and hands the socket on.
    ///
    /// # Errors
    /// It is not known to have been told.
    pub(super) async fn send(&self, token: &SecretString, trust: Arc<ClientConfig>) -> Result<Socket, Fault> {
        let unwritable = || Fault::new("stream.unwritable", "the request to the event stream cannot be written");
        let mut request = self.url.as_str().into_client_request().map_err(|_| unwritable())?;
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret())).map_err(|_| unwritable())?;
        bearer.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, bearer);
        let mut socket = websocket::open(request, trust).await.map_err(|error| lost(&error))?;
        socket.send(Message::text(self.frame.clone())).await.map_err(|error| lost(&error))?;
        Ok(socket)
    }
}

/// Says goodbye to the stream, which then has taken the frame, or leaves without.
pub(super) async fn leave(mut socket: Socket) {
    let goodbye = async {
        let _said = socket.close(None).await;
        while let Some(Ok(_)) = socket.next().await {}
    };
    let _in_time = timeout(GOODBYE, goodbye).await;
}

fn address(template: &str, conversation_id: Uuid) -> String {
    template.replace("{conversationId}", &conversation_id.to_string())
}

/// What the library says may name the address: only a status is told.
fn lost(error: &tungstenite::Error) -> Fault {
    if let tungstenite::Error::Http(answer) = error {
        return Fault::new(&format!("http.{}", answer.status().as_u16()), "the event stream refuses the socket");
    }
    Fault::new("cut", "the event stream cannot be reached, or was cut")
}

#[cfg(test)]
mod tests {
    use super::*;

    const C: Uuid = Uuid::from_u128(1);
    const P: Uuid = Uuid::from_u128(2);

    fn gateway() -> Endpoints {
        Endpoints::custom("https://gateway.example/genesys", "https://gateway.example/login").unwrap()
    }

    fn named(uri: &str) -> Result<String, String> {
        let signals = Signals::new(&GuestSignal::default(), &gateway()).unwrap();
        signals.note(C, Some(uri.into()));
        signals.of(C, P, &gateway()).map(|signal| signal.url.into()).map_err(|fault| fault.code)
    }

    #[test]
    fn the_token_goes_to_no_host_and_no_port_but_those_of_the_sockets() {
        assert_eq!(named("wss://gateway.example/streams/1?jwt=x").as_deref(), Ok("wss://gateway.example/streams/1?jwt=x"));
        for uri in [
            "wss://evil.example/streams/1",
            "wss://gateway.example.evil.example/",
            "wss://gateway.example@evil.example/",
            "wss://gateway.example:8443/streams/1",
            "ws://gateway.example/streams/1",
            "https://gateway.example/streams/1",
            "",
            "x",
        ] {
            assert_eq!(named(uri).unwrap_err(), "streaming.host", "{uri}");
        }
        for (template, fine) in [
            ("wss://gateway.example/streams/{conversationId}", true),
            ("wss://gateway.example/streams", true),
            ("wss://evil.example/{conversationId}", false),
            ("wss://gateway.example:8443/{conversationId}", false),
            ("wss://{conversationId}.gateway.example/", false),
            ("ws://gateway.example/{conversationId}", false),
        ] {
            let signal = GuestSignal { stream_uri: Some(template.into()) };
            assert_eq!(Signals::new(&signal, &gateway()).is_ok(), fine, "{template}");
        }
    }

    #[test]
    fn the_frame_names_conversation_and_participant() {
        let signal = GuestSignal { stream_uri: Some("wss://gateway.example/streams/{conversationId}".into()) };
        let signals = Signals::new(&signal, &gateway()).unwrap();
        signals.note(C, Some("wss://evil.example/".into()));
        let signal = signals.of(C, P, &gateway()).unwrap();
        assert_eq!(signal.url.as_str(), format!("wss://gateway.example/streams/{C}"));
        let frame: serde_json::Value = serde_json::from_str(&signal.frame).unwrap();
        let expected = serde_json::json!({ "type": "CONVERSATION_UPDATE", "conversationId": C, "participantId": P, "state": "CLOSED" });
        assert_eq!(frame, expected);
    }

    #[test]
    fn what_is_remembered_is_bounded_and_forgotten() {
        let signals = Signals::new(&GuestSignal::default(), &gateway()).unwrap();
        let code = || signals.of(C, P, &gateway()).map(drop).map_err(|fault| fault.code);
        let uri = || Some("wss://gateway.example/".to_owned());
        for n in 0..=MOST_NAMED {
            signals.note(Uuid::from_u128(n as u128), uri());
        }
        assert_eq!(signals.named.lock().unwrap().len(), MOST_NAMED);
        signals.note(C, Some(format!("wss://gateway.example/{}", "x".repeat(LONGEST_NAMED))));
        assert_eq!(code().unwrap_err(), "stream.unnamed");
        signals.note(C, uri());
        assert_eq!(code(), Ok(()));
        signals.note(C, None);
        assert_eq!(code().unwrap_err(), "stream.unnamed");
    }
}
