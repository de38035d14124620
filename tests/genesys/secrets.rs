//! Secrets and tokens appear nowhere.

use webchat_terminator::engine::{Act, Observe};
use webchat_terminator::genesys::{Credentials, Outcome};
use webchat_terminator::simulator::world::{Fault, Operation, sample};

use super::*;
use crate::captured_log::Log;
use crate::marked::Marked;
use crate::signal::{chats, counted, stream, teller};

const SECRET: &str = "marked-secret-7f3a";

#[tokio::test]
async fn no_log_no_error_and_no_debug_output_holds_a_secret_or_a_token() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    // Where there is one subscriber alone, `tracing` asks only the thread that first comes to a log line whether anybody hears it, and
    // the threads of the other tests have nobody.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let _guard = tracing::subscriber::set_default(subscriber);

    let (simulator, leg) = usual().await;
    simulator.with_world(|world| world.set_secret(sample::CLIENT_ID, SECRET)).unwrap();
    let client = client_with(&simulator.url(), sample::ORGANIZATION, impatient(300));
    let mut shown = vec![format!("{client:?}"), format!("{:?}", client.check().await)];
    client.set_credentials(Credentials::new(sample::CLIENT_ID, SECRET.into()));
    shown.push(format!("{:?} {:?}", client.check().await, client.look(leg.conversation).await));
    for trouble in [
        answer(401),
        answer(403),
        answer(404),
        answer(429),
        answer(500),
        Fault::Cut { applied: false },
        Fault::HalfBody,
        Fault::Timeout { applied: false },
    ] {
        for operation in
            [Operation::PostOauthToken, Operation::GetTokensMe, Operation::GetConversation, Operation::PatchConversationsMessageParticipant]
        {
            let client = client_with(&simulator.url(), sample::ORGANIZATION, impatient(300));
            client.set_credentials(Credentials::new(sample::CLIENT_ID, SECRET.into()));
            fault(&simulator, operation, 9, trouble.clone());
            let access = client.check().await;
            shown.push(format!("{access:?} {client:?} {:?}", client.counters()));
            shown.extend(access.err().map(|error| error.to_string()));
            shown.push(format!("{:?}", client.look(leg.conversation).await));
            shown.push(format!("{:?}", client.send(&close(leg)).await));
        }
    }

    // The token goes to event streams as well, also to one that refuses it.
    let (simulator, legs) = chats().await;
    for (refusing, outcome) in [(false, Outcome::Accepted), (true, Outcome::Setback)] {
        let (template, _told) = stream(refusing).await;
        let client = teller(&simulator, Some(template));
        shown.push(format!("{:?}", client.send(&close(legs[usize::from(refusing)])).await));
        counted(&client, outcome, 1);
        shown.push(format!("{client:?} {:?}", client.dialect()));
    }

    let logged = log.text();
    assert!(logged.contains("the guest was told") && logged.contains("the guest was not told"), "{logged}");
    assert!(logged.contains("answered") && logged.contains("correlation_id=") && logged.contains("no answer"), "{logged}");
    // The simulator's tokens begin with `sim-`.
    let mut marked = Marked::default();
    marked.also("the client secret", SECRET);
    marked.also("the usual client secret", sample::CLIENT_SECRET);
    marked.also("a token", "sim-");
    simulator.with_world(|world| world.access_tokens()).iter().for_each(|token| marked.also("an access token", token));
    marked.assert_unseen(&logged, "the log");
    marked.assert_unseen(&shown.concat(), "what was shown");
}

/// A gateway may echo what it was sent; its words are shown, the token is not.
#[tokio::test]
async fn an_echoed_token_is_taken_out() {
    let (simulator, leg) = usual().await;
    let client = client(&simulator);
    client.check().await.unwrap();
    // Tokens are made by seed: another simulator of the same seed gives the same token.
    let twin = usual().await.0;
    let token = twin.with_world(|world| {
        let asked = webchat_terminator::simulator::world::Credentials {
            client_id: sample::CLIENT_ID.into(),
            client_secret: sample::CLIENT_SECRET.into(),
            grant_type: "client_credentials".into(),
        };
        world.serve_login(&asked, clock::now()).answer.unwrap().access_token
    });
    let echo = Fault::Answer { status: 400, code: Some(format!("bad.{token}")), retry_after_seconds: None, applied: false };
    fault(&simulator, Operation::GetConversation, 1, echo);
    assert_eq!(failed(client.look(leg.conversation).await).fault.code, "bad.[redacted]");
}
