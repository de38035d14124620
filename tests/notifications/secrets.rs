//! Secrets, tokens and the addresses of channels appear nowhere.

use super::*;
use crate::captured_log::Log;

#[tokio::test]
async fn no_log_and_no_debug_output_holds_a_token_or_the_address_of_a_channel() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    // For the whole process: what the other tests log meanwhile has to be as clean, and what they have logged before would keep
    // a subscriber of this thread alone from hearing it.
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let mut scene = Scene::flowing(2).await;
    let mut marked: Vec<String> = vec![sample::CLIENT_SECRET.into(), "sim-".into(), "/channels/".into()];
    let mut shown = Vec::new();
    for mischief in [Mischief::Cut, Mischief::NoLongerSubscribed, Mischief::Close { code: 1000 }, Mischief::Expire] {
        marked.extend(scene.simulator.with_world(|world| world.channels().into_iter().map(|channel| channel.id.0).collect::<Vec<_>>()));
        // Those of channels that were given up are still there.
        scene.simulator.with_world(|world| world.misbehave(&mischief, None, clock::now()));
        shown.push(format!("{:?} {:?}", scene.next().await, scene.listener));
    }
    scene.behave(|how| how.handshake_status = Some(401));
    scene.simulator.with_world(|world| world.misbehave(&Mischief::Cut, None, clock::now()));
    shown.push(format!("{:?} {:?} {:?}", scene.next().await, scene.listener, scene.listener.fault()));

    let logged = log.text();
    assert!(logged.contains("a notification socket is open") && logged.contains("create_channel"), "{logged}");
    assert!(logged.contains("events may have been missed") && logged.contains("events do not flow"), "{logged}");
    assert!(marked.len() >= 7, "{marked:?}");
    for marked in marked {
        assert!(!logged.contains(&marked), "{marked} was logged: {logged}");
        assert!(shown.iter().all(|text| !text.contains(&marked)), "{marked} was shown");
    }
}
