//! Watches: every change of a kind, in its order, some time after it was made, until the watch ends.

use std::io;
use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use futures::stream;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::objects::{Change, Refusal};
use super::{ApiServer, Asked, status};
use crate::clock;
use crate::controller::simulation::weather::Watch;

/// How long a watch is silent before it tells how far it has come.
const BOOKMARK: Duration = Duration::from_secs(60);

/// One watch.
struct Watching {
    server: ApiServer,
    plural: String,
    version: u64,
    how: Watch,
    ends: Instant,
    over: bool,
}

impl ApiServer {
    pub(super) fn watch(&self, asked: &Asked, named: &str) -> Response<Body> {
        let version = asked.query.get("resourceVersion").and_then(|version| version.parse().ok()).unwrap_or_default();
        let how = self.0.weather.watch(named);
        let ends = now() + how.life;
        let watching = Watching { server: self.clone(), plural: asked.plural.clone(), version, how, ends, over: false };
        let lines = stream::unfold(watching, |mut watching| async move {
            let line = watching.next().await?;
            Some((line, watching))
        });
        Response::new(Body::from_stream(lines))
    }
}

impl Watching {
    /// The next line, the end, or a break.
    async fn next(&mut self) -> Option<io::Result<String>> {
        if self.over {
            return None;
        }
        let mut newest = self.server.0.newest.subscribe();
        loop {
            newest.borrow_and_update();
            if now() >= self.ends {
                self.over = true;
                return self.how.breaks.then(|| Err(io::ErrorKind::ConnectionReset.into()));
            }
            let next = self.server.objects().after(&self.plural, self.version);
            let Some(next) = next else {
                self.over = true;
                let gone = Refusal { code: 410, reason: "Expired", message: "too old resource version".into() };
                return Some(Ok(line("ERROR", &status(&gone))));
            };
            if let Some(Change { version, made, plural: _, what, object }) = next {
                sleep_until(made + self.how.lag).await;
                self.version = version;
                return Some(Ok(line(what, &object)));
            }
            let silent = (now() + BOOKMARK).min(self.ends);
            if timeout_at(silent, newest.changed()).await.is_err() && silent < self.ends {
                let version = self.server.objects().version();
                self.version = version;
                let metadata = json!({ "resourceVersion": version.to_string(), "annotations": {} });
                return Some(Ok(line("BOOKMARK", &json!({ "kind": "Any", "apiVersion": "v1", "metadata": metadata }))));
            }
        }
    }
}

fn line(what: &str, object: &Value) -> String {
    format!("{}\n", json!({ "type": what, "object": object }))
}

fn now() -> Instant {
    Instant::from_std(clock::monotonic())
}
