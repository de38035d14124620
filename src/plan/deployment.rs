//! What a guest can still do after the end: the `conversationDisconnect` of the deployments through which guests come.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::termination::Fault;

/// The most deployments that are read for one connection.
pub const MOST_DEPLOYMENTS: usize = 20;

/// The most deployments that one sentence names.
const NAMED: usize = 5;

/// What a guest is told when a conversation is disconnected from the back end. The guest's socket stays open in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub enum ConversationDisconnect {
    /// Nothing: the guest still believes to be connected, and may write.
    Off,
    /// That it was disconnected; the guest may write.
    Send,
    /// That it was disconnected; the guest may only read.
    ReadOnly,
}

impl ConversationDisconnect {
    /// Whether a guest can write when the conversation was disconnected.
    #[must_use]
    pub const fn lets_write(self) -> bool {
        match self {
            Self::Off | Self::Send => true,
            Self::ReadOnly => false,
        }
    }
}

/// What is known of one deployment: either what it tells, or why that is not known.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// The deployment.
    pub id: Uuid,
    /// What its guests are told when a conversation is disconnected: nothing (Off), or that it was, with (Send) or without (ReadOnly)
    /// the possibility to write on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_disconnect: Option<ConversationDisconnect>,
    /// Why that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Fault>,
}

impl Deployment {
    /// What a reading of a deployment led to.
    #[must_use]
    pub fn new(id: Uuid, read: Result<ConversationDisconnect, Fault>) -> Self {
        match read {
            Ok(told) => Self { id, conversation_disconnect: Some(told), error: None },
            Err(fault) => Self { id, conversation_disconnect: None, error: Some(fault) },
        }
    }
}

/// Whether guests turn read-only when their conversation is ended. Each but the first holds a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Afterwards {
    /// All of them.
    ReadOnly,
    /// Some may go on writing.
    MayWrite(String),
    /// It is not known of all of them, and nothing bad is known of the others.
    Unknown(String),
}

impl Afterwards {
    /// Judges these deployments; nothing is said of none.
    #[must_use]
    pub fn of(deployments: &[Deployment]) -> Option<Self> {
        let those = |wanted: fn(&Deployment) -> bool| deployments.iter().filter(|&deployment| wanted(deployment)).collect::<Vec<_>>();
        let bad = those(|deployment| deployment.conversation_disconnect.is_some_and(ConversationDisconnect::lets_write));
        let unknown = those(|deployment| deployment.conversation_disconnect.is_none());
        if deployments.is_empty() {
            return None;
        }
        if !bad.is_empty() {
            let unread = if unknown.is_empty() { String::new() } else { format!(" (not read: {})", named(&unknown)) };
            return Some(Self::MayWrite(format!(
                "conversationDisconnect is {}{unread}: a guest whose conversation was ended can go on writing, and within the threading \
                 window the next message revives the conversation; set Conversation Disconnect to ReadOnly there",
                named(&bad)
            )));
        }
        if unknown.is_empty() {
            return Some(Self::ReadOnly);
        }
        let why = unknown.iter().find_map(|deployment| deployment.error.as_ref());
        let why = why.map_or_else(|| "it was not read".to_owned(), |fault| fault.message.clone());
        let whose = named(&unknown);
        Some(Self::Unknown(format!("whether guests can go on writing after the end is not known of {whose}: {why}")))
    }

    /// The sentence for people, unless all is well.
    #[must_use]
    pub fn warning(&self) -> Option<&str> {
        match self {
            Self::ReadOnly => None,
            Self::MayWrite(sentence) | Self::Unknown(sentence) => Some(sentence),
        }
    }
}

/// `Off in deployment …, Send in deployment …`, of the first few.
fn named(deployments: &[&Deployment]) -> String {
    let each = |deployment: &&Deployment| match deployment.conversation_disconnect {
        Some(told) => format!("{told:?} in deployment {}", deployment.id),
        None => format!("deployment {}", deployment.id),
    };
    let mut text = deployments.iter().take(NAMED).map(each).collect::<Vec<_>>().join(", ");
    if let Some(more) = deployments.len().checked_sub(NAMED).filter(|more| *more > 0) {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(number: u128, told: Option<ConversationDisconnect>) -> Deployment {
        Deployment::new(Uuid::from_u128(number), told.ok_or_else(|| Fault::new("missing.permissions", "the OAuth client lacks a:b:view")))
    }

    #[test]
    fn nothing_is_said_of_no_deployment_and_nothing_warned_of_where_all_are_read_only() {
        assert_eq!(Afterwards::of(&[]), None);
        let all =
            Afterwards::of(&[deployment(1, Some(ConversationDisconnect::ReadOnly)), deployment(2, Some(ConversationDisconnect::ReadOnly))]);
        assert_eq!(all, Some(Afterwards::ReadOnly));
        assert_eq!(all.unwrap().warning(), None);
    }

    #[test]
    fn each_deployment_that_lets_the_guest_write_is_named_with_what_it_means_and_what_to_do() {
        use ConversationDisconnect::{Off, ReadOnly, Send};
        let mixed = [deployment(1, Some(Off)), deployment(2, Some(ReadOnly)), deployment(3, Some(Send)), deployment(4, None)];
        let Some(Afterwards::MayWrite(said)) = Afterwards::of(&mixed) else { panic!("no warning") };
        let ids = mixed.map(|deployment| deployment.id);
        assert!(
            said.starts_with(&format!("conversationDisconnect is Off in deployment {}, Send in deployment {}", ids[0], ids[2])),
            "{said}"
        );
        assert!(said.contains(&format!("(not read: deployment {})", ids[3])) && !said.contains(&ids[1].to_string()), "{said}");
        assert!(
            said.contains("the next message revives the conversation") && said.contains("set Conversation Disconnect to ReadOnly"),
            "{said}"
        );
    }

    #[test]
    fn what_could_not_be_read_is_not_taken_for_good() {
        let unread = [deployment(1, Some(ConversationDisconnect::ReadOnly)), deployment(2, None)];
        let Some(Afterwards::Unknown(said)) = Afterwards::of(&unread) else { panic!("known") };
        assert!(said.contains(&unread[1].id.to_string()) && said.ends_with("the OAuth client lacks a:b:view"), "{said}");
    }

    #[test]
    fn a_sentence_about_the_most_deployments_fits_a_condition() {
        let most: Vec<Deployment> =
            (0..MOST_DEPLOYMENTS as u128).map(|n| deployment(n, (n % 2 == 0).then_some(ConversationDisconnect::Send))).collect();
        let Some(Afterwards::MayWrite(said)) = Afterwards::of(&most) else { panic!("no warning") };
        assert!(said.len() <= 1024 && said.contains("and 5 more") && said.ends_with("to ReadOnly there"), "{} bytes: {said}", said.len());
    }

    #[test]
    fn whatever_may_let_a_guest_write_is_warned_of_in_its_sentence() {
        for told in [Some(ConversationDisconnect::Off), None] {
            let afterwards = Afterwards::of(&[deployment(1, told)]).unwrap();
            let (Afterwards::MayWrite(said) | Afterwards::Unknown(said)) = &afterwards else { panic!("no warning") };
            assert_eq!(afterwards.warning(), Some(said.as_str()));
        }
    }

    #[test]
    fn more_are_only_told_of_where_there_are_more() {
        let all: Vec<Deployment> = (0..=NAMED as u128).map(|n| deployment(n, None)).collect();
        let said = |deployments: &[Deployment]| named(&deployments.iter().collect::<Vec<_>>());
        assert!(!said(&all[..NAMED]).contains("more"), "{}", said(&all[..NAMED]));
        assert!(said(&all).ends_with(" and 1 more"), "{}", said(&all));
    }
}
