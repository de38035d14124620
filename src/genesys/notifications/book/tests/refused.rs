//! Subscriptions that are rejected, refused, put off, or taken back.

use super::*;

#[test]
fn a_rejected_topic_makes_its_conversation_unavailable_and_is_asked_for_again_later() {
    for rejected in 0..2 {
        let mut desk = Desk::flowing(&[id(1)]);
        desk.follow(&[id(2), id(3)]);
        let (ask, topics) = asked(&desk.errands());
        let mut answers = permitted(&topics);
        answers[rejected] = Answer { topic: topics[rejected].clone(), permitted: false, reason: Some("lacks a:b:c".into()) };
        desk.take(News::Answered(ask, Ok(answers)));
        assert_eq!(desk.heard(), [Heard::Unavailable(vec![id(2)])]);
        assert!(desk.is(id(1), Availability::Flowing) && desk.is(id(3), Availability::Flowing));
        assert_eq!(desk.book.fault().unwrap().message, "subscribing to events: rejected, lacks a:b:c");
        assert_eq!(words(&desk.serve_for(299)), [] as [&str; 0]);
        assert_eq!(words(&desk.serve_for(1)), ["add"]);
        assert_eq!(desk.heard(), missed(&[id(2)]));
    }
}

#[test]
fn a_topic_that_is_not_answered_for_is_not_taken_for_permitted() {
    let mut desk = Desk::flowing(&[id(1)]);
    desk.follow(&[id(2)]);
    let (ask, topics) = asked(&desk.errands());
    desk.take(News::Answered(ask, Ok(permitted(&topics[..1]))));
    assert_eq!(desk.heard(), [Heard::Unavailable(vec![id(2)])]);
}

#[test]
fn where_topics_do_not_flow_on_sockets_nothing_is_opened_and_it_is_asked_again_later() {
    let mut desk = Desk::new();
    desk.follow(&[id(1)]);
    assert_eq!(words(&desk.errands()), ["list", "create"]);
    desk.take(News::Listed(Served::No));
    assert_eq!(desk.heard(), [Heard::Unavailable(vec![id(1)])]);
    assert_eq!(desk.book.fault().unwrap().code, "topics.elsewhere");
    let channel = desk.channel();
    desk.take(News::Created(SlotId(0), Ok(channel)));
    assert_eq!(desk.errands(), []);
    desk.pass(3599);
    assert_eq!(desk.errands(), []);
    desk.pass(1);
    assert_eq!(words(&desk.serve()), ["list", "open", "replace"]);
    assert_eq!(desk.heard(), missed(&[id(1)]));
}

#[test]
fn topics_that_were_taken_off_are_put_on_again_and_what_was_missed_is_read() {
    let mut desk = Desk::flowing(&ids(0..3));
    desk.say(Frame::NoLongerSubscribed(vec![id(1)]));
    assert!(desk.is(id(1), Availability::Connecting) && desk.is(id(0), Availability::Flowing));
    assert_eq!(words(&desk.serve_for(2)), ["replace"]);
    assert_eq!(desk.heard(), missed(&[id(1)]));
    desk.say(Frame::NoLongerSubscribed(Vec::new()));
    desk.serve_for(5);
    assert_eq!(desk.heard(), missed(&ids(0..3)));
    desk.say(Frame::NoLongerSubscribed(vec![id(77)]));
    assert_eq!((desk.serve_for(100), desk.heard()), (vec![], vec![]));
}

#[test]
fn an_answer_from_before_topics_were_taken_off_says_nothing() {
    let mut desk = Desk::flowing(&[id(1)]);
    desk.follow(&[id(2)]);
    let (ask, topics) = asked(&desk.errands());
    desk.say(Frame::NoLongerSubscribed(Vec::new()));
    desk.pass(5);
    // The next request waits for the one that is under way.
    assert_eq!(desk.errands(), []);
    desk.take(News::Answered(ask, Ok(permitted(&topics))));
    assert!(desk.is(id(2), Availability::Connecting));
    assert_eq!(words(&desk.serve()), ["replace"]);
    assert!(desk.is(id(2), Availability::Flowing));
}

#[test]
fn a_service_that_takes_topics_off_again_and_again_is_not_hammered() {
    let mut desk = Desk::flowing(&[id(1)]);
    let mut asked = 0;
    for _ in 0..600 {
        asked += desk.serve_for(1).len();
        desk.say(Frame::NoLongerSubscribed(Vec::new()));
    }
    assert!((5..20).contains(&asked), "{asked}");
}

#[test]
fn missing_rights_are_told_at_once_and_tried_again_rarely() {
    let mut desk = Desk::new();
    desk.follow(&[id(1)]);
    let slot = created(&desk.next());
    desk.take(News::Created(slot, Err(trouble(TroubleKind::Barred, 0))));
    assert_eq!(desk.heard(), [Heard::Unavailable(vec![id(1)])]);
    assert_eq!(desk.book.fault().unwrap().code, "some.code");
    assert_eq!(words(&desk.serve_for(59)), [] as [&str; 0]);
    // Whoever comes meanwhile need not wait.
    desk.follow(&[id(2)]);
    assert!(desk.is(id(2), Availability::Unavailable));
    desk.heard();
    assert_eq!(words(&desk.serve_for(8)), ["create", "open", "replace"]);
    assert_eq!((desk.heard(), desk.book.fault()), (missed(&[id(1), id(2)]), None));
}

#[test]
fn a_wait_that_the_service_asks_for_is_kept() {
    let mut desk = Desk::flowing(&[id(1)]);
    desk.follow(&[id(2)]);
    let (ask, _) = asked(&desk.errands());
    desk.take(News::Answered(ask, Err(trouble(TroubleKind::Passing, 120))));
    assert_eq!(words(&desk.serve_for(119)), [] as [&str; 0]);
    assert_eq!(words(&desk.serve_for(14)), ["add"]);
    assert_eq!(desk.heard(), [Heard::Unavailable(vec![id(2)]), Heard::MayHaveMissed(vec![id(2)])]);
    assert!(desk.is(id(1), Availability::Flowing));
}
