use super::*;

/// A world whose guest has this widget; its end is told in this way.
fn with_widget(mode: ConversationDisconnect, widget: &WidgetSpec) -> (World, LegId) {
    let chat = ConversationSpec::usual(1).with_widget(widget);
    let leg = guest(&chat);
    let mut world = telling(mode, chat);
    world.advance(at(0));
    (world, leg)
}

fn end(world: &mut World, leg: LegId, now: u64) {
    let live = truth(world, leg.conversation).live_guest_legs();
    for leg in live {
        world.end_participant(leg.conversation, leg.participant, at(now)).unwrap();
    }
    world.end_conversation(leg.conversation, at(now)).unwrap();
}

/// Ghosts that believe, ghosts that are back, messages after the end, open sockets.
fn counts(world: &World) -> (u64, u64, u64, u64) {
    let counts = world.witness().guests;
    (counts.ghosts_believing, counts.ghosts_back, counts.guest_messages_after_end, counts.open_guest_sockets)
}

const MODES: [ConversationDisconnect; 3] = [ConversationDisconnect::Off, ConversationDisconnect::Send, ConversationDisconnect::ReadOnly];

#[test]
fn a_well_behaved_widget_stays_and_is_a_ghost_only_where_it_is_not_told() {
    for (mode, ghosts) in MODES.into_iter().zip([1, 0, 0]) {
        let (mut world, leg) = with_widget(mode, &WidgetSpec::new(Profile::WellBehaved));
        assert_eq!(counts(&world), (0, 0, 0, 1));
        end(&mut world, leg, 10);
        world.advance(at(60_000));
        assert_eq!(counts(&world), (ghosts, 0, 0, 1), "{mode:?}");
    }
}

#[test]
fn a_reconnecting_widget_comes_back_after_a_cut_and_not_after_a_close() {
    for (how, sockets) in [(HowCut::Drop, 1), (HowCut::Close, 0)] {
        let (mut world, leg) = with_widget(ConversationDisconnect::Off, &WidgetSpec::new(Profile::Reconnecting));
        world.cut_guest(leg.participant, how, at(10)).unwrap();
        assert_eq!(view(&world, leg).sockets, 0);
        end(&mut world, leg, 20);
        world.advance(at(5_009));
        assert_eq!(counts(&world), (0, 0, 0, 0), "while it is away it believes nothing");
        world.advance(at(5_010));
        assert_eq!(counts(&world), (sockets, 0, 0, sockets));
    }
}

#[test]
fn a_reconnecting_widget_that_has_something_to_say_brings_the_conversation_back() {
    for (mode, back) in MODES.into_iter().zip([1, 1, 0]) {
        let widget =
            WidgetSpec { reconnect_every_ms: 100, cut_after_ms: Some(5), ..WidgetSpec::new(Profile::Reconnecting).saying("I was cut off") };
        let (mut world, leg) = with_widget(mode, &widget);
        world.advance(at(5));
        end(&mut world, leg, 20);
        world.advance(at(200));
        assert_eq!(counts(&world), (0, back, back, 1), "{mode:?}");
    }
}

#[test]
fn a_widget_tries_until_the_service_is_back_and_gives_up_in_the_end() {
    for (away_until, sockets) in [(350, 1), (10_000, 0)] {
        let widget = WidgetSpec { reconnect_every_ms: 100, tries: 5, ..WidgetSpec::new(Profile::Reconnecting) };
        let (mut world, leg) = with_widget(ConversationDisconnect::Off, &widget);
        world.set_unreachable(true);
        world.cut_guest(leg.participant, HowCut::Drop, at(0)).unwrap();
        world.advance(at(away_until));
        world.set_unreachable(false);
        world.advance(at(20_000));
        assert_eq!(view(&world, leg).sockets, sockets);
    }
}

#[test]
fn a_reloading_widget_restores_its_session() {
    for (mode, ghosts) in MODES.into_iter().zip([1, 0, 0]) {
        let (mut world, leg) = with_widget(mode, &WidgetSpec::new(Profile::Reloading).after(100));
        end(&mut world, leg, 10);
        world.advance(at(110));
        assert_eq!(counts(&world), (ghosts, 0, 0, 1), "{mode:?}");
        assert_eq!(view(&world, leg).read_only, mode == ConversationDisconnect::ReadOnly);
    }
}

#[test]
fn a_widget_that_writes_again_threads_into_the_same_conversation_once() {
    for (mode, back) in MODES.into_iter().zip([1, 1, 0]) {
        let (mut world, leg) = with_widget(mode, &WidgetSpec::new(Profile::WritesAgain).after(100));
        end(&mut world, leg, 10);
        world.advance(at(109));
        assert_eq!(counts(&world).1, 0);
        world.advance(at(110));
        assert_eq!(counts(&world), (0, back, back, 1), "{mode:?}");
        assert_eq!(world.witness().reconnects, back);
        end(&mut world, leg, 200);
        world.advance(at(60_000));
        assert_eq!(world.witness().reconnects, back, "once is enough");
        assert_eq!(counts(&world).1, 0);
    }
}

#[test]
fn a_second_tab_goes_on_when_the_first_is_closed() {
    for (mode, back) in MODES.into_iter().zip([1, 1, 0]) {
        let (mut world, leg) = with_widget(mode, &WidgetSpec::new(Profile::SecondTab).after(100));
        assert_eq!(view(&world, leg).sockets, 2);
        end(&mut world, leg, 10);
        assert_eq!(view(&world, leg).sockets, 2);
        world.advance(at(110));
        assert_eq!(counts(&world), (0, back, back, 1), "{mode:?}");
    }
}

#[test]
fn an_offline_widget_believes_nothing_until_it_is_back_online() {
    for (after, ghosts) in [(None, 0), (Some(500), 1)] {
        let widget = WidgetSpec { after_ms: after, ..WidgetSpec::new(Profile::Offline) };
        let (mut world, leg) = with_widget(ConversationDisconnect::Off, &widget);
        assert_eq!(view(&world, leg).sockets, 0);
        end(&mut world, leg, 10);
        world.advance(at(60_000));
        assert_eq!(counts(&world), (ghosts, 0, 0, ghosts));
    }
}

#[test]
fn a_widget_can_be_changed_and_prompted() {
    let (mut world, leg) = with_widget(ConversationDisconnect::Send, &WidgetSpec::new(Profile::WellBehaved));
    world.put_widget(leg.participant, WidgetSpec::new(Profile::WritesAgain), at(1)).unwrap();
    assert_eq!(view(&world, leg).sockets, 1);
    world.prompt_widget(leg.participant, at(2)).unwrap();
    world.guest_types(leg.participant, "and another thing", at(3)).unwrap();
    assert_eq!(view(&world, leg).lines.len(), 2);
    assert!(world.put_widget(Uuid::from_u128(7), WidgetSpec::new(Profile::Person), at(4)).is_err());
}
