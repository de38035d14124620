//! The contract: every request that the client sends and what each answer means to it, in `docs/contract.json`.
//!
//! It is taken from the client at work: the real client sends each request to a service that writes down what arrived and gives one
//! answer after the other. So it says what is sent and done, not what somebody believed. `WCT_BLESS=1` writes it anew.
//!
//! | file       | what it is |
//! |------------|------------|
//! | `ids`      | the ids of the contract's conversation, and the words for them |
//! | `stub`     | a service that writes down requests and answers as it is told |
//! | `usual`    | the smallest answers with which the client is content |
//! | `drive`    | makes the client send one kind of request |
//! | `answers`  | the answers that are tried, and what came of each |
//! | `needs`    | the permissions that are missed where there are none |
//! | `news`     | what is heard on sockets and at the webhook, and how it is understood |
//! | `document` | all of it together |
//! | `replay`   | what the file says, sent to the simulator, each request twice |

#![expect(clippy::unwrap_used, reason = "helpers of tests, outside of test functions")]

mod answers;
mod document;
mod documented;
mod drive;
mod ids;
mod needs;
mod news;
mod replay;
mod stub;
mod usual;

use std::path::PathBuf;

/// Where the contract is.
fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/contract.json")
}

#[tokio::test]
async fn the_contract_is_what_the_client_sends_and_understands() {
    let made = document::of_the_client().await;
    let text = made.text();
    if std::env::var_os("WCT_BLESS").is_some() {
        std::fs::write(file(), &text).unwrap();
    }
    let kept = std::fs::read_to_string(file()).unwrap_or_default();
    let differs = kept.lines().zip(text.lines()).find(|(kept, made)| kept != made);
    assert!(kept == text, "docs/contract.json is not what the client does: WCT_BLESS=1 writes it anew; first of all: {differs:?}");
}
