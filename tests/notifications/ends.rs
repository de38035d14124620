//! The end of the listener.

use super::*;

#[tokio::test]
async fn a_shutdown_closes_the_sockets_and_makes_everything_unavailable() {
    let mut scene = Scene::flowing(3).await;
    scene.shutdown.cancel();
    timeout(SOON, scene.listener.ended()).await.unwrap();
    scene.follow_all(Availability::Unavailable).await;
    assert_eq!(scene.heard.recv().await, None);
    let closed = timeout(SOON, async {
        while scene.simulator.with_world(|world| world.channels()[0].open) {
            sleep(Duration::from_millis(5)).await;
        }
    });
    closed.await.unwrap();
}

#[tokio::test]
async fn whoever_waits_during_a_shutdown_is_let_go() {
    let scene = Scene::new(1).await;
    scene.behave(|how| how.handshake_status = Some(503));
    let (listener, ids) = (scene.listener.clone(), scene.ids());
    let waiting = tokio::spawn(async move { listener.follow(&ids).await });
    sleep(Duration::from_millis(50)).await;
    scene.shutdown.cancel();
    let followed = timeout(Duration::from_secs(2), waiting).await.unwrap().unwrap();
    assert_eq!(followed, [(scene.ids()[0], Availability::Unavailable)]);
}

#[tokio::test]
async fn a_listener_that_nobody_hears_ends() {
    let Scene { listener, heard, simulator: _simulator, .. } = Scene::flowing(1).await;
    drop(heard);
    timeout(SOON, listener.ended()).await.unwrap();
}

#[tokio::test]
async fn a_reader_that_is_slow_loses_nothing() {
    let mut scene = Scene::flowing(900).await;
    for leg in scene.legs.clone() {
        scene.leaves(leg);
    }
    // Longer than a socket may be silent: that nobody takes the news is no silence of the service.
    sleep(TEMPO.silence * 2).await;
    for _ in 0..900 {
        let heard = scene.next().await;
        assert!(matches!(heard, Heard::Event { .. }), "{heard:?}");
    }
    assert_eq!(scene.sockets(), 2);
}
