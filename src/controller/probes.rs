//! `/livez`, `/readyz` and `/metrics`.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use tokio_util::sync::CancellationToken;

use super::intake::ServedIntake;
use super::scope::Shared;
use crate::genesys::notifications::Tally;

/// Serves until `shutdown`.
pub(super) async fn serve(address: SocketAddr, shared: Arc<Shared>, shutdown: CancellationToken) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind(address).await?;
    let routes = Router::new().route("/livez", get(live)).route("/readyz", get(ready)).route("/metrics", get(metrics)).with_state(shared);
    axum::serve(listener, routes).with_graceful_shutdown(shutdown.cancelled_owned()).await
}

async fn live(State(shared): State<Arc<Shared>>) -> (StatusCode, String) {
    match shared.health.overdue() {
        None => (StatusCode::OK, "ok\n".into()),
        Some(age) => (StatusCode::SERVICE_UNAVAILABLE, format!("work is overdue for {} s\n", age.as_secs())),
    }
}

async fn ready(State(shared): State<Arc<Shared>>) -> (StatusCode, &'static str) {
    match (shared.health.is_ready(), shared.shutdown.is_cancelled()) {
        (true, false) => (StatusCode::OK, "ok\n"),
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "the resources, or the leases, have not been listed yet\n"),
        (_, true) => (StatusCode::SERVICE_UNAVAILABLE, "shutting down\n"),
    }
}

async fn metrics(State(shared): State<Arc<Shared>>) -> ([(axum::http::HeaderName, &'static str); 1], String) {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let Tally { flowing, connecting, unavailable, channels } = shared.clients.follows();
    shared.metrics.follows([("flowing", flowing), ("connecting", connecting), ("unavailable", unavailable)], channels);
    shared.metrics.leases(shared.leases.standing().into_iter().map(|(name, is_ours)| (name.as_str().to_owned(), is_ours)));
    let heard = shared.intake.as_ref().map(ServedIntake::counts).unwrap_or_default();
    ([(axum::http::header::CONTENT_TYPE, kind)], shared.metrics.text(&shared.clients.requests(), &heard))
}
