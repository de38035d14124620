//! How long the service asks to wait, and the pause that the whole client then makes.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::fmt::rfc2822::DateTimeParser;
use jiff::{SignedDuration, Timestamp};

use crate::clock;

/// The wait after a 429 that names none (confirmed: the default of the vendor's Java SDK).
pub(super) const UNNAMED: SignedDuration = SignedDuration::from_secs(3);

/// The longest wait that is believed.
pub(super) const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// Beyond this a wait is no back-off any more: the vendor's SDKs give up there, and people want to know (confirmed).
pub(super) const WORTH_TELLING: SignedDuration = SignedDuration::from_secs(180);

/// What a `Retry-After` header asks for, in seconds or as a date; `then` is when the answer was made, by the clock that the
/// date is of. Never negative, at most [`LONGEST`].
pub(super) fn retry_after(header: &str, then: Timestamp) -> Option<SignedDuration> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = header.parse().unwrap_or(i64::MAX);
        return Some(SignedDuration::from_secs(seconds).min(LONGEST));
    }
    let until = http_date(header)?;
    Some(until.duration_since(then).clamp(SignedDuration::ZERO, LONGEST))
}

/// A date as HTTP writes it.
pub(super) fn http_date(header: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(header.trim()).ok()
}

/// The pause of a client. Nothing is sent before it is over.
#[derive(Debug, Default)]
pub(super) struct Pause(Mutex<Option<Asked>>);

#[derive(Clone, Copy, Debug)]
struct Asked {
    until: Instant,
    long: bool,
}

impl Pause {
    /// Pauses for so long from now on; a pause that ends later is left alone.
    pub(super) fn begin(&self, wait: SignedDuration) {
        let asked = Duration::try_from(wait.min(LONGEST)).ok().and_then(|length| clock::monotonic().checked_add(length));
        let Some(until) = asked else { return };
        let mut pause = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pause.is_none_or(|running| running.until < until) {
            *pause = Some(Asked { until, long: wait > WORTH_TELLING });
        }
    }

    /// What is left of it.
    pub(super) fn left(&self) -> Option<SignedDuration> {
        self.running().map(|(left, _)| left)
    }

    /// When it ends, if it is longer than [`WORTH_TELLING`].
    pub(super) fn parked_until(&self) -> Option<Timestamp> {
        let (left, long) = self.running()?;
        long.then(|| clock::now().saturating_add(left).unwrap_or(Timestamp::MAX))
    }

    fn running(&self) -> Option<(SignedDuration, bool)> {
        let Asked { until, long } = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        let left = until.checked_duration_since(clock::monotonic()).filter(|left| !left.is_zero())?;
        Some((SignedDuration::try_from(left).unwrap_or(LONGEST), long))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_named_in_seconds_or_as_a_date() {
        let then = "2026-11-20T12:00:00Z".parse().unwrap();
        for (header, seconds) in [
            ("0", Some(0)),
            (" 17 ", Some(17)),
            ("99999999999999999999", Some(86_400)),
            ("90000", Some(86_400)),
            ("Fri, 20 Nov 2026 12:00:30 GMT", Some(30)),
            ("Fri, 20 Nov 2026 11:00:00 GMT", Some(0)),
            ("Fri, 20 Nov 2037 11:00:00 GMT", Some(86_400)),
            ("Sat, 20 Nov 2026 12:00:30 GMT", None),
            ("", None),
            ("-5", None),
            ("soon", None),
        ] {
            let expected = seconds.map(SignedDuration::from_secs);
            assert_eq!(retry_after(header, then), expected, "{header}");
        }
    }

    #[test]
    fn a_shorter_wait_does_not_end_a_longer_pause() {
        let pause = Pause::default();
        assert_eq!((pause.left(), pause.parked_until()), (None, None));
        pause.begin(SignedDuration::from_secs(100));
        assert_eq!(pause.parked_until(), None);
        pause.begin(SignedDuration::from_secs(1));
        assert!(pause.left().unwrap() > SignedDuration::from_secs(90));
        pause.begin(SignedDuration::from_secs(500));
        assert!(pause.parked_until().is_some());
        pause.begin(SignedDuration::ZERO);
        assert!(pause.left().unwrap() > SignedDuration::from_secs(490));
    }
}
