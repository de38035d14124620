//! Why a command ended early: one line that names the place, what is wrong there, and the way out.

use std::fmt;

use super::Exit;

/// Why a command ended early.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// How the process is to exit.
    pub(crate) exit: Exit,
    place: String,
    said: String,
}

impl Failure {
    /// What is wrong at a place. The text says the way out as well, after a semicolon.
    pub(crate) fn new(exit: Exit, place: impl fmt::Display, said: impl fmt::Display) -> Self {
        Self { exit, place: one_line(&place.to_string()), said: shortened(one_line(&said.to_string())) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.said)
    }
}

/// One line of printable characters, whatever came in.
pub(crate) fn one_line(text: &str) -> String {
    let visible: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How much of each end is kept of what is too long, in characters.
const EACH_END: usize = 400;

/// A text whose middle is left out where somebody's input makes it long: at its end it says the way out.
fn shortened(text: String) -> String {
    let length = text.chars().count();
    if length <= 2 * EACH_END {
        return text;
    }
    let (begin, end): (String, String) = (text.chars().take(EACH_END).collect(), text.chars().skip(length - EACH_END).collect());
    format!("{begin} … {end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line_whatever_came_in() {
        let failure = Failure::new(Exit::Usage, "a\nfile.yaml", "bad \u{1b}[31mthing\r\nhere; fix it");
        assert_eq!(failure.to_string(), "a file.yaml: bad [31mthing here; fix it");
    }

    #[test]
    fn a_long_failure_keeps_its_way_out() {
        let said = Failure::new(Exit::Usage, "a file.yaml", format_args!("unknown field `{}`; fix it", "é".repeat(100_000))).to_string();
        assert!(said.chars().count() < 900 && said.starts_with("a file.yaml: unknown field `é") && said.ends_with("é`; fix it"), "{said}");
    }
}
