//! What the service tells of guests, brought to the ears of the processes as the webhook does it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::api_server::ApiServer;
use super::door::Door;
use super::judge::Judge;
use super::user::connection;
use crate::clock;
use crate::controller::scope::Shared;
use crate::simulator::server::in_memory::InMemory;
use crate::simulator::world::{Event as Told, EventKind as Kind};
use crate::termination::{Event, EventKind, Source};

/// How long it is waited at most until somebody looks for news.
const LONGEST: Duration = Duration::from_secs(5);

/// The processes that live.
pub(super) type Living = Arc<Mutex<Vec<Arc<Shared>>>>;

/// Brings what is told to whoever lives, for as long as it is polled.
pub(super) async fn bring(service: InMemory, api_server: ApiServer, living: Living, door: Door, judge: Judge) {
    let mut brought = 0;
    loop {
        let now = clock::now();
        let due = service.with_world(|world| world.next_due());
        let wait = due.map_or(LONGEST, |due| Duration::try_from(due.duration_since(now)).unwrap_or_default().min(LONGEST));
        let news = || {
            let told: Vec<Told> = service.with_world(|world| world.announced().skip(brought).cloned().collect());
            told.iter().for_each(|told| deliver(told, &api_server, &living, &judge));
            told.len()
        };
        brought += door.enter("news", wait.max(Duration::from_millis(10)), news).await;
    }
}

fn deliver(told: &Told, api_server: &ApiServer, living: &Living, judge: &Judge) {
    if ![Kind::CustomerEnd, Kind::CustomerStart].contains(&told.kind) {
        return;
    }
    let kind = if told.kind == Kind::CustomerEnd { EventKind::Ended } else { EventKind::Connected };
    let leg = told.leg;
    let event =
        Event { kind, participant_id: leg.participant, communication_id: leg.communication, time: told.time, source: Source::Webhook };
    let Ok(uid) = api_server.with(|objects| objects.get(&connection()).map(|found| found["metadata"]["uid"].clone())) else { return };
    for shared in living.lock().unwrap().iter() {
        let wanted = shared.clients.ear(uid.as_str().unwrap()).is_some_and(|ear| ear.deliver(leg.conversation, &event));
        judge.tell(&format!(
            "{} hears {:?} of {}: {}",
            shared.identity,
            event.kind,
            leg.participant,
            if wanted { "news" } else { "nobody waits" }
        ));
    }
}
