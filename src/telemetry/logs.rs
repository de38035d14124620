//! Log lines on standard error, as text for people or as JSON, one object a line.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// What is logged, and how.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// What is logged: a level (off, error, warn, info, debug, trace), or a filter like `warn,webchat_terminator=debug`
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

/// Why a filter is not one, with the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a log filter; write a level (off, error, warn, info, debug, trace), or a filter like warn,webchat_terminator=debug")]
pub struct BadFilter(String);

/// Starts logging. Once a process; a second call changes nothing.
///
/// # Errors
/// When the filter makes no sense.
pub fn start(options: &Options, chattiness: Chattiness) -> Result<(), BadFilter> {
    let default = match chattiness {
        Chattiness::Quiet => "error",
        Chattiness::Telling => "info",
    };
    let filter = filter(options.filter.as_deref().map(str::trim).filter(|filter| !filter.is_empty()).unwrap_or(default))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let _started_before = match options.format {
        Format::Json => lines.json().flatten_event(true).try_init(),
        Format::Text => lines.with_ansi(io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()).try_init(),
    };
    Ok(())
}

/// A level alone is meant for this program: other crates say no more than warnings.
fn filter(text: &str) -> Result<EnvFilter, BadFilter> {
    let bad = || BadFilter(text.chars().take(60).collect());
    let level = |word: &str| word.trim().parse::<LevelFilter>().ok();
    if let Some(level) = level(text) {
        let others = level.min(LevelFilter::WARN);
        return EnvFilter::try_new(format!("{others},webchat_terminator={level}")).map_err(|_| bad());
    }
    // To the library a misspelt level is the name of a crate, of which nothing is ever heard.
    let is_vague = |word: &str| !word.contains('=') && level(word).is_none();
    if !text.contains('[') && text.split(',').any(is_vague) {
        return Err(bad());
    }
    EnvFilter::try_new(text).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_alone_is_for_this_program() {
        assert_eq!(filter("debug").unwrap().to_string(), "webchat_terminator=debug,warn");
        assert_eq!(filter("error").unwrap().to_string(), "webchat_terminator=error,error");
        assert_eq!(filter("hyper=info,warn").unwrap().to_string(), "hyper=info,warn");
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for text in ["verbose", "inof", "warn,debgu", "webchat_terminator=loud", "a=b=c"] {
            assert!(filter(text).is_err(), "{text}");
        }
    }
}
