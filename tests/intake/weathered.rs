//! Thousands of hostile connections at once: afterwards, as before, a good request is answered.

use std::time::Duration;

use webchat_terminator::intake::{Bounds, Limits, Outcome};

use super::bench::{Bench, CONVERSATION, SECRET, end, path};
use crate::storm::{Good, is_answered, storm};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_hostile_connections_passes_and_only_whole_events_with_the_secret_were_taken() {
    let short = Duration::from_millis(300);
    let bounds = Bounds { head_time: short, life_time: Duration::from_secs(2), ..Bounds::default() };
    let bench = Bench::served(Limits { body_time: short, ..Limits::default() }, bounds, None).await;
    let head = format!("POST {} HTTP/1.1\r\nhost: intake\r\nx-webhook-secret: {SECRET}\r\n", path("chat/main"));
    let good = Good { head: format!("{head}content-type: application/json\r\n"), body: end(CONVERSATION).to_string() };
    assert!(is_answered(bench.address, &good).await, "before the storm");

    let after = storm(bench.address, &good).await;
    let refused = [Outcome::TooLong, Outcome::TooSlow, Outcome::Throttled].map(|outcome| (outcome, bench.count(outcome)));
    println!("{after:?}, of them {refused:?}");
    assert!(is_answered(bench.address, &good).await, "after the storm: {after:?}");
    assert!(after.refused > 0 && after.served > 0 && after.cut > 0, "{after:?}");
    assert_eq!(after.visitors, after.served + after.refused + after.cut + after.gave_up);

    assert_eq!(bench.count(Outcome::Taken), bench.heard() as u64);
    let heard = bench.memory.heard.lock().unwrap();
    assert!(heard.iter().all(|(connection, heard)| connection.name == "main" && heard.conversation_id == CONVERSATION));
    assert!(refused.iter().all(|(_, count)| *count > 0), "{refused:?}");
}
