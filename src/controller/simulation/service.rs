//! Genesys Cloud: the simulator's server in memory, at the end of a way that takes some time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use futures::FutureExt;
use futures::future::{BoxFuture, pending};
use serde_json::Value;

use super::asking;
use super::chance::Chance;
use super::door::Door;
use super::judge::Judge;
use crate::genesys::shortcut::{Answered, Service};
use crate::simulator::server::in_memory::InMemory;

/// The service, as one process reaches it.
pub(super) struct Line {
    pub(super) process: u32,
    pub(super) alive: Arc<AtomicBool>,
    pub(super) outside: Outside,
}

/// What all processes share of the way to the service.
#[derive(Clone)]
pub(super) struct Outside {
    pub(super) service: InMemory,
    pub(super) chance: Chance,
    pub(super) door: Door,
    pub(super) judge: Judge,
}

impl Service for Line {
    fn answer(&self, request: reqwest::Request) -> BoxFuture<'static, Option<Answered>> {
        if !self.alive.load(Ordering::Relaxed) {
            return pending().boxed();
        }
        let (process, outside, asking) = (self.process, self.outside.clone(), asking::name());
        let task = tokio::spawn(async move { outside.carry(process, &asking, request).await });
        async move { task.await.ok().flatten() }.boxed()
    }
}

impl Outside {
    async fn carry(self, process: u32, asking: &str, request: reqwest::Request) -> Option<Answered> {
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        // Whoever comes first gets a token for all.
        let asking = if path.contains("/conversations/") { asking } else { "all" };
        let named = self.chance.number(&format!("{process} {asking} {method} {path}"));
        let dice = &mut self.chance.of(&named);
        let [there, back] = [0; 2].map(|_| Duration::from_millis(dice.between(1, 20)));
        let mut carried = Request::builder().method(method.clone()).uri(request.url().as_str());
        for (name, value) in request.headers() {
            carried = carried.header(name, value);
        }
        let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default().to_vec();
        let carried = carried.body(Body::from(body)).unwrap();
        let inside = || {
            self.judge.asked(process, method.as_str(), &path);
            let service = self.service.clone();
            tokio::spawn(async move { service.answer(carried).await })
        };
        let answer = self.door.enter(&named, there, inside).await;
        let delivered = answer.await.ok().flatten();
        tokio::time::sleep(back).await;
        let Some(delivered) = delivered else {
            self.judge.tell(&format!("{named}: cut"));
            return None;
        };
        self.judge.tell(&format!("{named}: {}{}", delivered.status.as_u16(), if delivered.whole { "" } else { ", half of it" }));
        if let Ok(body) = serde_json::from_slice::<Value>(&delivered.body)
            && let Some(token) = body["access_token"].as_str()
        {
            self.judge.keep_secret(token.to_owned());
        }
        Some(Answered { status: delivered.status, headers: delivered.headers, body: delivered.body, whole: delivered.whole })
    }
}
