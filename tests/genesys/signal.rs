//! The guest is told at once, by a frame on the conversation's event stream, and nothing depends on it.

use futures::StreamExt;
use futures::future::join_all;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use webchat_terminator::engine::{Act, Observe};
use webchat_terminator::genesys::{ClientError, Dialect, GuestSignal, Operation as Ours, Outcome, Webchat};
use webchat_terminator::plan::Look;
use webchat_terminator::simulator::world::sample;
use webchat_terminator::termination::{Answer, State};

use super::rounds::{order, run};
use super::*;

/// How long anything may take.
const SOON: Duration = Duration::from_secs(10);

/// What a stream was sent: the path and the authorization of the handshake, and the texts until its end.
#[derive(Debug)]
pub(crate) struct Told {
    path: String,
    authorization: String,
    texts: Vec<String>,
}

/// An event stream on this machine; `refusing` declines every handshake.
pub(crate) async fn stream(refusing: bool) -> (String, mpsc::Receiver<Told>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let template = format!("ws://{}/streams/{{conversationId}}", listener.local_addr().unwrap());
    let (sender, told) = mpsc::channel(16);
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(serve(connection, refusing, sender.clone()));
        }
    });
    (template, told)
}

async fn serve(connection: TcpStream, refusing: bool, sender: mpsc::Sender<Told>) {
    let mut told = Told { path: String::new(), authorization: String::new(), texts: Vec::new() };
    #[expect(clippy::result_large_err, reason = "the library's own signature")]
    let note = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        told.path = request.uri().path().to_owned();
        told.authorization = request.headers()["authorization"].to_str().unwrap().to_owned();
        let refusal = || Response::builder().status(403).body(None).unwrap();
        if refusing { Err(refusal()) } else { Ok(response) }
    };
    if let Ok(mut socket) = accept_hdr_async(connection, note).await {
        while let Some(Ok(message)) = socket.next().await {
            told.texts.extend(message.to_text().ok().filter(|_| message.is_text()).map(str::to_owned));
        }
    }
    let _taken = sender.send(told).await;
}

fn telling(stream_uri: Option<String>) -> Dialect {
    Dialect::Webchat(Webchat { guest_signal: Some(GuestSignal { stream_uri }), ..Webchat::default() })
}

/// A client that tells guests; sockets are where the address says, or where the simulator is.
pub(crate) fn teller(simulator: &RunningSimulator, stream_uri: Option<String>) -> Client {
    let mut endpoints = Endpoints::custom(&simulator.url(), &simulator.url()).unwrap();
    if let Some(base) = stream_uri.as_deref().and_then(|uri| uri.split('{').next()) {
        endpoints = endpoints.with_streaming(base, &["127.0.0.1".to_owned()]).unwrap();
    }
    Client::new(endpoints, sample::ORGANIZATION, credentials(), telling(stream_uri), settings()).unwrap()
}

/// So many guests were told, or were not, when their close was answered.
pub(crate) fn counted(client: &Client, outcome: Outcome, times: u64) {
    assert_eq!(signals(client), [(outcome, times)], "{:?}", client.counters());
}

fn signals(client: &Client) -> Vec<(Outcome, u64)> {
    let counters = client.counters().into_iter().filter(|count| count.operation == Ours::SignalGuest);
    counters.map(|count| (count.outcome, count.count)).collect()
}

pub(crate) async fn chats() -> (RunningSimulator, [LegId; 4]) {
    let chats = [1, 2, 3, 4].map(|n| ConversationSpec::usual(n).as_chat());
    let legs = [0, 1, 2, 3].map(|n: usize| chats[n].guest_legs()[0]);
    (start(sample::world(chats.into())).await, legs)
}

#[tokio::test]
async fn the_guest_is_told_after_an_accepted_close_and_of_nothing_else() {
    let (simulator, [declined, unsettled_one, wrapper, closed]) = chats().await;
    let (template, mut told) = stream(false).await;
    let client = teller(&simulator, Some(template));
    let operation = Operation::PatchConversationsWebchatParticipant;
    fault(&simulator, operation, 1, answer(409));
    assert!(matches!(client.send(&close(declined)).await, Answer::Declined(_)));
    fault(&simulator, operation, 1, answer(503));
    unsettled(client.send(&close(unsettled_one)).await);
    assert!(matches!(client.send(&close_wrapper(wrapper)).await, Answer::Accepted(_)));
    assert!(matches!(client.send(&close(closed)).await, Answer::Accepted(_)));

    let Told { path, authorization, texts } = timeout(SOON, told.recv()).await.unwrap().unwrap();
    assert_eq!(path, format!("/streams/{}", closed.conversation));
    assert!(authorization.starts_with("Bearer sim-"));
    let frame: serde_json::Value = serde_json::from_str(&texts[0]).unwrap();
    assert_eq!(texts.len(), 1);
    assert_eq!(
        frame,
        serde_json::json!({
            "type": "CONVERSATION_UPDATE", "conversationId": closed.conversation, "participantId": closed.participant, "state": "CLOSED",
        })
    );
    counted(&client, Outcome::Accepted, 1);
}

#[tokio::test]
async fn a_lost_frame_is_no_error() {
    let (simulator, [refused, unheard, ..]) = chats().await;
    let (refusing, _told) = stream(true).await;
    let client = teller(&simulator, Some(refusing));
    assert!(matches!(client.send(&close(refused)).await, Answer::Accepted(_)));
    counted(&client, Outcome::Setback, 1);

    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let client = teller(&simulator, Some(format!("ws://{nobody}/")));
    assert!(matches!(client.send(&close(unheard)).await, Answer::Accepted(_)));
    counted(&client, Outcome::Setback, 1);
    assert!(!is_live(&simulator, refused) && !is_live(&simulator, unheard));
}

/// The streams come to life when the closes were answered, and not before.
#[tokio::test]
async fn a_stream_that_hangs_holds_up_its_own_close_briefly_and_is_told_nothing_afterwards() {
    let (simulator, legs) = chats().await;
    let hanging = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = teller(&simulator, Some(format!("ws://{}/", hanging.local_addr().unwrap())));
    let writes = legs.map(close);
    let answers = timeout(SOON, join_all(writes.iter().map(|write| client.send(write)))).await.unwrap();
    assert!(answers.iter().all(|answer| matches!(answer, Answer::Accepted(_))), "{answers:?}");
    counted(&client, Outcome::Setback, 4);
    let (sender, mut told) = mpsc::channel(4);
    for _ in legs {
        let (connection, _) = timeout(SOON, hanging.accept()).await.unwrap().unwrap();
        timeout(SOON, serve(connection, false, sender.clone())).await.unwrap();
        let Told { path, texts, .. } = told.try_recv().unwrap();
        assert_eq!((path.as_str(), texts.as_slice()), ("/", &[][..]), "the handshake came in time, and no frame after it");
    }
}

#[tokio::test]
async fn however_slow_the_stream_is_no_guest_is_told_after_the_order_has_finished() {
    for (milliseconds, in_time) in [(300, true), (60_000, false)] {
        let (simulator, [leg, ..]) = chats().await;
        fault(&simulator, Operation::GetConversationsWebchatEventstream, 9, Fault::Latency { milliseconds });
        let client = teller(&simulator, None);
        let progress = run(&order([leg.conversation]), &client).await;
        simulator.with_world(|world| world.mark_finished(None));
        assert_eq!(progress.sessions[0].state, State::Ended);
        let told = signals(&client);
        assert_eq!(told.iter().map(|(_, times)| times).sum::<u64>(), 1, "it was settled before: {told:?}");
        assert!(in_time || told == [(Outcome::Setback, 1)], "{told:?}");
        assert_eq!(calls(&simulator, Operation::GetConversationsWebchatEventstream), 1);
        let frames = calls(&simulator, Operation::SendConversationUpdate);
        let witness = simulator.witness();
        assert!(in_time || frames == 0, "{witness}");
        assert_eq!((witness.after_finished, witness.out_of_order), (0, 0), "{witness}");
    }
}

#[tokio::test]
async fn an_address_elsewhere_is_refused_before_anything_is_sent() {
    let (simulator, _) = chats().await;
    let endpoints = Endpoints::custom(&simulator.url(), &simulator.url()).unwrap();
    let elsewhere = telling(Some("wss://elsewhere.example/streams/{conversationId}".into()));
    let refused = Client::new(endpoints, sample::ORGANIZATION, credentials(), elsewhere, settings()).unwrap_err();
    assert!(matches!(refused, ClientError::EventStream(_)));
    let address = simulator.address();
    let said = format!("webchat.guestSignal.streamUri: the socket would be at elsewhere.example:443, and only {address} is followed");
    assert_eq!(refused.to_string(), said);
}

#[tokio::test]
async fn the_address_that_the_reading_names_is_used_where_none_is_configured() {
    let (simulator, [leg, ..]) = chats().await;
    let client = teller(&simulator, None);
    assert!(matches!(client.look(leg.conversation).await, Look::Seen(_)));
    assert!(matches!(client.send(&close(leg)).await, Answer::Accepted(_)));
    counted(&client, Outcome::Accepted, 1);
    assert_eq!(calls(&simulator, Operation::GetConversationsWebchatEventstream), 1);
    let taken = async {
        while calls(&simulator, Operation::SendConversationUpdate) == 0 {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(SOON, taken).await.unwrap();
    let witness = simulator.witness();
    assert!(witness.writes.iter().all(|write| write.accepted), "{witness}");
    assert_eq!((witness.out_of_order, witness.repeated_closes, witness.effective_closes_of(leg)), (0, 0, 1));
}

#[tokio::test]
async fn without_an_address_that_is_known_the_guest_is_not_told() {
    let (simulator, [leg, ..]) = chats().await;
    let client = teller(&simulator, None);
    assert!(matches!(client.send(&close(leg)).await, Answer::Accepted(_)));
    counted(&client, Outcome::Setback, 1);
    assert!(matches!(client.look(leg.conversation).await, Look::Seen(_)));
}
