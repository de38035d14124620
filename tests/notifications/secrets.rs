//! Secrets, tokens and the addresses of channels appear nowhere.

use std::collections::BTreeSet;

use super::*;
use crate::captured_log::Log;
use crate::marked::Marked;

#[tokio::test]
async fn no_log_and_no_debug_output_holds_a_token_or_the_address_of_a_channel() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    // For the whole process: what the other tests log meanwhile has to be as clean, and what they have logged before would keep
    // a subscriber of this thread alone from hearing it.
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let mut scene = Scene::flowing(2).await;
    let mut marked = Marked::default();
    for (what, secret) in [("the client secret", sample::CLIENT_SECRET), ("a token", "sim-"), ("the address of a channel", "/channels/")] {
        marked.also(what, secret);
    }
    let mut channels = BTreeSet::new();
    let mut shown = Vec::new();
    for mischief in [Mischief::Cut, Mischief::NoLongerSubscribed, Mischief::Close { code: 1000 }, Mischief::Expire] {
        channels.extend(scene.simulator.with_world(|world| world.channels().into_iter().map(|channel| channel.id.0).collect::<Vec<_>>()));
        scene.simulator.with_world(|world| world.access_tokens()).iter().for_each(|token| marked.also("an access token", token));
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
    assert!(channels.len() >= 2, "{channels:?}");
    channels.iter().for_each(|channel| marked.also("the id of a channel", channel));
    marked.assert_unseen(&logged, "the log");
    marked.assert_unseen(&shown.concat(), "what was shown");
}
