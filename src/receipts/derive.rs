//! A termination to its receipts.

use super::{Identity, NoReceipt, Receipt, canonical};
use crate::crd::WebchatTermination;
use crate::termination::Session;

/// The receipts of a termination's finished sessions, in the order of their chain. Sessions that finish later are appended to it.
///
/// # Errors
/// [`NoReceipt::NoRecord`] before anything was recorded.
pub fn receipts(termination: &WebchatTermination) -> Result<Vec<Receipt>, NoReceipt> {
    let identity = Identity::of(termination).ok_or(NoReceipt::NoRecord)?;
    let recorded = termination.status.iter().flat_map(|status| &status.sessions);
    let mut finished: Vec<&Session> = recorded.filter(|session| session.state.is_final()).collect();
    // Not in the order of the spec: sessions of it finish at any time, and a receipt that was handed out stays where it is.
    finished.sort_by_key(|session| (session.since, session.conversation_id));
    let mut receipts = Vec::with_capacity(finished.len());
    let mut previous = identity.genesis();
    for session in finished {
        let target = termination.spec.sessions.iter().find(|target| target.conversation_id == session.conversation_id);
        let receipt = Receipt::of(&identity, session, target.and_then(|target| target.reason.as_deref()), &previous)?;
        previous.clone_from(&receipt.hash);
        receipts.push(receipt);
    }
    Ok(receipts)
}

/// The receipts as lines of canonical JSON.
///
/// # Errors
/// [`NoReceipt::Unwritable`].
pub fn ndjson(receipts: &[Receipt]) -> Result<String, NoReceipt> {
    let mut lines = String::new();
    for receipt in receipts {
        lines.push_str(&canonical(&serde_json::to_value(receipt)?));
        lines.push('\n');
    }
    Ok(lines)
}
