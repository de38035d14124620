//! Deployments: what their configurations tell guests whose conversation is disconnected. Two reads each, and no write.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::Operation;
use super::client::{Client, Verdict};
use super::dialect::{Ids, Line, READ_CONFIGURATION, READ_DEPLOYMENT};
use crate::plan::{ConversationDisconnect, Deployment, MOST_DEPLOYMENTS};
use crate::termination::Fault;

/// The longest version that is asked for: it comes from an answer, and becomes part of a path.
const VERSION_LENGTH: usize = 32;

/// `WebDeployment`, as on the wire (confirmed: PureCloudPlatformClientV2 269.0.0).
#[derive(Deserialize)]
struct WebDeployment {
    configuration: ConfigurationRef,
}

#[derive(Deserialize)]
struct ConfigurationRef {
    id: Uuid,
    version: String,
}

/// `WebDeploymentConfigurationVersion`, as on the wire (confirmed, as above).
#[derive(Deserialize)]
struct Configuration {
    messenger: Messenger,
}

#[derive(Deserialize)]
struct Messenger {
    apps: Apps,
}

#[derive(Deserialize)]
struct Apps {
    conversations: Conversations,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Conversations {
    conversation_disconnect: Settings,
}

/// `ConversationDisconnectSettings`. One that is off may name a type all the same.
#[derive(Deserialize)]
struct Settings {
    enabled: bool,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// Why a deployment was not read.
enum Unread {
    /// It concerns this deployment alone.
    This(Fault),
    /// It would be the same for the others.
    All(Fault),
}

impl Client {
    /// Reads what these deployments tell guests, one after the other; of more than [`MOST_DEPLOYMENTS`] the rest is left out. What
    /// is in the way of all of them (no permission, no answer) is met once, and told of each that was not read.
    pub async fn deployments(&self, ids: &[Uuid]) -> Vec<Deployment> {
        let mut in_the_way = None;
        let mut deployments = Vec::new();
        for &id in ids.iter().take(MOST_DEPLOYMENTS) {
            let read = match &in_the_way {
                Some(fault) => Err(Fault::clone(fault)),
                None => self.conversation_disconnect(id).await.map_err(|unread| match unread {
                    Unread::This(fault) => fault,
                    Unread::All(fault) => in_the_way.insert(fault).clone(),
                }),
            };
            deployments.push(Deployment::new(id, read));
        }
        deployments
    }

    async fn conversation_disconnect(&self, id: Uuid) -> Result<ConversationDisconnect, Unread> {
        let deployment: WebDeployment = self.get(READ_DEPLOYMENT, &[("{deployment}", &id.to_string())]).await?;
        let ConfigurationRef { id, version } = deployment.configuration;
        if version.is_empty() || version.len() > VERSION_LENGTH || !version.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(Unread::This(unreadable(Operation::ReadDeployment, "the version of its configuration is none")));
        }
        let configuration: Configuration =
            self.get(READ_CONFIGURATION, &[("{configuration}", &id.to_string()), ("{version}", &version)]).await?;
        told(&configuration.messenger.apps.conversations.conversation_disconnect).map_err(Unread::This)
    }

    async fn get<T: DeserializeOwned>(&self, line: Line, words: &[(&str, &str)]) -> Result<T, Unread> {
        let operation = line.operation();
        let mut request = line.request(Ids::default());
        request.path = words.iter().fold(request.path, |path, (word, value)| path.replace(word, value));
        let here = |code: &str, said: &str| Unread::This(Fault::new(code, &format!("{}: {said}", operation.doing())));
        match self.call(&request).await {
            Verdict::Taken(exchange) => {
                let body = exchange.body.map_err(Unread::This)?;
                serde_json::from_slice(&body).map_err(|_| Unread::This(unreadable(operation, "the answer leaves out what is needed")))
            }
            Verdict::Absent => Err(here("not.found", "there is none with this id in the organization")),
            Verdict::Barred(blocker) | Verdict::NoAccess(blocker) => Err(Unread::All(blocker.fault)),
            Verdict::Setback(setback) | Verdict::Unsent(setback) => Err(Unread::All(setback.fault)),
            // Neither is ever said of a read.
            Verdict::Declined(fault) => Err(Unread::This(fault)),
            Verdict::Late => Err(here("withheld", "not sent")),
        }
    }
}

fn unreadable(operation: Operation, said: &str) -> Fault {
    Fault::new("unreadable", &format!("{}: {said}", operation.doing()))
}

/// What the settings mean. A word that is not known is not guessed at.
fn told(settings: &Settings) -> Result<ConversationDisconnect, Fault> {
    match (settings.enabled, settings.kind.as_deref()) {
        (false, _) => Ok(ConversationDisconnect::Off),
        (true, Some("Send")) => Ok(ConversationDisconnect::Send),
        (true, Some("ReadOnly")) => Ok(ConversationDisconnect::ReadOnly),
        (true, Some(other)) => {
            let shown: String = other.chars().take(32).collect();
            Err(unreadable(Operation::ReadConfiguration, &format!("the type {shown:?} of conversationDisconnect is not known")))
        }
        (true, None) => Err(unreadable(Operation::ReadConfiguration, "conversationDisconnect has no type")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_read_and_an_unknown_one_is_not_guessed_at() {
        let read = |text: &str| told(&serde_json::from_str::<Settings>(text).unwrap()).map_err(|fault| fault.code);
        assert_eq!(read(r#"{"enabled":false}"#), Ok(ConversationDisconnect::Off));
        assert_eq!(read(r#"{"enabled":false,"type":"ReadOnly"}"#), Ok(ConversationDisconnect::Off));
        assert_eq!(read(r#"{"enabled":true,"type":"Send","more":1}"#), Ok(ConversationDisconnect::Send));
        assert_eq!(read(r#"{"enabled":true,"type":"ReadOnly"}"#), Ok(ConversationDisconnect::ReadOnly));
        for odd in [r#"{"enabled":true}"#, r#"{"enabled":true,"type":null}"#, r#"{"enabled":true,"type":"readonly"}"#] {
            assert_eq!(read(odd), Err("unreadable".into()), "{odd}");
        }
    }
}
