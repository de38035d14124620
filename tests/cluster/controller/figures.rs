//! Figures, printed: what a session costs the API server and the service.

use jiff::SignedDuration;
use serde_json::json;
use webchat_terminator::simulator::world::{Delay, Operation, sample};
use webchat_terminator::termination::State;

use super::process::Settings;
use super::stage::{Stage, states, usual};
use crate::case::{Case, cases};
use crate::control_plane::ControlPlane;

pub(crate) fn cases() -> Vec<Case> {
    cases![figures_of_status_writes_object_size_and_calls_per_session]
}

/// The nominal case: a close takes effect after 100 ms, the wrapper ends with its guest, and nobody throttles.
fn figures_of_status_writes_object_size_and_calls_per_session(plane: &ControlPlane) {
    let sizes: [(u32, &'static str); 3] = [(1, "figures-1"), (10, "figures-10"), (100, "figures-100")];
    let mut took = Vec::new();
    for (count, namespace) in sizes {
        let conversations = usual(count);
        let mut world = sample::world(conversations.clone());
        world.behaviour.effect_delay_ms = Delay::fixed(100);
        world.behaviour.rate_limit = 100_000;
        let stage = Stage::with(plane, namespace, world, &Settings { log: "info", ..Settings::of(namespace) });
        stage.terminate("incident", &conversations, &json!({}));
        let done = stage.finished("incident");
        assert_eq!(states(&done), vec![State::Ended; conversations.len()]);
        let witness = stage.judge(0);
        let mut writes = plane.writes_to("webchatterminations", namespace, "incident");
        writes.retain(|write| write.subresource == "status");
        let bytes = serde_json::to_vec(&done).unwrap().len();
        let status = done.status.as_ref().unwrap();
        let lasted = status.completion_time.unwrap().duration_since(status.start_time.unwrap());
        let per_session = |number: usize| number as f64 / f64::from(count);
        let reads = usize::try_from(witness.calls_of(Operation::GetConversation)).unwrap();
        eprintln!(
            "figures: {count} sessions in {lasted:?}: {} status writes ({:.2} per session); {:.2} reads and {:.2} closes per session, {} \
             calls in all; the object has {bytes} bytes",
            writes.len(),
            per_session(writes.len()),
            per_session(reads),
            per_session(witness.writes.len()),
            witness.calls.values().sum::<u64>(),
        );
        took.push((count, median(writes.iter().map(|write| write.took).collect())));
    }
    for (rows, median) in &took {
        eprintln!("figures: a status write with {rows} rows takes the API server {median:?} (median)");
    }
}

fn median(mut times: Vec<SignedDuration>) -> SignedDuration {
    times.sort();
    times[times.len() / 2]
}
