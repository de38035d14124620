//! Receipts that were kept: whether their chains are whole.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::Value;
use uuid::Uuid;

use crate::cli::manifest::source::{self, Bounds, Source};
use crate::cli::{Exit, Failure, output};
use crate::receipts::{Flaw, verify};

/// Checks all files together: a chain may go on from one to the next.
pub(super) fn check(files: &[PathBuf]) -> Result<Exit, Failure> {
    let named = files.iter().map(|path| source::called(path)).collect::<Vec<_>>().join(", ");
    let (mut receipts, mut places) = (Vec::new(), Vec::new());
    for source in source::read_all(files, Bounds::RESULTS)? {
        for (place, receipt) in read(&source)? {
            places.push(place);
            receipts.push(receipt);
        }
    }
    if receipts.is_empty() {
        return Err(Failure::new(Exit::Usage, named, "no receipt in it; name a file that wct receipts printed"));
    }
    let chains = verify(&receipts).map_err(|flaw| {
        let of_id = |id: Uuid| receipts.iter().rposition(|receipt| receipt["id"] == id.to_string().as_str());
        let at = match &flaw {
            Flaw::Unreadable(number) => Some(number - 1),
            Flaw::Changed(id) | Flaw::Id(id) | Flaw::Conflict(id) | Flaw::Fork(_, id) => of_id(*id),
            Flaw::Gap { .. } => None,
        };
        let place = at.and_then(|at| places.get(at)).unwrap_or(&named);
        Failure::new(Exit::Flawed, place, format_args!("{flaw}; make the receipts again with wct receipts, and compare"))
    })?;
    let mut text = String::new();
    for chain in chains {
        let (receipts, uid, organization) = (chain.receipts, chain.termination_uid, chain.organization_id);
        let _infallible =
            writeln!(text, "whole: {receipts} receipts of termination {uid} in organization {organization}, head {}", chain.head);
    }
    output::print(&text)?;
    Ok(Exit::Succeeded)
}

/// The receipts of a file, each with its place: lines of JSON, or one list.
fn read(source: &Source) -> Result<Vec<(String, Value)>, Failure> {
    let Source { name, text } = source;
    let not_json = |place: String, error: serde_json::Error| {
        Failure::new(Exit::Flawed, place, format_args!("no JSON ({error}); make the receipts again with wct receipts"))
    };
    if text.trim_start().starts_with('[') {
        let list: Vec<Value> = serde_json::from_str(text).map_err(|error| not_json(name.clone(), error))?;
        return Ok(list.into_iter().zip(1..).map(|(receipt, number)| (format!("{name}: number {number}"), receipt)).collect());
    }
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    lines
        .map(|(line, number)| {
            let place = format!("{name}:{number}");
            let receipt = serde_json::from_str(line).map_err(|error| not_json(place.clone(), error))?;
            Ok((place, receipt))
        })
        .collect()
}
