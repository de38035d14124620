//! An API server in memory: objects of any kind, optimistic concurrency, lists and watches, and what goes wrong with all that.
//!
//! It knows nothing of schemas: defaults and rules are the real one's (`tests/cluster`). Objects are gone as soon as they are deleted:
//! nothing of ours holds a finalizer.

mod objects;
mod watching;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Body;
use axum::http::{Method, Request, Response};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::chance::Chance;
use super::door::Door;
use super::judge::Judge;
use super::weather::{Fate, Weather};
use crate::clock;
pub(super) use objects::{Key, Objects, Refusal};

use objects::Part;

/// The API server; clones are the same.
#[derive(Clone)]
pub(super) struct ApiServer(Arc<Inner>);

struct Inner {
    objects: Mutex<Objects>,
    /// The newest version, for watches.
    newest: watch::Sender<u64>,
    chance: Chance,
    door: Door,
    weather: Weather,
    judge: Judge,
}

/// What a request asks for.
#[derive(Clone)]
struct Asked {
    method: Method,
    plural: String,
    namespace: String,
    name: Option<String>,
    part: Part,
    query: BTreeMap<String, String>,
    sent: Value,
}

impl ApiServer {
    pub(super) fn new(chance: &Chance, door: &Door, weather: &Weather, judge: &Judge) -> Self {
        Self(Arc::new(Inner {
            objects: Mutex::default(),
            newest: watch::Sender::new(0),
            chance: chance.clone(),
            door: door.clone(),
            weather: weather.clone(),
            judge: judge.clone(),
        }))
    }

    /// Looks at what is kept, or changes it.
    pub(super) fn with<T>(&self, look: impl FnOnce(&mut Objects) -> T) -> T {
        let mut objects = self.objects();
        let seen = look(&mut objects);
        let version = objects.version();
        self.0.newest.send_if_modified(|newest| std::mem::replace(newest, version) != version);
        seen
    }

    /// Answers a request of a process. What it does is done whether or not anybody waits for the answer.
    pub(super) async fn answer(self, process: u32, request: Request<kube::client::Body>) -> Result<Response<Body>, io::Error> {
        let asked = read(request).await;
        let (name, events) = (asked.name.clone().unwrap_or_default(), asked.plural == "events");
        // The names of events hold the machine's time.
        let name = if events { "" } else { &name };
        let watching = asked.query.contains_key("watch");
        let verb = if watching { "WATCH" } else { asked.method.as_str() };
        let kind = format!("{process} {verb} {} {name} {:?}", asked.plural, asked.part);
        let named = self.0.chance.number(&kind);
        let (there, fate, back) = self.0.weather.request(&named);
        let task = tokio::spawn(async move {
            let inner = Arc::clone(&self.0);
            let outcome = inner.door.enter(&named, there, || self.inside(process, &asked, &named, fate)).await;
            tokio::time::sleep(back).await;
            outcome
        });
        task.await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    fn inside(&self, process: u32, asked: &Asked, named: &str, fate: Fate) -> Result<Response<Body>, io::Error> {
        let cut = || io::Error::from(io::ErrorKind::ConnectionReset);
        let trouble = || Refusal { code: 500, reason: "InternalError", message: "there is trouble".into() };
        if fate != Fate::Answered {
            self.0.judge.tell(&format!("{named}: {fate:?}"));
        }
        match fate {
            Fate::Refused => return Ok(refused(&trouble())),
            Fate::Cut => return Err(cut()),
            Fate::Answered | Fate::Untold | Fate::CutAfterwards => {}
        }
        if asked.query.contains_key("watch") {
            return if fate == Fate::Answered { Ok(self.watch(asked, named)) } else { Err(cut()) };
        }
        let done = self.does(process, asked);
        match fate {
            Fate::CutAfterwards => Err(cut()),
            Fate::Untold => Ok(refused(&trouble())),
            Fate::Answered | Fate::Refused | Fate::Cut => Ok(match done {
                Ok(object) => Response::new(Body::from(object.to_string())),
                Err(refusal) => refused(&refusal),
            }),
        }
    }

    fn does(&self, process: u32, asked: &Asked) -> Result<Value, Refusal> {
        let Some(name) = asked.name.clone().or_else(|| asked.sent["metadata"]["name"].as_str().map(str::to_owned)) else {
            let objects = self.objects();
            let metadata = json!({ "resourceVersion": objects.version().to_string() });
            let (kind, version) = ("List", "v1");
            return Ok(json!({ "kind": kind, "apiVersion": version, "metadata": metadata, "items": objects.list(&asked.plural) }));
        };
        let key = Key { plural: asked.plural.clone(), namespace: asked.namespace.clone(), name };
        if asked.method == Method::GET {
            return self.objects().get(&key).cloned();
        }
        let before = self.objects().get(&key).ok().cloned();
        let after = self.with(|objects| match asked.method {
            Method::POST => objects.create(&key, asked.sent.clone(), clock::now()),
            Method::PUT => objects.replace(&key, &asked.sent, asked.part),
            Method::PATCH => objects.merge(&key, &asked.sent),
            Method::DELETE => objects.delete(&key),
            _ => Err(Refusal { code: 405, reason: "MethodNotAllowed", message: asked.method.to_string() }),
        });
        match &after {
            Ok(after) => self.0.judge.written(process, &key, before.as_ref(), after),
            Err(refusal) => self.0.judge.tell(&format!("{process} {} {} {}: {}", asked.method, key.plural, key.name, refusal.reason)),
        }
        after
    }

    fn objects(&self) -> MutexGuard<'_, Objects> {
        self.0.objects.lock().unwrap()
    }
}

/// Takes a request apart: `/apis/{group}/{version}[/namespaces/{namespace}]/{plural}[/{name}[/status]]`.
async fn read(request: Request<kube::client::Body>) -> Asked {
    let (head, body) = request.into_parts();
    let bytes = body.collect_bytes().await.unwrap();
    let segments: Vec<&str> = head.uri.path().split('/').filter(|segment| !segment.is_empty()).collect();
    let rest = &segments[if segments[0] == "api" { 2 } else { 3 }..];
    let (namespace, rest) = if rest.len() > 2 && rest[0] == "namespaces" { (rest[1], &rest[2..]) } else { ("", rest) };
    let pairs = head.uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    Asked {
        method: head.method,
        plural: rest[0].to_owned(),
        namespace: namespace.to_owned(),
        name: rest.get(1).map(ToString::to_string),
        part: if rest.get(2) == Some(&"status") { Part::Status } else { Part::Body },
        query: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        sent: serde_json::from_slice(&bytes).unwrap_or_default(),
    }
}

fn refused(refusal: &Refusal) -> Response<Body> {
    let body = status(refusal).to_string();
    Response::builder().status(refusal.code).body(Body::from(body)).unwrap()
}

fn status(Refusal { code, reason, message }: &Refusal) -> Value {
    json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message, "code": code })
}
