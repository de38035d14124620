//! What the switchboard does, as stories of a few lines: each line is done, and what it leads to stands beside it.

use jiff::Timestamp;

use super::*;
use crate::termination::{EventKind, Source};

const A: Uuid = Uuid::from_u128(0xa);
const B: Uuid = Uuid::from_u128(0xb);

/// Something that is done.
#[derive(Clone, Copy, Debug)]
enum Do {
    /// Somebody follows these, and is told what there is while these flow.
    Follow(&'static str, &'static [Uuid], &'static [Uuid]),
    /// A record holds what somebody was last told, and these were read since.
    Taken(&'static str, &'static [Uuid]),
    /// An event comes in, by its number.
    Event(Uuid, i64),
    Missed(&'static [Uuid]),
    Leave(&'static str),
}

use Do::{Event as Hear, Follow, Leave, Missed, Taken};

/// Does all of it, and says what each led to: whom it woke, what was told, what nobody follows any more.
fn story(doings: &[Do]) -> Vec<String> {
    let mut board: Switchboard<&str> = Switchboard::default();
    let mut told: BTreeMap<&str, Hearing> = BTreeMap::new();
    doings
        .iter()
        .map(|doing| match *doing {
            Follow(who, conversations, flowing) => {
                let left = board.follow(&who, conversations);
                let hearing = board.hearing(&who, &flowing.iter().copied().collect());
                let words = words(&hearing, &left);
                told.insert(who, hearing);
                words
            }
            Taken(who, read) => {
                board.taken(&who, &told[who], read);
                String::new()
            }
            Hear(conversation, number) => match board.deliver(conversation, &event(number)) {
                Delivery::Unknown => "unknown".into(),
                Delivery::Repeated => "repeated".into(),
                Delivery::News(keys) => format!("wakes {}", keys.join(" ")),
            },
            Missed(conversations) => format!("wakes {}", board.missed(conversations).join(" ")),
            Leave(who) => format!("left {}", names(&board.drop_follower(&who))),
        })
        .collect()
}

fn words(hearing: &Hearing, left: &[Uuid]) -> String {
    let events = hearing.events.iter().map(|(id, event)| format!("{}{}", name(id), event.time.as_second()));
    let mut words: Vec<String> = events.collect();
    words.extend(hearing.missed.iter().map(|id| format!("missed {}", name(id))));
    words.extend((!left.is_empty()).then(|| format!("left {}", names(left))));
    words.join(", ")
}

fn name(id: &Uuid) -> &'static str {
    if *id == A { "A" } else { "B" }
}

fn names(ids: &[Uuid]) -> String {
    ids.iter().map(name).collect::<Vec<_>>().join(" ")
}

/// The event with this number, which is also its time.
fn event(number: i64) -> Event {
    Event {
        kind: EventKind::Ended,
        participant_id: Uuid::from_u128(1),
        communication_id: Uuid::from_u128(2),
        time: Timestamp::from_second(number).unwrap(),
        source: Source::Notification,
    }
}

#[track_caller]
fn check(rows: &[(Do, &str)]) {
    let doings: Vec<Do> = rows.iter().map(|(doing, _)| *doing).collect();
    let expected: Vec<&str> = rows.iter().map(|(_, expected)| *expected).collect();
    assert_eq!(story(&doings), expected, "{doings:?}");
}

#[test]
fn an_event_wakes_exactly_who_follows_and_is_told_until_it_is_taken() {
    check(&[
        (Hear(A, 1), "unknown"),
        (Follow("x", &[A], &[A]), "missed A"),
        (Follow("y", &[B], &[B]), "missed B"),
        (Taken("x", &[A]), ""),
        (Hear(A, 2), "wakes x"),
        (Follow("x", &[A], &[A]), "A2"),
        // The record failed: it is told again.
        (Follow("x", &[A], &[A]), "A2"),
        (Taken("x", &[]), ""),
        (Follow("x", &[A], &[A]), ""),
        (Follow("y", &[B], &[B]), "missed B"),
    ]);
}

#[test]
fn a_repeated_event_wakes_nobody_whether_it_was_taken_or_not() {
    check(&[
        (Follow("x", &[A], &[A]), "missed A"),
        (Hear(A, 2), "wakes x"),
        (Hear(A, 2), "repeated"),
        (Follow("x", &[A], &[A]), "A2, missed A"),
        (Taken("x", &[A]), ""),
        (Hear(A, 2), "repeated"),
        (Follow("x", &[A], &[A]), ""),
        // It is news for somebody else.
        (Follow("y", &[A], &[A]), "missed A"),
        (Hear(A, 2), "wakes y"),
    ]);
}

#[test]
fn events_out_of_order_are_told_oldest_first() {
    check(&[
        (Follow("x", &[A], &[A]), "missed A"),
        (Hear(A, 5), "wakes x"),
        (Hear(A, 3), "wakes x"),
        (Follow("x", &[A], &[A]), "A3, A5, missed A"),
    ]);
}

#[test]
fn a_gap_is_closed_by_a_read_after_it_was_told_and_by_no_other() {
    check(&[
        (Follow("x", &[A], &[A]), "missed A"),
        // Nothing was read.
        (Taken("x", &[]), ""),
        (Follow("x", &[A], &[A]), "missed A"),
        // Announced while the round was reading.
        (Missed(&[A, B]), "wakes x"),
        (Taken("x", &[A]), ""),
        (Follow("x", &[A], &[A]), "missed A"),
        (Taken("x", &[A]), ""),
        (Follow("x", &[A], &[A]), ""),
    ]);
}

#[test]
fn while_events_do_not_flow_they_are_being_missed_and_that_is_told_once_they_do() {
    check(&[
        (Follow("x", &[A], &[A]), "missed A"),
        (Taken("x", &[A]), ""),
        (Follow("x", &[A], &[]), ""),
        (Taken("x", &[A]), ""),
        (Follow("x", &[A], &[A]), "missed A"),
    ]);
}

#[test]
fn without_the_notification_service_events_of_the_webhook_are_told_all_the_same() {
    check(&[(Follow("x", &[A], &[]), ""), (Hear(A, 1), "wakes x"), (Follow("x", &[A], &[]), "A1")]);
}

#[test]
fn a_conversation_is_left_when_the_last_who_follows_it_has_gone() {
    check(&[
        (Follow("x", &[A, B], &[]), ""),
        (Follow("y", &[A], &[]), ""),
        (Hear(A, 1), "wakes x y"),
        (Follow("x", &[A], &[]), "A1, left B"),
        (Leave("x"), "left "),
        (Hear(A, 2), "wakes y"),
        (Leave("y"), "left A"),
        (Hear(A, 3), "unknown"),
        (Leave("y"), "left "),
    ]);
}

#[test]
fn what_does_not_fit_becomes_a_gap_and_taken_events_make_room() {
    let mut board: Switchboard<&str> = Switchboard::default();
    let flowing = BTreeSet::from([A]);
    board.follow(&"x", &[A]);
    let first = board.hearing(&"x", &flowing);
    board.taken(&"x", &first, &[A]);
    for number in 0..16 {
        assert_eq!(board.deliver(A, &event(number)), Delivery::News(vec!["x"]));
    }
    assert!(board.hearing(&"x", &flowing).missed.is_empty());
    assert_eq!(board.deliver(A, &event(16)), Delivery::News(vec!["x"]), "it wakes: a read makes up for it");
    let full = board.hearing(&"x", &flowing);
    assert_eq!((full.events.len(), full.missed.contains(&A)), (16, true));
    board.taken(&"x", &full, &[A]);
    board.deliver(A, &event(17));
    let next = board.hearing(&"x", &flowing);
    assert_eq!(next.events, [(A, event(17))]);
    assert!(next.missed.is_empty());
}
