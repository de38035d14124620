use super::*;

fn usual() -> (World, LegId, GuestSocketId) {
    let chat = ConversationSpec::usual(1);
    let leg = guest(&chat);
    let mut world = world_of(chat, |_| {});
    let socket = joined(&mut world, leg, 0);
    (world, leg, socket)
}

fn with_text(text: &str, custom_attributes_bytes: usize) -> GuestText {
    GuestText { text: text.into(), metadata: std::collections::BTreeMap::new(), custom_attributes_bytes }
}

#[test]
fn a_guest_that_is_there_resumes_and_a_stranger_begins() {
    let (mut world, leg, _) = usual();
    for (token, new) in [(token_of(leg), false), ("f4e3b2a1-0000-4000-8000-000000000001".into(), true)] {
        let socket = world.guest_connects(DEFAULT_DEPLOYMENT, at(0)).unwrap();
        let answer = asks(&mut world, socket, &GuestRequest::configure(&token), 0);
        assert!(matches!(answer[..], [Content::Session(s)] if s.connected && s.new_session == new && !s.read_only), "{answer:?}");
    }
    assert!(world.guest_connects(Uuid::from_u128(9), at(0)).is_err());
}

#[test]
fn what_a_guest_writes_comes_back_to_every_tab_and_only_the_sender_knows_its_request() {
    let (mut world, leg, first) = usual();
    let second = joined(&mut world, leg, 0);
    let request = GuestRequest { tracing_id: Some("t1".into()), ..GuestRequest::text(&token_of(leg), "hi") };
    world.guest_sends(first, &request, at(1));
    let tracing = |world: &mut World, socket| match world.guest_takes(socket).remove(0) {
        ToGuest::Frame(frame) => frame.tracing_id,
        ToGuest::Close(_) | ToGuest::Cut => panic!("closed"),
    };
    assert_eq!(tracing(&mut world, first), Some("t1".into()));
    assert_eq!(tracing(&mut world, second), None);
}

#[test]
fn a_first_message_begins_a_conversation_and_a_join_does_too() {
    for action in [GuestAction::Message(with_text("hello", 0)), GuestAction::Join] {
        let mut world = begin(sample::world(vec![]));
        let socket = world.guest_connects(DEFAULT_DEPLOYMENT, at(0)).unwrap();
        asks(&mut world, socket, &GuestRequest::configure("someone"), 0);
        assert_eq!(world.conversations().count(), 0);
        assert_eq!(codes(&asks(&mut world, socket, &GuestRequest::new("someone", action), 1)), NONE);
        let conversation = world.conversations().next().unwrap().0.clone();
        assert_eq!(conversation.live_guest_legs().len(), 1);
        assert_eq!(world.guests().count(), 1);
    }
}

#[test]
fn each_mistake_has_its_code() {
    let (mut world, leg, socket) = usual();
    let token = token_of(leg);
    let of = |action| GuestRequest::new(&token, action);
    for (request, code) in [
        (GuestRequest { token: None, ..GuestRequest::text("", "x") }, 4020),
        (of(GuestAction::Missing("message")), 4020),
        (GuestRequest::text("a-token-that-nobody-configured", "x"), 4007),
        (of(GuestAction::Message(with_text(&"ä".repeat(2049), 0))), 4011),
        (of(GuestAction::Message(with_text("x", 2049))), 4013),
        (of(GuestAction::NotOffered("getAttachment".into())), 4000),
        (of(GuestAction::Unreadable("no JSON".into())), 400),
        (of(GuestAction::Configure { deployment: Some("another".into()), start_new: false }), 400),
    ] {
        assert_eq!(codes(&asks(&mut world, socket, &request, 0)), [code], "{request:?}");
    }
    assert_eq!(codes(&writes(&mut world, socket, leg, &"ä".repeat(2048), 2000)), NONE);
}

#[test]
fn a_session_ends_72_hours_after_the_last_message() {
    let (mut world, leg, socket) = usual();
    let hours = |n: u64| n * 3_600_000;
    assert_eq!(codes(&writes(&mut world, socket, leg, "still here", hours(71))), NONE);
    assert_eq!(codes(&writes(&mut world, socket, leg, "and here", hours(142))), NONE);
    assert_eq!(codes(&writes(&mut world, socket, leg, "too late", hours(214))), [4006]);
    let answer = asks(&mut world, socket, &GuestRequest::configure(&token_of(leg)), hours(215));
    assert!(matches!(answer[..], [Content::Session(s)] if s.new_session));
}

#[test]
fn six_messages_in_a_second_are_one_too_many() {
    let (mut world, leg, socket) = usual();
    let answers: Vec<_> = (0..6).flat_map(|_| writes(&mut world, socket, leg, "quick", 10)).collect();
    assert!(matches!(answers[5], Content::TooManyRequests { retry_after: 3, .. }), "{answers:?}");
    assert!(matches!(writes(&mut world, socket, leg, "slower", 1010)[..], [Content::Line(_)]));
}

#[test]
fn a_connection_has_sixty_requests_a_minute() {
    let (mut world, leg, socket) = usual();
    let typing = GuestRequest::new(&token_of(leg), GuestAction::Typing);
    let answers: Vec<_> = (0..60).flat_map(|_| asks(&mut world, socket, &typing, 10)).collect();
    assert!(matches!(answers[..], [Content::TooManyRequests { .. }]), "{answers:?}");
}

#[test]
fn a_fourth_connection_closes_the_oldest_in_so_many_words() {
    let (mut world, leg, oldest) = usual();
    let others = [1, 2, 3].map(|now| joined(&mut world, leg, now));
    let last_words = world.guest_takes(oldest);
    assert!(
        matches!(&last_words[..], [ToGuest::Frame(f), ToGuest::Close(1000)] if matches!(f.content, Content::ConnectionClosed(_))),
        "{last_words:?}"
    );
    assert_eq!((view(&world, leg).sockets, world.witness().guests.open_guest_sockets), (3, 3));
    assert!(others.iter().all(|socket| heard(&mut world, *socket).is_empty()));
}

#[test]
fn a_health_check_comes_back_and_changes_nothing() {
    let (mut world, leg, socket) = usual();
    let answer = asks(&mut world, socket, &GuestRequest::new(&token_of(leg), GuestAction::Echo("ping".into())), 5);
    assert!(matches!(&answer[..], [Content::Echo { text, duration_seconds: 259_200, .. }] if text == "ping"));
    assert!(view(&world, leg).lines.is_empty());
}

#[test]
fn a_guest_that_clears_ends_its_own_conversation_unless_the_deployment_forbids_it() {
    let (mut world, leg, socket) = usual();
    let answers = asks(&mut world, socket, &GuestRequest::new(&token_of(leg), GuestAction::Clear), 5);
    assert!(
        matches!(&answers[..], [Content::SessionCleared, Content::Line(line), Content::ConnectionClosed(_)] if line.said == Saying::Clear),
        "{answers:?}"
    );
    assert!(!truth(&world, leg.conversation).is_live(leg));
    assert_eq!((world.witness().guests.ghosts, world.witness().effective_closes.len()), (0, 0));
    let (mut world, leg, socket) = usual();
    world.put_deployment(DeploymentSpec { conversation_clear: false, ..DeploymentSpec::new(DEFAULT_DEPLOYMENT) });
    assert_eq!(codes(&asks(&mut world, socket, &GuestRequest::new(&token_of(leg), GuestAction::Clear), 5)), [403]);
}

#[test]
fn closing_all_connections_closes_the_others_and_a_new_start_begins_a_new_session() {
    let (mut world, leg, first) = usual();
    let second = joined(&mut world, leg, 1);
    let answer = asks(&mut world, second, &GuestRequest::new(&token_of(leg), GuestAction::Close { all: true }), 2);
    assert!(matches!(answer[..], [Content::Session(s)] if !s.connected));
    assert!(matches!(heard(&mut world, first)[..], [Content::ConnectionClosed(_)]));
    let anew = GuestRequest::new(&token_of(leg), GuestAction::Configure { deployment: None, start_new: true });
    let answer = asks(&mut world, second, &anew, 3);
    assert!(matches!(answer[..], [Content::Session(s)] if s.connected && s.new_session && s.cleared_existing));
    writes(&mut world, second, leg, "from the beginning", 4);
    assert_eq!(world.conversations().count(), 2);
}

#[test]
fn agents_and_bots_are_heard_by_every_tab() {
    let (mut world, leg, first) = usual();
    let second = joined(&mut world, leg, 1);
    assert_eq!(world.says(leg.conversation, super::super::super::Speaker::Human, "Hello!", at(2)), 1);
    for socket in [first, second] {
        assert!(matches!(&heard(&mut world, socket)[..], [Content::Line(line)] if line.said == Saying::Text { text: "Hello!".into() }));
    }
}

#[test]
fn a_simulated_agent_answers_where_the_deployment_says_so() {
    let (mut world, leg, socket) = usual();
    world.put_deployment(DeploymentSpec { replies: true, ..DeploymentSpec::new(DEFAULT_DEPLOYMENT) });
    writes(&mut world, socket, leg, "Where is my parcel?", 5);
    world.advance(at(705));
    assert!(matches!(&heard(&mut world, socket)[..], [Content::Line(line)] if line.nickname == "Agent"));
}
