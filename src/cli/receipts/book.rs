//! Terminations to their receipts; what is said of the unfinished.

use std::collections::BTreeSet;

use kube::ResourceExt;
use uuid::Uuid;

use crate::cli::output;
use crate::cli::{Exit, Failure};
use crate::crd::WebchatTermination;
use crate::receipts::{NoReceipt, Receipt, receipts};

/// The receipts that were made, and what there is to say besides. Only they are kept of a termination.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) receipts: Vec<Receipt>,
    seen: BTreeSet<(Uuid, String)>,
    notes: Vec<String>,
}

impl Book {
    /// Enters the finished sessions of a termination. One that was entered before is not entered again.
    pub(super) fn enter(&mut self, termination: &WebchatTermination) -> Result<(), Failure> {
        let name = format!("{}/{}", termination.namespace().unwrap_or_default(), termination.name_any());
        let made = match receipts(termination) {
            Ok(made) => made,
            Err(NoReceipt::NoRecord) => {
                self.note(format!("{name}: nothing is on record yet, so there is no receipt"));
                return Ok(());
            }
            Err(error @ (NoReceipt::Unfinished(_) | NoReceipt::Unwritable(_))) => {
                return Err(Failure::new(Exit::Internal, name, format_args!("{error}; please report this")));
            }
        };
        let (finished, all) = (made.len(), termination.spec.sessions.len());
        if finished < all {
            self.note(format!("{name}: {} of {all} sessions are not finished, and have no receipt yet", all - finished));
        }
        for receipt in made {
            if self.seen.insert((receipt.id, receipt.hash.clone())) {
                self.receipts.push(receipt);
            }
        }
        Ok(())
    }

    /// Keeps something to be said at the end.
    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Says what there is to say besides the receipts.
    pub(super) fn tell(&self) {
        self.notes.iter().for_each(|note| output::warn(note));
    }
}
