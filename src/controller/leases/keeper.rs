//! Takes leases, renews them, and gives them back.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::sync::PoisonError;
use std::time::Duration;

use futures::future::{join, join_all, select};
use tracing::{debug, info, warn};

use super::Leases;
use super::name::LeaseName;
use super::store::Written;
use super::term::{Shown, Step, Term};
use crate::clock;

/// How often leases are looked at, at most; shorter terms are looked at six times.
const LOOK: Duration = Duration::from_secs(2);

/// How soon more of those that are free are taken.
const TAKE_MORE: Duration = Duration::from_millis(150);

/// How long a request about a lease may take, at most; with shorter terms a third of the term.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a lease is kept that nobody asks for any more: its connection is gone, or has other credentials.
const UNASKED: Duration = Duration::from_secs(300);

impl Leases {
    /// Looks after the leases until they are stopped. `looked` is called whenever they were seen.
    pub(in crate::controller) async fn keep(&self, mut looked: impl FnMut()) {
        let mut is_silent = false;
        while !self.stopped.is_cancelled() {
            let more = match self.look().await {
                Ok(more) => {
                    looked();
                    is_silent = false;
                    more
                }
                Err(error) => {
                    let namespace = self.store.api.namespace().unwrap_or_default();
                    if is_silent {
                        debug!(namespace, error, "the leases cannot be read");
                    } else {
                        warn!(namespace, error, "the leases cannot be read: without one nothing is worked on");
                    }
                    is_silent = true;
                    false
                }
            };
            self.tell_of_changes();
            // As long as it gets somewhere.
            let pause = if more { TAKE_MORE.mul_f64(1.0 + fastrand::f64()) } else { LOOK.min(self.store.duration / 6) };
            // One that is newly asked for is looked at right away.
            let pause = tokio::time::timeout(pause, self.wanted.notified());
            select(pin!(pause), pin!(self.stopped.cancelled())).await;
        }
    }

    /// Gives back what is ours, so that others need not wait for it to expire.
    pub(in crate::controller) async fn give_back(&self) {
        let held: Vec<_> = self.terms().iter().filter_map(|(name, term)| Some((name.clone(), term.held(&self.me)?.clone()))).collect();
        join_all(held.iter().map(|(name, shown)| self.release(name, shown))).await;
        self.tell_of_changes();
    }

    /// Renews what is ours while all are looked at; then takes what is free. Whether more is free: whoever holds many leaves some for
    /// others, who have just started as well.
    async fn look(&self) -> Result<bool, String> {
        let (listed, ()) = join(self.in_time(self.store.list()), self.renew()).await;
        let listed = listed.ok_or("no answer in time")?.map_err(|error| error.to_string())?;
        let mut free = self.saw(&listed);
        if self.shutdown.is_cancelled() {
            return Ok(false);
        }
        // One that cannot be taken, whyever, must not stand before all others.
        fastrand::shuffle(&mut free);
        let before = self.held();
        let more = free.split_off((1 + before).min(free.len()));
        join_all(free.into_iter().map(|(name, step)| async move { self.take(&name, step).await })).await;
        Ok(!more.is_empty() && self.held() > before)
    }

    async fn renew(&self) {
        let now = clock::monotonic();
        let mut due = Vec::new();
        for (name, term) in self.terms().iter() {
            match term.step(&self.me, self.store.duration, now) {
                Step::Renew(shown) if now.saturating_duration_since(term.asked) < UNASKED => due.push((name.clone(), shown, true)),
                Step::Renew(shown) => due.push((name.clone(), shown, false)),
                Step::Wait | Step::Create | Step::Take(_) => {}
            }
        }
        let all = due.iter().map(|(name, shown, is_wanted)| async move {
            if *is_wanted { self.take(name, Step::Renew(shown.clone())).await } else { self.release(name, shown).await }
        });
        join_all(all).await;
    }

    /// Takes in what is there; those that can be taken.
    fn saw(&self, listed: &BTreeMap<String, Shown>) -> Vec<(LeaseName, Step)> {
        let now = clock::monotonic();
        let mut terms = self.terms();
        // What nobody asks for is forgotten, when it is not ours.
        terms.retain(|_, term| term.held(&self.me).is_some() || now.saturating_duration_since(term.asked) < UNASKED);
        let mut free = Vec::new();
        for (name, term) in terms.iter_mut() {
            term.saw(listed.get(name.as_str()).cloned(), &self.me, now);
            match term.step(&self.me, self.store.duration, now) {
                Step::Wait | Step::Renew(_) => {}
                step @ (Step::Create | Step::Take(_)) => free.push((name.clone(), step)),
            }
        }
        free
    }

    /// How many are ours.
    fn held(&self) -> usize {
        let now = clock::monotonic();
        self.terms().values().filter(|term| self.is_ours(term, now)).count()
    }

    async fn take(&self, name: &LeaseName, step: Step) {
        let begun = clock::monotonic();
        let writing = async {
            match &step {
                Step::Create => self.store.create(name, &self.me, clock::now()).await,
                Step::Take(seen) | Step::Renew(seen) => self.store.replace(name, seen, &self.me, clock::now()).await,
                Step::Wait => Written::Overtaken,
            }
        };
        match self.in_time(writing).await {
            Some(Written::Done(shown)) => self.change(name, |term| term.got(shown, begun)),
            Some(Written::Overtaken) => self.change(name, Term::was_overtaken),
            Some(Written::Failed(error)) => debug!(lease = name.as_str(), %error, "the lease was not written"),
            None => debug!(lease = name.as_str(), "the lease was not written in time"),
        }
    }

    async fn release(&self, name: &LeaseName, seen: &Shown) {
        // First of all nothing more begins under it.
        self.change(name, Term::gave_back);
        let outcome = self.in_time(self.store.replace(name, seen, "", clock::now())).await;
        match outcome {
            Some(Written::Done(_)) => debug!(lease = name.as_str(), "gave the lease back"),
            Some(Written::Overtaken | Written::Failed(_)) | None => {
                debug!(lease = name.as_str(), "could not give the lease back: it expires")
            }
        }
    }

    fn change(&self, name: &LeaseName, change: impl FnOnce(&mut Term)) {
        if let Some(term) = self.terms().get_mut(name) {
            change(term);
        }
    }

    /// Tells of each lease that has become ours, or is ours no more.
    fn tell_of_changes(&self) {
        let now = clock::monotonic();
        let mut changed = false;
        for (name, term) in self.terms().iter_mut() {
            let is_ours = self.is_ours(term, now);
            changed |= is_ours && std::mem::take(&mut term.refused);
            if is_ours != term.announced {
                term.announced = is_ours;
                changed = true;
                let said = if is_ours { "leads" } else { "does not lead any more" };
                info!(lease = name.as_str(), "{said}");
            }
        }
        if changed {
            self.on_change.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(|tell| tell());
        }
    }

    async fn in_time<T>(&self, asking: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout(PATIENCE.min(self.store.duration / 3), asking).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio_util::sync::CancellationToken;

    use super::super::{Family, Rules};
    use super::*;

    const RULES: Rules = Rules { duration: Duration::from_secs(30), longest_request: Duration::from_secs(12), namespace: None };

    #[tokio::test]
    async fn whoever_was_told_that_it_is_not_ours_hears_when_it_is_even_if_nobody_noticed_the_lapse() {
        let nobody = tower::service_fn(|_| std::future::pending::<Result<axum::http::Response<kube::client::Body>, std::io::Error>>());
        let leases = Leases::new(&kube::Client::new(nobody, "default"), "me", Family::watching(&[]), &RULES, CancellationToken::new());
        let told = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&told);
        leases.on_change(move || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        let name = leases.family.default_lease();
        let shown = Shown { version: "1".into(), holder: "me".into(), duration: RULES.duration, transitions: 0 };
        let got = |begun| leases.terms().get_mut(&name).unwrap().got(shown.clone(), begun);

        assert!(!leases.leads(&name), "it is only wanted now");
        got(clock::monotonic());
        leases.tell_of_changes();
        assert!(leases.leads(&name));
        leases.tell_of_changes();
        assert_eq!(told.load(Ordering::Relaxed), 1, "nothing has changed");

        got(clock::monotonic() - RULES.duration);
        assert!(!leases.leads(&name), "its renewal took too long");
        got(clock::monotonic());
        leases.tell_of_changes();
        assert_eq!(told.load(Ordering::Relaxed), 2);
    }
}
