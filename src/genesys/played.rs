//! The crash bench plays this client by value. Here the client that ships is held against what is played of it, over real connections.

#![expect(clippy::unwrap_used, reason = "helpers of tests, outside of test functions")]

use std::time::Duration;

use futures::future::join_all;

use super::{Client, Credentials, Dialect, Endpoints, Settings};
use crate::clock;
use crate::engine::Act;
use crate::engine::crash::{Played, played};
use crate::simulator::server::Simulator;
use crate::simulator::world::{Fault, World, sample};
use crate::termination::Answer;

/// Longer than any answer takes that comes, on a busy machine too.
const NO_ANSWER: Duration = Duration::from_secs(8);

/// What a round makes of an answer: texts are for people.
fn kind(answer: &Answer) -> (&'static str, bool) {
    match answer {
        Answer::Accepted(_) => ("accepted", false),
        Answer::Declined(_) => ("declined", false),
        Answer::Barred(..) => ("barred", false),
        Answer::Unsettled(setback) => ("unsettled", setback.retry_after.is_some()),
        Answer::Postponed(setback) => ("postponed", setback.retry_after.is_some()),
        Answer::Withheld => ("withheld", false),
    }
}

/// Sends a write to a simulator of its own; what came of it, there and here.
async fn sent(played: &Played) -> (Answer, u64) {
    let mut spec = played.world.clone();
    for rule in &mut spec.faults {
        // That it comes late is played in virtual time; here it is enough that it comes.
        if let Fault::Latency { milliseconds } = &mut rule.fault {
            *milliseconds = 100;
        }
    }
    let world = World::new(spec, clock::now()).unwrap();
    let simulator = Simulator::new(world, clock::now).bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let endpoints = Endpoints::custom(&simulator.url(), &simulator.url()).unwrap();
    let credentials = Credentials::new(sample::CLIENT_ID, sample::CLIENT_SECRET.into());
    let settings = Settings { no_proxy: true, write_timeout: NO_ANSWER, write_delay: NO_ANSWER, ..Settings::default() };
    let client = Client::new(endpoints, sample::ORGANIZATION, credentials, Dialect::Messages, settings).unwrap();
    let answer = client.send(&played.write).await;
    let witness = simulator.with_world(|world| world.witness());
    (answer, witness.effective_closes.iter().map(|closes| closes.count).sum())
}

#[tokio::test]
async fn the_client_makes_of_each_answer_to_each_write_what_the_crash_bench_plays() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let all = played();
    let told = join_all(all.iter().map(sent)).await;
    for (played, (answer, closes)) in all.iter().zip(&told) {
        let is_whole = played.breaks_off && matches!(answer, Answer::Accepted(_));
        assert!(is_whole || kind(answer) == kind(&played.answer), "{}: {answer:?}, played as {:?}", played.name, played.answer);
        assert_eq!(*closes, played.closes, "{}: effective closes", played.name);
    }
    println!("the client against what is played of it: {0}/{0}", all.len());
}
