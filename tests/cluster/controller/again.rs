//! The same manifest once more: nothing happens twice, whatever GitOps tools and backups do.

use kube::ResourceExt;
use kube::api::{DeleteParams, PostParams};
use serde_json::{Value, json};
use webchat_terminator::crd::{WebchatTermination, WebchatTerminationStatus};
use webchat_terminator::simulator::world::{Operation, Return};
use webchat_terminator::termination::{Reason, State};

use super::genesys::Moment;
use super::stage::{Stage, condition, conditions, message, rows, states, usual};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![
        created_again_after_the_end_it_writes_nothing_outside,
        restored_with_its_end_it_stays_finished,
        restored_in_mid_flight_it_stalls_and_touches_nothing,
        a_finished_one_is_not_taken_up_again_at_a_restart,
    ]
}

fn delete(stage: &Stage<'_>) {
    let api = stage.terminations();
    stage.plane.block_on(api.delete("incident", &DeleteParams::default())).unwrap();
    let gone = || stage.plane.block_on(api.get_opt("incident")).unwrap().is_none();
    stage.plane.wait_for("it is deleted", gone);
}

/// Also when a guest has come back since: the manifest names the time before which legs count.
fn created_again_after_the_end_it_writes_nothing_outside(plane: &ControlPlane) {
    let conversations = usual(3);
    let stage = Stage::new(plane, "again", conversations.clone());
    let before = json!({ "legsConnectedBefore": webchat_terminator::clock::now() });
    stage.terminate("incident", &conversations, &before);
    assert_eq!(states(&stage.finished("incident")), [State::Ended; 3]);
    stage.judge(0);
    let came_back = conversations[2].id;
    let leg = stage.genesys.world(|world| world.guest_reconnects(came_back, Return::NewCommunication, webchat_terminator::clock::now()));

    delete(&stage);
    stage.terminate("incident", &conversations, &before);
    let done = stage.finished("incident");
    assert_eq!(states(&done), [State::AlreadyEnded, State::AlreadyEnded, State::NotTargeted]);
    assert_eq!(rows(&done)[2].reason, Some(Reason::LaterGuestLegLive));
    let expected =
        ["Succeeded=True", "Finished=True", "Ready=True", "CredentialsReady=True"].map(|told| format!("{told}:AllSessionsEnded"));
    assert_eq!(conditions(&done), expected);
    stage.judge(0);
    let live = stage.genesys.world(|world| world.truth(came_back).unwrap().is_live(leg.unwrap()));
    assert!(live, "the guest who came back was not asked to leave");
}

/// What a backup holds of it: spec and status, and a uid that will be another one.
fn backup(termination: &WebchatTermination) -> (Value, WebchatTerminationStatus) {
    (serde_json::to_value(&termination.spec).unwrap(), termination.status.clone().unwrap())
}

/// Creates it again with its status, while no controller is there to come in between.
fn restore(stage: &Stage<'_>, (spec, status): &(Value, WebchatTerminationStatus)) -> WebchatTermination {
    let api = stage.terminations();
    let fresh = WebchatTermination::new("incident", serde_json::from_value(spec.clone()).unwrap());
    stage.plane.block_on(async {
        let mut made = api.create(&PostParams::default(), &fresh).await.unwrap();
        made.status = Some(status.clone());
        api.replace_status("incident", &PostParams::default(), &made).await.unwrap()
    })
}

fn restored_with_its_end_it_stays_finished(plane: &ControlPlane) {
    let conversations = usual(2);
    let stage = Stage::new(plane, "restored-finished", conversations.clone());
    stage.terminate("incident", &conversations, &json!({}));
    let done = stage.finished("incident");
    let backup = backup(&done);
    stage.controller.kill();
    delete(&stage);
    let restored = restore(&stage, &backup);
    assert_ne!(restored.uid(), done.uid());
    let calls = stage.judge(0).calls_of(Operation::GetConversation);
    stage.controller.restart(plane);
    std::thread::sleep(std::time::Duration::from_secs(2));
    let seen = stage.look("incident");
    assert_eq!(states(&seen), [State::Ended; 2]);
    assert_eq!(condition(&seen, "Finished").unwrap().status, "True");
    assert_eq!(stage.judge(0).calls_of(Operation::GetConversation), calls, "a finished one is not even looked at");
}

fn restored_in_mid_flight_it_stalls_and_touches_nothing(plane: &ControlPlane) {
    let conversations = usual(2);
    let stage = Stage::new(plane, "restored-running", conversations.clone());
    let hold = stage.genesys.hold(Operation::PatchConversationsMessageParticipant, Moment::AfterEffect, conversations[1].id);
    stage.terminate("incident", &conversations, &json!({ "parallelism": 1 }));
    hold.wait();
    let backup = backup(&stage.look("incident"));
    stage.controller.kill();
    hold.lose();
    delete(&stage);
    restore(&stage, &backup);
    let calls = stage.judge(0).calls_of(Operation::GetConversation);
    stage.controller.restart(plane);
    let stalled = stage.wait_for_condition("incident", "Stalled", "True", "RestoredInMidFlight");
    assert_eq!(condition(&stalled, "Finished").unwrap().status, "False");
    assert!(message(&stalled).contains("create it again"), "{}", message(&stalled));
    std::thread::sleep(std::time::Duration::from_secs(2));
    let seen = stage.look("incident");
    assert_eq!(states(&seen), [State::Ended, State::GuestCloseRequested], "the record is left as it was");
    assert_eq!(seen.status.unwrap().uid, backup.1.uid, "the record still names the object that it was made for");
    assert_eq!(stage.judge(0).calls_of(Operation::GetConversation), calls);

    // The way out that the message names.
    delete(&stage);
    stage.genesys.world(|world| world.unmark_finished(None));
    stage.terminate("incident", &conversations, &json!({}));
    assert_eq!(states(&stage.finished("incident")), [State::AlreadyEnded; 2]);
    stage.judge(0);
}

fn a_finished_one_is_not_taken_up_again_at_a_restart(plane: &ControlPlane) {
    let conversations = usual(2);
    let stage = Stage::new(plane, "latched", conversations.clone());
    stage.terminate("incident", &conversations, &json!({}));
    let before = stage.finished("incident");
    stage.judge(0);
    let came_back = conversations[0].id;
    stage.genesys.world(|world| world.guest_reconnects(came_back, Return::NewParticipant, webchat_terminator::clock::now())).unwrap();
    stage.controller.restart(plane);
    // A new generation is restamped, and nothing else.
    stage.change("incident", &json!({ "parallelism": 3 }));
    let restamped = stage.wait("incident", "the new generation is observed", |termination| {
        termination.status.as_ref().is_some_and(|status| status.observed_generation == termination.metadata.generation)
    });
    assert_eq!(condition(&restamped, "Finished").unwrap().observed_generation, Some(2));
    assert_eq!(rows(&restamped), rows(&before));
    stage.judge(0);
}
