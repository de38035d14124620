//! Channels and subscriptions, as REST shows them.

use super::super::{ChannelId, ChannelView, EventKind, NotificationAnswer, NotificationRequest, TopicState, TopicView, Wanted};
use super::*;

/// Asks the notification service.
pub(super) fn ask(world: &mut World, caller: &Caller, request: NotificationRequest, now: Timestamp) -> Result<NotificationAnswer, u16> {
    match serve(world, caller, Request::Notification(request), now).answer {
        Ok(super::super::Answer::Notification(answer)) => Ok(*answer),
        Ok(other) => panic!("{other:?} is no answer of the notification service"),
        Err(error) => Err(error.status),
    }
}

pub(super) fn channel(world: &mut World, caller: &Caller, now: Timestamp) -> ChannelView {
    let Ok(NotificationAnswer::Channel(view)) = ask(world, caller, NotificationRequest::Create, now) else { panic!("no channel") };
    view
}

pub(super) fn wanted(topics: &[String], ignore_errors: bool) -> Wanted {
    Wanted { topics: Ok(topics.to_vec()), ignore_errors }
}

/// Subscribes in the place of all others.
pub(super) fn subscribe(
    world: &mut World,
    caller: &Caller,
    id: &ChannelId,
    topics: &[String],
    now: Timestamp,
) -> Result<Vec<TopicView>, u16> {
    let request = NotificationRequest::Replace { channel: id.clone(), wanted: wanted(topics, false) };
    let NotificationAnswer::Topics(topics) = ask(world, caller, request, now)? else { panic!("no topics") };
    Ok(topics)
}

pub(super) fn ends(n: u128) -> String {
    EventKind::CustomerEnd.topic(Uuid::from_u128(n))
}

fn there(world: &mut World, caller: &Caller, id: &ChannelId, now: Timestamp) -> bool {
    ask(world, caller, NotificationRequest::Check { channel: id.clone() }, now).is_ok()
}

/// A world without conversations and a token for it.
pub(super) fn empty(behaviour: impl FnOnce(&mut Behaviour)) -> (World, Caller) {
    let mut spec = sample::world(vec![]);
    behaviour(&mut spec.behaviour);
    let mut world = begin(spec);
    let caller = token(&mut world, at(0));
    (world, caller)
}

#[test]
fn a_channel_lives_a_day_and_is_renewed_by_a_subscription() {
    const DAY: u64 = 86_400_000;
    let (mut world, _) = empty(|_| {});
    let caller = Caller::Trusted;
    let view = channel(&mut world, &caller, at(0));
    assert_eq!(view.expires, at(DAY));
    subscribe(&mut world, &caller, &view.id, &[ends(1)], at(DAY - 1)).unwrap();
    assert!(there(&mut world, &caller, &view.id, at(DAY)));
    assert!(there(&mut world, &caller, &view.id, at(2 * DAY - 2)));
    assert!(!there(&mut world, &caller, &view.id, at(2 * DAY - 1)));
    assert_eq!(subscribe(&mut world, &caller, &view.id, &[ends(1)], at(2 * DAY)), Err(404));
}

#[test]
fn one_channel_too_many_replaces_the_one_with_the_oldest_last_use() {
    let (mut world, caller) = empty(|b| b.notifications.channels_per_client = 3);
    let ids: Vec<ChannelId> = (0..3).map(|n| channel(&mut world, &caller, at(n)).id).collect();
    subscribe(&mut world, &caller, &ids[0], &[ends(1)], at(10)).unwrap();
    channel(&mut world, &caller, at(20));
    let left: Vec<bool> = ids.iter().map(|id| there(&mut world, &caller, id, at(21))).collect();
    assert_eq!(left, [true, false, true]);
}

#[test]
fn a_channel_with_a_socket_is_replaced_last() {
    let (mut world, caller) = empty(|b| b.notifications.channels_per_client = 2);
    let old = channel(&mut world, &caller, at(0)).id;
    world.open_socket(&old, at(1)).unwrap();
    let idle = channel(&mut world, &caller, at(5)).id;
    channel(&mut world, &caller, at(9));
    assert!(there(&mut world, &caller, &old, at(10)) && !there(&mut world, &caller, &idle, at(10)));
}

#[test]
fn the_channels_of_another_client_are_not_there() {
    let (mut world, caller) = empty(|_| {});
    world.put_client(super::super::ClientSpec { id: "other".into(), ..sample::client() });
    let other = Credentials { client_id: "other".into(), ..credentials() };
    let other = Caller::Bearer(world.serve_login(&other, at(0)).answer.unwrap().access_token);
    let mine = channel(&mut world, &caller, at(0)).id;
    let theirs = channel(&mut world, &other, at(0)).id;
    assert!(!there(&mut world, &other, &mine, at(1)));
    let Ok(NotificationAnswer::Channels(list)) = ask(&mut world, &other, NotificationRequest::List, at(1)) else { panic!("no list") };
    assert_eq!(list.into_iter().map(|view| view.id).collect::<Vec<_>>(), [theirs]);
}

#[test]
fn a_put_replaces_a_post_adds_and_a_delete_clears() {
    let (mut world, caller) = empty(|_| {});
    let id = channel(&mut world, &caller, at(0)).id;
    let subscribed = |world: &mut World| match ask(world, &caller, NotificationRequest::Topics { channel: id.clone() }, at(1)) {
        Ok(NotificationAnswer::Topics(topics)) => topics.into_iter().map(|topic| topic.id).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    subscribe(&mut world, &caller, &id, &[ends(1)], at(1)).unwrap();
    subscribe(&mut world, &caller, &id, &[ends(2)], at(1)).unwrap();
    ask(&mut world, &caller, NotificationRequest::Add { channel: id.clone(), wanted: wanted(&[ends(3)], false) }, at(1)).unwrap();
    assert_eq!(subscribed(&mut world), [ends(2), ends(3)]);
    ask(&mut world, &caller, NotificationRequest::Clear { channel: id.clone() }, at(1)).unwrap();
    assert_eq!(subscribed(&mut world), Vec::<String>::new());
    assert_eq!((world.witness().events.channels, world.witness().events.subscriptions, world.witness().events.topics), (1, 3, 3));
}

#[test]
fn a_channel_takes_a_thousand_topics_and_not_one_more() {
    let (mut world, caller) = empty(|_| {});
    let id = channel(&mut world, &caller, at(0)).id;
    let thousand: Vec<String> = (0..1000).map(ends).collect();
    assert_eq!(subscribe(&mut world, &caller, &id, &thousand, at(1)).unwrap().len(), 1000);
    let more = NotificationRequest::Add { channel: id.clone(), wanted: wanted(&[ends(1000)], false) };
    assert_eq!(ask(&mut world, &caller, more.clone(), at(1)), Err(400));
    let known = NotificationRequest::Add { channel: id, wanted: wanted(&[ends(999)], false) };
    assert!(ask(&mut world, &caller, known, at(1)).is_ok(), "a topic that is there already is none more");
}

#[test]
fn the_parts_of_a_combined_topic_count_one_by_one_unless_the_switch_says_otherwise() {
    let combined = format!("v2.detail.events.conversation.{}?customer.start&customer.end", Uuid::from_u128(1));
    for (once, taken) in [(false, Err(400)), (true, Ok(1))] {
        let (mut world, caller) = empty(|b| {
            b.notifications.topics_per_channel = 1;
            b.notifications.combined_topics_count_once = once;
        });
        let id = channel(&mut world, &caller, at(0)).id;
        let topics = std::slice::from_ref(&combined);
        assert_eq!(subscribe(&mut world, &caller, &id, topics, at(1)).map(|views| views.len()), taken);
    }
}

#[test]
fn a_rejected_topic_refuses_the_whole_request_unless_errors_are_ignored() {
    let (mut world, caller) = empty(|_| {});
    let id = channel(&mut world, &caller, at(0)).id;
    let both = [ends(1), "v2.nonsense".to_owned()];
    assert_eq!(subscribe(&mut world, &caller, &id, &both, at(1)), Err(400));
    let lenient = NotificationRequest::Replace { channel: id, wanted: wanted(&both, true) };
    let Ok(NotificationAnswer::Topics(views)) = ask(&mut world, &caller, lenient, at(1)) else { panic!("no topics") };
    assert_eq!(views.iter().map(|view| view.state).collect::<Vec<_>>(), [TopicState::Permitted, TopicState::Rejected]);
    assert!(views[1].rejection_reason.is_some());
}

#[test]
fn a_missing_permission_is_named_with_the_topic() {
    let (mut world, caller) = empty(|b| b.notifications.detail_topic_permissions = ["analytics:x:view".to_owned()].into());
    let id = channel(&mut world, &caller, at(0)).id;
    assert_eq!(subscribe(&mut world, &caller, &id, &[ends(1)], at(1)), Err(403));
    let lenient = NotificationRequest::Replace { channel: id.clone(), wanted: wanted(&[ends(1)], true) };
    let Ok(NotificationAnswer::Topics(views)) = ask(&mut world, &caller, lenient, at(1)) else { panic!("no topics") };
    assert_eq!((views[0].state, views[0].missing_permissions.as_slice()), (TopicState::Rejected, &["analytics:x:view".to_owned()][..]));
    world.set_permissions(sample::CLIENT_ID, ["analytics:x:view".to_owned()]).unwrap();
    assert!(subscribe(&mut world, &caller, &id, &[ends(1)], at(1)).is_ok());
}

#[test]
fn detail_topics_can_be_rejected_altogether_and_the_list_says_so() {
    let (mut world, caller) = empty(|b| b.notifications.detail_topics_rejected = true);
    let id = channel(&mut world, &caller, at(0)).id;
    assert_eq!(subscribe(&mut world, &caller, &id, &[ends(1)], at(1)), Err(400));
    let request = NotificationRequest::Available { expand: vec!["transports".into()] };
    let Ok(NotificationAnswer::Available(list)) = ask(&mut world, &caller, request, at(1)) else { panic!("no list") };
    assert!(list.iter().all(|topic| !topic.transports.contains(&"Websocket")));
}

#[test]
fn a_body_that_cannot_be_read_is_a_bad_request() {
    let (mut world, caller) = empty(|_| {});
    let channel = channel(&mut world, &caller, at(0)).id;
    let wanted = Wanted { topics: Err("no JSON".into()), ignore_errors: true };
    assert_eq!(ask(&mut world, &caller, NotificationRequest::Add { channel, wanted }, at(0)), Err(400));
}

#[test]
fn a_revoked_token_takes_its_channels_along_and_one_that_ends_does_so_by_switch() {
    let (mut world, caller) = empty(|_| {});
    channel(&mut world, &caller, at(0));
    world.revoke_tokens(Some(sample::CLIENT_ID));
    assert_eq!(world.channels(), []);
    for (switch, left) in [(false, 1), (true, 0)] {
        let mut spec = sample::world(vec![]);
        spec.clients[0].token_lifetime_seconds = 600;
        spec.behaviour.notifications.channel_ends_with_token = switch;
        let mut world = begin(spec);
        let caller = token(&mut world, at(0));
        channel(&mut world, &caller, at(0));
        world.advance(at(600_000));
        assert_eq!(world.channels().len(), left);
    }
}
