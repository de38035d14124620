use super::*;

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
    let settling = progress(&[State::Settling]);
    assert_eq!(due(&order(1), &settling, noon()), ids(&[1]));
    assert_eq!(due(&Order { events: Events::Flowing, ..order(1) }, &settling, noon()), ids(&[]));
}
