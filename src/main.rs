//! The `wct` binary: everything it does is in the library.

use std::process::ExitCode;

use webchat_terminator::cli::{self, Exit};

fn main() -> ExitCode {
    let exit = match cli::parse(std::env::args_os()) {
        Ok(command) => cli::run(command),
        Err(said) => said,
    };
    ExitCode::from(Exit::code(exit))
}
