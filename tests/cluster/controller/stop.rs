//! Deleted, suspended, cancelled, out of time, too many failures: nothing new starts, and what is half closed is said.

use std::thread::sleep;
use std::time::Duration;

use kube::api::{DeleteParams, Patch, PatchParams};
use serde_json::{Value, json};
use webchat_terminator::simulator::world::{ConversationSpec, Delay, Operation};
use webchat_terminator::termination::{Reason, State};

use super::genesys::{Hold, Moment};
use super::stage::{Stage, condition, conditions, message, rows, states, usual};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![
        deleted_in_the_middle_it_stops,
        marked_for_deletion_in_the_middle_it_stops,
        suspended_in_the_middle_nothing_new_starts_until_it_is_resumed,
        cancel_drain_brings_what_is_half_closed_to_its_end,
        cancel_immediate_leaves_half_closed_what_is_and_says_so,
        past_its_deadline_nothing_new_starts,
        too_many_failures_stop_it,
        a_refused_guest_close_leaves_the_wrapper_alone,
        how_it_ends_can_be_changed_on_the_way,
    ]
}

const GUEST: Operation = Operation::PatchConversationsMessageParticipant;

/// Long enough for a watch to tell, and for several reconciles.
const MOMENT: Duration = Duration::from_secs(1);

/// Starts a termination of these, one after the other, and holds the guest close of the second one.
fn held_at_the_second<'a>(stage: &'a Stage<'a>, conversations: &[ConversationSpec], change: &Value) -> Hold<'a> {
    let hold = stage.genesys.hold(GUEST, Moment::AfterEffect, conversations[1].id);
    let mut spec = json!({ "parallelism": 1 });
    spec.as_object_mut().unwrap().extend(change.as_object().cloned().unwrap());
    stage.terminate("incident", conversations, &spec);
    hold.wait();
    hold
}

/// Conversations whose wrapper does not end with the guest.
fn stubborn(last: u32) -> Vec<ConversationSpec> {
    let mut conversations = usual(last);
    for conversation in &mut conversations {
        conversation.overrides.no_cascade = Some(true);
    }
    conversations
}

fn deleted_in_the_middle_it_stops(plane: &ControlPlane) {
    let conversations = stubborn(4);
    let stage = Stage::new(plane, "deleted", conversations.clone());
    let hold = held_at_the_second(&stage, &conversations, &json!({}));
    plane.block_on(stage.terminations().delete("incident", &DeleteParams::default())).unwrap();
    sleep(MOMENT);
    let before = stage.genesys.witness().writes.len();
    hold.release();
    sleep(MOMENT * 3);
    let witness = stage.judge(0);
    assert_eq!(witness.writes.len(), before, "{:#?}", witness.writes);
    assert_eq!(before, 3, "two closes of the first session, one of the second");
}

/// Somebody else's finalizer keeps the object there: its deletion counts all the same.
fn marked_for_deletion_in_the_middle_it_stops(plane: &ControlPlane) {
    let conversations = stubborn(3);
    let stage = Stage::new(plane, "marked", conversations.clone());
    let hold = held_at_the_second(&stage, &conversations, &json!({}));
    let finalizers = |names: &[&str]| Patch::Merge(json!({ "metadata": { "finalizers": names } }));
    let patch =
        |names: &[&str]| plane.block_on(stage.terminations().patch("incident", &PatchParams::default(), &finalizers(names))).unwrap();
    patch(&["example.com/kept"]);
    plane.block_on(stage.terminations().delete("incident", &DeleteParams::default())).unwrap();
    sleep(MOMENT);
    let before = stage.genesys.witness().writes.len();
    hold.release();
    sleep(MOMENT * 3);
    let witness = stage.judge(0);
    assert_eq!(witness.writes.len(), before, "{:#?}", witness.writes);
    assert_eq!(states(&stage.look("incident"))[2], State::Pending);
    patch(&[]);
}

fn suspended_in_the_middle_nothing_new_starts_until_it_is_resumed(plane: &ControlPlane) {
    let conversations = stubborn(4);
    let stage = Stage::new(plane, "suspended", conversations.clone());
    let hold = held_at_the_second(&stage, &conversations, &json!({}));
    stage.change("incident", &json!({ "suspend": true }));
    sleep(MOMENT);
    hold.release();
    let suspended = stage.wait("incident", "the second session drains", |termination| states(termination)[1] == State::Ended);
    sleep(MOMENT * 2);
    let told: Vec<_> = conditions(&suspended).into_iter().filter(|told| !told.starts_with("CredentialsReady")).collect();
    let expected = ["Succeeded=Unknown", "Finished=False", "Ready=False", "Suspended=True"].map(|told| format!("{told}:Suspended"));
    assert_eq!(told, expected);
    let seen = stage.look("incident");
    assert_eq!(states(&seen), [State::Ended, State::Ended, State::Pending, State::Pending]);
    for conversation in &conversations[2..] {
        assert_eq!(stage.genesys.witness().writes_to(conversation.id).count(), 0, "a session was started while suspended");
    }
    stage.change("incident", &json!({ "suspend": false }));
    assert_eq!(states(&stage.finished("incident")), [State::Ended; 4]);
    stage.judge(0);
}

fn cancel_drain_brings_what_is_half_closed_to_its_end(plane: &ControlPlane) {
    let conversations = stubborn(4);
    let stage = Stage::new(plane, "drained", conversations.clone());
    let hold = held_at_the_second(&stage, &conversations, &json!({}));
    stage.change("incident", &json!({ "cancel": "Drain" }));
    sleep(MOMENT);
    hold.release();
    let done = stage.finished("incident");
    assert_eq!(states(&done), [State::Ended, State::Ended, State::Stopped, State::Stopped]);
    assert!(rows(&done)[2..].iter().all(|row| row.reason == Some(Reason::Cancelled)));
    let expected = ["Succeeded=False", "Finished=True", "Ready=False", "Stalled=True"].map(|told| format!("{told}:Cancelled"));
    let told: Vec<_> = conditions(&done).into_iter().filter(|told| !told.starts_with("CredentialsReady")).collect();
    assert_eq!(told, expected);
    let witness = stage.judge(0);
    assert_eq!(witness.writes.len(), 4, "two closes of each session that was started");
}

fn cancel_immediate_leaves_half_closed_what_is_and_says_so(plane: &ControlPlane) {
    let conversations = stubborn(3);
    let stage = Stage::new(plane, "immediate", conversations.clone());
    let hold = held_at_the_second(&stage, &conversations, &json!({}));
    stage.change("incident", &json!({ "cancel": "Immediate" }));
    sleep(MOMENT);
    hold.release();
    let done = stage.finished("incident");
    assert_eq!(states(&done), [State::Ended, State::HalfClosed, State::Stopped]);
    assert!(rows(&done)[1..].iter().all(|row| row.reason == Some(Reason::Cancelled)));
    assert_eq!(condition(&done, "Succeeded").unwrap().reason, "Cancelled");
    assert!(message(&done).contains("2 were stopped (1 of them half closed:"), "{}", message(&done));
    let witness = stage.judge(0);
    assert_eq!(witness.writes.len(), 3);
}

fn past_its_deadline_nothing_new_starts(plane: &ControlPlane) {
    let mut conversations = stubborn(3);
    conversations[0].overrides.effect_delay_ms = Some(Delay::fixed(3000));
    let stage = Stage::new(plane, "deadline", conversations.clone());
    stage.terminate("incident", &conversations, &json!({ "parallelism": 1, "activeDeadlineSeconds": 2, "confirmTimeoutSeconds": 30 }));
    let done = stage.finished("incident");
    assert_eq!(states(&done), [State::Ended, State::Stopped, State::Stopped]);
    assert_eq!(rows(&done)[1].reason, Some(Reason::DeadlineExceeded));
    assert_eq!(condition(&done, "Succeeded").unwrap().reason, "DeadlineExceeded");
    assert_eq!(condition(&done, "Stalled").unwrap().status, "True");
    stage.judge(0);
}

fn too_many_failures_stop_it(plane: &ControlPlane) {
    let mut conversations = usual(4);
    conversations[0].overrides.refuse_guest_close = Some(true);
    conversations[1].overrides.refuse_guest_close = Some(true);
    let stage = Stage::new(plane, "failures", conversations.clone());
    stage.terminate("incident", &conversations, &json!({ "parallelism": 1, "maxFailedSessions": 1 }));
    let done = stage.finished("incident");
    assert_eq!(states(&done), [State::GuestCloseRefused, State::GuestCloseRefused, State::Stopped, State::Stopped]);
    assert_eq!(rows(&done)[2].reason, Some(Reason::FailureLimitExceeded));
    assert_eq!(condition(&done, "Succeeded").unwrap().reason, "FailureLimitExceeded");
    let witness = stage.judge(0);
    assert!(witness.effective_closes.is_empty());
}

fn a_refused_guest_close_leaves_the_wrapper_alone(plane: &ControlPlane) {
    let mut conversations = usual(2);
    conversations[0].overrides.refuse_guest_close = Some(true);
    let stage = Stage::new(plane, "refused", conversations.clone());
    stage.terminate("incident", &conversations, &json!({}));
    let done = stage.finished("incident");
    assert_eq!(states(&done), [State::GuestCloseRefused, State::Ended]);
    assert!(rows(&done)[0].last_error.is_some(), "{:#?}", rows(&done)[0]);
    assert_eq!(condition(&done, "Succeeded").unwrap().reason, "SessionsFailed");
    let witness = stage.judge(0);
    let closes: Vec<_> = witness.writes_to(conversations[0].id).map(|write| write.operation).collect();
    assert_eq!(closes, [GUEST, GUEST], "sent once more, and no wrapper call");
}

/// With a close on its way: what is stuck afterwards is torn down, and what ends afterwards is watched.
fn how_it_ends_can_be_changed_on_the_way(plane: &ControlPlane) {
    let mut conversations = usual(1);
    conversations[0].overrides.refuse_guest_close = Some(true);
    let stage = Stage::new(plane, "changed-end", conversations.clone());
    let hold = stage.genesys.hold(GUEST, Moment::BeforeEffect, conversations[0].id);
    stage.terminate("incident", &conversations, &json!({}));
    hold.wait();
    stage.change("incident", &json!({ "forceTeardown": "WhenStuck", "settleSeconds": 5 }));
    hold.release();
    let watched = stage.wait("incident", "it is watched", |termination| states(termination) == [State::Settling]);
    assert!(message(&watched).contains("1 has ended and is watched until "), "{}", message(&watched));
    let done = stage.finished("incident");
    let row = &rows(&done)[0];
    assert_eq!((row.state, row.torn_down), (State::Ended, true), "{row:#?}");
    let watched = row.since.unwrap().duration_since(row.ended_time.unwrap());
    assert!(watched >= jiff::SignedDuration::from_secs(5), "{row:#?}");
    assert_eq!(message(&done), "the session has ended: 1 ended here (1 of them torn down by force)");
    assert_eq!(stage.genesys.witness().teardowns, 1);
}
