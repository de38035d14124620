//! The simulator's page as a person meets it: in a headless Chromium.
//!
//! Browser and driver are found or fetched by the harness itself. Where that is not possible the tests are counted as ignored
//! with the reason in one line, unless `WCT_REQUIRE=1` says that this is a failure. `WCT_BLESS=1` renews the picture in
//! `docs/page.png`.

mod cases;
mod fetch;
#[path = "../patience.rs"]
mod patience;
mod stage;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use fetch::Browser;

/// One test: a name, and what to do with a browser.
type Case = (&'static str, fn(&Browser) -> Result<(), Failed>);

#[expect(clippy::print_stderr, reason = "a test that is not run must say so, and why")]
fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let required = std::env::var("WCT_REQUIRE").is_ok_and(|value| value == "1");
    // Listing must not fetch anything.
    let browser = if arguments.list { Err("only listed".to_owned()) } else { Browser::fetch(required) };
    if let Err(reason) = browser.as_ref().map_err(|reason| reason.trim())
        && !arguments.list
    {
        eprintln!("PAGE TESTS NOT RUN: {reason}");
    }
    let mut trials = Vec::new();
    for (name, case) in cases::ALL {
        let browser = browser.clone();
        let ignored = browser.is_err() && !required && !arguments.list;
        let run = move || case(&browser.map_err(Failed::from)?);
        trials.push(Trial::test(name, run).with_ignored_flag(ignored));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
