//! What an answer to a recorded write says, and what it leaves to be looked at.

use jiff::SignedDuration;

use super::golden::{noon, policy, sample};
use super::{Answer, Events, Fault, Gate, Input, Policy, Session, Setback, State, Teardown, VISIBILITY, step};

/// A session after an answer that came so many milliseconds after noon, while events flow.
fn answered(session: &Session, answer: Answer, milliseconds: i64) -> Session {
    let flowing = Policy { events: Events::Flowing, confirm_timeout: SignedDuration::from_secs(30), ..policy(Gate::Open, Teardown::Never) };
    step(session, &Input::Answered(answer), &flowing, noon() + SignedDuration::from_millis(milliseconds), 0).session
}

fn since_noon(state: State) -> Session {
    Session { since: Some(noon()), close_sent: false, ..sample(state) }
}

#[test]
fn a_guest_close_counts_as_sent_when_it_may_have_arrived_and_no_other_write_does() {
    let setback = Setback { fault: Fault::new("timeout", "no answer"), retry_after: None };
    let answers = [
        (Answer::Accepted(None), true),
        (Answer::Unsettled(setback.clone()), true),
        (Answer::Declined(Fault::new("bad.request", "no")), false),
        (Answer::Withheld, false),
        (Answer::Postponed(setback), false),
    ];
    for (answer, may_have_arrived) in answers {
        let requested = since_noon(State::GuestCloseRequested);
        assert_eq!(answered(&requested, answer.clone(), 0).close_sent, may_have_arrived, "{answer:?}");
        let sent_before = Session { close_sent: true, ..requested };
        assert!(answered(&sent_before, answer.clone(), 0).close_sent, "{answer:?}");
        assert!(!answered(&since_noon(State::WrapperCloseRequested), answer.clone(), 0).close_sent, "{answer:?}");
    }
}

#[test]
fn what_no_event_tells_is_looked_at_soon_and_what_one_tells_when_it_should_have_come() {
    let accepted = |state| answered(&since_noon(state), Answer::Accepted(None), 0).next_attempt_time.unwrap();
    assert_eq!(accepted(State::GuestCloseRequested), noon() + SignedDuration::from_secs(30));
    assert_eq!(accepted(State::WrapperCloseRequested), noon() + SignedDuration::from_millis(250));
}

#[test]
fn a_teardown_that_was_withheld_is_looked_at_when_a_read_must_show_what_became_of_it() {
    let withheld = answered(&since_noon(State::TeardownRequested), Answer::Withheld, 1900);
    assert_eq!(withheld.next_attempt_time, Some(noon() + VISIBILITY));
}

#[test]
fn a_session_is_left_to_events_when_its_next_look_is_further_off_than_without_them() {
    let left_until = |wait| {
        let session = Session { next_attempt_time: Some(noon() + wait), ..since_noon(State::GuestCloseAccepted) };
        session.is_left_to_events(noon())
    };
    assert!(!left_until(VISIBILITY));
    assert!(left_until(VISIBILITY + SignedDuration::from_millis(1)));
}
