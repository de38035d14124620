//! What comes on the notification socket, and how it ends.

use super::super::{ChannelId, ChannelInput, ChannelOutput, ChannelSocket, EventKind, Frame, Mischief};
use super::notifying::{ask, channel, empty, ends, subscribe};
use super::*;

/// A world with conversation 1, a channel subscribed to its guest's starts and ends, and an open socket.
struct Scene {
    world: World,
    leg: LegId,
    id: ChannelId,
    socket: ChannelSocket,
}

fn scene(behaviour: impl FnOnce(&mut Behaviour)) -> Scene {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut world = world_of(chat, behaviour);
    let id = channel(&mut world, &Caller::Trusted, at(0)).id;
    let topics = [EventKind::CustomerStart.topic(leg.conversation), EventKind::CustomerEnd.topic(leg.conversation)];
    subscribe(&mut world, &Caller::Trusted, &id, &topics, at(0)).unwrap();
    let socket = world.open_socket(&id, at(0)).unwrap();
    Scene { world, leg, id, socket }
}

/// What came, as words: the kind of an event, or the name of anything else.
fn heard(world: &mut World, socket: ChannelSocket) -> Vec<String> {
    let word = |outgoing: ChannelOutput| match outgoing {
        ChannelOutput::Frame(Frame::Event(event)) => event.kind.suffix().to_owned(),
        ChannelOutput::Frame(frame) => format!("{frame:?}").split([' ', '(']).next().unwrap().to_owned(),
        ChannelOutput::Close(code) => format!("close {code}"),
        ChannelOutput::Cut => "cut".to_owned(),
    };
    world.take_outgoing(socket).into_iter().map(word).collect()
}

#[test]
fn only_subscribed_events_come_and_only_once() {
    let Scene { mut world, leg, socket, .. } = scene(|_| {});
    world.end_participant(leg.conversation, leg.participant, at(5)).unwrap();
    world.guest_writes(leg.conversation, at(9)).unwrap();
    assert_eq!(heard(&mut world, socket), ["customer.end", "customer.start"]);
    assert_eq!(heard(&mut world, socket), Vec::<String>::new());
    assert_eq!((world.witness().events.frames, world.witness().events.missed), (2, 0));
}

#[test]
fn a_combined_topic_brings_each_of_its_parts() {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut world = world_of(chat, |_| {});
    let id = channel(&mut world, &Caller::Trusted, at(0)).id;
    let combined = format!("v2.detail.events.conversation.{}?customer.end&user.end", leg.conversation);
    subscribe(&mut world, &Caller::Trusted, &id, &[combined], at(0)).unwrap();
    let socket = world.open_socket(&id, at(0)).unwrap();
    world.end_conversation(leg.conversation, at(5)).unwrap();
    assert_eq!(heard(&mut world, socket), ["customer.end", "user.end"]);
}

#[test]
fn what_is_announced_during_a_gap_is_lost() {
    let Scene { mut world, leg, id, socket } = scene(|_| {});
    world.close_socket(socket);
    world.end_participant(leg.conversation, leg.participant, at(5)).unwrap();
    let again = world.open_socket(&id, at(9)).unwrap();
    assert_eq!(heard(&mut world, again), Vec::<String>::new());
    assert_eq!((world.witness().events.frames, world.witness().events.missed), (0, 1));
}

#[test]
fn a_second_socket_kicks_the_first() {
    let Scene { mut world, leg, id, socket } = scene(|_| {});
    let second = world.open_socket(&id, at(1)).unwrap();
    world.end_participant(leg.conversation, leg.participant, at(5)).unwrap();
    assert_eq!(heard(&mut world, socket), ["close 1000"]);
    assert!(!world.has_socket(socket));
    assert_eq!(heard(&mut world, second), ["customer.end"]);
}

#[test]
fn heartbeats_come_every_thirty_seconds_until_the_socket_is_closed() {
    let Scene { mut world, socket, .. } = scene(|_| {});
    world.advance(at(90_000));
    assert_eq!(heard(&mut world, socket), ["Heartbeat"; 3]);
    world.close_socket(socket);
    world.advance(at(120_000));
    assert_eq!(heard(&mut world, socket), Vec::<String>::new());
    let Scene { mut world, socket, .. } = scene(|b| b.notifications.heartbeat_ms = 0);
    world.advance(at(90_000));
    assert_eq!(heard(&mut world, socket), Vec::<String>::new());
}

#[test]
fn a_ping_is_answered_and_anything_else_is_borne() {
    let Scene { mut world, socket, .. } = scene(|_| {});
    world.hear(socket, ChannelInput::Other, at(1));
    world.hear(socket, ChannelInput::Ping, at(1));
    assert_eq!(heard(&mut world, socket), ["Pong"]);
}

#[test]
fn topics_can_be_subscribed_in_band() {
    let (mut world, _) = empty(|_| {});
    let id = channel(&mut world, &Caller::Trusted, at(0)).id;
    let socket = world.open_socket(&id, at(0)).unwrap();
    let correlation_id = Some("abc".to_owned());
    let subscribe = |topics| ChannelInput::Subscribe { topics, correlation_id: correlation_id.clone() };
    world.hear(socket, subscribe(Ok(vec![ends(1)])), at(1));
    world.hear(socket, subscribe(Ok(vec!["v2.nonsense".into()])), at(1));
    world.hear(socket, subscribe(Err("no list".into())), at(1));
    let frames = world.take_outgoing(socket);
    assert_eq!(frames[0], ChannelOutput::Frame(Frame::Subscribed { correlation_id }));
    for (frame, expected) in frames[1..].iter().zip(["failure", "error"]) {
        assert!(matches!(frame, ChannelOutput::Frame(Frame::NotSubscribed { status, .. }) if *status == expected), "{frame:?}");
    }
    assert_eq!(world.channels()[0].topics, 1);
}

#[test]
fn a_channel_tells_before_it_ends_and_closes_with_404() {
    let Scene { mut world, socket, .. } = scene(|b| {
        b.notifications.channel_lifetime_seconds = 100;
        b.notifications.heartbeat_ms = 0;
    });
    world.advance(at(40_000));
    assert_eq!(heard(&mut world, socket), ["SocketClosing"]);
    world.advance(at(100_000));
    assert_eq!(heard(&mut world, socket), ["Gone", "close 1000"]);
    assert_eq!(world.channels(), []);
}

#[test]
fn a_socket_for_a_channel_that_is_gone_hears_404_or_is_refused() {
    let gone = ChannelId("streaming-0-gone".into());
    let (mut world, _) = empty(|_| {});
    let socket = world.open_socket(&gone, at(0)).unwrap();
    assert_eq!(heard(&mut world, socket), ["Gone", "close 1000"]);
    let (mut world, _) = empty(|b| b.notifications.gone_channel_refuses_handshake = true);
    assert_eq!(world.open_socket(&gone, at(0)), Err(404));
    let (mut world, _) = empty(|b| b.notifications.handshake_status = Some(503));
    assert_eq!(world.open_socket(&gone, at(0)), Err(503));
}

#[test]
fn a_channel_that_is_replaced_or_revoked_says_why() {
    let Scene { mut world, socket, .. } = scene(|b| b.notifications.channels_per_client = 1);
    channel(&mut world, &Caller::Trusted, at(1));
    assert_eq!(heard(&mut world, socket), ["NoLongerSubscribed", "Gone", "close 1000"]);
    let (mut world, caller) = empty(|_| {});
    let id = channel(&mut world, &caller, at(0)).id;
    let socket = world.open_socket(&id, at(0)).unwrap();
    assert!(ask(&mut world, &caller, super::super::NotificationRequest::List, at(0)).is_ok());
    assert!(serve(&mut world, &caller, Request::RevokeToken, at(1)).answer.is_ok());
    assert_eq!(heard(&mut world, socket), ["TokenRevoked", "Gone", "close 1000"]);
}

#[test]
fn every_misbehaviour_can_be_had_on_demand() {
    let cases: [(Mischief, &[&str]); 10] = [
        (Mischief::Heartbeat, &["Heartbeat", "customer.end"]),
        (Mischief::SocketClosing { after_ms: Some(0) }, &["SocketClosing", "close 1000"]),
        (Mischief::NoLongerSubscribed, &["NoLongerSubscribed"]),
        (Mischief::TokenRevoked, &["TokenRevoked", "Gone", "close 1000"]),
        (Mischief::Expire, &["Gone", "close 1000"]),
        (Mischief::Vanish, &[]),
        (Mischief::Junk { text: None }, &["Junk", "customer.end"]),
        (Mischief::Cut, &["cut"]),
        (Mischief::Close { code: 1001 }, &["close 1001"]),
        (Mischief::Mute, &[]),
    ];
    for (mischief, expected) in cases {
        let Scene { mut world, leg, id, socket } = scene(|_| {});
        assert_eq!(world.misbehave(&mischief, Some(&id), at(1)), 1);
        world.end_participant(leg.conversation, leg.participant, at(5)).unwrap();
        assert_eq!(heard(&mut world, socket), expected, "{mischief:?}");
    }
}

#[test]
fn a_channel_that_vanished_answers_404_in_band() {
    let Scene { mut world, id, socket, .. } = scene(|_| {});
    world.misbehave(&Mischief::Vanish, None, at(1));
    world.hear(socket, ChannelInput::Subscribe { topics: Ok(vec![ends(1)]), correlation_id: None }, at(2));
    assert_eq!(heard(&mut world, socket), ["Gone"]);
    assert!(world.channels().iter().all(|view| view.id != id));
}

#[test]
fn frames_are_lost_cut_or_preceded_by_junk_as_the_switches_say() {
    for (lost, junk, cut, expected) in [(1000, 0, 0, &[][..]), (0, 1000, 0, &["Junk", "customer.end"][..]), (0, 0, 1000, &["cut"][..])] {
        let Scene { mut world, leg, socket, .. } = scene(|b| {
            b.notifications.lost_per_thousand = lost;
            b.notifications.junk_per_thousand = junk;
            b.notifications.cut_per_thousand = cut;
        });
        world.end_participant(leg.conversation, leg.participant, at(5)).unwrap();
        assert_eq!(heard(&mut world, socket), expected);
    }
}

#[test]
fn a_socket_lives_as_long_as_the_switch_says_with_notice() {
    let Scene { mut world, socket, .. } = scene(|b| {
        b.notifications.socket_lifetime_ms = Some(Delay::fixed(80_000));
        b.notifications.heartbeat_ms = 0;
    });
    world.advance(at(20_000));
    assert_eq!(heard(&mut world, socket), ["SocketClosing"]);
    world.advance(at(80_000));
    assert_eq!(heard(&mut world, socket), ["close 1000"]);
    assert_eq!(world.channels().len(), 1, "the channel lives on");
}

#[test]
fn an_unreachable_service_cuts_its_sockets() {
    let Scene { mut world, socket, .. } = scene(|_| {});
    world.set_unreachable(true);
    assert_eq!(heard(&mut world, socket), ["cut"]);
}

#[test]
fn a_read_is_no_poll_any_more_once_somebody_was_told() {
    let Scene { mut world, leg, socket, .. } = scene(|b| {
        b.effect_delay_ms = Delay::fixed(1000);
        b.read_lag_ms = 5000;
    });
    world.end_participant(leg.conversation, leg.participant, at(0)).unwrap();
    world.read_conversation(leg.conversation, at(500)).unwrap();
    assert_eq!(world.witness().polls, 1);
    world.advance(at(1000));
    assert_eq!(heard(&mut world, socket), ["customer.end"]);
    world.read_conversation(leg.conversation, at(1500)).unwrap();
    assert_eq!(world.witness().polls, 1, "the read lags, but the end had been announced");
}
