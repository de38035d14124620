//! Thousands of hostile connections to the simulator at once: it is a tool, and it stays one.

use webchat_terminator::engine::Observe;

use super::*;
use crate::storm::{Good, is_answered, storm};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_hostile_connections_passes_and_changes_nothing_in_the_world() {
    let (simulator, leg) = usual().await;
    let good = Good { head: "GET /simulator/v1/witness HTTP/1.1\r\nhost: x\r\n".into(), body: String::new() };
    assert!(is_answered(simulator.address(), &good).await, "before the storm");

    let after = storm(simulator.address(), &good).await;
    println!("{after:?}");
    assert!(is_answered(simulator.address(), &good).await, "after the storm: {after:?}");
    assert!(after.refused > 0 && after.served > 0, "{after:?}");
    assert_eq!(after.visitors, after.served + after.refused + after.cut + after.gave_up);

    let client = client(&simulator);
    client.check().await.unwrap();
    seen(client.look(leg.conversation).await);
    assert!(is_live(&simulator, leg));
    assert_eq!(calls(&simulator, Operation::GetConversation), 1, "what was no request was not taken for one");
}
