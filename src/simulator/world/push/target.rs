//! Where events are pushed to.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::event::EventKind;
use super::super::spec::SpecError;

/// One HTTP endpoint that events are POSTed to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PushTarget {
    /// A name for it.
    pub id: String,
    /// The URL, `http://` or `https://`.
    pub url: String,
    /// The topics wanted, in the form with `{id}`; empty means all.
    #[serde(default)]
    pub topics: Vec<String>,
    /// A header that goes along with every push. EventBridge can send a secret, it cannot sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<SecretHeader>,
    /// What a push looks like.
    #[serde(default)]
    pub shape: PushShape,
    /// Another organization for the envelope to name than the world's: a push that went astray.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<Uuid>,
}

/// A header with a secret value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretHeader {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// What a push looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PushShape {
    /// EventBridge's envelope (confirmed by a fixture of the vendor's).
    #[default]
    Envelope,
    /// The event's body alone, as a rule's input transformer leaves it.
    Plain,
}

impl PushTarget {
    pub(super) fn wants(&self, kind: EventKind) -> bool {
        self.topics.is_empty() || self.topics.contains(&kind.template())
    }

    /// Checks that the URL is one and that the topics are known.
    ///
    /// # Errors
    /// [`SpecError::BadTarget`] with the first mistake.
    pub fn check(&self) -> Result<(), SpecError> {
        self.mistake().map_or(Ok(()), |mistake| Err(SpecError::BadTarget { id: self.id.clone(), mistake }))
    }

    fn mistake(&self) -> Option<String> {
        if !self.url.starts_with("http://") && !self.url.starts_with("https://") {
            return Some(format!("{:?} is no HTTP URL", self.url));
        }
        let known = |topic: &String| EventKind::ALL.iter().any(|kind| kind.template() == *topic);
        let unknown = self.topics.iter().find(|topic| !known(topic))?;
        Some(format!("{unknown:?} is no topic; write it like {:?}", EventKind::CustomerEnd.template()))
    }
}
