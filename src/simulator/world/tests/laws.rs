//! What holds in every world, whatever is done to it in whatever order.

use proptest::prelude::*;

use super::super::{Change, Family, Happening, Overrides, Repeats, Return};
use super::*;

#[derive(Debug, Clone)]
enum Act {
    Wait(u64),
    Ask(Request),
    Happen(Happening),
}

/// Two conversations, one of them with two guests and an agent that must wrap up.
fn chats() -> [ConversationSpec; 2] {
    let two_guests = ConversationSpec::of(2, &[Purpose::Customer, Purpose::External, Purpose::Acd, Purpose::Agent]);
    [ConversationSpec::usual(1), two_guests.with_wrap_up()]
}

fn act() -> impl Strategy<Value = Act> {
    let requests = chats().iter().flat_map(requests).collect::<Vec<_>>();
    let happenings = chats().iter().flat_map(|chat| happenings(chat.id)).collect::<Vec<_>>();
    prop_oneof![
        (0_u64..2000).prop_map(Act::Wait),
        prop::sample::select(requests).prop_map(Act::Ask),
        prop::sample::select(happenings).prop_map(Act::Happen),
    ]
}

fn requests(chat: &ConversationSpec) -> Vec<Request> {
    let conversation = chat.id;
    let change = Change::Disconnect;
    let mut all = vec![
        read(conversation),
        Request::PatchConversation { conversation, change: change.clone(), family: Family::Message },
        Request::Delete { conversation },
        Request::Teardown { conversation },
    ];
    for LegId { participant, communication, .. } in chat.legs_of(|_| true) {
        all.push(Request::PatchParticipant { conversation, participant, change: change.clone(), family: Family::Message });
        all.push(Request::PatchCommunication { conversation, participant, communication, change: change.clone(), family: Family::Message });
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
        let [one, two] = chats();
        let overrides = Overrides { refuse_guest_close: Some(refuse), lose_effects: Some(lose), ..Overrides::default() };
        let mut spec = WorldSpec { seed, ..sample::world(vec![one, two.overriding(overrides)]) };
        spec.behaviour.cascade = cascade;
        spec.behaviour.effect_delay_ms = Delay { min: 0, max: delay };
        spec.behaviour.cascade_delay_ms = Delay::fixed(delay / 2);
        spec.behaviour.read_lag_ms = lag;
        spec.behaviour.repeats = repeats;
        let mut world = begin(spec);
        let mut now = 0;
        let mut gone: Vec<LegId> = Vec::new();
        for act in acts {
            match act {
                Act::Wait(milliseconds) => now += milliseconds,
                Act::Ask(request) => drop(serve(&mut world, &Caller::Trusted, request, at(now))),
                Act::Happen(happening) => drop(world.happen(happening, at(now)).unwrap()),
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
        let witness = world.witness();
        prop_assert!(witness.effective_closes.iter().all(|c| c.count == 1 && gone.contains(&c.leg)));
        prop_assert_eq!(witness.writes.iter().map(|w| w.ended.len()).sum::<usize>(), witness.effective_closes.len());
        prop_assert!(witness.writes.iter().all(|w| w.accepted || !w.effective()));
    }
}
