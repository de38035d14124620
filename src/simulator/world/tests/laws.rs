//! What holds in every world, whatever is done to it in whatever order.

use proptest::prelude::*;

use super::super::{Change, Family, Happening, Media, Overrides, Repeats, Return};
use super::*;

#[derive(Debug, Clone)]
enum Act {
    Wait(u64),
    Ask(Request),
    Happen(Happening),
    /// The chat's guest attaches a stream.
    Attach,
    /// All streams of the chat's guest are dropped.
    Detach,
}

/// Three conversations: the second has two guests and an agent that must wrap up, the third is a legacy web chat.
fn chats() -> [ConversationSpec; 3] {
    let two_guests = ConversationSpec::of(2, &[Purpose::Customer, Purpose::External, Purpose::Acd, Purpose::Agent]);
    [ConversationSpec::usual(1), two_guests.with_wrap_up(), ConversationSpec::usual(3).as_chat()]
}

fn act() -> impl Strategy<Value = Act> {
    let requests = chats().iter().flat_map(requests).collect::<Vec<_>>();
    let happenings = chats().iter().flat_map(|chat| happenings(chat.id)).collect::<Vec<_>>();
    prop_oneof![
        (0_u64..2000).prop_map(Act::Wait),
        prop::sample::select(requests).prop_map(Act::Ask),
        prop::sample::select(happenings).prop_map(Act::Happen),
        Just(Act::Attach),
        Just(Act::Detach),
    ]
}

fn requests(chat: &ConversationSpec) -> Vec<Request> {
    let conversation = chat.id;
    let change = Change::Disconnect;
    let mut all = vec![read(conversation), Request::Delete { conversation }, Request::Teardown { conversation }];
    let families: &[Family] = if chat.media == Media::Chat { &[Family::Chat, Family::Webchat] } else { &[Family::Message] };
    for family in families.iter().copied() {
        all.push(Request::PatchConversation { conversation, change: change.clone(), family });
        for LegId { participant, communication, .. } in chat.legs_of(|_| true) {
            let change = change.clone();
            all.push(match family {
                Family::Webchat => Request::PostParticipants { conversation, participant, change: change.clone() },
                Family::Neutral | Family::Message | Family::Chat => {
                    Request::PatchCommunication { conversation, participant, communication, change: change.clone(), family }
                }
            });
            all.push(Request::PatchParticipant { conversation, participant, change: change.clone(), family });
            if family == Family::Webchat {
                all.push(Request::Signal { conversation, participant, change });
            }
        }
    }
    all
}

fn happenings(conversation_id: Uuid) -> Vec<Happening> {
    vec![
        Happening::GuestReconnects { conversation_id, comes_as: Return::NewCommunication },
        Happening::GuestReconnects { conversation_id, comes_as: Return::NewParticipant },
        Happening::GuestWrites { conversation_id },
        Happening::GuestLeaves { conversation_id },
        Happening::AgentFinishes { conversation_id },
    ]
}

fn behaviour() -> impl Strategy<Value = (bool, u64, u64, bool, Repeats, u32)> {
    let repeats = prop::sample::select(vec![Repeats::Accepted, Repeats::Conflict, Repeats::NotFound]);
    (any::<bool>(), 0_u64..1500, 0_u64..1500, any::<bool>(), repeats, 0_u32..3)
}

/// All legs that have ended so far.
fn ended(world: &World) -> Vec<LegId> {
    let all = world.conversations().flat_map(|(c, _)| {
        let legs = c.participants.iter().flat_map(move |p| p.communications.iter().map(move |m| (p.id, m)));
        legs.filter(|(_, m)| !m.state.is_live())
            .map(|(p, m)| LegId { conversation: c.id, participant: p, communication: m.id })
            .collect::<Vec<_>>()
    });
    all.collect()
}

proptest! {
    #[test]
    fn an_ended_leg_stays_ended_and_is_ended_once(acts in prop::collection::vec(act(), 1..40), switches in behaviour(), seed in any::<u64>()) {
        let (cascade, delay, lag, refuse, repeats, lose) = switches;
        let [one, two, chat] = chats();
        let jwt = guest(&chat).participant.to_string();
        let overrides = Overrides { refuse_guest_close: Some(refuse), lose_effects: Some(lose), ..Overrides::default() };
        let mut spec = WorldSpec { seed, ..sample::world(vec![one, two.overriding(overrides), chat]) };
        spec.behaviour.cascade = cascade;
        spec.behaviour.close_reaches_guest = refuse;
        spec.behaviour.effect_delay_ms = Delay { min: 0, max: delay };
        spec.behaviour.cascade_delay_ms = Delay::fixed(delay / 2);
        spec.behaviour.read_lag_ms = lag;
        spec.behaviour.repeats = repeats;
        let mut world = begin(spec);
        let mut now = 0;
        let mut gone: Vec<LegId> = Vec::new();
        let mut streams = Vec::new();
        for act in acts {
            match act {
                Act::Wait(milliseconds) => now += milliseconds,
                Act::Ask(request) => drop(serve(&mut world, &Caller::Trusted, request, at(now))),
                Act::Happen(happening) => drop(world.happen(happening, at(now)).unwrap()),
                Act::Attach => streams.extend(world.attach_chat(&jwt, at(now))),
                Act::Detach => streams.drain(..).for_each(|stream| world.detach_chat(stream, at(now))),
            }
            world.advance(at(now));
            prop_assert!(world.next_due().is_none_or(|due| due > at(now)));
            let ended = ended(&world);
            prop_assert!(gone.iter().all(|leg| ended.contains(leg)), "a leg came back to life");
            gone = ended;
            for (conversation, _) in world.conversations() {
                let wraps_up = conversation.participants.iter().any(super::super::Participant::wraps_up);
                prop_assert_eq!(conversation.end_time.is_some(), conversation.live_legs().is_empty() && !wraps_up);
            }
        }
        prop_assert!(world.chat_guests().all(|guest| !(guest.believing && (guest.live || guest.told || guest.for_good))));
        let witness = world.witness();
        prop_assert!(witness.effective_closes.iter().all(|c| c.count == 1 && gone.contains(&c.leg)));
        prop_assert_eq!(witness.writes.iter().map(|w| w.ended.len()).sum::<usize>(), witness.effective_closes.len());
        prop_assert!(witness.writes.iter().all(|w| w.accepted || !w.effective()));
    }
}
