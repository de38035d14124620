//! Topics: what can be subscribed, what is combined, and who may.

use serde::Serialize;

use super::super::World;
use super::super::access::may;
use super::super::event::EventKind;
use super::super::refusal::ApiError;
use super::super::spec::ClientSpec;

/// The longest name of a combined topic, in bytes (seen by others: less than 200).
const LONGEST_COMBINED: usize = 200;

/// Whether a topic was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum TopicState {
    /// Events of this topic will come.
    Permitted,
    /// They will not.
    Rejected,
}

/// One subscribed topic, or one that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TopicView {
    /// The topic as the client wrote it.
    pub id: String,
    /// Whether it was taken.
    pub state: TopicState,
    /// Why it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejection_reason: Option<String>,
    /// The permissions of which one is missing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing_permissions: Vec<String>,
}

impl TopicView {
    pub(super) fn permitted(id: &str) -> Self {
        Self { id: id.into(), state: TopicState::Permitted, rejection_reason: None, missing_permissions: Vec::new() }
    }

    fn rejected(id: &str, why: impl Into<String>) -> Self {
        Self { state: TopicState::Rejected, rejection_reason: Some(why.into()), ..Self::permitted(id) }
    }
}

/// One topic that there is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AvailableTopic {
    /// The kind of event.
    pub kind: EventKind,
    /// The ways in which it comes.
    pub transports: &'static [&'static str],
    /// The permissions of which one is needed.
    pub requires_permissions: Vec<String>,
    /// The fields that were asked for.
    pub expand: Vec<String>,
}

/// The topics that a written one stands for: `prefix?a&b` is `prefix.a` and `prefix.b`.
pub(super) fn parts(written: &str) -> Vec<String> {
    match written.split_once('?') {
        None => vec![written.into()],
        Some((prefix, suffixes)) => suffixes.split('&').map(|suffix| format!("{prefix}.{suffix}")).collect(),
    }
}

impl World {
    /// Says of a topic whether this client may subscribe to it. Whether the conversation exists, and whether the client sees
    /// its division, is not asked (not known of the real service).
    pub(super) fn judge(&self, written: &str, client: Option<&ClientSpec>) -> TopicView {
        let how = &self.behaviour.notifications;
        if written.contains('?') && written.len() >= LONGEST_COMBINED {
            return TopicView::rejected(written, format!("a combined topic may have less than {LONGEST_COMBINED} characters"));
        }
        if let Some(unknown) = parts(written).iter().find(|part| EventKind::of_topic(part).is_none()) {
            return TopicView::rejected(written, format!("{unknown} is no topic that this service announces"));
        }
        if how.detail_topics_rejected {
            return TopicView::rejected(written, "the topic is not available on the transport Websocket");
        }
        let needed: Vec<&str> = how.detail_topic_permissions.iter().map(String::as_str).collect();
        if client.is_some_and(|client| self.behaviour.check_permissions && !may(client, &needed)) {
            let missing_permissions = how.detail_topic_permissions.iter().cloned().collect();
            return TopicView { missing_permissions, ..TopicView::rejected(written, "missing permissions") };
        }
        TopicView::permitted(written)
    }

    /// The topics that there are, with the ways in which they come as this world is set.
    pub(super) fn available(&self, expand: &[String]) -> Vec<AvailableTopic> {
        let how = &self.behaviour.notifications;
        let transports: &[&str] = if how.detail_topics_rejected {
            &["EventBridge", "ProcessAutomation"]
        } else {
            &["All", "Websocket", "EventBridge", "ProcessAutomation"]
        };
        let requires_permissions: Vec<String> = how.detail_topic_permissions.iter().cloned().collect();
        let of = |kind| AvailableTopic { kind, transports, requires_permissions: requires_permissions.clone(), expand: expand.to_vec() };
        EventKind::ALL.into_iter().map(of).collect()
    }
}

/// The refusal of a whole request because of one topic (its form is not known).
pub(super) fn refusal(topic: &TopicView) -> ApiError {
    if topic.missing_permissions.is_empty() {
        let why = topic.rejection_reason.as_deref().unwrap_or("rejected");
        return ApiError::bad_request(format!("Cannot subscribe to topic [{}]: {why}", topic.id));
    }
    let needed: Vec<&str> = topic.missing_permissions.iter().map(String::as_str).collect();
    ApiError::missing_any_permissions(&needed)
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn a_combined_topic_is_taken_apart() {
        assert_eq!(parts("v2.x.1?a.b&c"), ["v2.x.1.a.b", "v2.x.1.c"]);
        assert_eq!(parts("v2.x.1.a"), ["v2.x.1.a"]);
        assert_eq!(parts("v2.x.1?"), ["v2.x.1."]);
    }
}
