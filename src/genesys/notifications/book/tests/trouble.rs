//! Sockets and channels that break, close, or are taken away.

use super::*;

#[test]
fn after_a_cut_every_conversation_of_that_channel_is_read_once_events_flow_again() {
    for ending in [Ending::Cut, Ending::Silent] {
        let all = ids(0..700);
        let mut desk = Desk::flowing(&all);
        desk.close(ending);
        assert!(desk.is(id(0), Availability::Connecting) && desk.is(id(600), Availability::Flowing));
        assert_eq!((desk.errands(), desk.heard()), (vec![], vec![]));
        let done = desk.serve_for(2);
        assert_eq!(words(&done), ["open"]);
        assert_eq!(desk.heard(), missed(&ids(0..500)));
        assert!(desk.is(id(0), Availability::Flowing));
    }
}

#[test]
fn a_long_outage_is_told_and_its_end_as_well() {
    let mut desk = Desk::flowing(&[id(1)]);
    desk.close(Ending::Cut);
    let began = desk.at;
    let mut opened = Vec::new();
    let mut told = None;
    while desk.at < began + Duration::from_secs(600) {
        for errand in desk.errands() {
            let Errand::Open(socket, _) = errand else { panic!("{errand:?}") };
            opened.push(desk.at.as_secs());
            desk.take(News::Closed(socket, Ending::Cut));
        }
        if let [heard, ..] = desk.heard().as_slice() {
            assert_eq!(*heard, Heard::Unavailable(vec![id(1)]));
            assert_eq!(told.replace(desk.at), None);
        }
        desk.at = desk.book.wake(desk.now()).unwrap();
    }
    assert_eq!(told, Some(began + Duration::from_secs(10)));
    assert!((12..18).contains(&opened.len()), "{opened:?}");
    assert!(desk.is(id(1), Availability::Unavailable) && desk.book.fault().is_some());
    desk.serve_for(61);
    assert_eq!((desk.heard(), desk.book.fault()), (missed(&[id(1)]), None));
}

#[test]
fn a_first_connection_that_takes_too_long_is_told_and_caught_up_with() {
    let mut desk = Desk::new();
    desk.follow(&[id(1)]);
    let slot = created(&desk.next());
    desk.pass(10);
    assert_eq!(desk.errands(), []);
    assert_eq!(desk.heard(), [Heard::Unavailable(vec![id(1)])]);
    let channel = desk.channel();
    desk.take(News::Created(slot, Ok(channel)));
    desk.serve();
    assert_eq!(desk.heard(), missed(&[id(1)]));
}

#[test]
fn a_new_socket_opens_before_the_old_one_closes_and_what_that_had_not_told_yet_is_read() {
    let mut desk = Desk::flowing(&[id(1)]);
    let old = desk.socket(0);
    desk.say(Frame::SocketClosing);
    let errands = desk.errands();
    let [Errand::Open(new, _)] = errands.as_slice() else { panic!("{errands:?}") };
    assert!(desk.is(id(1), Availability::Flowing));
    desk.take(News::Said(old, Frame::Event(id(1), event())));
    desk.say(Frame::SocketClosing);
    assert_eq!(desk.errands(), []);
    desk.take(News::Opened(*new));
    assert_eq!(desk.errands(), [Errand::Close(old)]);
    desk.take(News::Closed(old, Ending::ByService));
    assert_eq!(desk.errands(), []);
    let told = [Heard::Event { conversation_id: id(1), event: event() }, Heard::MayHaveMissed(vec![id(1)])];
    assert_eq!(desk.heard(), told);
    assert!(desk.is(id(1), Availability::Flowing));
}

#[test]
fn an_old_socket_that_closes_too_early_leaves_a_gap_that_is_told() {
    let mut desk = Desk::flowing(&[id(1)]);
    let old = desk.socket(0);
    desk.say(Frame::SocketClosing);
    let errands = desk.errands();
    let [Errand::Open(new, _)] = errands.as_slice() else { panic!("{errands:?}") };
    desk.take(News::Closed(old, Ending::ByService));
    assert!(desk.is(id(1), Availability::Connecting));
    desk.take(News::Opened(*new));
    assert_eq!((desk.errands(), desk.heard()), (vec![], missed(&[id(1)])));
}

#[test]
fn a_handover_that_fails_is_tried_again_while_the_old_socket_lives() {
    let mut desk = Desk::flowing(&[id(1)]);
    desk.say(Frame::SocketClosing);
    let errands = desk.errands();
    let [Errand::Open(new, _)] = errands.as_slice() else { panic!("{errands:?}") };
    desk.take(News::Closed(*new, Ending::Cut));
    assert!(desk.is(id(1), Availability::Flowing));
    assert_eq!(desk.errands(), []);
    assert_eq!(words(&desk.serve_for(2)), ["open", "close"]);
    assert_eq!(desk.heard(), missed(&[id(1)]));
}

#[test]
fn who_is_kicked_backs_off_and_then_takes_a_channel_of_its_own() {
    let mut desk = Desk::flowing(&[id(1)]);
    desk.close(Ending::ByService);
    assert_eq!(words(&desk.serve_for(4)), [] as [&str; 0]);
    assert_eq!(words(&desk.serve_for(2)), ["open"]);
    assert_eq!(desk.heard(), missed(&[id(1)]));
    desk.close(Ending::ByService);
    assert_eq!(words(&desk.serve_for(4)), [] as [&str; 0]);
    assert_eq!(words(&desk.serve_for(2)), ["create", "open", "replace"]);
    assert_eq!(desk.heard(), missed(&[id(1)]));
    // An end that was announced is no kick.
    desk.pass(1000);
    desk.say(Frame::SocketClosing);
    desk.close(Ending::ByService);
    assert_eq!(words(&desk.serve_for(2)), ["open"]);
}

#[test]
fn a_channel_that_is_gone_is_replaced_however_that_is_learned() {
    for frame in [Frame::ChannelGone, Frame::TokenRevoked] {
        let mut desk = Desk::flowing(&[id(1)]);
        desk.say(frame);
        assert!(desk.is(id(1), Availability::Connecting));
        assert_eq!(words(&desk.serve_for(2)), ["close", "create", "open", "replace"]);
        assert_eq!(desk.heard(), missed(&[id(1)]));
    }
    let mut desk = Desk::flowing(&[id(1)]);
    desk.close(Ending::Cut);
    desk.pass(1);
    let errands = desk.errands();
    let [Errand::Open(socket, _)] = errands.as_slice() else { panic!("{errands:?}") };
    desk.take(News::Closed(*socket, Ending::Gone));
    assert_eq!(words(&desk.serve_for(2)), ["create", "open", "replace"]);
    assert_eq!(desk.heard(), missed(&[id(1)]));

    desk.follow(&[id(2)]);
    let (ask, _) = asked(&desk.errands());
    desk.take(News::Answered(ask, Err(trouble(TroubleKind::Gone, 0))));
    assert_eq!(words(&desk.serve_for(4)), ["close", "create", "open", "replace"]);
    assert_eq!(desk.heard(), missed(&[id(1)]));
    assert!(desk.is(id(2), Availability::Flowing));
}

#[test]
fn channels_that_keep_being_gone_are_replaced_ever_more_slowly() {
    let mut desk = Desk::flowing(&[id(1)]);
    let mut made = 0;
    for _ in 0..600 {
        made += desk.serve_for(1).iter().filter(|errand| matches!(errand, Errand::Create(_))).count();
        if desk.is(id(1), Availability::Flowing) {
            desk.say(Frame::ChannelGone);
        }
    }
    assert!((12..18).contains(&made), "{made}");
}

#[test]
fn news_of_what_is_given_up_says_nothing() {
    let mut desk = Desk::flowing(&[id(1)]);
    let old = desk.socket(0);
    desk.follow(&[id(2)]);
    let (ask, topics) = asked(&desk.errands());
    desk.say(Frame::ChannelGone);
    for news in [
        News::Answered(ask, Ok(permitted(&topics))),
        News::Opened(old),
        News::Said(old, Frame::ChannelGone),
        News::Said(old, Frame::SocketClosing),
        News::Closed(old, Ending::Gone),
        News::Created(SlotId(77), Err(trouble(TroubleKind::Barred, 0))),
    ] {
        desk.take(news);
    }
    assert!(desk.is(id(1), Availability::Connecting) && desk.is(id(2), Availability::Connecting));
    assert_eq!(words(&desk.serve_for(2)), ["close", "create", "open", "replace"]);
    assert_eq!(desk.heard(), missed(&[id(1)]));
}

#[test]
fn after_its_end_nothing_is_available() {
    let mut desk = Desk::flowing(&[id(1)]);
    desk.book.close();
    assert!(desk.is(id(1), Availability::Unavailable));
}

#[test]
fn no_debug_output_shows_where_a_channel_is() {
    let mut desk = Desk::flowing(&[id(1)]);
    desk.close(Ending::Cut);
    desk.pass(2);
    let errands = desk.errands();
    let shown = format!("{errands:?} {:?}", desk.book);
    assert!(shown.contains("Open(") && !shown.contains("channel-") && !shown.contains("wss:"), "{shown}");
}
