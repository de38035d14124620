//! What the rate limit leaves, by the service's own count: what it would refuse is not sent, and reads leave room for writes.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Of a window's requests, one in so many is not for reads: a session costs two reads and a write, or three and two, and what reads
/// alone used up would leave nothing to act with, window after window.
const KEPT_FROM_READS: u32 = 3;

/// Two ends of windows that are closer than this are one: they are told in whole seconds, and answers take their time.
const SAME: Duration = Duration::from_secs(2);

/// How long a window is presumed to last until an answer tells of it.
const PRESUMED: Duration = Duration::from_secs(1);

/// The budget of one client. Until an answer tells of a limit there is none.
#[derive(Debug, Default)]
pub(super) struct Budget(Mutex<Books>);

#[derive(Debug, Default)]
struct Books {
    /// Requests that were let through and not answered yet.
    under_way: u32,
    window: Option<Window>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    allowed: u32,
    count: u32,
    ends: Instant,
}

/// What an answer tells of the window that it was counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// The requests that the window allows.
    pub(super) allowed: u32,
    /// The requests that were counted in it so far.
    pub(super) count: u32,
    /// How long it still lasts.
    pub(super) rest: Duration,
}

/// A request that was let through. It is under way until this is dropped.
#[derive(Debug)]
pub(super) struct Spent<'a>(&'a Budget);

impl Budget {
    /// Lets a request through, unless the limit leaves no room for it.
    ///
    /// # Errors
    /// How long it takes until there is room again.
    pub(super) fn spend(&self, is_read: bool, now: Instant) -> Result<Spent<'_>, Duration> {
        let mut books = self.books();
        let under_way = books.under_way;
        if let Some(window) = &mut books.window {
            if window.ends <= now {
                *window = Window { allowed: window.allowed, count: 0, ends: now + PRESUMED };
            }
            let kept = if is_read { window.allowed / KEPT_FROM_READS } else { 0 };
            if window.count.saturating_add(under_way) >= window.allowed - kept {
                return Err(window.ends - now);
            }
        }
        books.under_way += 1;
        Ok(Spent(self))
    }

    /// Takes what an answer tells. Answers overtake each other: the highest count of a window is the newest.
    pub(super) fn take(&self, told: Told, now: Instant) {
        let Told { allowed, count, rest } = told;
        let Some(ends) = now.checked_add(rest) else { return };
        let mut books = self.books();
        match &mut books.window {
            // Told late, of a window that is over.
            Some(window) if ends + SAME < window.ends => {}
            Some(window) if ends < window.ends + SAME => {
                *window = Window { allowed, count: window.count.max(count), ends: window.ends.max(ends) };
            }
            Some(_) | None => books.window = Some(Window { allowed, count, ends }),
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Spent<'_> {
    fn drop(&mut self) {
        let mut books = self.0.books();
        books.under_way = books.under_way.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    fn told(allowed: u32, count: u32, seconds: u64) -> Told {
        Told { allowed, count, rest: Duration::from_secs(seconds) }
    }

    #[test]
    fn without_a_limit_told_everything_is_let_through() {
        let (budget, now) = (Budget::default(), clock::monotonic());
        let spent: Vec<_> = (0..1_000).map(|_| budget.spend(true, now)).collect();
        assert!(spent.iter().all(Result::is_ok));
    }

    #[test]
    fn reads_leave_a_third_to_writes_and_what_is_under_way_counts() {
        let (budget, now) = (Budget::default(), clock::monotonic());
        budget.take(told(300, 198, 40), now);
        let first = budget.spend(true, now).unwrap();
        let _second = budget.spend(true, now).unwrap();
        assert_eq!(budget.spend(true, now).unwrap_err(), Duration::from_secs(40));
        drop(first);
        assert!(budget.spend(true, now).is_ok(), "it was answered, and nothing was told");
        budget.take(told(300, 200, 40), now);
        assert!(budget.spend(true, now).is_err());
        let writes: Vec<_> = std::iter::from_fn(|| budget.spend(false, now).ok()).collect();
        assert_eq!(writes.len(), 99);
    }

    #[test]
    fn a_window_that_is_over_makes_room_for_no_more_than_the_next_one_allows() {
        let (budget, now) = (Budget::default(), clock::monotonic());
        budget.take(told(30, 30, 5), now);
        assert!(budget.spend(false, now).is_err());
        let later = now + Duration::from_secs(5);
        let spent: Vec<_> = std::iter::from_fn(|| budget.spend(false, later).ok()).collect();
        assert_eq!(spent.len(), 30);
    }

    #[test]
    fn what_is_told_of_a_window_counts_for_that_window() {
        let (budget, now) = (Budget::default(), clock::monotonic());
        let room = |at| std::iter::from_fn(|| budget.spend(false, at).ok()).collect::<Vec<_>>().len();
        budget.take(told(10, 7, 6), now);
        budget.take(told(10, 5, 7), now);
        assert_eq!(room(now), 3, "the second was counted before the first, and was overtaken by it");
        budget.take(told(10, 1, 60), now);
        assert_eq!(room(now), 9, "another window");
        budget.take(told(10, 9, 6), now);
        assert_eq!(room(now), 9, "the window before");
    }
}
