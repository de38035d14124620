//! Forgets what was kept of objects that are gone, also of those whose deletion no watch told of.

use std::sync::Arc;
use std::time::Duration;

use super::scope::Shared;

/// How often it is looked through.
const EVERY: Duration = Duration::from_secs(60);

/// Forgets, every now and then, what was kept of objects that are gone, until we are asked to stop. Before everything was listed once,
/// nobody knows what is gone.
pub(super) async fn tidy(shared: Arc<Shared>) {
    while shared.shutdown.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        if shared.health.is_ready() {
            forget_the_gone(&shared);
        }
    }
}

fn forget_the_gone(shared: &Shared) {
    let exists = |uid: &str| shared.health.exists(uid);
    shared.look_times.retain(exists);
    shared.deployments.retain(exists);
    shared.views.retain(exists);
    shared.clients.retain(exists);
    if let Some(intake) = &shared.intake {
        intake.webhooks.retain(exists);
    }
}
