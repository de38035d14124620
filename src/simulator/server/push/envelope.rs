//! What a push holds.

use serde_json::{Value, json};

use super::super::wire::time;
use crate::simulator::world::{Push, PushShape};

/// The body of a push.
pub(super) fn body(push: &Push) -> Value {
    match push.target.shape {
        PushShape::Plain => json!(push.event.body),
        PushShape::Envelope => envelope(push),
    }
}

/// EventBridge's envelope; the organization is in `source`, and the topic's name in `detail` has the real id while the one in
/// `detail-type` has not. Account, region and the last part of the source are made up.
fn envelope(push: &Push) -> Value {
    let Push { envelope_id, event, organization, .. } = push;
    json!({
        "version": "0",
        "id": envelope_id,
        "detail-type": event.kind.template(),
        "source": format!("aws.partner/genesys.com/cloud/{organization}/simulated"),
        "account": "000000000000",
        "time": format!("{:.0}", event.time),
        "region": "us-east-1",
        "resources": [],
        "detail": {
            "topicName": event.topic(),
            "version": "2",
            "eventBody": event.body,
            "metadata": { "CorrelationId": event.correlation_id },
            "timestamp": time(event.time),
        },
    })
}
