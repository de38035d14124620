//! The names of topics: `v2.detail.events.conversation.{id}.customer.end` and `.customer.start` (confirmed: the vendor's CLI).

use uuid::Uuid;

use crate::termination::EventKind;

const PREFIX: &str = "v2.detail.events.conversation.";

/// How many topics a followed conversation takes.
pub(super) const EACH: usize = 2;

/// The topics that tell of a conversation's guest legs.
pub(super) fn names(conversation_id: Uuid) -> [String; EACH] {
    [EventKind::Ended, EventKind::Connected].map(|kind| format!("{PREFIX}{conversation_id}{}", suffix(kind)))
}

/// The conversation and the kind of event that a topic is about, if it is one of ours.
pub(super) fn parse(name: &str) -> Option<(Uuid, EventKind)> {
    let (id, kind) = conversation(name)?;
    let kinds = [EventKind::Ended, EventKind::Connected];
    Some((id, kinds.into_iter().find(|known| suffix(*known) == kind)?))
}

/// The conversation that a detail topic of any kind is about, and the rest of its name.
pub(super) fn conversation(name: &str) -> Option<(Uuid, &str)> {
    let rest = name.strip_prefix(PREFIX)?;
    let (id, rest) = rest.split_at(rest.find('.')?);
    Some((Uuid::try_parse(id).ok()?, rest))
}

/// Whether a name in the list of all topics (`…conversation.{id}.customer.end`) is that of the end of a guest leg.
pub(super) fn is_template_of_ends(name: &str) -> bool {
    let rest = name.strip_prefix(PREFIX).and_then(|rest| rest.split_once('.'));
    rest.is_some_and(|(id, rest)| id.starts_with('{') && suffix(EventKind::Ended).ends_with(rest) && rest.contains('.'))
}

const fn suffix(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Ended => ".customer.end",
        EventKind::Connected => ".customer.start",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_back_as_what_it_was_made_of() {
        let id = Uuid::from_u128(7);
        let [end, start] = names(id);
        assert_eq!(end, format!("v2.detail.events.conversation.{id}.customer.end"));
        assert_eq!((parse(&end), parse(&start)), (Some((id, EventKind::Ended)), Some((id, EventKind::Connected))));
    }

    #[test]
    fn other_names_are_none_of_ours() {
        let id = Uuid::from_u128(7);
        for name in [
            String::new(),
            "v2.detail.events.conversation.".into(),
            "v2.detail.events.conversation.{id}.customer.end".into(),
            format!("v2.detail.events.conversation.{id}"),
            format!("v2.detail.events.conversation.{id}.user.end"),
            format!("v2.detail.events.conversation.{id}.customer.end.more"),
            format!("v2.conversations.{id}.customer.end"),
        ] {
            assert_eq!(parse(&name), None, "{name}");
        }
    }

    #[test]
    fn the_template_in_the_list_of_topics_is_recognized() {
        assert!(is_template_of_ends("v2.detail.events.conversation.{id}.customer.end"));
        assert!(is_template_of_ends("v2.detail.events.conversation.{conversationId}.customer.end"));
        for other in ["v2.detail.events.conversation.{id}.user.end", "v2.detail.events.conversation.{id}.end", "v2.users.{id}.presence"] {
            assert!(!is_template_of_ends(other), "{other}");
        }
    }
}
