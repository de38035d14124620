//! Receipts as a table.

use super::Tone;
use super::sessions::word;
use super::table::{rendered, table};
use crate::receipts::{Happened, Receipt};

/// A line a receipt.
pub(crate) fn receipts_table(receipts: &[Receipt]) -> String {
    let mut table = table(&["conversation", "termination", "state", "why", "confirmed by", "ended", "watched until", "receipt"]);
    for receipt in receipts {
        let ended = receipt.steps.iter().find(|step| step.step == Happened::ConversationEnded).and_then(|step| step.time);
        let time = |time: Option<jiff::Timestamp>| time.map(|time| format!("{time:.0}")).unwrap_or_default();
        table.add_row([
            receipt.conversation_id.to_string(),
            format!("{}/{}", receipt.identity.namespace, receipt.identity.name),
            receipt.state.name().to_owned(),
            receipt.state_reason.map(|reason| format!("{reason:?}")).unwrap_or_default(),
            receipt.confirmed_by.map(word).unwrap_or_default().to_owned(),
            time(ended),
            time(receipt.watched_until),
            receipt.id.to_string(),
        ]);
    }
    let words: Vec<_> = receipts.iter().map(|receipt| (receipt.state.name().to_owned(), Tone::of(receipt.state))).collect();
    rendered(&table, &words)
}
