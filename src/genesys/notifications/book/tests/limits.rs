//! How many topics and channels there can be.

use super::*;

#[test]
fn a_thousand_sessions_take_two_channels_and_a_request_each() {
    let mut desk = Desk::new();
    desk.follow(&ids(0..1000));
    let done = desk.serve();
    let mut sorted = words(&done);
    sorted.sort_unstable();
    assert_eq!(sorted, ["create", "create", "list", "open", "open", "replace", "replace"]);
    for errand in &done {
        if let Errand::Ask { topics, .. } = errand {
            assert_eq!(topics.len(), MOST_TOPICS);
        }
    }
    assert!(ids(0..1000).into_iter().all(|id| desk.is(id, Availability::Flowing)));
}

#[test]
fn beyond_twenty_channels_a_conversation_is_unavailable_until_there_is_room() {
    let mut desk = Desk::flowing(&ids(0..10_000));
    assert_eq!(desk.book.slots.len(), 20);
    desk.follow(&[id(10_000), id(10_001)]);
    assert_eq!(desk.heard(), [Heard::Unavailable(vec![id(10_000), id(10_001)])]);
    assert_eq!(desk.errands(), []);
    desk.forget(&[id(4_711)]);
    assert_eq!(words(&desk.serve()), ["replace"]);
    assert!(desk.is(id(10_000), Availability::Flowing) && desk.is(id(10_001), Availability::Unavailable));
    assert_eq!(desk.heard(), [Heard::MayHaveMissed(vec![id(10_000)])]);
}

#[test]
fn topics_that_nobody_wants_any_more_make_room_and_no_channel_is_ever_overfull() {
    let mut desk = Desk::flowing(&ids(0..500));
    let mut on_it = 1000;
    let mut next = 500;
    let mut replaced = 0;
    for _ in 0..20 {
        desk.forget(&ids(next - 500..next - 380));
        desk.follow(&ids(next..next + 120));
        next += 120;
        for errand in desk.serve() {
            let Errand::Ask { topics, replace, .. } = &errand else { panic!("{errand:?}") };
            on_it = if *replace { topics.len() } else { on_it + topics.len() };
            replaced += u32::from(*replace);
            assert!(on_it <= MOST_TOPICS, "{on_it}");
        }
    }
    assert_eq!((desk.book.slots.len(), replaced), (1, 20));
    desk.forget(&ids(0..next));
    desk.follow(&ids(next..next + 10));
    assert_eq!(words(&desk.serve()), ["replace"]);
    desk.follow(&ids(next + 10..next + 20));
    assert_eq!(words(&desk.serve()), ["add"]);
}

#[test]
fn who_is_followed_again_on_another_channel_is_not_taken_for_permitted_by_the_first_ones_answer() {
    let mut desk = Desk::flowing(&ids(0..499));
    desk.follow(&[id(1000)]);
    let (ask, topics) = asked(&desk.errands());
    desk.forget(&[id(1000)]);
    desk.follow(&[id(1001)]);
    desk.follow(&[id(1000)]);
    assert_eq!(desk.book.followed[&id(1000)].slot, Some(SlotId(1)));
    desk.take(News::Answered(ask, Ok(permitted(&topics))));
    assert!(desk.is(id(1000), Availability::Connecting));
    desk.serve();
    assert!(desk.is(id(1000), Availability::Flowing) && desk.is(id(1001), Availability::Flowing));
}
