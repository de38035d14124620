//! The condition `EventsFlowing`: whether the notification service tells of what it is asked for.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::{Stamp, Status};
use crate::termination::Fault;

/// The condition's type.
const TYPE: &str = "EventsFlowing";

/// What is known of the events of the notification service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventsFlow {
    /// The notification service is no source of confirmations: there is nothing to say.
    NotASource,
    /// Nothing was followed so far: what was last seen stands.
    NotKnown,
    /// They flow.
    Flowing,
    /// They do not, of one conversation at least.
    Stopped(Fault),
}

/// The condition, unless there is nothing to say. It never makes a connection unready: polling takes over.
#[must_use]
pub fn events_flowing(flow: &EventsFlow, stamp: &Stamp<'_>) -> Option<Condition> {
    match flow {
        EventsFlow::NotASource => None,
        EventsFlow::NotKnown => {
            let stood = stamp.previous.iter().find(|condition| condition.type_ == TYPE);
            stood.map(|stood| Condition { observed_generation: stamp.generation, ..stood.clone() })
        }
        EventsFlow::Flowing => {
            let message = "the notification service tells of the conversations that are followed";
            Some(stamp.condition(TYPE, Status::True, "Subscribed", message))
        }
        EventsFlow::Stopped(fault) => {
            let message = format!("{}; polling takes over", fault.message);
            Some(stamp.condition(TYPE, Status::False, flow_reason(fault), &message))
        }
    }
}

/// The one CamelCase word for what keeps events from flowing.
#[must_use]
pub fn flow_reason(fault: &Fault) -> &'static str {
    match fault.code.as_str() {
        "topic.rejected" => "TopicsRejected",
        "topics.elsewhere" => "TopicsNotOnSockets",
        "no.channel" => "ChannelsFull",
        "socket.closed" => "SocketClosed",
        code if code.starts_with("missing.") || code == "not.authorized" => "PermissionMissing",
        _ => "Unreachable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(flow: &EventsFlow, previous: &[Condition]) -> Option<[String; 3]> {
        let stamp = Stamp { previous, generation: Some(2), now: "2026-11-22T12:00:00Z".parse().unwrap() };
        events_flowing(flow, &stamp).map(|condition| [condition.status, condition.reason, condition.message])
    }

    #[test]
    fn what_keeps_events_from_flowing_is_named_and_polling_takes_over() {
        for (code, reason) in [
            ("topic.rejected", "TopicsRejected"),
            ("topics.elsewhere", "TopicsNotOnSockets"),
            ("no.channel", "ChannelsFull"),
            ("socket.closed", "SocketClosed"),
            ("missing.any.permissions", "PermissionMissing"),
            ("http.502", "Unreachable"),
            ("endpoints.unexpected", "Unreachable"),
        ] {
            let stopped = EventsFlow::Stopped(Fault::new(code, "it says why"));
            let expected = ["False", reason, "it says why; polling takes over"].map(str::to_owned);
            assert_eq!(told(&stopped, &[]), Some(expected));
        }
    }

    #[test]
    fn it_is_said_once_something_is_known_and_stands_while_nothing_is_followed() {
        assert_eq!(told(&EventsFlow::NotKnown, &[]), None);
        let flowing = told(&EventsFlow::Flowing, &[]).unwrap();
        assert_eq!(flowing[..2], ["True", "Subscribed"]);
        let stamp = Stamp { previous: &[], generation: Some(1), now: "2026-11-22T11:00:00Z".parse().unwrap() };
        let stood: Vec<Condition> = events_flowing(&EventsFlow::Flowing, &stamp).into_iter().collect();
        assert_eq!(told(&EventsFlow::NotKnown, &stood), Some(flowing));
        assert_eq!(told(&EventsFlow::NotASource, &stood), None);
    }
}
