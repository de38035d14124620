//! Bad weather between us and the service.

use std::thread::sleep;
use std::time::Duration;

use serde_json::json;
use webchat_terminator::simulator::world::{Delay, Fault, FaultRule, Operation, Overrides, sample};
use webchat_terminator::termination::State;

use super::process::Settings;
use super::stage::{Stage, conditions, message, rows, states, usual};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![
        unreachable_it_backs_off_visibly_and_comes_back,
        faults_of_every_kind_end_in_finished,
        throttled_it_waits_as_asked,
        a_close_that_has_no_effect_is_repeated_and_then_given_up,
    ]
}

fn unreachable_it_backs_off_visibly_and_comes_back(plane: &ControlPlane) {
    let conversations = usual(3);
    let stage = Stage::new(plane, "unreachable", conversations.clone());
    stage.genesys.world(|world| world.set_unreachable(true));
    stage.terminate("incident", &conversations, &json!({}));
    let backing_off = stage.wait_for_condition("incident", "Reconciling", "True", "BackingOff");
    let expected = ["Succeeded=Unknown", "Finished=False", "Ready=False", "Reconciling=True"].map(|told| format!("{told}:BackingOff"));
    let told: Vec<_> = conditions(&backing_off).into_iter().filter(|told| !told.starts_with("CredentialsReady")).collect();
    assert_eq!(told, expected);
    assert!(message(&backing_off).contains("retrying after"), "{}", message(&backing_off));
    assert!(rows(&backing_off).iter().any(|row| row.failures > 0 && row.next_attempt_time.is_some()));
    eprintln!("unreachable: {}", message(&backing_off));
    // It is asked ever more rarely.
    sleep(Duration::from_secs(3));
    let failures = rows(&stage.look("incident")).iter().map(|row| row.failures).max().unwrap();
    assert!((2..=6).contains(&failures), "{failures} failures in some seconds");
    stage.genesys.world(|world| world.set_unreachable(false));
    assert_eq!(states(&stage.finished("incident")), [State::Ended; 3]);
    stage.judge(0);
}

/// A fault rule for a share of the requests.
fn rule(per_thousand: u16, times: u32, fault: Fault) -> FaultRule {
    FaultRule { operations: vec![], conversation_id: None, per_thousand, times: Some(times), fault }
}

/// A close that is answered by an error, or by nothing, and was applied all the same, is found out by reading.
fn faults_of_every_kind_end_in_finished(plane: &ControlPlane) {
    let mut conversations = usual(12);
    for conversation in conversations.iter_mut().step_by(2) {
        conversation.overrides.no_cascade = Some(true);
    }
    let mut world = sample::world(conversations.clone());
    world.behaviour.effect_delay_ms = Delay { min: 0, max: 400 };
    world.behaviour.read_lag_ms = 100;
    let answer = |status, applied| Fault::Answer { status, code: None, retry_after_seconds: None, applied };
    world.faults = vec![
        rule(50, 3, answer(503, false)),
        rule(50, 3, answer(500, true)),
        rule(50, 3, Fault::Cut { applied: true }),
        rule(50, 3, Fault::Cut { applied: false }),
        rule(50, 3, Fault::HalfBody),
        rule(50, 3, Fault::Latency { milliseconds: 300 }),
    ];
    let stage = Stage::with(plane, "faults", world, &Settings::of("faults"));
    stage.terminate("incident", &conversations, &json!({}));
    let done = stage.finished("incident");
    assert_eq!(states(&done), [State::Ended; 12], "{:#?}", rows(&done));
    assert!(rows(&done).iter().all(|row| row.attempts == 0), "errors use up no attempt");
    stage.judge(0);
}

fn throttled_it_waits_as_asked(plane: &ControlPlane) {
    let conversations = usual(8);
    let mut world = sample::world(conversations.clone());
    world.behaviour.rate_limit = 10;
    world.behaviour.rate_window_seconds = 3;
    let stage = Stage::with(plane, "throttled", world, &Settings::of("throttled"));
    stage.terminate("incident", &conversations, &json!({}));
    assert_eq!(states(&stage.finished("incident")), [State::Ended; 8]);
    stage.judge(0);
}

/// The repetitions are explained: each attempt but the first one is one.
fn a_close_that_has_no_effect_is_repeated_and_then_given_up(plane: &ControlPlane) {
    let lossy = |times| Overrides { lose_effects: Some(times), ..Overrides::default() };
    let mut conversations = usual(2);
    conversations[0].overrides = lossy(1);
    conversations[1].overrides = lossy(100);
    let stage = Stage::new(plane, "no-effect", conversations.clone());
    stage.terminate("incident", &conversations, &json!({ "confirmTimeoutSeconds": 1, "attemptsPerSession": 3 }));
    let done = stage.finished("incident");
    assert_eq!(states(&done), [State::Ended, State::Failed], "{:#?}", rows(&done));
    let witness = stage.judge(3);
    let closes = |index: usize| {
        let of = witness.writes_to(conversations[index].id);
        of.filter(|write| write.operation == Operation::PatchConversationsMessageParticipant).count()
    };
    assert_eq!((closes(0), closes(1)), (2, 3));
}
