//! PURE: what to do about one lease, and until when it is ours.
//!
//! No two clocks are compared. Another's lease has expired when *we* have seen no new version of it for as long as it says; ours holds
//! from *before* we asked for it, for as long as we said. So whoever waits for ours to expire began to count later than we did.

use std::time::{Duration, Instant};

/// A Lease object, as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) version: String,
    /// Nobody, when it is empty.
    pub(super) holder: String,
    pub(super) duration: Duration,
    /// How often it has changed hands.
    pub(super) transitions: i32,
}

/// What is to be done about a lease now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing: it is another's, or ours and fresh.
    Wait,
    /// It does not exist.
    Create,
    /// It is free, or was not renewed in time by its holder.
    Take(Shown),
    /// It is ours.
    Renew(Shown),
}

/// What is known of one lease.
#[derive(Clone, Debug)]
pub(super) struct Term {
    /// The object as last seen, and since when we know this version.
    seen: Option<(Shown, Instant)>,
    /// When we last asked for it with success: our term began then.
    begun: Option<Instant>,
    /// Whether somebody else has written it since we saw it: what we know of it is not to be built on.
    overtaken: bool,
    /// Whether others were told that it is ours.
    pub(super) announced: bool,
    /// Whether somebody was told since that it is not: they wait to hear of a change.
    pub(super) refused: bool,
    /// When somebody last asked for it.
    pub(super) asked: Instant,
}

impl Term {
    pub(super) fn new(now: Instant) -> Self {
        Self { seen: None, begun: None, overtaken: false, announced: false, refused: false, asked: now }
    }

    /// Takes in what a look showed at `now`; nothing, when there is no such object.
    pub(super) fn saw(&mut self, shown: Option<Shown>, me: &str, now: Instant) {
        let shows_us = shown.as_ref().is_some_and(|shown| shown.holder == me);
        if shows_us && self.held(me).is_some() && !self.overtaken {
            // It was perhaps renewed after it was looked at: our own last word is the newer one.
            return;
        }
        if !shows_us {
            self.begun = None;
        }
        self.overtaken = false;
        self.seen = shown.map(|shown| match self.seen.take() {
            Some((before, since)) if before.version == shown.version => (before, since),
            _ => (shown, now),
        });
    }

    /// We asked for it at `begun`, and got it.
    pub(super) fn got(&mut self, shown: Shown, begun: Instant) {
        self.seen = Some((shown, begun));
        self.begun = Some(begun);
        self.overtaken = false;
    }

    /// Somebody else wrote it: the next look shows whose it is. Until then ours holds for as long as was said.
    pub(super) fn was_overtaken(&mut self) {
        self.overtaken = true;
    }

    /// It is ours no more: we gave it back.
    pub(super) fn gave_back(&mut self) {
        self.begun = None;
        self.seen = None;
    }

    /// What is to be done now. Ours is renewed when a sixth of its term is over.
    pub(super) fn step(&self, me: &str, duration: Duration, now: Instant) -> Step {
        let Some((shown, since)) = &self.seen else { return Step::Create };
        if shown.holder == me {
            let is_due = self.begun.is_none_or(|begun| now.saturating_duration_since(begun) >= duration / 6);
            return if is_due { Step::Renew(shown.clone()) } else { Step::Wait };
        }
        let is_over = shown.holder.is_empty() || now.saturating_duration_since(*since) >= shown.duration;
        if is_over { Step::Take(shown.clone()) } else { Step::Wait }
    }

    /// Whether it is ours, and stays so for `margin` from now even if it cannot be renewed.
    pub(super) fn is_ours(&self, duration: Duration, margin: Duration, now: Instant) -> bool {
        self.begun.is_some_and(|begun| now.saturating_duration_since(begun) + margin < duration)
    }

    /// The object, if we hold it.
    pub(super) fn held(&self, me: &str) -> Option<&Shown> {
        self.seen.as_ref().map(|(shown, _)| shown).filter(|shown| shown.holder == me)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    const TERM: Duration = Duration::from_secs(30);
    const SECOND: Duration = Duration::from_secs(1);

    fn shown(version: &str, holder: &str) -> Shown {
        Shown { version: version.into(), holder: holder.into(), duration: TERM, transitions: 1 }
    }

    #[test]
    fn what_does_not_exist_is_created_and_what_is_free_is_taken() {
        let now = clock::monotonic();
        let mut term = Term::new(now);
        assert_eq!(term.step("me", TERM, now), Step::Create);
        term.saw(Some(shown("1", "")), "me", now);
        assert_eq!(term.step("me", TERM, now), Step::Take(shown("1", "")));
    }

    #[test]
    fn anothers_lease_is_taken_only_when_it_was_not_seen_to_change_for_its_whole_term() {
        let now = clock::monotonic();
        let mut term = Term::new(now);
        term.saw(Some(shown("1", "other")), "me", now);
        assert_eq!(term.step("me", TERM, now + TERM - SECOND), Step::Wait);
        term.saw(Some(shown("2", "other")), "me", now + TERM - SECOND);
        assert_eq!(term.step("me", TERM, now + TERM + SECOND), Step::Wait, "it was renewed");
        term.saw(Some(shown("2", "other")), "me", now + TERM * 2);
        assert_eq!(term.step("me", TERM, now + TERM * 2), Step::Take(shown("2", "other")));
    }

    #[test]
    fn ours_holds_from_before_we_asked_and_no_longer_than_we_said() {
        let now = clock::monotonic();
        let mut term = Term::new(now);
        term.got(shown("1", "me"), now);
        assert!(term.is_ours(TERM, SECOND, now + TERM - SECOND * 2));
        assert!(!term.is_ours(TERM, SECOND, now + TERM - SECOND), "it must outlive what is begun under it");
        assert_eq!(term.step("me", TERM, now + SECOND), Step::Wait);
        assert_eq!(term.step("me", TERM, now + TERM / 6), Step::Renew(shown("1", "me")));
    }

    #[test]
    fn whoever_edits_ours_does_not_take_it_from_us() {
        let now = clock::monotonic();
        let mut term = Term::new(now);
        term.got(shown("2", "me"), now);
        term.saw(Some(shown("1", "me")), "me", now);
        assert_eq!(term.held("me"), Some(&shown("2", "me")), "a look that is older than our last word");
        term.was_overtaken();
        term.saw(Some(shown("3", "me")), "me", now);
        assert!(term.is_ours(TERM, SECOND, now + SECOND));
        assert_eq!(term.step("me", TERM, now + TERM / 6), Step::Renew(shown("3", "me")));
    }

    #[test]
    fn one_that_passed_on_is_ours_no_more_and_one_that_only_shows_our_name_is_not_yet() {
        let now = clock::monotonic();
        let mut term = Term::new(now);
        term.got(shown("1", "me"), now);
        term.saw(Some(shown("2", "other")), "me", now + SECOND);
        assert!(!term.is_ours(TERM, SECOND, now + SECOND));
        term.got(shown("3", "me"), now);
        term.saw(None, "me", now + SECOND);
        assert!(!term.is_ours(TERM, SECOND, now + SECOND), "it was deleted: somebody else may create it");
        term.saw(Some(shown("4", "me")), "me", now + SECOND);
        assert!(!term.is_ours(TERM, SECOND, now + SECOND), "the answer was lost: the term counts from a request that we know of");
        assert_eq!(term.step("me", TERM, now + SECOND), Step::Renew(shown("4", "me")));
    }
}
