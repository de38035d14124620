//! What the file says, sent to the simulator as it stands there, each request twice: the answers are such as it lists, and nothing is
//! ended twice. The client has no part in this.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use webchat_terminator::clock;
use webchat_terminator::simulator::server::{RunningSimulator, Simulator};
use webchat_terminator::simulator::world::{ConversationSpec, LegId, Overrides, World, sample};

use crate::document::{Contract, OfDialect, Request};

/// `clientId:clientSecret` of the sample world, in Base64.
const BASIC: &str = "MDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDBjMTFlOm5vdC1hLXNlY3JldA==";

/// A simulator with one conversation, and what the words of the contract stand for there.
struct Scene {
    simulator: RunningSimulator,
    leg: LegId,
    words: BTreeMap<&'static str, String>,
}

/// An answer: its status, its code and its body.
type Answered = (u16, Option<String>, Value);

impl Scene {
    /// Logged in, with a channel, and everything that is the same everywhere sent twice.
    async fn new(contract: &Contract, dialect: &str) -> Self {
        // The guest's end takes nobody along, so that each close has its own effect.
        let alone = Overrides { no_cascade: Some(true), ..Overrides::default() };
        let conversation = ConversationSpec::usual(1).overriding(alone);
        let conversation = if dialect == "messages" { conversation } else { conversation.as_chat() };
        let leg = conversation.guest_legs()[0];
        let mut world = sample::world(vec![conversation]);
        world.clients[0].permissions.extend(["webDeployments:deployment:view".into(), "webDeployments:configuration:view".into()]);
        let deployment = world.deployments[0].id;
        let world = World::new(world, clock::now()).unwrap();
        let simulator = Simulator::new(world, clock::now).bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let words = BTreeMap::from([
            ("{conversationId}", leg.conversation.to_string()),
            ("{participantId}", leg.participant.to_string()),
            ("{communicationId}", leg.communication.to_string()),
            ("{base64 of clientId:clientSecret}", BASIC.to_owned()),
            ("{deploymentId}", deployment.to_string()),
            ("{uuid}", "00000000-0000-4000-8000-0000000000aa".to_owned()),
            ("{version}", "0".to_owned()),
        ]);
        let mut scene = Self { simulator, leg, words };
        // First what makes the words that the others need: the token, and the channel.
        let mut requests: Vec<&Request> = contract.everywhere.iter().collect();
        requests.sort_by_key(|request| (request.operation != "login", request.operation != "create_channel"));
        for request in requests {
            let (_, _, body) = scene.twice(request).await;
            match request.operation.as_str() {
                "login" => scene.words.insert("{token}", body["access_token"].as_str().unwrap().to_owned()),
                "create_channel" => scene.words.insert("{channelId}", body["id"].as_str().unwrap().to_owned()),
                "read_deployment" => {
                    let configuration = &body["configuration"];
                    scene.words.insert("{configurationVersion}", configuration["version"].as_str().unwrap().to_owned());
                    scene.words.insert("{configurationId}", configuration["id"].as_str().unwrap().to_owned())
                }
                _ => None,
            };
        }
        scene
    }

    /// Sends a request twice. The first is accepted; the second is accepted or declined, in a way that the contract lists. It is returned.
    async fn twice(&mut self, request: &Request) -> Answered {
        let (first, _) = self.once(request).await;
        let (second, answered) = self.once(request).await;
        let expected: &[&str] = if request.external_write { &["accepted", "declined"] } else { &["accepted"] };
        assert!(first == "accepted" && expected.contains(&second.as_str()), "{}: {first}, {second}: {answered:?}", request.operation);
        answered
    }

    /// Sends a request, and looks up what its answer means.
    async fn once(&self, request: &Request) -> (String, Answered) {
        let answered = self.send(request).await;
        let (status, code, _) = &answered;
        let names = match code {
            Some(code) => vec![format!("{status} {code}"), format!("{status} *")],
            None => vec![status.to_string()],
        };
        let listed = |name: &String| request.answers.iter().find(|meaning| meaning.answers.contains(name));
        let meaning = names.iter().find_map(listed).unwrap_or_else(|| panic!("{}: {answered:?} is not listed", request.operation));
        (meaning.means.clone(), answered)
    }

    fn filled(&self, text: &str) -> String {
        let filled = self.words.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value));
        // Braces that are left are those of JSON.
        let left = filled
            .split('{')
            .skip(1)
            .find(|rest| rest.split_once('}').is_some_and(|(word, _)| word.chars().all(char::is_alphabetic) && !word.is_empty()));
        assert_eq!(left, None, "{text}: a word that stands for nothing");
        filled
    }

    async fn send(&self, request: &Request) -> Answered {
        let body = match &request.body {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(body) => self.filled(&body.to_string()),
        };
        let headers: String = request.headers.iter().map(|(name, value)| format!("{name}: {}\r\n", self.filled(value))).collect();
        let line = format!("{} {} HTTP/1.1\r\n", request.method, self.filled(&request.path));
        exchange(
            self.simulator.address(),
            &format!("{line}host: x\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len()),
        )
        .await
    }
}

async fn exchange(address: SocketAddr, request: &str) -> Answered {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let code = if status < 300 { None } else { body["code"].as_str().or_else(|| body["error"].as_str()).map(String::from) };
    (status, code, body)
}

fn contract() -> Contract {
    serde_json::from_str(&fs::read_to_string(crate::file()).unwrap()).unwrap()
}

/// The one of a dialect's requests.
fn find<'a>(dialect: &'a OfDialect, operation: &str) -> Option<&'a Request> {
    dialect.requests.iter().find(|request| request.operation == operation)
}

#[tokio::test]
async fn each_request_of_the_contract_sent_twice_is_answered_as_it_lists_and_ends_nothing_twice() {
    let contract = contract();
    assert_eq!(contract.dialects.len(), crate::document::dialects().len());
    for dialect in &contract.dialects {
        // Each way to close the guest's leg, and then each way to close the rest.
        for guest in ["close_participant", "close_communication"].iter().filter_map(|operation| find(dialect, operation)) {
            for rest in ["close_wrapper", "teardown"].iter().filter_map(|operation| find(dialect, operation)) {
                let mut scene = Scene::new(&contract, &dialect.dialect).await;
                let read = find(dialect, "read_conversation").unwrap();
                for request in [read, guest, read, rest, read] {
                    scene.twice(request).await;
                }
                judge(&scene, rest);
            }
        }
    }
}

fn judge(scene: &Scene, rest: &Request) {
    let witness = scene.simulator.witness();
    assert_eq!((witness.out_of_order, witness.effective_closes_of(scene.leg)), (0, 1), "{:#?}", witness.writes);
    assert!(witness.effective_closes.iter().all(|close| close.count == 1), "{:#?}", witness.effective_closes);
    assert_eq!(witness.teardowns, if rest.operation == "teardown" { 2 } else { 0 });
    let ended = scene.simulator.with_world(|world| world.truth(scene.leg.conversation).unwrap().live_legs().is_empty());
    assert!(ended, "{:#?}", witness.writes);
}
