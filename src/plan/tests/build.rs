use super::*;
use crate::termination::{Event, EventKind, Source};

fn flowing() -> Order {
    Order { events: Events::Flowing, ..order(1) }
}

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
    Inventory { events: vec![(conversation(1), event)], ..Inventory::default() }
}

#[test]
fn a_guest_who_comes_back_in_the_settle_window_is_looked_at() {
    let heard = build(&flowing(), &settling(), &guest_is_back(), at(6), 0).progress;
    assert_eq!(due(&flowing(), &heard, at(6)), [conversation(1)]);
}

#[test]
fn a_settle_window_does_not_close_while_a_look_is_called_for() {
    let heard = build(&flowing(), &settling(), &guest_is_back(), at(29), 0).progress;
    let missed = build(&flowing(), &heard, &Inventory::default(), at(31), 0).progress;
    assert_eq!(states(&missed), [State::Settling]);
    let in_one = build(&flowing(), &settling(), &guest_is_back(), at(31), 0).progress;
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
        assert_eq!((due(changed, &finished, late), outlook(changed, &finished, late)), (vec![], Outlook::Finished));
    }
}
