//! An incident of the size that it is for: a thousand sessions at once, left to events.

use std::collections::BTreeMap;

use serde_json::json;
use webchat_terminator::simulator::world::{Delay, Operation, sample};
use webchat_terminator::termination::{Source, State};

use super::process::Settings;
use super::stage::{SECRET_TYPE, Stage, condition, good_credentials, rows, usual};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![a_thousand_sessions_of_ten_objects_are_confirmed_by_events_over_two_channels_and_nothing_is_polled]
}

const OBJECTS: usize = 10;
const SESSIONS: usize = 1_000;

/// The real service takes 300 requests a minute from a client, and these sessions cost 3000: the world takes more, or this
/// would last ten minutes.
const RATE_LIMIT: u32 = 1_000_000;

fn a_thousand_sessions_of_ten_objects_are_confirmed_by_events_over_two_channels_and_nothing_is_polled(plane: &ControlPlane) {
    let conversations = usual(u32::try_from(SESSIONS).unwrap());
    let mut world = sample::world(conversations.clone());
    world.behaviour.effect_delay_ms = Delay { min: 500, max: 3_000 };
    world.behaviour.rate_limit = RATE_LIMIT;
    let namespace = "thousand";
    let stage = Stage::bare(plane, namespace, world, &Settings { log: "info", lease_seconds: 30, ..Settings::of(namespace) });
    let names: Vec<String> = (0..OBJECTS).map(|number| format!("incident-{number}")).collect();
    // The settle window is short and would show all the same if it were read.
    let all_at_once = json!({ "parallelism": 100, "confirmTimeoutSeconds": 600, "settleSeconds": 3 });
    for (name, of_it) in names.iter().zip(conversations.chunks(SESSIONS / OBJECTS)) {
        stage.terminate(name, of_it, &all_at_once);
    }
    // They begin together: nothing can be asked before there is a connection.
    stage.grant(&["genesys"]);
    stage.put_secret("genesys", SECRET_TYPE, &good_credentials());
    stage.create_connection("main", &json!({}));

    for name in &names {
        let done = stage.finished(name);
        assert_eq!(condition(&done, "Succeeded").unwrap().status, "True", "{name}");
        let told: BTreeMap<_, usize> = rows(&done).iter().fold(BTreeMap::new(), |mut told, row| {
            *told.entry(format!("{:?} by {:?}", row.state, row.confirmed_by)).or_default() += 1;
            told
        });
        let all = format!("{:?} by {:?}", State::Ended, Some(Source::Notification));
        let other = rows(&done).iter().find(|row| row.confirmed_by != Some(Source::Notification));
        assert_eq!(told, [(all, SESSIONS / OBJECTS)].into(), "{name}: {other:?}");
    }
    let witness = stage.judge(0);
    assert_eq!(witness.polls, 0);
    assert_eq!(witness.effective_closes.iter().filter(|closes| closes.guest).count(), SESSIONS, "one close a leg");
    assert_eq!((witness.events.channels, witness.events.sockets), (2, 2));
    assert!(witness.writes.iter().all(|write| write.accepted), "nothing is refused, and nothing is throttled");
    let calls = |operation| usize::try_from(witness.calls_of(operation)).unwrap();
    // One read before the close, and one after the event. A record covers only what is sent within seconds: where the machine is too
    // busy to send a hundred closes in them, the rest are looked at once more.
    let reads = calls(Operation::GetConversation);
    assert!((2 * SESSIONS..=2 * SESSIONS + SESSIONS / 4).contains(&reads), "{reads} reads");
    let mut writes = plane.requests();
    writes.retain(|request| request.namespace == namespace && request.resource == "webchatterminations" && request.subresource == "status");
    assert!((3 * OBJECTS..SESSIONS).contains(&writes.len()), "{} status writes", writes.len());
    eprintln!(
        "figures: {SESSIONS} sessions of {OBJECTS} objects: {:.2} calls per session, {} subscriptions, {:.2} status writes per session ({} of \
         them conflicts)",
        witness.calls.values().sum::<u64>() as f64 / SESSIONS as f64,
        witness.events.subscriptions,
        writes.len() as f64 / SESSIONS as f64,
        writes.iter().filter(|write| write.code == 409).count(),
    );
}
