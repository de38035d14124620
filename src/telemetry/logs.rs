//! Log lines on standard error, as text for people or as JSON, one object a line.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

/// What is logged, and how.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// What is logged: a level (error, warn, info, debug, trace), or a filter like `warn,webchat_terminator=debug`
    #[arg(long = "log", env = "WCT_LOG", value_name = "FILTER", global = true, hide_env_values = true)]
    filter: Option<String>,

    /// How log lines are written
    #[arg(
        long = "log-format",
        env = "WCT_LOG_FORMAT",
        value_name = "FORMAT",
        global = true,
        default_value = "text",
        hide_env_values = true
    )]
    format: Format,
}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A line for people.
    Text,
    /// A JSON object.
    Json,
}

/// What is logged when nobody said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chattiness {
    /// A command with an output of its own: what goes wrong.
    Quiet,
    /// A server: what it does.
    Telling,
}

/// Starts logging. Once a process; a second call changes nothing. A filter that makes no sense is left out with a warning.
pub fn start(options: &Options, chattiness: Chattiness) {
    let default = match chattiness {
        Chattiness::Quiet => "error",
        Chattiness::Telling => "info",
    };
    let parsed = options.filter.as_deref().map(EnvFilter::try_new);
    let (filter, refused) = match parsed {
        None => (EnvFilter::new(default), None),
        Some(Ok(filter)) => (filter, None),
        Some(Err(error)) => (EnvFilter::new(default), Some(error)),
    };
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started = match options.format {
        Format::Json => lines.json().flatten_event(true).try_init(),
        Format::Text => lines.with_ansi(io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()).try_init(),
    };
    if let (Ok(()), Some(error)) = (started, refused) {
        tracing::warn!(%error, "the log filter is not understood, the default is used");
    }
}
