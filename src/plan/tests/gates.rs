use super::*;

#[test]
fn what_the_last_look_of_a_drain_shows_still_counts() {
    let cancelled = Order { cancel: Some(Cancel::Drain), ..order(1) };
    let drained = Progress { stop_time: Some(at(-121)), ..progress(&[State::GuestCloseAccepted]) };
    let plan = build(&cancelled, &drained, &looks(vec![seen(1, false, true)]), noon(), 0);
    assert_eq!(states(&plan.progress), [State::Ended]);
}
