//! One world under three dialects: what is done in one of them counts as it would in the others.

use super::super::{Answer, ApiError, Change, ChannelOutput, EventKind, Family, Frame, Media, Operation, Paths};
use super::notifying::{channel, subscribe};
use super::pushing::target;
use super::*;

/// How a dialect closes the guest's participant and the wrapper.
type Closes = fn(LegId) -> [Request; 2];

const CHANGE: Change = Change::Disconnect;

fn closes(leg: LegId, family: Family) -> [Request; 2] {
    let LegId { conversation, participant, .. } = leg;
    [
        Request::PatchParticipant { conversation, participant, change: CHANGE, family },
        Request::PatchConversation { conversation, change: CHANGE, family },
    ]
}

/// Every way in which a dialect closes, with the medium of the conversation.
const DIALECTS: [(Media, Closes); 4] = [
    (Media::Message, |leg| closes(leg, Family::Message)),
    (Media::Chat, |leg| closes(leg, Family::Chat)),
    (Media::Chat, |leg| closes(leg, Family::Webchat)),
    (Media::Chat, |leg| {
        let LegId { conversation, participant, .. } = leg;
        let [_, wrapper] = closes(leg, Family::Webchat);
        [Request::PostParticipants { conversation, participant, change: CHANGE }, wrapper]
    }),
];

fn stubborn(media: Media) -> ConversationSpec {
    let overrides = super::super::Overrides { no_cascade: Some(true), ..super::super::Overrides::default() };
    ConversationSpec { media, ..ConversationSpec::usual(1).overriding(overrides) }
}

#[test]
fn every_dialect_closes_the_guest_later_and_the_wrapper_at_once() {
    for (media, closes) in DIALECTS {
        let chat = stubborn(media);
        let leg = guest(&chat);
        let mut world = world_of(chat, slow);
        let caller = token(&mut world, at(0));
        let [participant, wrapper] = closes(leg);
        assert_eq!(serve(&mut world, &caller, participant, at(0)).answer, Ok(Answer::Accepted));
        assert!(truth(&world, leg.conversation).is_live(leg));
        world.advance(at(1000));
        assert!(!truth(&world, leg.conversation).is_live(leg));
        assert_eq!(truth(&world, leg.conversation).end_time, None);
        assert!(matches!(serve(&mut world, &caller, wrapper, at(1001)).answer, Ok(Answer::Conversation(..))));
        assert_eq!(truth(&world, leg.conversation).end_time, Some(at(1001)));
        let witness = world.witness();
        assert_eq!((witness.effective_closes_of(leg), witness.out_of_order, witness.writes.len()), (1, 0, 2));
    }
}

#[test]
fn the_witness_judges_every_dialect_alike() {
    for (media, closes) in DIALECTS {
        let chat = stubborn(media);
        let leg = guest(&chat);
        let mut world = world_of(chat, slow);
        let caller = token(&mut world, at(0));
        let [participant, wrapper] = closes(leg);
        for request in [wrapper, participant.clone(), read(leg.conversation), participant] {
            assert!(serve(&mut world, &caller, request, at(10)).answer.is_ok());
        }
        world.mark_finished(Some(leg.conversation));
        let [late, _] = closes(leg);
        assert!(serve(&mut world, &caller, late, at(2000)).answer.is_ok());
        let witness = world.witness();
        assert_eq!((witness.out_of_order, witness.after_finished, witness.effective_closes_of(leg)), (1, 1, 1));
        // The wrapper's close is prompt, so the guest had ended before the participant's was accepted.
        assert_eq!(witness.repeated_closes, 2);
    }
}

#[test]
fn the_end_of_a_chats_guest_is_told_to_channels_and_pushed_with_the_medium_chat() {
    let chat = ConversationSpec::usual(1).as_chat();
    let leg = guest(&chat);
    let mut spec = sample::world(vec![chat]);
    spec.push_targets = vec![target("hook", &[EventKind::CustomerEnd])];
    let mut world = begin(spec);
    let caller = token(&mut world, at(0));
    let id = channel(&mut world, &caller, at(0)).id;
    subscribe(&mut world, &caller, &id, &[EventKind::CustomerEnd.topic(leg.conversation)], at(0)).unwrap();
    let socket = world.open_socket(&id, at(0)).unwrap();
    let [participant, _] = closes(leg, Family::Webchat);
    assert!(serve(&mut world, &caller, participant, at(1)).answer.is_ok());
    let [ChannelOutput::Frame(Frame::Event(told))] = <[ChannelOutput; 1]>::try_from(world.take_outgoing(socket)).unwrap() else {
        panic!("no event")
    };
    assert_eq!((told.body.media_type, told.body.message_type, told.body.disconnect_type), ("CHAT", None, Some("CLIENT")));
    assert_eq!((told.leg, told.body.session_id), (leg, leg.communication));
    assert_eq!(world.take_pushes().into_iter().map(|push| push.event).collect::<Vec<_>>(), [*told]);
}

#[test]
fn trusted_callers_end_a_chat_by_the_paths_of_its_medium() {
    let chat = stubborn(Media::Chat);
    let leg = guest(&chat);
    let mut world = world_of(chat, |_| {});
    world.end_participant(leg.conversation, leg.participant, at(1)).unwrap();
    world.end_communication(leg, at(2)).unwrap();
    world.end_conversation(leg.conversation, at(3)).unwrap();
    let operations: Vec<Operation> = world.witness().writes.iter().map(|write| write.operation).collect();
    let expected = [
        Operation::PatchConversationsChatParticipant,
        Operation::PatchConversationsChatParticipantCommunication,
        Operation::PatchConversationsChat,
    ];
    assert_eq!(operations, expected);
}

#[test]
fn a_conversation_is_met_only_under_the_paths_of_its_medium() {
    let (message, chat) = (ConversationSpec::usual(1), ConversationSpec::usual(2).as_chat());
    let ids = [message.id, chat.id];
    let mut world = begin(sample::world(vec![message, chat]));
    let caller = token(&mut world, at(0));
    for (family, [of_message, of_chat]) in
        [(Family::Neutral, [true, true]), (Family::Message, [true, false]), (Family::Chat, [false, true]), (Family::Webchat, [false, true])]
    {
        let mut shown =
            |conversation| serve(&mut world, &caller, Request::Read { conversation, family }, at(1)).answer.map_err(|e| e.status);
        assert_eq!([shown(ids[0]).is_ok(), shown(ids[1]).is_ok()], [of_message, of_chat], "{family:?}");
        assert_eq!(shown(Uuid::nil()), Err(404));
    }
}

#[test]
fn the_scopes_of_the_thread_are_permissions_of_the_client() {
    let chat = stubborn(Media::Chat);
    let leg = guest(&chat);
    let LegId { conversation, participant, .. } = leg;
    let mut world = world_of(chat, |_| {});
    let caller = token(&mut world, at(0));
    world.set_permissions(sample::CLIENT_ID, ["conversation:communication:disconnect".to_owned()]).unwrap();
    let [patch, wrapper] = closes(leg, Family::Webchat);
    let post = Request::PostParticipants { conversation, participant, change: CHANGE };
    for (request, scope) in [(patch, "conversation:webchat:write"), (wrapper, "conversation:webchat:write"), (post, "conversations:write")]
    {
        assert_eq!(serve(&mut world, &caller, request, at(1)).answer, Err(ApiError::missing_any_permissions(&[scope])));
    }
    assert!(truth(&world, conversation).is_live(leg));
    assert_eq!(world.witness().writes.iter().filter(|write| write.status == 403).count(), 3);
}

#[test]
fn a_world_of_messages_offers_neither_chats_nor_webchat() {
    let mut world = world_of(ConversationSpec::usual(1), |_| {});
    let offered = |world: &World| {
        [Operation::GetConversation, Operation::GetConversationsChat, Operation::GetConversationsWebchat].map(|one| world.offers(one))
    };
    assert_eq!(offered(&world), [true, false, false]);
    world.set_behaviour(Behaviour { legacy_chats: Paths::Served, ..Behaviour::default() });
    assert_eq!(offered(&world), [true, true, false]);
    world.set_behaviour(Behaviour { webchat: Paths::Served, ..Behaviour::default() });
    assert_eq!(offered(&world), [true, false, true]);
}
