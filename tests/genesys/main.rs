//! The client against the simulator, in one process: the simulator's witness and its truth are the judges.

#![expect(clippy::unwrap_used, reason = "helpers of tests, outside of test functions")]

mod access;
#[path = "../captured_log.rs"]
mod captured_log;
mod deployments;
mod figures;
mod foreign;
mod ghosts;
mod hearing;
#[path = "../marked.rs"]
mod marked;
mod rounds;
mod secrets;
mod sequence;
mod signal;
mod spoken;
#[path = "../storm.rs"]
mod storm;
mod tls;
mod trouble;
mod weathered;

use std::time::Duration;

use uuid::Uuid;
use webchat_terminator::clock;
use webchat_terminator::genesys::{Client, Credentials, Dialect, Endpoints, Settings};
use webchat_terminator::plan::{Look, Write};
use webchat_terminator::simulator::server::{RunningSimulator, Simulator};
use webchat_terminator::simulator::world::{ConversationSpec, Fault, FaultRule, LegId, Operation, World, WorldSpec, sample};
use webchat_terminator::termination::{Address, Answer, Effect, Reading, Setback};

use spoken::EVERY;

async fn start(spec: WorldSpec) -> RunningSimulator {
    let world = World::new(spec, clock::now()).unwrap();
    Simulator::new(world, clock::now).bind("127.0.0.1:0".parse().unwrap()).await.unwrap()
}

/// A simulator with the usual conversation number 1, and its guest's leg.
async fn usual() -> (RunningSimulator, LegId) {
    let chat = ConversationSpec::usual(1);
    let leg = chat.guest_legs()[0];
    (start(sample::world(vec![chat])).await, leg)
}

fn settings() -> Settings {
    Settings { no_proxy: true, ..Settings::default() }
}

/// Settings under which a missing answer is noticed soon.
fn impatient(milliseconds: u64) -> Settings {
    let soon = Duration::from_millis(milliseconds);
    Settings { read_timeout: soon, write_timeout: soon, ..settings() }
}

fn credentials() -> Credentials {
    Credentials::new(sample::CLIENT_ID, sample::CLIENT_SECRET.into())
}

fn client_with(url: &str, organization: Uuid, settings: Settings) -> Client {
    Client::new(Endpoints::custom(url, url).unwrap(), organization, credentials(), Dialect::Messages, settings).unwrap()
}

fn client(simulator: &RunningSimulator) -> Client {
    client_with(&simulator.url(), sample::ORGANIZATION, settings())
}

fn fault(simulator: &RunningSimulator, operation: Operation, times: u32, fault: Fault) {
    let rule = FaultRule { operations: vec![operation], conversation_id: None, per_thousand: 1000, times: Some(times), fault };
    simulator.with_world(|world| world.set_faults(vec![rule]));
}

fn answer(status: u16) -> Fault {
    Fault::Answer { status, code: None, retry_after_seconds: None, applied: false }
}

fn close(leg: LegId) -> Write {
    close_by(leg, Address::Participant)
}

fn close_by(leg: LegId, address: Address) -> Write {
    let effect = Effect::CloseGuestLeg { participant_id: leg.participant, communication_id: leg.communication, address };
    Write { conversation_id: leg.conversation, effect }
}

fn close_wrapper(leg: LegId) -> Write {
    Write { conversation_id: leg.conversation, effect: Effect::CloseWrapper }
}

/// Whether the leg is live in truth; the witness does not count it as a read.
fn is_live(simulator: &RunningSimulator, leg: LegId) -> bool {
    simulator.with_world(|world| world.truth(leg.conversation).is_some_and(|c| c.is_live(leg)))
}

fn calls(simulator: &RunningSimulator, operation: Operation) -> u64 {
    simulator.witness().calls_of(operation)
}

fn seen(look: Look) -> Reading {
    let Look::Seen(reading) = look else { panic!("not seen: {look:?}") };
    reading
}

fn failed(look: Look) -> Setback {
    let Look::Failed(setback) = look else { panic!("not failed: {look:?}") };
    setback
}

fn postponed(answer: Answer) -> Setback {
    let Answer::Postponed(setback) = answer else { panic!("not postponed: {answer:?}") };
    setback
}

fn unsettled(answer: Answer) -> Setback {
    let Answer::Unsettled(setback) = answer else { panic!("not unsettled: {answer:?}") };
    setback
}
