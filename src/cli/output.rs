//! The only place that writes to the terminal. Colours vanish where nobody could see them (pipes, `NO_COLOR`).

use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use indicatif::MultiProgress;
use serde::Serialize;

use super::failure::one_line;
use super::{Exit, Failure};

/// There is one terminal, whoever draws on it.
static SCREEN: OnceLock<MultiProgress> = OnceLock::new();

/// How a result is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// For programs.
    Json,
    /// For programs and people.
    Yaml,
}

/// Prints a result to standard output.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    match write!(out, "{text}{end}").and_then(|()| out.flush()) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::new(Exit::Usage, "standard output", format_args!("{error}; send it somewhere that takes it"))),
        Ok(()) => Ok(()),
    }
}

/// Says something to the person at the keyboard, on standard error. When nobody listens, nothing is lost.
pub(crate) fn say(text: &str) {
    let write = || {
        let mut err = anstream::stderr().lock();
        let _unheard = writeln!(err, "{text}");
    };
    match SCREEN.get() {
        Some(screen) => screen.suspend(write),
        None => write(),
    }
}

/// Where bars are drawn: below whatever is said.
pub(crate) fn screen() -> &'static MultiProgress {
    SCREEN.get_or_init(MultiProgress::new)
}

/// Says what somebody may have meant otherwise. It changes no exit code.
pub(crate) fn warn(text: &str) {
    use owo_colors::OwoColorize;
    say(&format!("{} {}", "warning:".yellow().bold(), one_line(text)));
}

/// Reports why a command ended early.
pub(crate) fn fail(failure: &Failure) -> Exit {
    use owo_colors::OwoColorize;
    say(&format!("{} {failure}", "error:".red().bold()));
    failure.exit
}

/// Whether a person watches standard error on a terminal that can draw.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_some_and(|term| term != "dumb")
}

/// How wide the terminal is, where there is one.
pub(crate) fn width() -> usize {
    let columns = terminal_size::terminal_size_of(io::stdout()).map(|(terminal_size::Width(columns), _)| usize::from(columns));
    columns.filter(|columns| *columns >= 40).unwrap_or(120)
}

/// Renders a value for programs.
pub(crate) fn render<T: Serialize>(value: &T, format: Format) -> Result<String, Failure> {
    let cannot = |error: &dyn std::fmt::Display| Failure::new(Exit::Internal, "output", format_args!("{error}; please report this"));
    match format {
        Format::Table | Format::Json => serde_json::to_string_pretty(value).map_err(|error| cannot(&error)),
        Format::Yaml => {
            let value = serde_json::to_value(value).map_err(|error| cannot(&error))?;
            serde_saphyr::to_string(&value).map_err(|error| cannot(&error))
        }
    }
}
