//! Whether a connection's webhook is served, as its condition.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

use super::connection::{ConfirmationSource, CreateOn, GenesysConnectionSpec, Webhook};
use super::{Stamp, Status};
use crate::termination::EventKind;

/// The only type of Secret that is used for OAuth clients. Otherwise any Secret could be sent out.
pub const OAUTH_SECRET_TYPE: &str = "webchatops.dev/genesys-oauth";

/// The only type of Secret that is used for webhooks. Otherwise any Secret could be guessed at.
pub const WEBHOOK_SECRET_TYPE: &str = "webchatops.dev/webhook";

impl GenesysConnectionSpec {
    /// The webhook, if it is listened to.
    ///
    /// # Errors
    /// None where there is no webhook at all, or why it is not listened to.
    pub fn webhook(&self) -> Result<&Webhook, Option<WebhookStanding>> {
        let webhook = self.confirmation.webhook.as_ref().ok_or(None)?;
        if self.confirmation.names(ConfirmationSource::Webhook) { Ok(webhook) } else { Err(Some(WebhookStanding::NoSource)) }
    }
}

impl CreateOn {
    /// The kind of event that creates.
    #[must_use]
    pub fn event(self) -> EventKind {
        match self {
            Self::CustomerEnd => EventKind::Ended,
            Self::CustomerStart => EventKind::Connected,
        }
    }
}

/// Whether a connection's webhook is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookStanding {
    /// Events are taken.
    Listening,
    /// This process serves no webhooks.
    NotServed,
    /// The connection does not listen to its webhook.
    NoSource,
    /// Its Secret cannot be used: what a person has to mend.
    SecretUnusable(String),
    /// Its Secret could not be read so far, for reasons that are not its own.
    SecretUnread(String),
}

/// The condition `WebhookReady`. It never keeps the connection from being ready: whatever no event confirms, a read does.
#[must_use]
pub fn webhook_condition(standing: &WebhookStanding, stamp: &Stamp<'_>) -> Condition {
    let (status, reason, message) = match standing {
        WebhookStanding::Listening => (Status::True, "Listening", "events that prove the secret are taken"),
        WebhookStanding::NotServed => (
            Status::False,
            "NotServed",
            "the controller serves no webhooks: start it with --intake-address, or take confirmation.webhook away",
        ),
        WebhookStanding::NoSource => {
            (Status::False, "NotASource", "confirmation.sources does not list Webhook: add it, or take confirmation.webhook away")
        }
        WebhookStanding::SecretUnusable(message) => (Status::False, "SecretUnusable", message.as_str()),
        WebhookStanding::SecretUnread(message) => (Status::Unknown, "SecretUnread", message.as_str()),
    };
    stamp.condition("WebhookReady", status, reason, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crd::WebhookSecretRef;

    #[test]
    fn a_webhook_is_listened_to_while_it_is_a_source() {
        let spec = serde_json::json!({ "organizationId": uuid::Uuid::nil(), "credentialsSecretRef": { "name": "genesys" } });
        let mut spec: GenesysConnectionSpec = serde_json::from_value(spec).unwrap();
        assert_eq!(spec.webhook(), Err(None));
        let webhook = Webhook { secret_ref: WebhookSecretRef { name: "webhook".into() }, create_terminations: Vec::new() };
        spec.confirmation.webhook = Some(webhook.clone());
        assert_eq!(spec.webhook(), Ok(&webhook), "all sources are listened to unless said otherwise");
        spec.confirmation.sources = vec![ConfirmationSource::Poll];
        assert_eq!(spec.webhook(), Err(Some(WebhookStanding::NoSource)));
    }
}
