//! Which replica works on what: a Lease per OAuth client, and one for whatever has no usable client.
//!
//! Whoever holds a client's lease works on all terminations that need this client, so that its rate limit and its notification sockets
//! have one owner. A lease spares two replicas from getting in each other's way; what keeps them apart is the record.
//!
//! | file     | what it is |
//! |----------|------------|
//! | `name`   | what leases are called |
//! | `term`   | PURE: what to do about one lease, and until when it is ours |
//! | `store`  | Lease objects on the API server |
//! | `keeper` | the task that takes, renews and gives back |

mod keeper;
mod name;
mod store;
mod term;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

pub(super) use name::{Family, LeaseName};
use store::LeaseStore;
use term::Term;

use crate::clock;

/// Is called whenever a lease has become ours, or is ours no more.
type OnChange = Box<dyn Fn() + Send>;

/// The leases that anybody here has asked for.
pub(super) struct Leases {
    pub(super) family: Family,
    store: LeaseStore,
    me: String,
    /// By how much a lease outlives what begins under it.
    margin: Duration,
    terms: Mutex<BTreeMap<LeaseName, Term>>,
    on_change: Mutex<Vec<OnChange>>,
    /// Rings when somebody asks for one that is not known yet.
    wanted: Notify,
    /// Asks the process to stop. Nothing more is taken then: whoever takes what is free should work on it. What is ours is still renewed.
    shutdown: CancellationToken,
    /// Whether nothing is renewed any more, either.
    stopped: CancellationToken,
}

/// How long a lease holds, and where leases are.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// How long one holds that is not renewed.
    pub(super) duration: Duration,
    /// How long what is begun under one may take: an external write and its answer.
    pub(super) longest_request: Duration,
    /// Where they are; without it in the client's own namespace.
    pub(super) namespace: Option<String>,
}

impl Leases {
    pub(super) fn new(kube: &kube::Client, me: &str, family: Family, rules: &Rules, shutdown: CancellationToken) -> Self {
        let namespace = rules.namespace.as_deref().unwrap_or_else(|| kube.default_namespace());
        let store = LeaseStore { api: kube::Api::namespaced(kube.clone(), namespace), duration: rules.duration };
        Self {
            family,
            store,
            me: me.to_owned(),
            // A term that is too short for it leaves half of itself to work in.
            margin: rules.longest_request.min(rules.duration / 2),
            terms: Mutex::default(),
            on_change: Mutex::default(),
            wanted: Notify::new(),
            shutdown,
            stopped: CancellationToken::new(),
        }
    }

    /// Whether a lease is ours, and outlives whatever begins now. One that nobody asked for before is wanted from now on: `on_change`
    /// tells when we have got it.
    pub(super) fn leads(&self, name: &LeaseName) -> bool {
        let now = clock::monotonic();
        let mut terms = self.terms();
        let Some(term) = terms.get_mut(name) else {
            terms.insert(name.clone(), Term::new(now));
            self.wanted.notify_one();
            return false;
        };
        term.asked = now;
        let is_ours = term.is_ours(self.store.duration, self.margin, now);
        // It may have lapsed, and be renewed before the keeper has noticed.
        term.refused |= !is_ours;
        is_ours
    }

    /// Has this called whenever a lease has become ours, or is ours no more.
    pub(super) fn on_change(&self, tell: impl Fn() + Send + 'static) {
        self.on_change.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(tell));
    }

    /// Each lease that is known here, and whether it is ours.
    pub(super) fn standing(&self) -> Vec<(LeaseName, bool)> {
        let now = clock::monotonic();
        self.terms().iter().map(|(name, term)| (name.clone(), self.is_ours(term, now))).collect()
    }

    /// Looks after nothing any more, from the end of what is under way: a renewal that is cut off would leave what it renews to expire.
    pub(super) fn stop(&self) {
        self.stopped.cancel();
    }

    fn is_ours(&self, term: &Term, now: Instant) -> bool {
        term.is_ours(self.store.duration, self.margin, now)
    }

    fn terms(&self) -> MutexGuard<'_, BTreeMap<LeaseName, Term>> {
        self.terms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
