//! Applied, and then ended: the main job.

use std::time::Duration;

use serde_json::json;
use webchat_terminator::simulator::world::{CommunicationState, ConversationSpec, Delay, Operation, Overrides, Purpose, sample};
use webchat_terminator::termination::{Reason, Source, State};

use super::genesys::Moment;
use super::process::Settings;
use super::stage::{Stage, condition, conditions, manifest, message, rows, states, usual};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![
        what_is_applied_ends_and_kubectl_shows_it,
        fifty_sessions_of_all_kinds_end_each_in_its_own_way,
        what_is_not_found_is_no_failure_where_that_is_the_policy,
        one_who_is_no_guest_is_left_alone,
        a_conversation_that_vanishes_after_it_was_seen_counts_as_ended,
        an_agent_in_after_call_work_does_not_keep_a_conversation_open,
    ]
}

fn what_is_applied_ends_and_kubectl_shows_it(plane: &ControlPlane) {
    let mut conversations = usual(3);
    conversations[1].overrides.no_cascade = Some(true);
    let stage = Stage::new(plane, "applied", conversations.clone());
    let hold = stage.genesys.hold(Operation::PatchConversationsMessageParticipant, Moment::BeforeEffect, conversations[0].id);
    let mut applied = serde_json::to_value(manifest("incident", &conversations, &json!({}))).unwrap();
    applied["metadata"]["namespace"] = json!(stage.namespace);
    applied.as_object_mut().unwrap().remove("status");
    plane.apply_manifests(&applied.to_string());

    hold.wait();
    let working = stage.look("incident");
    let expected = ["Succeeded=Unknown", "Finished=False", "Ready=False", "Reconciling=True"].map(|told| format!("{told}:Progressing"));
    let told: Vec<_> = conditions(&working).into_iter().filter(|told| !told.starts_with("CredentialsReady")).collect();
    assert_eq!(told, expected);
    assert_eq!(rows(&working)[0].state, State::GuestCloseRequested, "the record names what is under way");
    hold.release();

    plane.kubectl_ok(&["wait", "--for=condition=Finished", "wct/incident", "-n", stage.namespace, "--timeout=30s"]);
    let done = stage.look("incident");
    let expected =
        ["Succeeded=True", "Finished=True", "Ready=True", "CredentialsReady=True"].map(|told| format!("{told}:AllSessionsEnded"));
    assert_eq!(conditions(&done), expected);
    let status = done.status.as_ref().unwrap();
    assert!(status.conditions.iter().all(|condition| condition.observed_generation == done.metadata.generation));
    assert_eq!(status.observed_generation, done.metadata.generation);
    assert_eq!((status.total, status.ended, status.remaining, status.failed), (Some(3), Some(3), Some(0), Some(0)));
    assert!(
        rows(&done).iter().all(|row| row.state == State::Ended && row.confirmed_by == Some(Source::Notification)),
        "{:#?}",
        rows(&done)
    );
    assert!(status.record.as_ref().is_some_and(|record| record.epoch == Some(1)), "{:?}", status.record);

    let table = plane.kubectl_ok(&["get", "wct", "-n", stage.namespace]);
    let row: Vec<_> = table.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row[..5], ["incident", "True", "3/3", "0", "AllSessionsEnded"], "{table}");
    let table = plane.kubectl_ok(&["get", "gconn", "-n", stage.namespace]);
    let row: Vec<_> = table.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row[..3], ["main", "True", "Connected"], "{table}");

    let refused = plane.requests().into_iter().filter(|request| {
        request.namespace == stage.namespace && request.user.starts_with("system:serviceaccount:webchat") && request.code == 403
    });
    let refused: Vec<_> = refused.map(|request| format!("{request:?}")).collect();
    assert!(refused.is_empty(), "the rights of deploy/ are enough: {refused:#?}");

    let witness = stage.judge(0);
    let closes = |operation| witness.writes.iter().filter(|write| write.operation == operation).count();
    assert_eq!(closes(Operation::PatchConversationsMessageParticipant), 3, "one guest close each");
    assert_eq!(closes(Operation::PatchConversationsMessage), 1, "a wrapper is closed only where it did not end with its guest");
}

/// 30 live ones, 10 that have ended, 10 that nobody knows.
fn fifty() -> (Vec<ConversationSpec>, Vec<ConversationSpec>) {
    let asked = usual(50);
    let mut known: Vec<_> = asked[..40].to_vec();
    for conversation in &mut known[30..] {
        *conversation = conversation.clone().all_in(CommunicationState::Disconnected);
    }
    (asked, known)
}

fn fifty_sessions_of_all_kinds_end_each_in_its_own_way(plane: &ControlPlane) {
    let (asked, known) = fifty();
    let mut world = sample::world(known);
    world.behaviour.effect_delay_ms = Delay { min: 0, max: 500 };
    let stage = Stage::with(plane, "fifty", world, &Settings::of("fifty"));
    stage.terminate("incident", &asked, &json!({}));
    let done = stage.finished("incident");
    let expected = [State::Ended, State::Ended, State::Ended, State::AlreadyEnded, State::NotFound].map(|state| [state; 10]);
    assert_eq!(states(&done), expected.as_flattened());
    let expected =
        [("Succeeded=False"), ("Finished=True"), ("Ready=False"), ("Stalled=True")].map(|told| format!("{told}:SessionsNotFound"));
    let told: Vec<_> = conditions(&done).into_iter().filter(|told| !told.starts_with("CredentialsReady")).collect();
    assert_eq!(told, expected);
    let status = done.status.as_ref().unwrap();
    assert_eq!((status.ended, status.already_ended, status.not_found, status.failed), (Some(30), Some(10), Some(10), Some(0)));
    assert!(message(&done).contains("10 were not found"), "{}", message(&done));
    let witness = stage.judge(0);
    let guests = witness.effective_closes.iter().filter(|closes| closes.guest).count();
    assert_eq!(guests, 30, "every guest that was live, and no other");
}

fn what_is_not_found_is_no_failure_where_that_is_the_policy(plane: &ControlPlane) {
    let (asked, known) = fifty();
    let (asked, known) = (asked[25..].to_vec(), known[25..].to_vec());
    let stage = Stage::new(plane, "not-found", known);
    stage.terminate("incident", &asked, &json!({ "notFoundPolicy": "Succeed" }));
    let done = stage.finished("incident");
    let expected =
        ["Succeeded=True", "Finished=True", "Ready=True", "CredentialsReady=True"].map(|told| format!("{told}:AllSessionsEnded"));
    assert_eq!(conditions(&done), expected);
    let status = done.status.as_ref().unwrap();
    assert_eq!((status.ended, status.already_ended, status.not_found), (Some(5), Some(10), Some(10)));
    stage.judge(0);
}

fn one_who_is_no_guest_is_left_alone(plane: &ControlPlane) {
    let conversations = usual(2);
    let agent = conversations[0].legs_of(|purpose| purpose == Purpose::Agent)[0].participant;
    let stage = Stage::new(plane, "no-guest", conversations.clone());
    let sessions = json!([
        { "conversationId": conversations[0].id, "participantIds": [agent] },
        { "conversationId": conversations[1].id },
    ]);
    stage.terminate("incident", &conversations, &json!({ "sessions": sessions }));
    let done = stage.finished("incident");
    assert_eq!(states(&done), [State::Failed, State::Ended]);
    assert_eq!(rows(&done)[0].reason, Some(Reason::NotAGuest));
    assert_eq!(condition(&done, "Succeeded").unwrap().reason, "SessionsFailed");
    let witness = stage.judge(0);
    assert_eq!(witness.writes_to(conversations[0].id).count(), 0);
}

fn a_conversation_that_vanishes_after_it_was_seen_counts_as_ended(plane: &ControlPlane) {
    let conversations = usual(1);
    let stage = Stage::new(plane, "vanishes", conversations.clone());
    let hold = stage.genesys.hold(Operation::PatchConversationsMessageParticipant, Moment::AfterEffect, conversations[0].id);
    stage.terminate("incident", &conversations, &json!({}));
    hold.wait();
    let vanishes = webchat_terminator::simulator::world::Happening::ConversationVanishes { conversation_id: conversations[0].id };
    stage.genesys.world(|world| world.happen(vanishes, world.now()).unwrap());
    hold.release();
    let done = stage.finished("incident");
    assert_eq!((rows(&done)[0].state, rows(&done)[0].reason), (State::Ended, Some(Reason::Gone)));
    assert_eq!(condition(&done, "Succeeded").unwrap().status, "True");
    stage.judge(0);
}

fn an_agent_in_after_call_work_does_not_keep_a_conversation_open(plane: &ControlPlane) {
    let delayed = Overrides { effect_delay_ms: Some(Delay::fixed(300)), read_lag_ms: Some(200), ..Overrides::default() };
    let conversations = vec![ConversationSpec::usual(1).with_wrap_up(), ConversationSpec::usual(2).overriding(delayed)];
    let stage = Stage::new(plane, "after-call", conversations.clone());
    stage.terminate("incident", &conversations, &json!({}));
    let done = stage.finished("incident");
    assert_eq!(states(&done), [State::Ended; 2]);
    std::thread::sleep(Duration::from_millis(200));
    stage.judge(0);
}
