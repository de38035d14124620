use super::*;
use crate::termination::{Answer, Fault, Source};

fn due(order: &Order, progress: &Progress, now: Timestamp) -> Vec<Uuid> {
    super::due(order, progress, &Hearing::default(), now)
}

fn ids(numbers: &[u128]) -> Vec<Uuid> {
    numbers.iter().map(|n| conversation(*n)).collect()
}

#[test]
fn everything_new_is_looked_at_up_to_the_parallelism() {
    let two_at_a_time = Order { parallelism: 2, ..order(3) };
    assert_eq!(due(&two_at_a_time, &Progress::default(), noon()), ids(&[1, 2]));
}

#[test]
fn what_is_under_way_comes_before_what_is_new() {
    let two_at_a_time = Order { parallelism: 2, ..order(3) };
    let last_under_way = progress(&[State::Pending, State::Pending, State::GuestLegClosed]);
    assert_eq!(due(&two_at_a_time, &last_under_way, noon()), ids(&[3, 1]));
}

#[test]
fn what_is_under_way_and_not_due_keeps_its_place() {
    let mut waiting = progress(&[State::GuestCloseAccepted, State::Pending]);
    waiting.sessions[0].next_attempt_time = Some(at(5));
    let one_at_a_time = Order { parallelism: 1, ..order(2) };
    assert_eq!(due(&one_at_a_time, &waiting, at(4)), ids(&[]));
    assert_eq!(due(&one_at_a_time, &waiting, at(5)), ids(&[1]));
}

#[test]
fn a_settle_window_takes_nobodys_place_and_is_watched_all_the_same() {
    let mut states = vec![State::Settling; 100];
    states.push(State::Pending);
    let one_at_a_time = Order { parallelism: 1, ..order(101) };
    let due = due(&one_at_a_time, &progress(&states), noon());
    assert_eq!((due.len(), due.first()), (101, Some(&conversation(101))));
}

#[test]
fn a_guest_who_comes_back_is_looked_after_beyond_the_parallelism_and_nothing_new_starts_meanwhile() {
    let mut busy = progress(&[State::GuestCloseAccepted, State::GuestCloseAccepted, State::Pending]);
    busy.sessions.iter_mut().for_each(|session| session.close_sent = session.state != State::Pending);
    assert_eq!(due(&Order { parallelism: 1, ..order(3) }, &busy, noon()), ids(&[1, 2]));
}

#[test]
fn a_parallelism_of_none_counts_as_one() {
    assert_eq!(due(&Order { parallelism: 0, ..order(2) }, &Progress::default(), noon()), ids(&[1]));
}

#[test]
fn what_is_final_is_never_looked_at_again() {
    for state in State::ALL.into_iter().filter(|state| state.is_final()) {
        assert_eq!(due(&order(1), &progress(&[state]), at(1000)), ids(&[]));
    }
}

#[test]
fn behind_a_closed_gate_only_what_is_half_closed_is_looked_at() {
    let sessions = progress(&[State::Pending, State::GuestLegLive, State::GuestCloseAccepted, State::GuestLegClosed]);
    for closed in [Order { suspended: true, ..order(4) }, Order { cancel: Some(Cancel::Drain), ..order(4) }] {
        assert_eq!(due(&closed, &sessions, noon()), ids(&[3, 4]));
    }
}

#[test]
fn once_a_suspended_order_is_drained_nothing_is_looked_at() {
    let suspended = Order { suspended: true, ..order(1) };
    let drained = Progress { stop_time: Some(noon() - DRAIN), ..progress(&[State::GuestLegClosed]) };
    assert_eq!(due(&suspended, &drained, noon()), ids(&[]));
}

#[test]
fn a_settle_window_is_watched_by_looks_only_without_events() {
    let mut settling = progress(&[State::Settling]);
    settling.sessions[0].confirmed_by = Some(Source::Notification);
    assert_eq!(super::due(&order(1), &settling, &Hearing::default(), noon()), ids(&[1]));
    assert_eq!(super::due(&order(1), &settling, &flowing(1), noon()), ids(&[]));
    settling.sessions[0].confirmed_by = Some(Source::Webhook);
    assert_eq!(super::due(&order(1), &settling, &flowing(1), noon()), ids(&[1]), "none of those that flow has arrived");
}

#[test]
fn where_events_may_have_been_missed_a_look_makes_up_for_them_at_once_or_when_it_must_show_who_came_back() {
    let mut waiting = progress(&[State::GuestCloseAccepted, State::Settling]);
    waiting.sessions.iter_mut().for_each(|session| session.next_attempt_time = Some(at(30)));
    let missed = Hearing { missed: [conversation(1), conversation(2)].into(), ..flowing(2) };
    assert_eq!(super::due(&order(2), &waiting, &flowing(2), noon()), ids(&[]));
    assert_eq!(super::due(&order(2), &waiting, &missed, noon()), ids(&[1]));
    waiting.sessions[0].next_attempt_time = Some(at(1));
    assert_eq!(super::due(&order(2), &waiting, &missed, noon()), ids(&[1]), "even when its next look is near");
    waiting.sessions[0].failures = 1;
    assert_eq!(super::due(&order(2), &waiting, &missed, noon()), ids(&[]), "a back-off is waited for");
    waiting.sessions[1].heard_time = Some(at(-2));
    waiting.sessions[1].next_attempt_time = Some(noon());
    assert_eq!(super::due(&order(2), &waiting, &missed, noon()), ids(&[2]), "by now a read shows who came back");
}

#[test]
fn what_was_left_to_events_that_flow_no_more_is_looked_at_as_it_would_be_without_them() {
    let mut waiting = progress(&[State::GuestCloseAccepted, State::Settling]);
    waiting.sessions.iter_mut().for_each(|session| session.next_attempt_time = Some(at(30)));
    assert_eq!(super::due(&order(2), &waiting, &Hearing::default(), at(1)), ids(&[1, 2]));
    assert_eq!(super::due(&order(2), &waiting, &Hearing::default(), at(16)), ids(&[1]), "its next look comes soon enough");
    waiting.sessions[0].next_attempt_time = Some(at(20));
    assert_eq!(super::due(&order(2), &waiting, &Hearing::default(), at(16)), ids(&[]));
}

#[test]
fn what_is_under_way_is_followed_and_of_what_is_not_only_what_may_be_started() {
    let states = [State::Ended, State::Settling, State::Pending, State::Pending, State::GuestCloseAccepted, State::Pending];
    let two_at_a_time = Order { parallelism: 2, ..order(6) };
    let mut sessions = progress(&states);
    sessions.sessions[4].next_attempt_time = Some(at(30));
    assert_eq!(followed(&two_at_a_time, &sessions, noon()), ids(&[2, 5, 3]));
    assert_eq!(followed(&Order { suspended: true, ..two_at_a_time.clone() }, &sessions, noon()), ids(&[2, 5]));
    let finished = Progress { completion_time: Some(noon()), ..sessions };
    assert_eq!(followed(&two_at_a_time, &finished, noon()), ids(&[]));
}

#[test]
fn what_waits_for_its_first_read_is_followed_all_the_while() {
    let one_at_a_time = Order { parallelism: 1, ..order(3) };
    let mut waiting = progress(&[State::Pending; 3]);
    waiting.sessions[0].next_attempt_time = Some(at(60));
    assert_eq!(followed(&one_at_a_time, &waiting, noon()), ids(&[2, 1]));
    let suspended = Order { suspended: true, ..one_at_a_time };
    assert_eq!(followed(&suspended, &waiting, noon()), ids(&[]), "it is not to be begun");
}

#[test]
fn an_answer_that_took_its_time_is_no_reason_to_ask_what_events_tell() {
    let mut sent = progress(&[State::GuestCloseRequested]);
    sent.sessions[0].next_attempt_time = Some(at(2));
    let known = |answer| Inventory { hearing: flowing(1), answers: vec![(conversation(1), answer)], ..Inventory::default() };
    let due = |known: &Inventory| crate::plan::due(&order(1), &sent, known, at(3));
    assert_eq!(due(&known(Answer::Accepted(None))), ids(&[]));
    assert_eq!(due(&known(Answer::Declined(Fault::new("bad.request", "no")))), ids(&[1]), "only a read shows why");
    assert_eq!(due(&Inventory { hearing: flowing(1), ..Inventory::default() }), ids(&[1]), "nobody knows what became of it");
}

#[test]
fn a_session_whose_guest_was_seen_live_goes_before_what_is_new() {
    let one_at_a_time = Order { parallelism: 1, ..order(2) };
    assert_eq!(due(&one_at_a_time, &progress(&[State::Pending, State::GuestLegLive]), noon()), ids(&[2]));
}
