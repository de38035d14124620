//! Figures of the engine's real rounds while events flow: what a session costs, and how soon the wrapper is closed once the end of
//! the guest's leg was told. Printed with `--show-output`.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;
use webchat_terminator::engine::Observe;
use webchat_terminator::genesys::Outcome;
use webchat_terminator::hearing::{Ear, Sources};
use webchat_terminator::plan::{Inventory, Order, Progress};
use webchat_terminator::simulator::world::{Behaviour, Delay, Witness};
use webchat_terminator::termination::{Source, State};

use super::hearing::{Bell, tempo, to_the_end};
use super::rounds::order;
use super::*;

/// Ends the first so many usual conversations in a world that behaves like this, all at once and left to events.
async fn end(sessions: u32, settle: SignedDuration, faults: Vec<FaultRule>, change: impl FnOnce(&mut Behaviour)) -> Ended {
    let chats: Vec<ConversationSpec> = (1..=sessions).map(ConversationSpec::usual).collect();
    let mut spec = sample::world(chats.clone());
    change(&mut spec.behaviour);
    spec.faults = faults;
    let simulator = start(spec).await;
    let client = client(&simulator);
    let ear = Ear::with(client.clone(), Bell::default(), &CancellationToken::new(), tempo());
    ear.listen_to(Sources { notification: true, webhook: false });
    let order = order(chats.iter().map(|chat| chat.id));
    let patient = SignedDuration::from_secs(600);
    let order = Order { parallelism: chats.len(), settle, confirm_timeout: patient, active_deadline: patient, ..order };
    let progress = to_the_end(&order, &ear, &Progress::default(), Inventory::default()).await;
    let confirmed = |session: &webchat_terminator::termination::Session| (session.state, session.confirmed_by);
    assert!(progress.sessions.iter().all(|session| confirmed(session) == (State::Ended, Some(Source::Notification))), "{progress:?}");
    simulator.with_world(|world| world.mark_finished(None));
    ear.close().await;
    let witness = simulator.witness();
    assert_eq!((witness.polls, witness.out_of_order, witness.after_finished), (0, 0, 0), "{witness}");
    assert!(witness.effective_closes.iter().all(|closes| closes.count == 1), "{witness}");
    Ended { simulator, client, witness }
}

struct Ended {
    simulator: RunningSimulator,
    client: Client,
    witness: Witness,
}

#[tokio::test]
async fn figures_of_calls_per_session_while_events_flow() {
    for (cascade, per_session) in [(true, 3), (false, 5)] {
        let sessions: u32 = 30;
        // Long enough to be read more than once, if it were read.
        let settle = SignedDuration::from_secs(3);
        let ended = end(sessions, settle, Vec::new(), |how| {
            how.cascade = cascade;
            how.effect_delay_ms = Delay { min: 100, max: 600 };
        });
        let calls = ended.await.witness.calls;
        let n = u64::from(sessions);
        let of_sessions = if cascade {
            vec![(Operation::GetConversation, 2 * n), (Operation::PatchConversationsMessageParticipant, n)]
        } else {
            vec![
                (Operation::GetConversation, 3 * n),
                (Operation::PatchConversationsMessage, n),
                (Operation::PatchConversationsMessageParticipant, n),
            ]
        };
        let once = [
            (Operation::PostOauthToken, 1),
            (Operation::GetTokensMe, 1),
            (Operation::GetNotificationsAvailabletopics, 1),
            (Operation::PostNotificationsChannels, 1),
            (Operation::PutNotificationsChannelSubscriptions, 1),
        ];
        assert_eq!(calls, of_sessions.iter().copied().chain(once).collect::<BTreeMap<_, _>>());
        let sum: u64 = of_sessions.iter().map(|(_, count)| count).sum();
        assert_eq!(sum, per_session * n);
        println!("figures: cascade {cascade}: {per_session} calls per session and {} for all {n} together", once.len());
    }
}

/// What the service allows is used up window after window: it never has to refuse, the closes come through, and what has to wait
/// is not polled.
#[tokio::test]
async fn a_rate_limit_is_kept_to_and_what_waits_for_it_is_not_polled() {
    let ended = end(12, SignedDuration::ZERO, Vec::new(), |how| {
        how.effect_delay_ms = Delay { min: 100, max: 600 };
        how.rate_limit = 24;
        how.rate_window_seconds = 3;
    });
    let Ended { client, witness, .. } = ended.await;
    let of =
        |outcome: Outcome| client.counters().into_iter().filter(|count| count.outcome == outcome).map(|count| count.count).sum::<u64>();
    assert_eq!(of(Outcome::Setback), 0, "nothing was throttled: {:?}", client.counters());
    assert!(of(Outcome::Paused) > 0, "the limit was reached");
    assert!(witness.writes.iter().all(|write| write.accepted), "{witness}");
    assert_eq!((witness.writes.len(), witness.repeated_closes, witness.events.channels), (12, 0, 1), "{witness}");
}

/// By the simulator's own clock: from the time that the event names to the arrival of the wrapper's close. One round trip is the
/// median of the reads that the same client makes in the same run. The simulator's delay lies on the way back, so the way of the
/// event to us and that of the close to the service count as nothing.
///
/// `cargo test --release --test genesys -- --ignored --show-output figures_of_the_time`
#[tokio::test]
#[ignore = "a measurement: it asserts no time"]
async fn figures_of_the_time_from_event_to_wrapper_close() {
    let all_late = vec![FaultRule {
        operations: Vec::new(),
        conversation_id: None,
        per_thousand: 1_000,
        times: None,
        fault: Fault::Latency { milliseconds: 50 },
    }];
    let ended = end(100, SignedDuration::ZERO, all_late, |how| {
        how.cascade = false;
        how.rate_limit = 100_000;
        how.effect_delay_ms = Delay { min: 1_000, max: 6_000 };
    });
    let Ended { simulator, client, witness } = ended.await;
    let mut trips = Vec::new();
    for _ in 0..20 {
        let begun = clock::monotonic();
        seen(client.look(ConversationSpec::usual(1).id).await);
        trips.push(clock::monotonic().duration_since(begun).as_secs_f64());
    }
    drop(simulator);
    let trip = median(&mut trips);
    let of = |operation| witness.writes.iter().filter(move |write| write.operation == operation);
    let told: BTreeMap<Uuid, _> =
        of(Operation::PatchConversationsMessageParticipant).map(|write| (write.conversation_id, write.effect_time.unwrap())).collect();
    let mut ratios: Vec<f64> = of(Operation::PatchConversationsMessage)
        .map(|write| write.time.duration_since(told[&write.conversation_id]).as_secs_f64() / trip)
        .collect();
    assert_eq!(ratios.len(), 100);
    let middle = median(&mut ratios);
    println!("figures: from event to wrapper close: median {middle:.2}, worst {:.2} round trips ({:.0} ms)", ratios[99], trip * 1_000.0);
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
