//! The ghost stories, as they go when nobody watches for ghosts, and when somebody does.

use super::super::ghosts::{GhostStory, world};
use super::super::{EventKind, GuestEvent, Witness};
use super::*;

/// What a back end does about a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BackEnd {
    /// Closes the wrapper alone.
    WrapperAlone,
    /// Closes the guest's leg, then the wrapper, and looks no further.
    InOrder,
    /// The same, and ends again whoever comes back.
    InOrderAndWatches,
}

/// Ends a story's session at 10 ms, and lets it go on for a minute.
fn played(story: GhostStory, back_end: BackEnd, after_ms: u64) -> (World, LegId) {
    let mut world = begin(world(&[story], after_ms));
    let leg = world.conversations().next().unwrap().0.live_guest_legs()[0];
    if back_end != BackEnd::WrapperAlone {
        world.end_participant(leg.conversation, leg.participant, at(10)).unwrap();
    }
    world.end_conversation(leg.conversation, at(10)).unwrap();
    while let Some(due) = world.next_due().filter(|due| *due < at(60_000)) {
        world.advance(due);
        let back = truth(&world, leg.conversation).live_guest_legs();
        for leg in back.iter().filter(|_| back_end == BackEnd::InOrderAndWatches) {
            world.end_communication(*leg, due).unwrap();
            world.end_conversation(leg.conversation, due).unwrap();
        }
    }
    (world, leg)
}

/// What happened to the guest from the end of its leg on.
fn happened(world: &World) -> Vec<GuestEvent> {
    world.diary(0).map(|entry| entry.event).skip_while(|event| *event != GuestEvent::LegEnded).collect()
}

/// What the witness says of guests: believing, back, returned, written after the end, refused; and sockets left open.
fn counts(witness: &Witness) -> [u64; 6] {
    let guests = witness.guests;
    [
        guests.ghosts_believing,
        guests.ghosts_back,
        guests.guest_returns,
        guests.guest_messages_after_end,
        guests.guest_messages_refused,
        guests.open_guest_sockets,
    ]
}

/// How often guests were announced to have connected and to have ended.
fn announced(witness: &Witness) -> (u64, u64) {
    let of = |kind| witness.events.announced.get(&kind).copied().unwrap_or(0);
    (of(EventKind::CustomerStart), of(EventKind::CustomerEnd))
}

/// What each guest does from the end of its leg on, and the counts that are left when nobody watches.
fn told(story: GhostStory) -> (Vec<GuestEvent>, [u64; 6]) {
    use GuestEvent::{CameBack, Closed, Connected, Cut, LegEnded, Refused, ToldOfEnd, ToldReadOnly, WroteAfterEnd};
    match story {
        GhostStory::DisconnectOff => (vec![LegEnded], [1, 0, 0, 0, 0, 1]),
        GhostStory::DisconnectSend => (vec![LegEnded, ToldOfEnd], [0, 0, 0, 0, 0, 1]),
        GhostStory::DisconnectReadOnly => (vec![LegEnded, ToldReadOnly, Refused], [0, 0, 0, 0, 1, 1]),
        GhostStory::CutAndReconnect => (vec![LegEnded, ToldOfEnd, Cut, Connected, CameBack, WroteAfterEnd], [0, 1, 1, 1, 0, 1]),
        GhostStory::Reload => (vec![LegEnded, ToldOfEnd, Closed, Connected, CameBack, WroteAfterEnd], [0, 1, 1, 1, 0, 1]),
        GhostStory::WritesAgain => (vec![LegEnded, ToldOfEnd, CameBack, WroteAfterEnd], [0, 1, 1, 1, 0, 1]),
        GhostStory::SecondTab => (vec![LegEnded, ToldOfEnd, Closed, CameBack, WroteAfterEnd], [0, 1, 1, 1, 0, 1]),
    }
}

#[test]
fn whoever_closes_and_looks_no_further_leaves_each_story_its_ghost_in_whatever_order() {
    for story in GhostStory::ALL {
        for (back_end, out_of_order) in [(BackEnd::WrapperAlone, 1), (BackEnd::InOrder, 0)] {
            let (world, leg) = played(story, back_end, 500);
            let witness = world.witness();
            let (events, left) = told(story);
            assert_eq!(happened(&world), events, "{story:?} {back_end:?}");
            assert_eq!(counts(&witness), left, "{story:?} {back_end:?}");
            assert_eq!(witness.out_of_order, out_of_order, "{story:?} {back_end:?}");
            let back = u64::from(story.comes_back());
            assert_eq!((witness.reconnects, announced(&witness)), (back, (back, 1)), "{story:?} {back_end:?}");
            assert_eq!(truth(&world, leg.conversation).live_guest_legs().len() as u64, back, "{story:?} {back_end:?}");
        }
    }
}

#[test]
fn whoever_watches_ends_each_guest_again_and_only_the_one_whom_nobody_tells_still_believes() {
    for story in GhostStory::ALL {
        let (world, leg) = played(story, BackEnd::InOrderAndWatches, 500);
        let witness = world.witness();
        let back = u64::from(story.comes_back());
        let left = witness.guests;
        assert_eq!((left.ghosts, left.guest_returns), (u64::from(story == GhostStory::DisconnectOff), back), "{story:?}");
        assert_eq!(announced(&witness), (back, 1 + back), "{story:?}");
        assert!(truth(&world, leg.conversation).live_legs().is_empty(), "{story:?}");
        assert!(witness.effective_closes.iter().all(|close| close.count == 1), "{story:?}");
        assert_eq!((witness.out_of_order, witness.repeated_closes), (0, 0), "{story:?}");
    }
}

#[test]
fn a_story_goes_the_same_way_however_fast_it_is_told_and_however_often() {
    for story in GhostStory::ALL {
        let slow = played(story, BackEnd::InOrder, 5_000).0;
        for after_ms in [1, 50, 1_000] {
            let (fast, again) = (played(story, BackEnd::InOrder, after_ms).0, played(story, BackEnd::InOrder, after_ms).0);
            assert_eq!(fast, again, "{story:?} {after_ms}");
            assert_eq!((happened(&fast), counts(&fast.witness())), (happened(&slow), counts(&slow.witness())), "{story:?} {after_ms}");
            let last = fast.diary(0).last().unwrap().time;
            assert!(last <= at(10 + after_ms + (after_ms / 2).max(1)), "{story:?} {after_ms}: {last}");
        }
    }
}

#[test]
fn outside_the_threading_window_no_story_brings_its_conversation_back() {
    for story in GhostStory::ALL {
        let mut spec = world(&[story], 500);
        spec.behaviour.threading.window_minutes = 0;
        let mut world = begin(spec);
        let leg = world.conversations().next().unwrap().0.live_guest_legs()[0];
        world.end_conversation(leg.conversation, at(10)).unwrap();
        world.advance(at(60_000));
        assert_eq!(world.witness().guests.guest_returns, 0, "{story:?}");
        assert!(truth(&world, leg.conversation).live_guest_legs().is_empty(), "{story:?}");
        assert_eq!(world.conversations().count(), 1 + usize::from(story.comes_back()), "{story:?}: what is written begins anew");
    }
}

#[test]
fn the_stories_can_be_told_side_by_side() {
    let mut world = begin(world(&GhostStory::ALL, 500));
    let legs: Vec<LegId> = world.conversations().flat_map(|(conversation, _)| conversation.live_guest_legs()).collect();
    assert_eq!(legs.len(), GhostStory::ALL.len());
    for leg in legs {
        world.end_participant(leg.conversation, leg.participant, at(10)).unwrap();
        world.end_conversation(leg.conversation, at(10)).unwrap();
    }
    world.advance(at(60_000));
    assert_eq!(counts(&world.witness()), [1, 4, 4, 4, 1, 7]);
}
