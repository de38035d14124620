//! Others who write: people, tools, and a second controller that nobody wanted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{scope, sleep};
use std::time::Duration;

use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use webchat_terminator::simulator::world::{ConversationSpec, Operation};
use webchat_terminator::termination::State;

use super::genesys::Moment;
use super::process::{Controller, Settings};
use super::stage::{Stage, condition, states, usual};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![
        sessions_that_are_added_while_it_runs_end_as_well,
        others_who_write_labels_and_status_all_the_time_change_nothing,
        two_controllers_by_mistake_close_nothing_twice,
        a_controller_that_was_cut_off_does_nothing_with_its_old_view,
    ]
}

/// Half of them with a wrapper that does not end with its guest.
fn mixed(last: u32) -> Vec<ConversationSpec> {
    let mut conversations = usual(last);
    for conversation in conversations.iter_mut().step_by(2) {
        conversation.overrides.no_cascade = Some(true);
    }
    conversations
}

fn sessions_that_are_added_while_it_runs_end_as_well(plane: &ControlPlane) {
    let conversations = mixed(4);
    let stage = Stage::new(plane, "added", conversations.clone());
    let hold = stage.genesys.hold(Operation::PatchConversationsMessageParticipant, Moment::AfterEffect, conversations[1].id);
    stage.terminate("incident", &conversations[..2], &json!({}));
    hold.wait();
    let all: Vec<_> = conversations.iter().map(|conversation| json!({ "conversationId": conversation.id })).collect();
    stage.change("incident", &json!({ "sessions": all }));
    hold.release();
    let done = stage.finished("incident");
    assert_eq!(states(&done), [State::Ended; 4]);
    let finished = condition(&done, "Finished").unwrap();
    assert_eq!((finished.observed_generation, done.status.as_ref().unwrap().progress.as_deref()), (Some(2), Some("4/4")));
    let witness = stage.judge(0);
    assert_eq!(witness.effective_closes.iter().filter(|closes| closes.guest).count(), 4);
}

fn others_who_write_labels_and_status_all_the_time_change_nothing(plane: &ControlPlane) {
    let conversations = mixed(10);
    let stage = Stage::new(plane, "storm", conversations.clone());
    let over = AtomicBool::new(false);
    let done = scope(|threads| {
        threads.spawn(|| storm(&stage, &over));
        stage.terminate("incident", &conversations, &json!({ "parallelism": 3 }));
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| stage.finished("incident")));
        over.store(true, Ordering::Relaxed);
        done
    });
    assert_eq!(states(&done.unwrap()), [State::Ended; 10]);
    let conflicts = plane.requests().into_iter().filter(|request| {
        request.namespace == "storm" && request.subresource == "status" && request.verb == "update" && request.code == 409
    });
    eprintln!("storm: {} status writes of the controller met a conflict", conflicts.count());
    stage.judge(0);
}

/// Writes a label and a part of the status, again and again.
fn storm(stage: &Stage<'_>, over: &AtomicBool) {
    let (api, params) = (stage.terminations(), PatchParams::default());
    for turn in 0.. {
        if over.load(Ordering::Relaxed) {
            break;
        }
        let label = Patch::Merge(json!({ "metadata": { "labels": { "turn": format!("{turn}") } } }));
        let status: Patch<Value> = Patch::Merge(json!({ "status": { "progress": format!("{turn}/storm") } }));
        // It may not exist yet.
        let _ = stage.plane.block_on(api.patch("incident", &params, &label));
        let _ = stage.plane.block_on(api.patch_status("incident", &params, &status));
        sleep(Duration::from_millis(40));
    }
}

fn two_controllers_by_mistake_close_nothing_twice(plane: &ControlPlane) {
    let conversations = mixed(20);
    let stage = Stage::new(plane, "twins", conversations.clone());
    let twin = Controller::start(plane, &Settings::of("twins"));
    stage.terminate("incident", &conversations, &json!({ "parallelism": 5 }));
    let done = stage.finished("incident");
    assert_eq!(states(&done), [State::Ended; 20]);
    let record = done.status.as_ref().unwrap().record.clone().unwrap();
    eprintln!("twins: the record changed hands {} times in {} writes", record.epoch.unwrap() - 1, record.sequence.unwrap());
    let witness = stage.judge(0);
    assert_eq!(witness.effective_closes.iter().filter(|closes| closes.guest).count(), 20);
    drop(twin);
}

/// The first one is frozen while its record is written and its request is on the way; the second one finishes the work; then
/// the first one wakes up with its old view.
fn a_controller_that_was_cut_off_does_nothing_with_its_old_view(plane: &ControlPlane) {
    let conversations = mixed(3);
    let stage = Stage::new(plane, "frozen", conversations.clone());
    let hold = stage.genesys.hold(Operation::PatchConversationsMessageParticipant, Moment::AfterEffect, conversations[0].id);
    stage.terminate("incident", &conversations, &json!({ "parallelism": 1 }));
    hold.wait();
    stage.controller.pause();
    hold.release();
    let second = Controller::start(plane, &Settings::of("frozen"));
    assert_eq!(states(&stage.finished("incident")), [State::Ended; 3]);
    stage.genesys.world(|world| world.mark_finished(None));
    stage.controller.unpause();
    sleep(Duration::from_secs(2));
    assert_eq!(states(&stage.look("incident")), [State::Ended; 3]);
    stage.judge(0);
    drop(second);
}
