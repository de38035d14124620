//! `kill -9` at every recorded step, held open by the simulator: the next process finds out by reading, and goes on there.

use serde_json::json;
use webchat_terminator::simulator::world::{ConversationSpec, Operation, Witness};
use webchat_terminator::termination::State;

use super::genesys::Moment;
use super::stage::{Stage, condition, rows, states, usual};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![
        killed_at_the_first_read_it_starts_over,
        killed_before_a_guest_close_that_is_lost_it_sends_it_again,
        killed_before_a_guest_close_that_takes_effect_later_it_does_not_repeat_it,
        killed_before_a_guest_close_that_arrives_after_its_repetition_nothing_is_closed_twice,
        killed_after_a_guest_close_it_does_not_repeat_it,
        killed_while_reading_the_guest_close_back_it_goes_on,
        killed_before_a_wrapper_close_that_is_lost_it_sends_it_again,
        killed_after_a_wrapper_close_it_does_not_repeat_it,
        killed_while_reading_the_wrapper_back_it_goes_on,
        killed_in_the_middle_of_thirty_sessions_it_finishes_them,
    ]
}

const GUEST: Operation = Operation::PatchConversationsMessageParticipant;
const WRAPPER: Operation = Operation::PatchConversationsMessage;
const READ: Operation = Operation::GetConversation;

/// One conversation whose wrapper does not end with its guest, so that every step is needed.
fn one<'a>(plane: &'a ControlPlane, namespace: &'a str) -> (Stage<'a>, ConversationSpec) {
    let conversation = stubborn();
    (Stage::new(plane, namespace, vec![conversation.clone()]), conversation)
}

/// Its wrapper does not end with its guest.
fn stubborn() -> ConversationSpec {
    let mut conversation = ConversationSpec::usual(1);
    conversation.overrides.no_cascade = Some(true);
    conversation
}

fn start(stage: &Stage<'_>, conversation: &ConversationSpec) {
    stage.terminate("incident", std::slice::from_ref(conversation), &json!({}));
}

/// The end is reached, by the second process; `closes` are the guest closes and the wrapper closes that were received.
fn ends(stage: &Stage<'_>, closes: (usize, usize), repeated: u64) {
    let done = stage.finished("incident");
    assert_eq!(condition(&done, "Succeeded").unwrap().status, "True");
    assert_eq!(states(&done), [State::Ended], "{:#?}", rows(&done));
    assert_eq!(done.status.as_ref().unwrap().record.as_ref().unwrap().epoch, Some(2), "another process took the record over");
    let witness = stage.judge(repeated);
    let count = |operation| witness.writes.iter().filter(|write| write.operation == operation).count();
    eprintln!("{}: {} guest closes and {} wrapper closes received, {}", stage.namespace, count(GUEST), count(WRAPPER), effective(&witness));
    assert_eq!((count(GUEST), count(WRAPPER)), closes);
}

fn effective(witness: &Witness) -> String {
    let per_leg: Vec<_> = witness.effective_closes.iter().map(|closes| closes.count.to_string()).collect();
    format!("effective closes per leg: {}", per_leg.join(" "))
}

/// What the record says while a request waits.
fn recorded(stage: &Stage<'_>) -> State {
    states(&stage.look("incident"))[0]
}

fn killed_at_the_first_read_it_starts_over(plane: &ControlPlane) {
    let (stage, conversation) = one(plane, "crash-first-read");
    let hold = stage.genesys.hold(READ, Moment::AfterEffect, conversation.id);
    start(&stage, &conversation);
    hold.wait();
    stage.controller.kill();
    hold.lose();
    assert_eq!(stage.genesys.witness().writes.len(), 0, "nothing is recorded, so nothing was sent");
    stage.controller.restart(plane);
    let done = stage.finished("incident");
    assert_eq!(states(&done), [State::Ended]);
    stage.judge(0);
}

fn killed_before_a_guest_close_that_is_lost_it_sends_it_again(plane: &ControlPlane) {
    let (stage, conversation) = one(plane, "crash-guest-lost");
    let hold = stage.genesys.hold(GUEST, Moment::BeforeEffect, conversation.id);
    start(&stage, &conversation);
    hold.wait();
    assert_eq!(recorded(&stage), State::GuestCloseRequested);
    stage.controller.kill();
    hold.lose();
    stage.controller.restart(plane);
    ends(&stage, (2, 1), 0);
}

fn killed_before_a_guest_close_that_takes_effect_later_it_does_not_repeat_it(plane: &ControlPlane) {
    let (stage, conversation) = one(plane, "crash-guest-before");
    let hold = stage.genesys.hold(GUEST, Moment::BeforeEffect, conversation.id);
    start(&stage, &conversation);
    hold.wait();
    assert_eq!(recorded(&stage), State::GuestCloseRequested);
    stage.controller.kill();
    hold.release();
    stage.controller.restart(plane);
    ends(&stage, (1, 1), 0);
}

/// The repetition is explained: the first one was on its way for longer than reads may show the past.
fn killed_before_a_guest_close_that_arrives_after_its_repetition_nothing_is_closed_twice(plane: &ControlPlane) {
    let (stage, conversation) = one(plane, "crash-guest-late");
    let hold = stage.genesys.hold(GUEST, Moment::BeforeEffect, conversation.id);
    start(&stage, &conversation);
    hold.wait();
    stage.controller.kill();
    stage.controller.restart(plane);
    stage.finished("incident");
    hold.release();
    ends(&stage, (2, 1), 1);
}

fn killed_after_a_guest_close_it_does_not_repeat_it(plane: &ControlPlane) {
    let (stage, conversation) = one(plane, "crash-guest-after");
    let hold = stage.genesys.hold(GUEST, Moment::AfterEffect, conversation.id);
    start(&stage, &conversation);
    hold.wait();
    assert_eq!(recorded(&stage), State::GuestCloseRequested);
    stage.controller.kill();
    hold.lose();
    stage.controller.restart(plane);
    ends(&stage, (1, 1), 0);
}

fn killed_while_reading_the_guest_close_back_it_goes_on(plane: &ControlPlane) {
    let conversation = stubborn();
    let stage = Stage::polling(plane, "crash-guest-read", vec![conversation.clone()]);
    let close = stage.genesys.hold(GUEST, Moment::AfterEffect, conversation.id);
    start(&stage, &conversation);
    close.wait();
    let read = stage.genesys.hold(READ, Moment::AfterEffect, conversation.id);
    close.release();
    read.wait();
    assert_eq!(recorded(&stage), State::GuestCloseAccepted);
    stage.controller.kill();
    read.lose();
    stage.controller.restart(plane);
    ends(&stage, (1, 1), 0);
}

fn killed_before_a_wrapper_close_that_is_lost_it_sends_it_again(plane: &ControlPlane) {
    let (stage, conversation) = one(plane, "crash-wrapper-lost");
    let hold = stage.genesys.hold(WRAPPER, Moment::BeforeEffect, conversation.id);
    start(&stage, &conversation);
    hold.wait();
    assert_eq!(recorded(&stage), State::WrapperCloseRequested);
    stage.controller.kill();
    hold.lose();
    stage.controller.restart(plane);
    ends(&stage, (1, 2), 0);
}

fn killed_after_a_wrapper_close_it_does_not_repeat_it(plane: &ControlPlane) {
    let (stage, conversation) = one(plane, "crash-wrapper-after");
    let hold = stage.genesys.hold(WRAPPER, Moment::AfterEffect, conversation.id);
    start(&stage, &conversation);
    hold.wait();
    assert_eq!(recorded(&stage), State::WrapperCloseRequested);
    stage.controller.kill();
    hold.lose();
    stage.controller.restart(plane);
    ends(&stage, (1, 1), 0);
}

fn killed_while_reading_the_wrapper_back_it_goes_on(plane: &ControlPlane) {
    let (stage, conversation) = one(plane, "crash-wrapper-read");
    let close = stage.genesys.hold(WRAPPER, Moment::AfterEffect, conversation.id);
    start(&stage, &conversation);
    close.wait();
    let read = stage.genesys.hold(READ, Moment::AfterEffect, conversation.id);
    close.release();
    read.wait();
    assert_eq!(recorded(&stage), State::WrapperCloseAccepted);
    stage.controller.kill();
    read.lose();
    stage.controller.restart(plane);
    ends(&stage, (1, 1), 0);
}

/// Killed three times, wherever it is by then.
fn killed_in_the_middle_of_thirty_sessions_it_finishes_them(plane: &ControlPlane) {
    let mut conversations = usual(30);
    for conversation in conversations.iter_mut().step_by(3) {
        conversation.overrides.no_cascade = Some(true);
    }
    let stage = Stage::new(plane, "crash-thirty", conversations.clone());
    stage.terminate("incident", &conversations, &json!({ "parallelism": 4 }));
    for done in [3, 10, 20] {
        let what = format!("{done} sessions are done");
        stage.wait("incident", &what, |termination| states(termination).iter().filter(|state| state.is_final()).count() >= done);
        stage.controller.kill();
        stage.controller.restart(plane);
    }
    assert_eq!(states(&stage.finished("incident")), [State::Ended; 30]);
    let witness = stage.judge(0);
    assert_eq!(witness.effective_closes.iter().filter(|closes| closes.guest).count(), 30);
}
