//! The page at `/`: what goes on in the world, and a widget in which a person is a guest.
//!
//! It is made of three files without a build step, loads nothing from elsewhere, and uses the simulator's own API and the
//! guest's socket like anybody else. Like that API it is open to the loopback interface only.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, header};
use axum::response::Response;
use serde_json::json;

use super::connection::Peer;
use super::deliver::plain_json;
use super::shared::Shared;

/// Nothing from elsewhere, nothing inline, no frames, no forms.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// The files of the page: path, type, content.
const FILES: [(&str, &str, &str); 4] = [
    ("/", "text/html; charset=utf-8", include_str!("page.html")),
    ("/page/page.css", "text/css; charset=utf-8", include_str!("page.css")),
    ("/page/page.js", "text/javascript; charset=utf-8", include_str!("page.js")),
    ("/page/guest.js", "text/javascript; charset=utf-8", include_str!("guest.js")),
];

/// Whether a path belongs to the page.
pub(super) fn is_page(path: &str) -> bool {
    FILES.iter().any(|(file, ..)| *file == path)
}

/// Answers with one of the page's files.
pub(super) fn answer(shared: &Shared, peer: &Peer, request: &Request) -> Response {
    if !(shared.admin_from_anywhere || peer.is_loopback()) {
        return plain_json(403, &json!({ "message": "this page is open to the loopback interface only" }));
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return plain_json(405, &json!({ "message": "this page can only be read" }));
    }
    let found = FILES.iter().find(|(file, ..)| *file == request.uri().path());
    let Some((_, kind, content)) = found else { return plain_json(404, &json!({ "message": "no such thing here" })) };
    let mut response = Response::new(Body::from(*content));
    for (name, value) in [
        (header::CONTENT_TYPE, *kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
