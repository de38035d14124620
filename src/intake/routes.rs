//! The route.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::Response;
use axum::routing::post;

use super::{ConnectionName, Create, Directory, Intake, Taker};

/// The intake's routes, to be served or to be merged with others.
pub fn routes<D: Directory, T: Taker, C: Create>(intake: Arc<Intake<D, T, C>>) -> Router {
    Router::new().route("/v1/events/{namespace}/{connection}", post(receive::<D, T, C>)).with_state(intake)
}

async fn receive<D: Directory, T: Taker, C: Create>(
    State(intake): State<Arc<Intake<D, T, C>>>,
    path: Result<Path<(String, String)>, PathRejection>,
    request: Request,
) -> Response<Body> {
    // A path that is none names a connection that is none, and is answered like one.
    let (namespace, name) = path.map(|Path(names)| names).unwrap_or_default();
    intake.receive(ConnectionName { namespace, name }, request).await
}
