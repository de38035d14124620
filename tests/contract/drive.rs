//! Makes the real client send one kind of request.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use webchat_terminator::engine::{Act, Observe};
use webchat_terminator::genesys::notifications::{Availability, Listener, Tempo};
use webchat_terminator::genesys::{AccessError, Client, Credentials, Dialect, Endpoints, Operation, Settings};
use webchat_terminator::plan::{Look, Write};
use webchat_terminator::termination::{Address, Answer, Effect, Fault};

use crate::ids::{CLIENT_ID, CLIENT_SECRET, COMMUNICATION, CONVERSATION, DEPLOYMENT, FIRST_CONVERSATION, ORGANIZATION, PARTICIPANT};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the client made of it.
#[derive(Debug)]
pub(crate) enum Told {
    /// There is access, or why not.
    Access(Option<AccessError>),
    /// What a read showed.
    Look(Look),
    /// What a write was answered.
    Answer(Answer),
    /// What is warned of, when a deployment could not be read.
    Warned(Option<Fault>),
    /// It is the listener's, which goes on by itself.
    Listening,
}

/// A client that has done nothing yet.
pub(crate) fn client(url: &str, dialect: &Dialect) -> Client {
    let settings = Settings { no_proxy: true, ..Settings::default() };
    let credentials = Credentials::new(CLIENT_ID, CLIENT_SECRET.into());
    Client::new(Endpoints::custom(url, url).unwrap(), ORGANIZATION, credentials, dialect.clone(), settings).unwrap()
}

/// Makes the client send it, and waits until it was answered.
pub(crate) async fn drive(client: &Client, operation: Operation) -> Told {
    let leg = |address| Effect::CloseGuestLeg { participant_id: PARTICIPANT, communication_id: COMMUNICATION, address };
    let effect = match operation {
        Operation::Login | Operation::ReadToken => return Told::Access(client.check().await.err()),
        Operation::ReadConversation => return Told::Look(client.look(CONVERSATION).await),
        Operation::ReadDeployment | Operation::ReadConfiguration => {
            return Told::Warned(client.deployments(&[DEPLOYMENT]).await.remove(0).error);
        }
        Operation::CreateChannel | Operation::ReplaceTopics | Operation::AddTopics | Operation::ListTopics => {
            listen(client, operation).await;
            return Told::Listening;
        }
        Operation::CloseParticipant => leg(Address::Participant),
        Operation::CloseCommunication => leg(Address::Communication),
        Operation::CloseWrapper => Effect::CloseWrapper,
        Operation::Teardown => Effect::Teardown,
        Operation::SignalGuest => panic!("a frame, not a request"),
    };
    Told::Answer(client.send(&Write { conversation_id: CONVERSATION, effect }).await)
}

/// Follows a conversation until this request was answered, and no longer.
async fn listen(client: &Client, operation: Operation) {
    let (sink, _heard) = mpsc::channel(16);
    let shutdown = CancellationToken::new();
    let listener = Listener::start_with(client, sink, shutdown.clone(), Tempo::default());
    let follow = |conversation: Uuid| {
        let listener = listener.clone();
        tokio::spawn(async move { listener.follow(&[conversation]).await })
    };
    if operation == Operation::AddTopics {
        let first = follow(FIRST_CONVERSATION).await.unwrap();
        assert_eq!(first, [(FIRST_CONVERSATION, Availability::Flowing)]);
    }
    follow(CONVERSATION);
    let answered = async {
        while !client.counters().iter().any(|count| count.operation == operation) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(PATIENCE, answered).await.unwrap();
    shutdown.cancel();
    listener.ended().await;
}
