use super::*;
use crate::termination::{Answer, Bar, Event, EventKind, Fault, Setback, Source};

/// Settling since noon, the window to close half a minute later.
fn settling() -> Progress {
    let mut progress = progress(&[State::Settling]);
    progress.sessions[0].next_attempt_time = Some(at(30));
    progress
}

fn guest_is_back() -> Inventory {
    let event = Event {
        kind: EventKind::Connected,
        participant_id: guest(1),
        communication_id: Uuid::from_u128(0xBACC),
        time: at(5),
        source: Source::Notification,
    };
    Inventory { hearing: Hearing { events: vec![(conversation(1), event)], ..flowing(1) }, ..Inventory::default() }
}

#[test]
fn a_guest_who_comes_back_in_the_settle_window_is_looked_at() {
    let heard = build(&order(1), &settling(), &guest_is_back(), at(6), 0).progress;
    assert_eq!(due(&order(1), &heard, &flowing(1), at(6)), [conversation(1)]);
}

#[test]
fn a_settle_window_does_not_close_while_a_look_is_called_for() {
    let heard = build(&order(1), &settling(), &guest_is_back(), at(29), 0).progress;
    let missed = build(&order(1), &heard, &Inventory { hearing: flowing(1), ..Inventory::default() }, at(31), 0).progress;
    assert_eq!(states(&missed), [State::Settling]);
    let (id, _, ended) = seen(1, false, true);
    let too_soon = build(&order(1), &heard, &looks(vec![(id, at(30), ended)]), at(30), 0).progress;
    assert_eq!((states(&too_soon), too_soon.sessions[0].next_attempt_time), (vec![State::Settling], Some(at(31))));
    let in_one = build(&order(1), &settling(), &guest_is_back(), at(31), 0).progress;
    assert_eq!(states(&in_one), [State::Settling]);
}

#[test]
fn a_finished_order_is_never_recorded_anew() {
    let finished = Progress { completion_time: Some(at(60)), ..progress(&[State::Ended, State::Failed]) };
    let orders = [
        order(2),
        order(3),
        order(1),
        Order { suspended: true, ..order(2) },
        Order { cancel: Some(Cancel::Immediate), ..order(2) },
        Order { max_failed_sessions: Some(0), ..order(2) },
    ];
    for (changed, late) in orders.iter().flat_map(|order| [(order, at(120)), (order, at(100_000))]) {
        let plan = build(changed, &finished, &looks(vec![seen(1, true, false), seen(2, true, false)]), late, 0);
        assert_eq!((&plan.progress, plan.writes.len()), (&finished, 0));
        assert_eq!((due(changed, &finished, &Hearing::default(), late), outlook(changed, &finished, late)), (vec![], Outlook::Finished));
    }
}

fn fault(code: &str) -> Fault {
    Fault::new(code, "")
}

fn answered(answer: Answer) -> Inventory {
    Inventory { answers: vec![(conversation(1), answer)], ..Inventory::default() }
}

#[test]
fn a_live_guest_is_closed_first_and_the_record_names_the_write() {
    let plan = build(&order(2), &Progress::default(), &looks(vec![seen(1, true, false)]), noon(), 0);
    assert_eq!(states(&plan.progress), [State::GuestCloseRequested, State::Pending]);
    assert_eq!(plan.writes.iter().map(|write| write.conversation_id).collect::<Vec<_>>(), [conversation(1)]);
    assert_eq!(plan.progress.start_time, Some(noon()));
}

#[test]
fn a_target_that_was_added_is_taken_up_and_what_is_recorded_stays() {
    let plan = build(&order(3), &progress(&[State::Ended, State::Failed]), &Inventory::default(), noon(), 0);
    assert_eq!(states(&plan.progress), [State::Ended, State::Failed, State::Pending]);
    assert!(!plan.progress.is_finished());
}

#[test]
fn the_order_of_the_targets_is_the_order_of_the_record() {
    let mut swapped = order(2);
    swapped.targets.reverse();
    let plan = build(&swapped, &progress(&[State::Ended, State::Failed]), &Inventory::default(), noon(), 0);
    assert_eq!(states(&plan.progress), [State::Failed, State::Ended]);
}

#[test]
fn an_answer_counts_before_the_look_that_came_after_it() {
    let inventory = Inventory { looks: vec![seen(1, false, true)], ..answered(Answer::Accepted(Some("c-1".into()))) };
    let plan = build(&order(1), &progress(&[State::GuestCloseRequested]), &inventory, noon(), 0);
    assert_eq!(states(&plan.progress), [State::Settling]);
    assert_eq!(plan.progress.sessions[0].guest_close_correlation_id.as_deref(), Some("c-1"));
}

#[test]
fn the_last_session_to_become_final_completes_the_order() {
    let plan = build(&order(2), &progress(&[State::Ended, State::Pending]), &looks(vec![seen(2, false, true)]), at(7), 0);
    assert_eq!((states(&plan.progress)[1], plan.progress.completion_time), (State::AlreadyEnded, Some(at(7))));
}

#[test]
fn sessions_that_fail_together_do_not_come_back_together() {
    let setback = Setback { fault: fault("service.unavailable"), retry_after: None };
    let failed = (1..=8).map(|n| (conversation(n), noon(), Look::Failed(setback.clone()))).collect();
    let plan = build(&order(8), &Progress::default(), &looks(failed), noon(), 42);
    let mut back: Vec<_> = plan.progress.sessions.iter().map(|session| session.next_attempt_time).collect();
    back.sort();
    back.dedup();
    assert!(back.len() > 4, "{back:?}");
}

#[test]
fn what_bars_everything_is_told_before_what_bars_one_session() {
    let blocker = |kind, code| Blocker { kind, fault: fault(code) };
    let barred = blocker(BlockerKind::Permission, "missing.permissions");
    let mut inventory = answered(Answer::Barred(Bar::Permission, fault("not.authorized")));
    let told = |inventory: &Inventory| build(&order(2), &progress(&[State::GuestCloseRequested]), inventory, noon(), 0).blocker;
    assert_eq!(told(&inventory), Some(blocker(BlockerKind::Permission, "not.authorized")));
    inventory.looks = vec![(conversation(2), noon(), Look::Barred(barred.clone()))];
    assert_eq!(told(&inventory), Some(barred));
    inventory.blocker = Some(blocker(BlockerKind::Credentials, "invalid_client"));
    assert_eq!(told(&inventory), inventory.blocker);
    assert_eq!(told(&Inventory::default()), None);
}

#[test]
fn a_record_of_somebody_else_is_left_as_it_is() {
    let foreign = Blocker { kind: BlockerKind::Restored, fault: fault("restored") };
    let inventory = Inventory { blocker: Some(foreign.clone()), ..answered(Answer::Accepted(None)) };
    let before = progress(&[State::GuestCloseRequested]);
    let plan = build(&Order { suspended: true, ..order(2) }, &before, &inventory, at(60), 0);
    assert_eq!((plan.progress, plan.writes.len(), plan.blocker), (before, 0, Some(foreign)));
}

#[test]
fn what_cannot_be_read_keeps_no_other_session_from_starting() {
    let one_at_a_time = Order { parallelism: 1, ..order(2) };
    let setback = Setback { fault: Fault::new("missing.permissions", "no"), retry_after: None };
    let failed = Inventory { looks: vec![(conversation(1), noon(), Look::Failed(setback))], ..Inventory::default() };
    let waiting = build(&one_at_a_time, &Progress::default(), &failed, noon(), 0).progress;
    assert_eq!(due(&one_at_a_time, &waiting, &Hearing::default(), noon()), [conversation(2)]);
    let again = waiting.sessions[0].next_attempt_time.unwrap();
    assert_eq!(due(&one_at_a_time, &waiting, &Hearing::default(), again), [conversation(1)]);
}

#[test]
fn a_missing_permission_stands_until_a_write_is_accepted() {
    let missing = Blocker { kind: BlockerKind::Permission, fault: fault("missing.permissions") };
    let told = |known: Inventory| {
        let known = Inventory { standing: Some(missing.clone()), ..known };
        build(&order(1), &progress(&[State::GuestCloseRequested]), &known, noon(), 0).blocker
    };
    assert_eq!(told(looks(vec![seen(1, true, false)])), Some(missing.clone()), "reads alone do not disprove it");
    assert_eq!(told(answered(Answer::Accepted(None))), None);
}

#[test]
fn what_was_missed_is_made_up_for_by_a_read() {
    let missed = Hearing { missed: flowing(2).flowing, ..flowing(2) };
    let setback = Setback { fault: fault("service.unavailable"), retry_after: None };
    let made_up = |looks| {
        build(&order(2), &Progress::default(), &Inventory { hearing: missed.clone(), looks, ..Inventory::default() }, noon(), 0).made_up
    };
    assert!(made_up(vec![]).is_empty());
    assert_eq!(made_up(vec![seen(1, true, false), (conversation(2), noon(), Look::Failed(setback))]), [conversation(1)]);
    assert_eq!(made_up(vec![seen(1, true, false), (conversation(2), noon(), Look::Absent)]), [conversation(1), conversation(2)]);
}

#[test]
fn where_a_guest_may_be_back_what_was_missed_is_made_up_for_once_the_record_says_when_she_must_show() {
    let missed = Hearing { missed: flowing(1).flowing, ..flowing(1) };
    let settled = |hearing: Hearing| build(&order(1), &settling(), &Inventory { hearing, ..Inventory::default() }, at(6), 0);
    let plan = settled(missed);
    assert_eq!((plan.made_up, plan.progress.sessions[0].heard_time), (vec![conversation(1)], Some(at(6))));
    assert!(settled(flowing(1)).made_up.is_empty(), "nothing was missed");
}
