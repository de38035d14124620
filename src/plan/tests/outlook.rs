use super::*;

#[test]
fn a_stop_that_no_record_tells_of_yet_is_taken_up_at_once() {
    let failed = progress(&[State::Failed, State::Pending]);
    let strict = Order { max_failed_sessions: Some(0), parallelism: 1, ..order(2) };
    assert_eq!(outlook(&strict, &failed, noon()), Outlook::At(noon()));
}

#[test]
fn what_nobody_has_looked_at_is_due_now() {
    assert_eq!(outlook(&order(1), &Progress::default(), noon()), Outlook::At(noon()));
}

#[test]
fn the_session_that_is_due_first_says_when() {
    let mut two = progress(&[State::GuestCloseAccepted, State::GuestCloseAccepted]);
    (two.sessions[0].next_attempt_time, two.sessions[1].next_attempt_time) = (Some(at(9)), Some(at(5)));
    assert_eq!(outlook(&order(2), &two, noon()), Outlook::At(at(5)));
    assert_eq!(outlook(&order(2), &two, at(7)), Outlook::At(at(7)));
}

#[test]
fn the_deadline_is_not_slept_through() {
    let mut waiting = progress(&[State::GuestCloseAccepted]);
    waiting.sessions[0].next_attempt_time = Some(at(9000));
    assert_eq!(outlook(&order(1), &waiting, noon()), Outlook::At(at(3600)));
}

#[test]
fn the_end_of_a_drain_is_not_slept_through() {
    let mut draining = Progress { stop_time: Some(noon()), ..progress(&[State::GuestLegClosed]) };
    draining.sessions[0].next_attempt_time = Some(at(9000));
    assert_eq!(outlook(&Order { cancel: Some(Cancel::Drain), ..order(1) }, &draining, noon()), Outlook::At(noon() + DRAIN));
}

#[test]
fn a_suspended_order_without_anything_half_closed_waits_for_its_resumption() {
    let suspended = Order { suspended: true, ..order(2) };
    assert_eq!(outlook(&suspended, &progress(&[State::Pending, State::GuestLegLive]), noon()), Outlook::Held);
    assert_eq!(outlook(&suspended, &progress(&[State::Pending, State::GuestLegClosed]), noon()), Outlook::At(noon()));
}

#[test]
fn what_is_finished_is_finished() {
    let finished = Progress { completion_time: Some(noon()), ..progress(&[State::Ended]) };
    assert_eq!(outlook(&order(1), &finished, noon()), Outlook::Finished);
}

#[test]
fn what_waits_for_its_first_read_is_not_slept_through() {
    let mut waiting = progress(&[State::Pending, State::Pending]);
    (waiting.sessions[0].next_attempt_time, waiting.sessions[1].next_attempt_time) = (Some(at(9)), Some(at(7)));
    assert_eq!(outlook(&order(2), &waiting, noon()), Outlook::At(at(7)));
    let suspended = Order { suspended: true, ..order(2) };
    assert_eq!(outlook(&suspended, &waiting, noon()), Outlook::Held);
}

#[test]
fn what_finds_no_room_is_no_reason_to_come_back_before_there_is_some() {
    let mut full = progress(&[State::GuestCloseAccepted, State::Pending]);
    full.sessions[0].close_sent = true;
    (full.sessions[0].next_attempt_time, full.sessions[1].next_attempt_time) = (Some(at(9)), Some(at(-1)));
    assert_eq!(outlook(&Order { parallelism: 1, ..order(2) }, &full, noon()), Outlook::At(at(9)));
}
