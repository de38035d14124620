//! What is told of deployments: by the platform API, and by the vendor's CDN, without authentication.

use serde_json::{Value, json};

use crate::simulator::world::{ConversationDisconnect, DeploymentSpec};

/// `WebDeployment`.
pub(in super::super) fn deployment(spec: &DeploymentSpec) -> Value {
    let (id, configuration) = (spec.id, spec.configuration());
    json!({
        "id": id,
        "name": spec.name,
        "configuration": { "id": configuration, "version": "1", "selfUri": configuration_uri(spec) },
        "allowAllDomains": spec.allowed_domains.is_empty(),
        "allowedDomains": spec.allowed_domains,
        "status": "Active",
        "selfUri": format!("/api/v2/webdeployments/deployments/{id}"),
    })
}

/// `WebDeploymentConfigurationVersion`.
pub(in super::super) fn configuration(spec: &DeploymentSpec) -> Value {
    json!({
        "id": spec.configuration(),
        "name": spec.name,
        "version": "1",
        "status": "Active",
        "languages": ["en-us"],
        "defaultLanguage": "en-us",
        "messenger": { "enabled": true, "apps": { "conversations": conversations(spec) } },
        "selfUri": configuration_uri(spec),
    })
}

/// `config.json`, as the vendor's widgets read it; `host` is where the socket is.
pub(super) fn config_json(spec: &DeploymentSpec, host: &str) -> Value {
    let mut conversations = conversations(spec);
    conversations["messagingEndpoint"] = json!(if host.is_empty() { String::new() } else { format!("ws://{host}") });
    json!({
        "id": spec.configuration(),
        "deploymentId": spec.id,
        "version": "1",
        "languages": ["en-us"],
        "defaultLanguage": "en-us",
        "apiEndpoint": if host.is_empty() { String::new() } else { format!("http://{host}") },
        "messenger": {
            "enabled": true,
            "apps": { "conversations": conversations },
            "fileUpload": { "enableAttachments": false, "modes": [] },
        },
        "journeyEvents": { "enabled": false },
        "auth": { "enabled": false },
        "status": "Active",
    })
}

/// `domains.json` (the form is assumed).
pub(super) fn domains_json(spec: &DeploymentSpec) -> Value {
    json!({ "allowAllDomains": spec.allowed_domains.is_empty(), "allowedDomains": spec.allowed_domains })
}

fn conversations(spec: &DeploymentSpec) -> Value {
    json!({
        "enabled": true,
        "showAgentTypingIndicator": true,
        "showUserTypingIndicator": true,
        "autoStart": { "enabled": false },
        "markdown": { "enabled": true },
        "conversationDisconnect": disconnect(spec.conversation_disconnect),
        "conversationClear": { "enabled": spec.conversation_clear },
    })
}

/// `ConversationDisconnectSettings`; which type one that is off names is not known.
fn disconnect(mode: ConversationDisconnect) -> Value {
    match mode {
        ConversationDisconnect::Off => json!({ "enabled": false }),
        ConversationDisconnect::Send => json!({ "enabled": true, "type": "Send" }),
        ConversationDisconnect::ReadOnly => json!({ "enabled": true, "type": "ReadOnly" }),
    }
}

fn configuration_uri(spec: &DeploymentSpec) -> String {
    format!("/api/v2/webdeployments/configurations/{}/versions/1", spec.configuration())
}
