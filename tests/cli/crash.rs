//! Killed or interrupted at any recorded step, it resumes, and nothing is closed twice.

use std::time::Duration;

use serde_json::{Value, json};
use webchat_terminator::clock;
use webchat_terminator::simulator::world::{ConversationSpec, Delay, Overrides};

use crate::lab::{Lab, stubborn};

/// The close of the guest's leg, and that of the wrapper.
const STEPS: [&str; 2] = ["patchConversationsMessageParticipant", "patchConversationsMessage"];

/// A lab with a stubborn conversation and its incident.
fn prepared() -> (Lab, ConversationSpec) {
    let chat = stubborn(1);
    let lab = Lab::with(vec![chat.clone()]);
    lab.incident(&[chat.id], json!({}));
    (lab, chat)
}

/// Every leg ended once at most, the guest's by its own close, and the wrapper came after.
fn assert_well_done(lab: &Lab, chat: &ConversationSpec, case: &str) {
    let witness = lab.witness();
    assert!(witness.effective_closes.iter().all(|close| close.count == 1), "{case}: {witness}");
    assert_eq!(witness.effective_closes_of(chat.guest_legs()[0]), 1, "{case}: {witness}");
    assert_eq!((witness.out_of_order, witness.teardowns), (0, 0), "{case}: {witness}");
}

fn killed_while_held(operation: &str, when: &str, release: &str) -> (Lab, ConversationSpec) {
    let (lab, chat) = prepared();
    let hold = lab.hold(operation, when);
    let running = lab.start_apply();
    lab.await_held(&hold);
    running.kill();
    lab.admin("DELETE", &format!("{hold}{release}"), &Value::Null);
    (lab, chat)
}

#[test]
fn killed_with_a_request_on_its_way_that_never_arrives_it_sends_it_once_more() {
    for operation in STEPS {
        let (lab, chat) = killed_while_held(operation, "beforeEffect", "?drop=true");
        lab.on_incident("apply", &[]).exits(0);
        assert_well_done(&lab, &chat, operation);
    }
}

#[test]
fn killed_with_a_request_on_its_way_that_arrives_after_its_death_it_sees_that_and_sends_no_second() {
    for operation in STEPS {
        let (lab, chat) = killed_while_held(operation, "beforeEffect", "");
        lab.on_incident("apply", &[]).exits(0);
        assert_well_done(&lab, &chat, operation);
        let witness = lab.witness();
        assert_eq!((witness.repeated_closes, witness.writes.len()), (0, 2), "{operation}: {witness}");
    }
}

#[test]
fn killed_before_the_answer_to_a_request_that_took_effect_it_sees_that_and_sends_no_second() {
    for operation in STEPS {
        for release in ["?drop=true", ""] {
            let (lab, chat) = killed_while_held(operation, "afterEffect", release);
            let resource = lab.on_incident("apply", &["-o", "json"]).exits(0).json();
            assert_well_done(&lab, &chat, operation);
            let witness = lab.witness();
            assert_eq!((witness.repeated_closes, witness.writes.len()), (0, 2), "{operation}: {witness}");
            // Another process, another epoch; the sequence goes on.
            assert_eq!(resource["status"]["record"]["epoch"], 2);
        }
    }
}

#[test]
fn killed_while_it_reads_it_begins_again() {
    let (lab, chat) = prepared();
    let hold = lab.hold("getConversation", "beforeEffect");
    let running = lab.start_apply();
    lab.await_held(&hold);
    running.kill();
    lab.admin("DELETE", &hold, &Value::Null);
    lab.on_incident("apply", &[]).exits(0);
    assert_well_done(&lab, &chat, "reading");
}

#[test]
fn interrupted_it_waits_for_the_answer_records_it_and_resumes() {
    for (signal, operation) in [("INT", STEPS[0]), ("TERM", STEPS[0]), ("INT", STEPS[1])] {
        let (lab, chat) = prepared();
        let hold = lab.hold(operation, "afterEffect");
        let mut running = lab.start_apply();
        lab.await_held(&hold);
        running.signal(signal);
        std::thread::sleep(Duration::from_millis(300));
        assert!(!running.has_ended(), "the request on its way is waited for");
        lab.admin("DELETE", &hold, &Value::Null);
        let ran = running.wait().exits(4);
        assert!(ran.err.contains("run the same command again to resume"), "{}", ran.err);
        let session = ran.json()["status"]["sessions"][0].clone();
        let correlation = if operation == STEPS[0] { "guestCloseCorrelationId" } else { "wrapperCloseCorrelationId" };
        assert!(session[correlation].is_string(), "the answer is recorded: {session}");
        lab.on_incident("apply", &[]).exits(0);
        assert_well_done(&lab, &chat, operation);
        assert_eq!((lab.witness().repeated_closes, lab.witness().writes.len()), (0, 2), "{operation}");
    }
}

#[test]
fn interrupted_twice_it_ends_at_once_and_resumes_all_the_same() {
    let (lab, chat) = prepared();
    let hold = lab.hold(STEPS[0], "beforeEffect");
    let mut running = lab.start_apply();
    lab.await_held(&hold);
    running.signal("INT");
    std::thread::sleep(Duration::from_millis(200));
    let begun = clock::monotonic();
    running.signal("INT");
    while !running.has_ended() {
        std::thread::sleep(Duration::from_millis(10));
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    running.wait().exits(4);
    lab.admin("DELETE", &hold, &Value::Null);
    lab.on_incident("apply", &[]).exits(0);
    assert_well_done(&lab, &chat, "interrupted twice");
}

#[test]
fn interrupted_while_it_waits_it_ends_at_once() {
    let (lab, _) = prepared();
    lab.admin("PUT", "/unreachable", &json!({ "unreachable": true }));
    let running = lab.start_apply();
    lab.await_recorded("\"lastError\"");
    running.signal("INT");
    running.wait().exits(4);
}

/// Not at chosen moments but at any: while it starts, reads, records, sends, waits.
#[test]
fn killed_again_and_again_at_any_moment_it_gets_there_and_closes_nothing_twice() {
    let slow = Overrides { no_cascade: Some(true), effect_delay_ms: Some(Delay::fixed(150)), ..Overrides::default() };
    let chats: Vec<_> = (1..=6).map(|number| ConversationSpec::usual(number).overriding(slow.clone())).collect();
    let lab = Lab::with(chats.clone());
    lab.incident(&chats.iter().map(|chat| chat.id).collect::<Vec<_>>(), json!({ "parallelism": 2 }));
    // On a busy machine it takes longer to come to the point at which a kill matters.
    for slowness in [1, 2, 4, 8, 16] {
        for kill in 0..30 {
            let running = lab.start_apply();
            std::thread::sleep(Duration::from_millis(slowness * (10 + 37 * kill % 290)));
            running.kill();
        }
        if !lab.witness().writes.is_empty() {
            break;
        }
    }
    assert!(!lab.witness().writes.is_empty(), "none of the kills came late enough to matter");
    let status = lab.on_incident("apply", &["-o", "json"]).exits(0).json()["status"].clone();
    assert_eq!(status["ended"], json!(chats.len()), "{status}");
    for chat in &chats {
        assert_well_done(&lab, chat, "killed again and again");
    }
    assert_eq!(lab.witness().repeated_closes, 0, "{}", lab.witness());
}
