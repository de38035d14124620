//! The ordinary way.

use super::*;

#[test]
fn events_flow_once_the_socket_is_open_and_the_topics_are_permitted_in_this_order() {
    let mut desk = Desk::new();
    desk.follow(&[id(1)]);
    assert!(desk.is(id(1), Availability::Connecting));
    let slot = created(&desk.next());
    let channel = desk.channel();
    desk.take(News::Created(slot, Ok(channel.clone())));
    let opened = desk.errands();
    let [Errand::Open(socket, to)] = opened.as_slice() else { panic!("{opened:?}") };
    assert_eq!(*to, channel);
    assert_eq!(desk.errands(), []);
    desk.take(News::Opened(*socket));
    let (ask, topics) = asked(&desk.errands());
    assert_eq!(topics, topic::names(id(1)));
    assert!(desk.is(id(1), Availability::Connecting));
    desk.take(News::Answered(ask, Ok(permitted(&topics))));
    assert!(desk.is(id(1), Availability::Flowing));
    // Whoever followed it knows: nothing was missed that she could have relied on.
    assert_eq!((desk.errands(), desk.heard()), (vec![], vec![]));
}

#[test]
fn nothing_is_asked_for_before_somebody_follows_and_all_together_when_many_do() {
    let mut desk = Desk::new();
    assert_eq!((desk.errands(), desk.book.wake(desk.now())), (vec![], None));
    desk.follow(&ids(0..3));
    desk.follow(&ids(2..7));
    let done = desk.serve();
    assert_eq!(words(&done), ["list", "create", "open", "replace"]);
    let Some(Errand::Ask { topics, .. }) = done.last() else { panic!() };
    assert_eq!(topics.len(), 14);
}

#[test]
fn what_comes_while_a_request_is_under_way_goes_into_the_next_one_together() {
    let mut desk = Desk::flowing(&ids(0..2));
    desk.follow(&[id(2)]);
    let (first, topics) = asked(&desk.errands());
    for n in 3..9 {
        desk.follow(&[id(n)]);
        assert_eq!(desk.errands(), []);
    }
    desk.take(News::Answered(first, Ok(permitted(&topics))));
    let errands = desk.errands();
    assert_eq!((words(&errands), asked(&errands).1.len()), (vec!["add"], 12));
}

#[test]
fn events_of_followed_conversations_are_told_and_no_others() {
    let mut desk = Desk::flowing(&[id(1)]);
    desk.say(Frame::Event(id(1), event()));
    desk.say(Frame::Event(id(9), event()));
    desk.say(Frame::Unclear(id(9)));
    desk.say(Frame::Unclear(id(1)));
    desk.take(News::Said(SocketId(999), Frame::Event(id(1), event())));
    let told = Heard::Event { conversation_id: id(1), event: event() };
    assert_eq!(desk.heard(), [told.clone(), Heard::MayHaveMissed(vec![id(1)]), told]);
    desk.forget(&[id(1)]);
    desk.say(Frame::Event(id(1), event()));
    assert_eq!(desk.heard(), []);
}

#[test]
fn a_forgotten_conversation_costs_no_request_and_is_unavailable() {
    let mut desk = Desk::flowing(&ids(0..3));
    desk.forget(&[id(1), id(77)]);
    assert_eq!(desk.errands(), []);
    assert!(desk.is(id(1), Availability::Unavailable) && desk.is(id(0), Availability::Flowing));
}

#[test]
fn a_channel_is_renewed_in_time_without_a_gap() {
    let mut desk = Desk::flowing(&ids(0..3));
    let done = desk.serve_for(3 * 86_400);
    assert_eq!(words(&done), ["replace"; 4]);
    assert_eq!(desk.heard(), []);
    assert!(desk.is(id(0), Availability::Flowing));
}

#[test]
fn a_channel_that_could_not_be_renewed_is_replaced_when_its_time_is_over() {
    let mut desk = Desk::flowing(&[id(1)]);
    desk.at += Duration::from_secs(64_801);
    let mut requests = 0;
    let created = loop {
        let errands = desk.errands();
        match errands.as_slice() {
            [Errand::Ask { ask, .. }] => {
                requests += 1;
                desk.take(News::Answered(*ask, Err(trouble(TroubleKind::Passing, 0))));
                assert!(desk.is(id(1), Availability::Flowing));
            }
            [] => desk.at = desk.book.wake(desk.now()).unwrap(),
            _ => break words(&errands),
        }
    };
    assert_eq!(created, ["close", "create"]);
    assert_eq!(desk.at, Duration::from_secs(1000 + 86_400));
    assert!((300..500).contains(&requests), "{requests}");
}

#[test]
fn a_channel_without_conversations_rests_and_is_taken_up_again() {
    let mut desk = Desk::flowing(&[id(1)]);
    desk.forget(&[id(1)]);
    assert_eq!(words(&desk.serve_for(599)), [] as [&str; 0]);
    assert_eq!(words(&desk.serve_for(1)), ["close"]);
    assert_eq!(words(&desk.serve_for(10_000)), [] as [&str; 0]);
    desk.follow(&[id(2)]);
    assert_eq!(words(&desk.serve()), ["open", "add"]);
    assert_eq!(desk.heard(), []);
    desk.forget(&[id(2)]);
    // Once its time is over it is not even tried.
    desk.serve_for(90_000);
    desk.follow(&[id(3)]);
    assert_eq!(words(&desk.serve()), ["create", "open", "replace"]);
}
