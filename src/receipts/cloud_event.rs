//! A receipt in the envelope of CloudEvents 1.0, in structured mode.

use serde_json::{Value, json};

use super::{Happened, NoReceipt, Receipt};

/// The content type of an envelope.
pub const CONTENT_TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// The type of the event. It changes when a receipt's format changes so that old readers cannot read it.
const TYPE: &str = "dev.webchatops.receipt.v1";

/// A receipt in its envelope. Its `id` is the receipt's, so that whoever receives it twice can tell.
///
/// # Errors
/// [`NoReceipt::Unwritable`].
pub fn cloud_event(receipt: &Receipt) -> Result<Value, NoReceipt> {
    let identity = &receipt.identity;
    let organization = identity.organization_id;
    let mut event = json!({
        "specversion": "1.0",
        "id": receipt.id,
        "source": format!("/organizations/{organization}/namespaces/{}/webchatterminations/{}", identity.namespace, identity.name),
        "type": TYPE,
        "subject": receipt.conversation_id,
        "datacontenttype": "application/json",
        "data": serde_json::to_value(receipt)?,
    });
    if let Some(time) = receipt.steps.iter().rev().find(|step| step.step == Happened::Finished).and_then(|step| step.time) {
        event["time"] = json!(time);
    }
    Ok(event)
}
