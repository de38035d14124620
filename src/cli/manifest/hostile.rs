//! Any text that is given with -f.

use proptest::prelude::*;
use serde_json::json;

use super::document::DEPTH;
use super::{Manifests, load_embedded};
use crate::fuzz::{Verdict, hold};

/// The secret of the corpus: no message may hold it.
const SECRET: &str = "marked-secret-7f3a";

fn read(text: &str) -> Result<Manifests, String> {
    load_embedded("m.yaml", text).map_err(|failure| failure.to_string())
}

/// Whether it stands where a secret stands and nowhere else: wherever else a mutation has written it, it is none.
fn is_secret(text: &str) -> bool {
    let mut before = text.split(SECRET);
    let only = before.next().zip(before.next()).filter(|_| before.next().is_none());
    only.is_some_and(|(before, _)| before.trim_end_matches(['"', ' ', ':']).ends_with("clientSecret"))
}

/// What is understood is understood again when it is printed; what is not says where and what, in one line without a secret.
fn is_understood_or_told_why_not(bytes: &[u8]) -> Verdict {
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(()) };
    let manifests = match read(text) {
        Ok(manifests) => manifests,
        Err(said) => {
            prop_assert!(said.starts_with("m.yaml") && said.chars().count() <= 1000 && !said.contains(char::is_control), "{said}");
            prop_assert!(!is_secret(text) || !said.contains(SECRET), "{said}");
            return Ok(());
        }
    };
    let shown = format!("{manifests:?}");
    prop_assert!(!is_secret(text) || !shown.contains(SECRET), "{}", shown);
    for assignment in manifests.assignments {
        let login = json!({ "clientId": "x", "clientSecret": "y" });
        let (termination, connection) = (&assignment.termination, &assignment.connection);
        let named = json!({ "name": connection.spec.credentials_secret_ref.name, "namespace": connection.metadata.namespace });
        let secret =
            json!({ "apiVersion": "v1", "kind": "Secret", "metadata": named, "type": "webchatops.dev/genesys-oauth", "stringData": login });
        let printed = json!({ "apiVersion": "v1", "kind": "List", "items": [secret, termination, connection] }).to_string();
        let again = read(&printed).map_err(TestCaseError::fail)?;
        prop_assert_eq!(&again.assignments[0].termination, termination);
        prop_assert_eq!(&again.assignments[0].connection, connection);
    }
    Ok(())
}

#[test]
fn whatever_is_given_is_understood_or_told_why_not() {
    hold("manifests", is_understood_or_told_why_not);
}

/// What may stand before a secret that nobody put in quotes.
const BEFORE: [&str; 33] = [
    "*",
    "&",
    "!",
    "!!",
    "!<",
    "!!int ",
    "!!float ",
    "!!bool ",
    "!!binary ",
    "!!null ",
    "!!timestamp ",
    "!!str ",
    "!!seq ",
    "!!map ",
    "!!set ",
    "\"\\q",
    "\"",
    "'",
    "|",
    ">",
    "|x",
    "%",
    "@",
    "`",
    "${",
    "[",
    "{",
    "? ",
    "- ",
    "x: ",
    "<<: *",
    "\t",
    ",",
];

#[test]
fn a_secret_without_quotes_is_not_quoted_back() {
    let with = |line: &str| format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\nstringData:\n  clientId: x\n{line}\n");
    for before in BEFORE {
        for after in ["", ": x", "\"", "}", " #"] {
            for gap in [" ", "\n    ", "\n "] {
                let said = read(&with(&format!("  clientSecret:{gap}{before}{SECRET}{after}"))).unwrap_err();
                assert!(!said.contains(SECRET), "{before:?} {after:?}: {said}");
            }
        }
    }
    for number in ["12e4567", "-98765e43210", "99999999999999999999999999", "0x123456789abcdef0123456789", "1234567890123:45:67"] {
        let said = read(&with(&format!("  clientSecret: {number}"))).unwrap_err();
        assert!(!said.contains(number), "{said}");
    }
}

#[test]
fn nesting_is_bounded_before_it_takes_up_the_stack() {
    for (open, close) in [("[", "]"), ("{a: ", "}")] {
        for depth in [40, 60, 500, 100_000] {
            let said = read(&format!("{}1{}", open.repeat(depth), close.repeat(depth))).unwrap_err();
            assert_eq!(said.contains("not valid YAML"), depth > DEPTH, "{depth}: {said}");
        }
    }
}
