//! What holds of guests in every world, whatever they and the back end do in whatever order.

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Act {
    Wait(u64),
    Connect,
    Ask(usize, GuestAction),
    Go(usize, bool),
    Cut(HowCut),
    EndGuest,
    EndAll,
    Change(Profile),
    Prompt,
}

fn act() -> impl Strategy<Value = Act> {
    let text = GuestText { text: "hi".into(), metadata: std::collections::BTreeMap::new(), custom_attributes_bytes: 0 };
    let configure = |start_new| GuestAction::Configure { deployment: None, start_new };
    let actions = vec![
        configure(false),
        configure(true),
        GuestAction::Message(text),
        GuestAction::Join,
        GuestAction::Clear,
        GuestAction::Close { all: true },
        GuestAction::Echo("ping".into()),
    ];
    let profiles =
        [Profile::WellBehaved, Profile::Reconnecting, Profile::Reloading, Profile::WritesAgain, Profile::SecondTab, Profile::Offline];
    prop_oneof![
        (0_u64..4000).prop_map(Act::Wait),
        Just(Act::Connect),
        (0_usize..6, prop::sample::select(actions)).prop_map(|(socket, action)| Act::Ask(socket, action)),
        (0_usize..6, any::<bool>()).prop_map(|(socket, goodbye)| Act::Go(socket, goodbye)),
        prop::sample::select(vec![HowCut::Drop, HowCut::Close]).prop_map(Act::Cut),
        Just(Act::EndGuest),
        Just(Act::EndAll),
        prop::sample::select(profiles.to_vec()).prop_map(Act::Change),
        Just(Act::Prompt),
    ]
}

fn does(world: &mut World, sockets: &mut Vec<GuestSocketId>, leg: LegId, act: Act, now: u64) {
    match act {
        Act::Wait(_) => {}
        Act::Connect => sockets.push(world.guest_connects(DEFAULT_DEPLOYMENT, at(now)).unwrap()),
        Act::Ask(socket, action) => {
            if let Some(socket) = sockets.get(socket) {
                world.guest_sends(*socket, &GuestRequest::new(&token_of(leg), action), at(now));
            }
        }
        Act::Go(socket, goodbye) => {
            if let Some(socket) = sockets.get(socket) {
                world.guest_is_gone(*socket, goodbye, at(now));
            }
        }
        // A guest that has cleared its session is not there any more.
        Act::Cut(how) => drop(world.cut_guest(leg.participant, how, at(now))),
        Act::EndGuest => world.end_participant(leg.conversation, leg.participant, at(now)).unwrap(),
        Act::EndAll => world.end_conversation(leg.conversation, at(now)).unwrap(),
        Act::Change(profile) => drop(world.put_widget(leg.participant, WidgetSpec::new(profile).saying("again"), at(now))),
        Act::Prompt => drop(world.prompt_widget(leg.participant, at(now))),
    }
}

proptest! {
    #[test]
    fn a_guest_is_counted_right_and_a_read_only_one_never_comes_back(acts in prop::collection::vec(act(), 1..60), read_only in any::<bool>()) {
        let mode = if read_only { ConversationDisconnect::ReadOnly } else { ConversationDisconnect::Off };
        let chat = ConversationSpec::usual(1);
        let leg = guest(&chat);
        let mut world = telling(mode, chat);
        let mut sockets = Vec::new();
        let mut now = 0;
        for act in acts {
            if let Act::Wait(milliseconds) = act {
                now += milliseconds;
            }
            does(&mut world, &mut sockets, leg, act, now);
            world.advance(at(now));
            let counts = world.witness().guests;
            prop_assert!(world.next_due().is_none_or(|due| due > at(now)));
            prop_assert!(world.guests().all(|g| g.sockets <= 3 && !(g.believing && (g.back || g.live))));
            prop_assert_eq!(counts.open_guest_sockets, world.guests().map(|g| g.sockets as u64).sum::<u64>());
            prop_assert_eq!(counts.ghosts, world.guests().filter(|g| g.believing || g.back).count() as u64);
            prop_assert!(world.guests().all(|g| !g.read_only || !g.live));
            if read_only {
                prop_assert_eq!((counts.ghosts, counts.guest_messages_after_end, world.witness().reconnects), (0, 0, 0));
            }
        }
    }
}
