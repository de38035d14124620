//! The vendor's SDKs, unmodified, against the simulator: what they think of it, and what it saw of them.
//!
//! The SDKs are fetched by the harness itself, pinned, once. Where that is not possible the tests are counted as ignored with
//! the reason in one line, unless `WCT_REQUIRE=1` says that this is a failure.

mod cases;
mod chats;
mod fetch;
#[path = "../patience.rs"]
mod patience;
mod script;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use fetch::Sdk;

/// One test: a name, and what to do with an SDK.
type Case = (&'static str, fn(&Sdk) -> Result<(), Failed>);

#[expect(clippy::print_stderr, reason = "a test that is not run must say so, and why")]
fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let required = std::env::var("WCT_REQUIRE").is_ok_and(|value| value == "1");
    let mut trials = Vec::new();
    for (pin, cases) in cases::ALL {
        // Listing must not fetch anything.
        let sdk = if arguments.list { Err("only listed".to_owned()) } else { Sdk::fetch(pin) };
        if let Err(reason) = sdk.as_ref().map_err(|reason| format!("{pin}: {reason}"))
            && !arguments.list
        {
            eprintln!("SDK TESTS NOT RUN: {reason}");
        }
        for (name, case) in cases {
            let sdk = sdk.clone();
            let ignored = sdk.is_err() && !required && !arguments.list;
            let run = move || case(&sdk.map_err(Failed::from)?);
            trials.push(Trial::test(format!("{pin}::{name}"), run).with_ignored_flag(ignored));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
