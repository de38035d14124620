//! What the service does not let us do, and what we do not let it do with us.

use webchat_terminator::simulator::world::{Fault, FaultRule};

use super::*;

fn unavailable(scene: &Scene) -> Heard {
    let mut ids = scene.ids();
    ids.sort_unstable();
    Heard::Unavailable(ids)
}

fn fault(scene: &Scene, operation: Operation, times: u32, status: u16, code: Option<&str>) {
    let fault = Fault::Answer { status, code: code.map(Into::into), retry_after_seconds: None, applied: false };
    let rule = FaultRule { operations: vec![operation], conversation_id: None, per_thousand: 1000, times: Some(times), fault };
    scene.simulator.with_world(|world| world.set_faults(vec![rule]));
}

#[tokio::test]
async fn rejected_topics_make_the_source_unavailable_until_they_are_permitted() {
    let mut scene = Scene::new(2).await;
    scene.behave(|how| how.detail_topic_permissions = ["conversation:webmessaging:view".to_owned()].into());
    scene.simulator.with_world(|world| world.set_permissions(sample::CLIENT_ID, Vec::new())).unwrap();
    scene.follow_all(Availability::Unavailable).await;
    assert_eq!(scene.next().await, unavailable(&scene));
    let fault = scene.listener.fault().unwrap();
    assert_eq!((fault.code.as_str(), fault.message.contains("conversation:webmessaging:view")), ("topic.rejected", true), "{fault:?}");
    scene.behave(|how| how.detail_topic_permissions.clear());
    let ids = scene.ids();
    scene.missed(&ids).await;
    assert_eq!(scene.listener.fault(), None);
}

#[tokio::test]
async fn topics_that_flow_elsewhere_only_are_not_waited_for() {
    let mut scene = Scene::new(1).await;
    scene.behave(|how| how.detail_topics_rejected = true);
    scene.follow_all(Availability::Unavailable).await;
    assert_eq!(scene.next().await, unavailable(&scene));
    scene.behave(|how| how.detail_topics_rejected = false);
    let ids = scene.ids();
    scene.missed(&ids).await;
}

#[tokio::test]
async fn where_the_list_of_topics_is_not_to_be_had_the_subscriptions_decide() {
    let scene = Scene::new(1).await;
    fault(&scene, Operation::GetNotificationsAvailabletopics, 9, 404, Some("not.found"));
    scene.follow_all(Availability::Flowing).await;
}

#[tokio::test]
async fn server_errors_and_a_token_that_ends_are_got_over() {
    for (operation, status, code) in [
        (Operation::PostNotificationsChannels, 500, None),
        (Operation::PutNotificationsChannelSubscriptions, 503, None),
        (Operation::PutNotificationsChannelSubscriptions, 401, Some("credentials.expired")),
        (Operation::PutNotificationsChannelSubscriptions, 404, Some("not.found")),
        (Operation::PutNotificationsChannelSubscriptions, 400, Some("bad.request")),
    ] {
        let scene = Scene::new(1).await;
        fault(&scene, operation, 1, status, code);
        scene.follow_all(Availability::Flowing).await;
        assert_eq!(scene.channels(), if status == 404 { 2 } else { 1 }, "{operation:?} {status} {code:?}");
    }
}

#[tokio::test]
async fn a_missing_right_is_told_at_once() {
    let mut scene = Scene::new(1).await;
    fault(&scene, Operation::PostNotificationsChannels, 1, 403, Some("missing.permissions"));
    let begun = clock::monotonic();
    scene.follow_all(Availability::Unavailable).await;
    assert!(clock::monotonic().duration_since(begun) < TEMPO.patience);
    assert_eq!(scene.listener.fault().unwrap().code, "missing.permissions");
    assert_eq!(scene.next().await, unavailable(&scene));
    let ids = scene.ids();
    scene.missed(&ids).await;
}

#[tokio::test]
async fn no_channel_is_made_in_another_organization() {
    let scene = Scene::with(1, Uuid::from_u128(77), |url| Endpoints::custom(url, url).unwrap()).await;
    scene.follow_all(Availability::Unavailable).await;
    assert_eq!(scene.listener.fault().unwrap().code, "wrong.organization");
    assert_eq!((scene.calls(Operation::PostNotificationsChannels), scene.channels()), (0, 0));
}

#[tokio::test]
async fn a_socket_at_another_host_or_port_is_not_opened() {
    for (streaming, followed) in [("ws://localhost", "localhost:80"), ("ws://127.0.0.1:1", "127.0.0.1:1")] {
        let elsewhere = |url: &str| {
            let allowed = ["localhost", "127.0.0.1"].map(str::to_owned);
            Endpoints::custom(url, url).unwrap().with_streaming(streaming, &allowed).unwrap()
        };
        let scene = Scene::with(1, sample::ORGANIZATION, elsewhere).await;
        scene.follow_all(Availability::Unavailable).await;
        let fault = scene.listener.fault().unwrap();
        assert_eq!(fault.code, "streaming.host");
        let address = scene.simulator.address();
        assert_eq!(fault.message, format!("the socket would be at {address}, and only {followed} is followed"));
        assert_eq!(scene.sockets(), 0);
    }
}
