//! What goes wrong on the way, and what the service asks to wait for.

use std::time::Duration;

use futures::future::join_all;
use jiff::SignedDuration;
use webchat_terminator::engine::{Act, Observe};
use webchat_terminator::genesys::{AccessError, Outcome};
use webchat_terminator::plan::Look;
use webchat_terminator::simulator::world::{ConversationSpec, Fault, Operation, sample};
use webchat_terminator::termination::{Answer, Bar};

use super::spoken::Spoken;
use super::*;

fn rate_limited(seconds: u32) -> Fault {
    Fault::Answer { status: 429, code: None, retry_after_seconds: Some(seconds), applied: false }
}

#[tokio::test]
async fn an_unreachable_service_is_a_setback_and_comes_back() {
    for spoken in EVERY {
        let (simulator, leg) = spoken.usual().await;
        let client = spoken.client(&simulator);
        client.check().await.unwrap();
        simulator.with_world(|world| world.set_unreachable(true));
        assert_eq!(failed(client.look(leg.conversation).await).fault.code, "cut");
        assert_eq!(unsettled(client.send(&close(leg)).await).fault.code, "cut");
        simulator.with_world(|world| world.set_unreachable(false));
        assert!(matches!(client.look(leg.conversation).await, Look::Seen(_)));
    }
}

#[tokio::test]
async fn where_nobody_listens_the_fault_says_so() {
    let (simulator, _) = usual().await;
    let url = simulator.url();
    simulator.shutdown().await.unwrap();
    let Err(AccessError::Setback(setback)) = client_with(&url, sample::ORGANIZATION, settings()).check().await else {
        panic!("no setback")
    };
    assert_eq!(setback.fault.code, "unreachable");
    assert!(setback.fault.message.starts_with("logging in: ") && setback.fault.message.contains("refused"), "{}", setback.fault.message);
}

#[tokio::test]
async fn a_write_without_an_answer_is_unsettled_and_may_have_applied() {
    for spoken in EVERY {
        for (trouble, code) in [(Fault::Timeout { applied: true }, "timeout"), (Fault::Cut { applied: true }, "cut")] {
            let (simulator, leg) = spoken.usual().await;
            let client = spoken.client_with(&simulator, impatient(1500));
            fault(&simulator, spoken.close, 1, trouble);
            assert_eq!(unsettled(client.send(&close(leg)).await).fault.code, code);
            assert!(!is_live(&simulator, leg));
            assert!(seen(client.look(leg.conversation).await).guests().all(|(_, c)| !c.live));
            assert_eq!(simulator.witness().writes.len(), 1, "{code}: it is not sent again by itself");
        }
    }
}

#[tokio::test]
async fn a_read_without_an_answer_fails_in_time() {
    let (simulator, leg) = usual().await;
    let client = client_with(&simulator.url(), sample::ORGANIZATION, impatient(1500));
    fault(&simulator, Operation::GetConversation, 1, Fault::Timeout { applied: false });
    let begun = clock::monotonic();
    let setback = failed(client.look(leg.conversation).await);
    assert!(clock::monotonic().duration_since(begun) < Duration::from_secs(8));
    assert_eq!(setback.fault.code, "timeout");
    assert_eq!(setback.fault.message, "reading the conversation: no answer within 1.5 s");
}

#[tokio::test]
async fn a_token_that_the_service_refuses_is_renewed_once_and_the_close_goes_through() {
    for spoken in EVERY {
        let (simulator, leg) = spoken.usual().await;
        let client = spoken.client(&simulator);
        client.check().await.unwrap();
        simulator.with_world(|world| world.revoke_tokens(None));
        assert!(matches!(client.send(&close(leg)).await, Answer::Accepted(Some(_))));
        assert_eq!((calls(&simulator, spoken.close), calls(&simulator, Operation::PostOauthToken)), (2, 2));
        fault(&simulator, spoken.close_wrapper, 9, answer(401));
        assert!(matches!(client.send(&close_wrapper(leg)).await, Answer::Barred(Bar::Credentials, _)));
        assert_eq!(calls(&simulator, spoken.close_wrapper), 2);
    }
}

#[tokio::test]
async fn half_an_answer_is_none_to_a_read_and_enough_to_a_write() {
    for spoken in EVERY {
        let (simulator, leg) = spoken.usual().await;
        let client = spoken.client(&simulator);
        fault(&simulator, spoken.read, 1, Fault::HalfBody);
        assert_eq!(failed(client.look(leg.conversation).await).fault.code, "cut");
        fault(&simulator, spoken.close_wrapper, 1, Fault::HalfBody);
        assert!(matches!(client.send(&close_wrapper(leg)).await, Answer::Accepted(Some(_))));
    }
}

#[tokio::test]
async fn server_errors_are_setbacks_with_their_code_even_if_they_applied() {
    for spoken in EVERY {
        for (status, code) in [
            (408, "client.timeout"),
            (500, "internal.server.error"),
            (502, "bad.gateway"),
            (503, "service.unavailable"),
            (504, "request.timeout"),
        ] {
            let (simulator, leg) = spoken.usual().await;
            let client = spoken.client(&simulator);
            fault(&simulator, spoken.read, 1, answer(status));
            assert_eq!(failed(client.look(leg.conversation).await).fault.code, code);
            let applied = Fault::Answer { status, code: None, retry_after_seconds: Some(7), applied: true };
            fault(&simulator, spoken.close, 1, applied);
            let setback = unsettled(client.send(&close(leg)).await);
            assert_eq!((setback.fault.code.as_str(), setback.retry_after), (code, Some(SignedDuration::from_secs(7))));
            assert!(!is_live(&simulator, leg));
        }
    }
}

#[tokio::test]
async fn while_the_service_asked_to_wait_nothing_is_sent() {
    join_all(EVERY.iter().map(nothing_is_sent_in_a_pause)).await;
}

async fn nothing_is_sent_in_a_pause(spoken: &Spoken) {
    let chats = [1, 2].map(|n| spoken.chat(ConversationSpec::usual(n)));
    let legs = [chats[0].guest_legs()[0], chats[1].guest_legs()[0]];
    let simulator = start(sample::world(chats.into())).await;
    let client = spoken.client(&simulator);
    client.check().await.unwrap();
    fault(&simulator, spoken.read, 1, rate_limited(1));
    let setback = failed(client.look(legs[0].conversation).await);
    assert_eq!((setback.fault.code.as_str(), setback.retry_after), ("too.many.requests", Some(SignedDuration::from_secs(1))));
    assert_eq!(client.parked_until(), None);

    let read = failed(client.look(legs[1].conversation).await);
    let write = postponed(client.send(&close(legs[1])).await);
    for setback in [read, write] {
        assert_eq!(setback.fault.code, "paused");
        let left = setback.retry_after.unwrap();
        assert!(left.is_positive() && left <= SignedDuration::from_secs(1), "{left:?}");
    }
    assert_eq!(calls(&simulator, spoken.read), 1);
    assert!(simulator.witness().writes.is_empty());
    assert_eq!(client.counters().iter().filter(|c| c.outcome == Outcome::Paused).map(|c| c.count).sum::<u64>(), 2);

    tokio::time::sleep(Duration::from_millis(1050)).await;
    assert!(matches!(client.look(legs[1].conversation).await, Look::Seen(_)));
}

#[tokio::test]
async fn a_long_wait_is_told() {
    for spoken in EVERY {
        let (simulator, leg) = spoken.usual().await;
        let client = spoken.client(&simulator);
        client.check().await.unwrap();
        fault(&simulator, spoken.close, 1, rate_limited(3600));
        let before = clock::now();
        assert_eq!(unsettled(client.send(&close(leg)).await).retry_after, Some(SignedDuration::from_secs(3600)));
        let parked = client.parked_until().unwrap().duration_since(before);
        assert!(parked > SignedDuration::from_secs(3598) && parked < SignedDuration::from_secs(3610), "{parked:?}");
        // With a token at hand the check sends nothing, and so it does not fail.
        assert!(client.check().await.is_ok());
    }
}

#[tokio::test]
async fn the_rate_limit_of_the_service_is_never_met_and_reads_leave_room_for_closes() {
    let (simulator, leg) = usual().await;
    simulator.with_world(|world| {
        let behaviour = world.behaviour().clone();
        world.set_behaviour(webchat_terminator::simulator::world::Behaviour { rate_limit: 6, ..behaviour });
    });
    let client = client(&simulator);
    let mut setbacks = 0;
    for _ in 0..10 {
        let look = client.look(leg.conversation).await;
        if !matches!(look, Look::Seen(_)) {
            assert!(failed(look).retry_after.is_some_and(|wait| wait > SignedDuration::from_secs(50)));
            setbacks += 1;
        }
    }
    // One of the six is spent on the organization, and two are kept for what is not a read.
    assert_eq!((setbacks, calls(&simulator, Operation::GetConversation)), (7, 3));
    let answers = [client.send(&close(leg)).await, client.send(&close_wrapper(leg)).await];
    assert!(answers.iter().all(|answer| matches!(answer, Answer::Accepted(_))), "{answers:?}");
    let Answer::Postponed(setback) = client.send(&close(leg)).await else { panic!("it was not sent, and that is not said") };
    assert_eq!(setback.fault.code, "rate.limit");
    assert!(setback.retry_after.is_some_and(|wait| wait > SignedDuration::from_secs(50)));
    assert_eq!(simulator.witness().writes.len(), 2);
}
