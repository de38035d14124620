//! The guests of legacy web chat: what reaches them of an end, and how they come back.

use super::super::{
    ApiError, ChatAnswer, ChatCall, ChatFrame, ChatGuestView, ChatMember, ChatRequest, ChatStreamId, ChatWish, Family, MemberRole,
    MemberState, Overrides, Profile, ToChatGuest, WidgetSpec,
};
use super::*;
use crate::simulator::world::Change;

const CHANGE: Change = Change::Disconnect;
const QUARTER: u64 = 900_000;

/// A chat with this widget whose guest's end takes nobody along, and a token of the back end.
fn chat_with(widget: &WidgetSpec, overrides: Overrides) -> (World, LegId, Caller) {
    let chat = ConversationSpec::usual(1).as_chat().with_widget(widget).overriding(Overrides { no_cascade: Some(true), ..overrides });
    let leg = guest(&chat);
    let mut world = world_of(chat, |_| {});
    let caller = token(&mut world, at(0));
    (world, leg, caller)
}

/// The same with a stream attached from outside, which has heard its own arrival.
fn attached() -> (World, LegId, Caller, ChatStreamId) {
    let (mut world, leg, caller) = chat_with(&WidgetSpec::new(Profile::Person), Overrides::default());
    let stream = world.attach_chat(&leg.participant.to_string(), at(1)).unwrap();
    assert_eq!(changes(&world.take_chat(stream)), [(leg.participant, MemberState::Connected)]);
    (world, leg, caller, stream)
}

fn close_participant(leg: LegId, family: Family) -> Request {
    Request::PatchParticipant { conversation: leg.conversation, participant: leg.participant, change: CHANGE, family }
}

fn close_wrapper(leg: LegId, family: Family) -> Request {
    Request::PatchConversation { conversation: leg.conversation, change: CHANGE, family }
}

fn signal(leg: LegId) -> Request {
    Request::Signal { conversation: leg.conversation, participant: leg.participant, change: CHANGE }
}

fn take_on(world: &mut World, caller: &Caller, request: Request, now: Timestamp) {
    let answer = serve(world, caller, request.clone(), now).answer;
    assert!(answer.is_ok(), "{request:?}: {answer:?}");
}

/// The member changes among what was sent.
fn changes(sent: &[ToChatGuest]) -> Vec<(Uuid, MemberState)> {
    let frames = sent.iter().filter_map(|one| if let ToChatGuest::Frame(frame) = one { Some(frame.as_ref()) } else { None });
    frames
        .filter_map(|frame| if let ChatFrame::MemberChange { member, state, .. } = frame { Some((*member, *state)) } else { None })
        .collect()
}

fn message_kinds(sent: &[ToChatGuest]) -> Vec<String> {
    let frames = sent.iter().filter_map(|one| if let ToChatGuest::Frame(frame) = one { Some(frame.as_ref()) } else { None });
    frames.filter_map(|frame| if let ChatFrame::Message(said) = frame { Some(said.body_type.clone()) } else { None }).collect()
}

fn view(world: &World) -> ChatGuestView {
    world.chat_guests().next().unwrap()
}

fn ask(world: &mut World, jwt: &str, request: ChatRequest, now: Timestamp) -> Result<ChatAnswer, ApiError> {
    world.ask_chat(&ChatCall { authorization: Some(format!("Bearer {jwt}")), request }, now)
}

fn say(leg: LegId) -> ChatRequest {
    ChatRequest::Say { conversation: leg.conversation, member: leg.participant, said: Some(("Hello?".into(), "standard".into())) }
}

#[test]
fn a_closed_participants_guest_is_told_and_has_left_for_good() {
    for family in [Family::Chat, Family::Webchat] {
        let (mut world, leg, caller, stream) = attached();
        take_on(&mut world, &caller, close_participant(leg, family), at(5));
        let sent = world.take_chat(stream);
        assert_eq!(
            (message_kinds(&sent), changes(&sent)),
            (vec!["member-leave".to_owned()], vec![(leg.participant, MemberState::Disconnected)])
        );
        assert_eq!(sent.last(), Some(&ToChatGuest::Close(1000)));
        assert_eq!(world.attach_chat(&leg.participant.to_string(), at(6)), Err(403));
        assert_eq!(world.guest_counts().ghosts, 0);
    }
}

#[test]
fn the_wrappers_close_alone_leaves_a_ghost_in_webchat_and_none_in_chats() {
    for (family, ghosts) in [(Family::Webchat, 1), (Family::Chat, 0)] {
        let (mut world, leg, caller, stream) = attached();
        take_on(&mut world, &caller, close_wrapper(leg, family), at(5));
        assert!(!truth(&world, leg.conversation).is_live(leg));
        let sent = world.take_chat(stream);
        assert_eq!(changes(&sent).contains(&(leg.participant, MemberState::Disconnected)), ghosts == 0, "{family:?}");
        assert_eq!((world.guest_counts().ghosts_believing, view(&world).believing), (ghosts, ghosts == 1));
        assert_eq!(world.witness().out_of_order, 1);
    }
}

#[test]
fn a_ghosts_stream_lives_until_its_timeout() {
    let (mut world, leg, caller, stream) = attached();
    take_on(&mut world, &caller, close_wrapper(leg, Family::Webchat), at(5));
    world.take_chat(stream);
    world.advance(at(5 + QUARTER - 1));
    assert_eq!((world.guest_counts().ghosts, world.take_chat(stream)), (1, vec![]));
    world.advance(at(5 + QUARTER));
    assert_eq!((world.guest_counts().ghosts, world.take_chat(stream)), (0, vec![ToChatGuest::Close(1000)]));
}

#[test]
fn a_ghost_who_writes_is_back_with_a_new_leg() {
    let (mut world, leg, caller, _) = attached();
    take_on(&mut world, &caller, close_wrapper(leg, Family::Webchat), at(5));
    assert!(ask(&mut world, &leg.participant.to_string(), say(leg), at(9)).is_ok());
    let live = truth(&world, leg.conversation).live_guest_legs();
    assert!(live.len() == 1 && live[0].communication != leg.communication);
    let counts = world.guest_counts();
    assert_eq!((counts.ghosts_back, counts.guest_returns, counts.guest_messages_after_end), (1, 1, 1));
}

#[test]
fn where_the_close_does_not_reach_the_guest_the_line_drops_and_the_client_comes_back() {
    let widget = WidgetSpec { reconnect_every_ms: 300, ..WidgetSpec::new(Profile::Reconnecting) };
    let lossy = Overrides { close_reaches_guest: Some(false), ..Overrides::default() };
    let (mut world, leg, caller) = chat_with(&widget, lossy);
    take_on(&mut world, &caller, close_participant(leg, Family::Webchat), at(5));
    assert_eq!(truth(&world, leg.conversation).live_guest_legs(), []);
    world.advance(at(305));
    assert_eq!(truth(&world, leg.conversation).live_guest_legs().len(), 1);
    assert_eq!((world.guest_counts().ghosts_back, world.witness().reconnects), (1, 1));
    // Once is all that its specification says.
    let back = truth(&world, leg.conversation).live_guest_legs()[0];
    take_on(&mut world, &caller, close_participant(back, Family::Webchat), at(400));
    world.advance(at(9000));
    assert_eq!((truth(&world, leg.conversation).live_guest_legs(), world.guest_counts().ghosts), (vec![], 0));
}

#[test]
fn a_conversation_update_makes_the_guest_see_closed_at_once_and_stay_away() {
    let widget = WidgetSpec { reconnect_every_ms: 300, ..WidgetSpec::new(Profile::Reconnecting) };
    for signal_first in [true, false] {
        let lossy = Overrides { close_reaches_guest: Some(false), ..Overrides::default() };
        let (mut world, leg, caller) = chat_with(&widget, lossy);
        let mut requests = [signal(leg), close_participant(leg, Family::Webchat)];
        if !signal_first {
            requests.reverse();
        }
        for (request, now) in requests.into_iter().zip([at(5), at(6)]) {
            take_on(&mut world, &caller, request, now);
        }
        world.advance(at(QUARTER * 2));
        assert_eq!((truth(&world, leg.conversation).live_guest_legs(), world.guest_counts().ghosts), (vec![], 0));
        let witness = world.witness();
        assert_eq!((witness.writes.len(), witness.reconnects, witness.effective_closes_of(leg)), (2, 0, 1));
    }
}

#[test]
fn a_conversation_update_goes_out_as_it_came_and_ends_nothing_by_itself() {
    let (mut world, leg, caller, stream) = attached();
    take_on(&mut world, &caller, signal(leg), at(5));
    let LegId { conversation, participant, .. } = leg;
    let update = ToChatGuest::Frame(Box::new(ChatFrame::ConversationUpdate { conversation, participant }));
    assert_eq!(world.take_chat(stream), [update, ToChatGuest::Close(1000)]);
    assert!(truth(&world, conversation).is_live(leg));
    world.mark_finished(None);
    take_on(&mut world, &caller, signal(leg), at(6));
    assert_eq!(world.witness().after_finished, 1);
}

#[test]
fn a_frame_costs_no_request_and_the_handshake_does() {
    let (mut world, leg, caller, _) = attached();
    let rate = |served: Served| served.rate.map(|rate| rate.count);
    let opened = serve(&mut world, &caller, Request::OpenStream { conversation: leg.conversation }, at(5));
    assert_eq!(rate(opened), Some(1));
    assert_eq!(rate(serve(&mut world, &caller, signal(leg), at(6))), None);
    let nobody = serve(&mut world, &Caller::Nobody, Request::OpenStream { conversation: leg.conversation }, at(7));
    assert_eq!(nobody.answer, Err(ApiError::authentication_required()));
}

#[test]
fn a_dropped_stream_may_be_attached_again_for_a_quarter_of_an_hour() {
    let (mut world, leg, _, stream) = attached();
    world.detach_chat(stream, at(10));
    let state = |world: &mut World, now| match ask(
        world,
        &leg.participant.to_string(),
        ChatRequest::Member { conversation: leg.conversation, member: leg.participant },
        now,
    ) {
        Ok(ChatAnswer::Member(ChatMember { state, .. })) => state,
        other => panic!("no member: {other:?}"),
    };
    assert_eq!(state(&mut world, at(11)), MemberState::Disconnected);
    assert!(truth(&world, leg.conversation).is_live(leg));
    let again = world.attach_chat(&leg.participant.to_string(), at(12)).unwrap();
    assert_eq!(state(&mut world, at(13)), MemberState::Connected);
    world.advance(at(10 + QUARTER));
    assert!(truth(&world, leg.conversation).is_live(leg));
    world.detach_chat(again, at(20 + QUARTER));
    world.advance(at(20 + QUARTER * 2));
    assert!(!truth(&world, leg.conversation).is_live(leg));
    assert_eq!((world.attach_chat(&leg.participant.to_string(), at(21 + QUARTER * 2)), world.witness().reconnects), (Err(403), 0));
}

#[test]
fn whoever_was_away_at_the_close_comes_back_as_a_ghost() {
    let widget = WidgetSpec::new(Profile::Offline).after(2_000);
    let (mut world, leg, caller) = chat_with(&widget, Overrides::default());
    take_on(&mut world, &caller, close_participant(leg, Family::Chat), at(5));
    assert_eq!(world.guest_counts().ghosts, 0);
    world.advance(at(2005));
    assert_eq!((world.guest_counts().ghosts_back, truth(&world, leg.conversation).live_guest_legs().len()), (1, 1));
}

#[test]
fn a_chat_begins_with_its_guest_alone_and_is_routed_once_a_stream_is_attached() {
    let mut world = world_of(ConversationSpec::usual(1).as_chat(), |_| {});
    let wish = ChatWish { organization: sample::ORGANIZATION, queue: "Support".into(), name: "Ada".into() };
    let begin = |organization| ChatCall { authorization: None, request: ChatRequest::Begin(ChatWish { organization, ..wish.clone() }) };
    assert!(matches!(world.ask_chat(&begin(Uuid::nil()), at(1)), Err(ApiError { status: 400, .. })));
    let Ok(ChatAnswer::Begun { conversation, jwt, member }) = world.ask_chat(&begin(sample::ORGANIZATION), at(1)) else {
        panic!("no chat")
    };
    assert_eq!((member.role, member.state, member.display_name.as_str()), (MemberRole::Customer, MemberState::Connected, "Ada"));
    assert_eq!(truth(&world, conversation).participants.len(), 1);
    let stream = world.attach_chat(&jwt, at(2)).unwrap();
    let purposes: Vec<Purpose> = truth(&world, conversation).participants.iter().map(|p| p.purpose).collect();
    assert_eq!(purposes, [Purpose::Customer, Purpose::Workflow]);
    assert_eq!(changes(&world.take_chat(stream)).len(), 2);
    world.attach_chat(&jwt, at(3)).unwrap();
    assert_eq!(truth(&world, conversation).participants.len(), 2);
    let leave = ChatRequest::Leave { conversation, member: member.id };
    assert_eq!(ask(&mut world, &jwt, leave, at(4)), Ok(ChatAnswer::Nothing));
    assert_eq!((truth(&world, conversation).live_guest_legs(), world.guest_counts().ghosts), (vec![], 0));
    assert_eq!(world.attach_chat(&jwt, at(5)), Err(403));
}

#[test]
fn the_token_is_wanted_to_the_letter_and_only_for_its_own_chat() {
    let (one, two) = (ConversationSpec::usual(1).as_chat(), ConversationSpec::usual(2).as_chat());
    let (leg, other) = (guest(&one), guest(&two));
    let mut world = begin(sample::world(vec![one, two]));
    let jwt = leg.participant;
    let members = |conversation| ChatRequest::Members { conversation, connected_only: true };
    let mut status =
        |authorization: Option<String>, request| world.ask_chat(&ChatCall { authorization, request }, at(1)).map_err(|e| e.status);
    assert!(status(Some(format!("Bearer {jwt}")), members(leg.conversation)).is_ok());
    for wrong in [None, Some(format!("bearer {jwt}")), Some(format!("Bearer  {jwt}")), Some(jwt.to_string()), Some("Bearer x".into())] {
        assert_eq!(status(wrong, members(leg.conversation)), Err(401));
    }
    assert_eq!(status(Some(format!("Bearer {jwt}")), members(other.conversation)), Err(401));
    let not_me = ChatRequest::Leave { conversation: leg.conversation, member: Uuid::nil() };
    assert_eq!(status(Some(format!("Bearer {jwt}")), not_me), Err(403));
}
