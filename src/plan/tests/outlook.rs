use super::*;

#[test]
fn a_stop_that_no_record_tells_of_yet_is_taken_up_at_once() {
    let failed = progress(&[State::Failed, State::Pending]);
    let strict = Order { max_failed_sessions: Some(0), parallelism: 1, ..order(2) };
    assert_eq!(outlook(&strict, &failed, noon()), Outlook::At(noon()));
}
