//! The judge: holds every record, and every external write, against what must never happen, and tells the story of a run.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;
use serde_json::Value;
use uuid::Uuid;

use super::api_server::Key;
use super::verdict::{self, Named};
use crate::clock;
use crate::crd::WebchatTermination;
use crate::simulator::server::in_memory::InMemory;

/// How long a write may still be sent after its object was deleted or put back behind the controller's back: the record was right
/// when it was written, and nobody knows better before the watch tells.
const UNAWARE: SignedDuration = SignedDuration::from_secs(20);

/// How long a write may still be sent after another process has moved the record on: a request ends after so long, and was recorded
/// before it began.
const OVERTAKEN: SignedDuration = SignedDuration::from_secs(15);

/// How long a termination may take until it says that it stands still since its connection does: with all that goes wrong, and if
/// nothing does.
const UNTIL_HELD: [SignedDuration; 2] = [SignedDuration::from_secs(40), SignedDuration::from_secs(1)];

/// Judges one run; clones are the same judge.
#[derive(Clone)]
pub(super) struct Judge(Arc<Mutex<Book>>);

struct Book {
    world: InMemory,
    began: Timestamp,
    transcript: Vec<String>,
    violations: Vec<String>,
    /// What must be told nowhere.
    secrets: BTreeSet<String>,
    /// What records name, or named.
    named: Vec<Entry>,
    /// The conversations whose guests come and go as they like.
    restless: BTreeSet<Uuid>,
    /// Whether there is more than one process, or was a moment ago.
    rivals: bool,
    /// Since when the connection is suspended.
    suspended: Option<Timestamp>,
    until_held: SignedDuration,
    counts: Counts,
}

/// What one record names.
struct Entry {
    object: String,
    named: Named,
    /// Until when it counts, when it is named no more.
    until: Option<Timestamp>,
}

/// How much was judged.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) records: u64,
    pub(super) writes: u64,
}

/// What the judge has to say of a run.
pub(super) struct Verdict {
    pub(super) transcript: Vec<String>,
    pub(super) violations: Vec<String>,
    pub(super) counts: Counts,
}

impl Judge {
    pub(super) fn new(world: &InMemory, secrets: impl IntoIterator<Item = String>, restless: BTreeSet<Uuid>, calm: bool) -> Self {
        Self(Arc::new(Mutex::new(Book {
            world: world.clone(),
            began: clock::now(),
            transcript: Vec::new(),
            violations: Vec::new(),
            secrets: secrets.into_iter().collect(),
            named: Vec::new(),
            restless,
            rivals: false,
            suspended: None,
            until_held: UNTIL_HELD[usize::from(calm)],
            counts: Counts::default(),
        })))
    }

    /// Adds a line to the story.
    pub(super) fn tell(&self, line: &str) {
        self.0.lock().unwrap().tell(line);
    }

    /// Something happened that must not.
    pub(super) fn accuse(&self, what: &str) {
        self.0.lock().unwrap().accuse(what);
    }

    /// This must be told nowhere.
    pub(super) fn keep_secret(&self, secret: String) {
        self.0.lock().unwrap().secrets.insert(secret);
    }

    /// From now on more than one process may be at work.
    pub(super) fn expect_rivals(&self) {
        self.0.lock().unwrap().rivals = true;
    }

    /// From now on the connection is suspended, or is not.
    pub(super) fn suspended(&self, suspended: bool) {
        let since = &mut self.0.lock().unwrap().suspended;
        *since = if suspended { since.or_else(|| Some(clock::now())) } else { None };
    }

    /// A process wrote something to the API server.
    pub(super) fn written(&self, process: u32, key: &Key, before: Option<&Value>, after: &Value) {
        let mut book = self.0.lock().unwrap();
        let text = after.to_string();
        if book.secrets.iter().any(|secret| text.contains(secret)) {
            book.accuse(&format!("{} {} holds a secret", key.plural, key.name));
        }
        match before {
            Some(before) if key.plural == "webchatterminations" => {
                let [before, after] = [before, after].map(|object| serde_json::from_value(object.clone()).unwrap());
                book.recorded(process, &before, &after);
            }
            _ if key.plural == "events" => book.tell(&format!("{process} tells {}", after["reason"])),
            Some(_) | None => book.tell(&format!("{process} writes {} {}: {}", key.plural, key.name, verdict::conditions(after))),
        }
    }

    /// The record of an object counts no more: it was deleted, or its status was put back.
    pub(super) fn forgotten(&self, object: &str) {
        let mut book = self.0.lock().unwrap();
        let until = Some(clock::now() + UNAWARE);
        book.named.iter_mut().filter(|entry| entry.object == object && entry.until.is_none()).for_each(|entry| entry.until = until);
    }

    /// A process asks the service for something.
    pub(super) fn asked(&self, process: u32, method: &str, path: &str) {
        let Some(sent) = Named::by(method, path) else { return };
        let mut book = self.0.lock().unwrap();
        book.counts.writes += 1;
        book.tell(&format!("{process} sends {sent}"));
        let now = clock::now();
        if !book.named.iter().any(|entry| entry.named.covers(&sent) && entry.until.is_none_or(|until| now < until)) {
            book.accuse(&format!("invariant 2: no record names {sent}"));
        }
    }

    /// What there is to say by now.
    pub(super) fn verdict(&self) -> Verdict {
        let book = self.0.lock().unwrap();
        Verdict { transcript: book.transcript.clone(), violations: book.violations.clone(), counts: book.counts }
    }
}

impl Book {
    fn tell(&mut self, line: &str) {
        let passed = clock::now().duration_since(self.began);
        self.transcript.push(format!("{:10.3} {line}", passed.as_secs_f64()));
    }

    fn accuse(&mut self, what: &str) {
        self.tell(&format!("!!! {what}"));
        self.violations.push(what.to_owned());
    }

    fn recorded(&mut self, process: u32, before: &WebchatTermination, after: &WebchatTermination) {
        self.counts.records += 1;
        self.tell(&format!("{process} records {}", verdict::summary(after)));
        for what in verdict::of_record(before, after) {
            self.accuse(&what);
        }
        if self.suspended.is_some_and(|since| clock::now() - self.until_held > since) && !verdict::stands_still(after) {
            self.accuse(&format!("invariant 3: {} goes on although its connection is suspended", after.name_any()));
        }
        for conversation in verdict::newly_ended(before, after).into_iter().filter(|id| !self.restless.contains(id)).collect::<Vec<_>>() {
            let live = self.world.with_world(|world| world.truth(conversation).map(|truth| truth.live_legs().len()).unwrap_or_default());
            if live > 0 {
                self.accuse(&format!("invariant 4: {conversation} is reported as ended, and {live} of its legs are live"));
            }
        }
        let object = after.metadata.uid.clone().unwrap_or_default();
        let named = verdict::named(after);
        let now = Some(clock::now() + if self.rivals { OVERTAKEN } else { SignedDuration::ZERO });
        for entry in self.named.iter_mut().filter(|entry| entry.object == object && entry.until.is_none()) {
            if !named.contains(&entry.named) {
                entry.until = now;
            }
        }
        for named in named {
            if !self.named.iter().any(|entry| entry.object == object && entry.until.is_none() && entry.named == named) {
                self.named.push(Entry { object: object.clone(), named, until: None });
            }
        }
    }
}
