//! Which of several controllers works.

use super::super::process::Controller;
use crate::control_plane::ControlPlane;

/// The controller that works on terminations, as soon as there is one. All have to answer.
pub(super) fn at_work<'c>(plane: &ControlPlane, controllers: &[&'c Controller]) -> &'c Controller {
    let mut found = None;
    plane.wait_for("somebody works", || {
        found = controllers.iter().find(|controller| followed(controller) > 0).copied();
        found.is_some()
    });
    found.unwrap()
}

/// How many conversations it waits to hear of.
fn followed(controller: &Controller) -> u64 {
    sum(controller, "webchat_terminator_followed_conversations{")
}

/// How many Leases it holds.
pub(super) fn held(controller: &Controller) -> u64 {
    sum(controller, "leader_election_master_status{")
}

/// The sum of a metric over its labels.
fn sum(controller: &Controller, metric: &str) -> u64 {
    let text = controller.get("/metrics").map(|(_, text)| text).unwrap_or_default();
    let lines = text.lines().filter(|line| line.starts_with(metric));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}
