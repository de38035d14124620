//! Whether `legsConnectedBefore` leaves guests who come later alone, as it is there to do.

use jiff::{SignedDuration, Timestamp};

use super::WebchatTermination;

/// The reason under which it is told that guests who come later are not left alone.
pub const LEGS_CONNECTED_BEFORE_IN_FUTURE: &str = "LegsConnectedBeforeInFuture";

/// How far ahead it may be unnoticed: clocks differ, and what an event creates has the time of the event.
const SKEW: SignedDuration = SignedDuration::from_mins(1);

/// The warning that a `legsConnectedBefore` in the future calls for.
#[must_use]
pub fn later_guests_warning(termination: &WebchatTermination, now: Timestamp) -> Option<String> {
    let before = termination.spec.legs_connected_before.filter(|before| before.duration_since(now) > SKEW)?;
    Some(format!(
        "legsConnectedBefore is in the future ({before:.0}): guests who connect until then are not left alone; their legs are ended as well"
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::crd::WebchatTerminationSpec;

    #[test]
    fn only_a_time_that_no_clock_explains_is_warned_of() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let warned = |before: Option<&str>| {
            let spec = json!({ "connectionRef": { "name": "main" }, "sessions": [], "legsConnectedBefore": before });
            let spec: WebchatTerminationSpec = serde_json::from_value(spec).unwrap();
            later_guests_warning(&WebchatTermination::new("incident", spec), now)
        };
        for quiet in [None, Some("2020-01-01T00:00:00Z"), Some("2026-11-22T12:00:00Z"), Some("2026-11-22T12:01:00Z")] {
            assert_eq!(warned(quiet), None, "{quiet:?}");
        }
        assert!(warned(Some("2026-11-22T12:01:01Z")).unwrap().contains("in the future (2026-11-22T12:01:01Z)"));
    }
}
